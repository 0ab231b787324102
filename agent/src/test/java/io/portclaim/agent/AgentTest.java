package io.portclaim.agent;

import static io.portclaim.agent.FakeProc.row;
import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.agent.api.ApiServer;
import io.portclaim.agent.api.FakeApi;
import io.portclaim.agent.http.AgentHttp;
import io.portclaim.agent.log.AgentLog;
import io.portclaim.agent.log.LogLevel;
import io.portclaim.testing.MetricsPage;
import io.portclaim.testing.Scrape;
import io.portclaim.testing.SetClock;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An agent from proc to the API server, step by step. */
class AgentTest {
    private String token = token("node-uid");

    @TempDir
    Path folder;

    private final SetClock clock = new SetClock();
    private final SetClock steady = new SetClock();
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private FakeProc proc;
    private FakeApi api;
    private Agent agent;

    private static String token(String nodeUid) {
        String claims = """
                {"kubernetes.io":{"namespace":"n","node":{"name":"node-a","uid":"%s"},"pod":{"name":"p","uid":"pu"}}}""".formatted(nodeUid);
        return "e30." + Base64.getUrlEncoder().encodeToString(claims.getBytes(StandardCharsets.UTF_8)) + ".c2ln";
    }

    @BeforeEach
    void start() throws IOException {
        proc = new FakeProc(folder);
        proc.sysctls("40000\t40099", "", 1024);
        proc.tcp(row("0A", "0.0.0.0:22", "0.0.0.0:0"));
        proc.udp();
        api = new FakeApi();
        agent = agent();
    }

    private Agent agent() {
        return new Agent(
                folder,
                new ApiServer(api.uri(), Path.of("none"), () -> token),
                AgentOptions.DEFAULTS,
                new AgentLog(new PrintStream(printed, true, StandardCharsets.UTF_8), false, LogLevel.INFO, clock),
                clock,
                steady,
                new Random(1));
    }

    @AfterEach
    void stop() {
        api.close();
    }

    private void step() {
        Duration pause = agent.step();
        clock.goOn(pause);
        steady.goOn(pause);
    }

    private void exhaust(int connections) {
        String[] rows = new String[connections];
        for (int i = 0; i < connections; i++) {
            rows[i] = row("06", "10.0.0.5:" + (40000 + i), "10.0.0.9:443");
        }
        proc.tcp(rows);
    }

    @Test
    void reportsAndIsSilent() {
        step();
        assertThat(api.status()).contains("\"ephemeralRange\":\"40000-40099\"", "\"listeners\":{\"tcp\":\"22\"}");
        api.asked();
        for (int i = 0; i < 50; i++) {
            step();
        }
        assertThat(api.asked()).isEmpty();
    }

    @Test
    void aSettingThatChangesIsReportedAtTheNextStep() {
        step();
        proc.sysctls("20000\t40099", "21000-21009", 1024);
        step();
        assertThat(api.status())
                .contains("\"ephemeralRange\":\"20000-40099\"", "\"reservedPorts\":\"21000-21009\"")
                .contains("\"ephemeralPorts\":20090", "\"connectionsPerSecond\":334");
    }

    @Test
    void aListenerThatComesIsReportedAtTheNextLook() {
        step();
        proc.tcp(row("0A", "0.0.0.0:22", "0.0.0.0:0"), row("0A", "127.0.0.1:9100", "0.0.0.0:0"));
        for (int i = 0; i < 16; i++) {
            step();
        }
        assertThat(api.status()).contains("\"listeners\":{\"tcp\":\"22,9100\"}");
    }

    @Test
    void pressureIsReportedAndClears() {
        step();
        exhaust(90);
        for (int i = 0; i < 16; i++) {
            step();
        }
        assertThat(api.status())
                .contains("\"status\":\"True\"", "\"reason\":\"DestinationNearlyFull\"", "10.0.0.9:443 from 10.0.0.5");
        exhaust(10);
        for (int i = 0; i < 16; i++) {
            step();
        }
        assertThat(api.status()).contains("\"status\":\"False\"", "\"reason\":\"EphemeralPortsFree\"");
    }

    /** Nobody can listen there before they end, whichever agent it was that saw the range shrink. */
    @Test
    void portsFromAnEarlierRangeStayListedOverARestart() {
        String held = row("01", "10.0.0.5:40001", "10.0.0.9:443");
        String alsoHeld = row("01", "10.0.0.5:40061", "10.0.0.9:443");
        proc.tcp(row("0A", "0.0.0.0:22", "0.0.0.0:0"), held, alsoHeld);
        proc.udp(row("01", "10.0.0.5:40002", "10.0.0.9:53"));
        step();
        proc.sysctls("40050\t40099", "", 1024);
        step();
        assertThat(api.status()).contains("\"listeners\":{\"tcp\":\"22,40001\",\"udp\":\"40002\"}");
        api.asked();

        agent = agent();
        step();
        assertThat(api.asked()).as("a restart is no change").containsExactly("GET …/node-a?resourceVersion=0 200");

        // While no agent runs.
        proc.sysctls("40070\t40099", "", 1024);
        agent = agent();
        step();
        assertThat(api.asked()).as("no report that leaves them out in between").hasSize(2);
        assertThat(api.status()).contains("\"listeners\":{\"tcp\":\"22,40001,40061\",\"udp\":\"40002\"}");

        proc.tcp(row("0A", "0.0.0.0:22", "0.0.0.0:0"));
        proc.udp();
        agent = agent();
        step();
        assertThat(api.status()).as("nothing holds them").contains("\"listeners\":{\"tcp\":\"22\"}");
    }

    /** As it would without a restart: a connection that was accepted is not from the ephemeral range. */
    @Test
    void aListenerThatEndsAfterARestartGoesThoughItsConnectionsLast() {
        String accepted = row("01", "10.0.0.5:8080", "10.0.0.9:50000");
        proc.tcp(row("0A", "0.0.0.0:8080", "0.0.0.0:0"), accepted);
        step();
        agent = agent();
        step();
        proc.tcp(accepted);
        for (int i = 0; i < 30; i++) {
            step();
        }
        assertThat(api.status()).contains("\"listeners\":{}");
    }

    @Test
    void aReportThatSomebodySpoiltIsPutRight() {
        step();
        api.change("{\"ephemeralRange\":\"70000-9\",\"listeners\":{\"tcp\":\"9-1\"}}");
        agent = agent();
        step();
        assertThat(api.status()).contains("\"ephemeralRange\":\"40000-40099\"", "\"listeners\":{\"tcp\":\"22\"}");
    }

    /** A Node that is deleted and registers again has another UID, the kubelet's next token has it, and the pod lives on. */
    @Test
    void theReportIsMadeForTheNodeThatTheTokenNamesNow() {
        step();
        assertThat(api.owner()).isEqualTo("node-uid");
        token = token("another-uid");
        for (int i = 0; i < 30; i++) {
            step();
        }
        assertThat(printed.toString(StandardCharsets.UTF_8)).contains("it is of an earlier node of this name");
        api.delete();
        for (int i = 0; i < 60; i++) {
            step();
        }
        assertThat(api.owner()).isEqualTo("another-uid");
    }

    private String log() {
        return printed.toString(StandardCharsets.UTF_8);
    }

    @Test
    void saysOnceWhatItCannotRead() {
        proc.sysctls("none", "", 1024);
        step();
        step();
        proc.sysctls("many", "", 1024);
        step();
        proc.sysctls("none", "", 1024);
        step();
        assertThat(log())
                .containsOnlyOnce("nothing can be reported: ip_local_port_range says \"none\"")
                .containsOnlyOnce("nothing can be reported: ip_local_port_range says \"many\"");
        assertThat(agent.findings().use()).isNull();
        proc.sysctls("40000\t40099", "", 1024);
        step();
        assertThat(api.status()).contains("40000-40099");
        proc.sysctls("none", "", 1024);
        step();
        assertThat(log().split("says \"none\"")).as("another failure").hasSize(3);
    }

    /** However many rows of a table are not what they should be. */
    @Test
    void aLogIsNotFloodedWithWhatItCannotRead() {
        for (int i = 0; i < 10 * Complaints.MOST; i++) {
            proc.sysctls("none " + i, "", 1024);
            step();
        }
        assertThat(log().lines()).hasSize(Complaints.MOST);
    }

    @Test
    void failedLooksAreCountedAndEndItsLife() {
        step();
        assertThat(agent.findings().looks()).isEqualTo(1);
        proc.sysctls("none", "", 1024);
        for (long passed = 0; passed < Agent.LIVE_MILLIS - 4_000; passed += 2_000) {
            step();
        }
        assertThat(agent.isLive()).as("within its grace").isTrue();
        assertThat(agent.findings().failedLooks()).isEqualTo(88);
        assertThat(agent.findings().looks()).isEqualTo(1);
        assertThat(agent.findings().use()).as("what was found last").isNotNull();
        step();
        step();
        assertThat(agent.isLive()).isFalse();
        proc.sysctls("40000\t40099", "", 1024);
        step();
        assertThat(agent.isLive()).isTrue();
    }

    @Test
    void livesOnTheLongestPausesAndWhileTheServerIsAway() {
        api.close();
        exhaust(90);
        for (int i = 0; i < 200; i++) {
            step();
            assertThat(agent.isLive()).isTrue();
            assertThat(agent.findings().failedLooks()).isZero();
        }
    }

    /** What it has found before it may be no longer so. */
    @Test
    void writesNothingWhileItSeesNothing() {
        proc.sysctls("none", "", 1024);
        step();
        assertThat(api.asked()).isEmpty();
        proc.sysctls("40000\t40099", "", 1024);
        step();
        proc.tcp("not a row of a table of sockets\n");
        proc.sysctls("20000\t40099", "", 1024);
        api.asked();
        for (int i = 0; i < 40; i++) {
            step();
        }
        assertThat(api.asked()).isEmpty();
        assertThat(log()).contains("this is no row of a table of sockets");
        proc.tcp();
        for (int i = 0; i < 16; i++) {
            step();
        }
        assertThat(api.status()).contains("20000-40099");
    }

    @Test
    void aTokenThatSaysNothingIsAFailureToReport() {
        step();
        String good = token;
        token = "none";
        for (int i = 0; i < 100; i++) {
            step();
        }
        assertThat(agent.findings().failures()).isEqualTo(100);
        assertThat(agent.findings().failedLooks()).isZero();
        assertThat(agent.isLive()).as("it looks, and its metrics say so").isTrue();
        assertThat(log().lines().filter(line -> line.contains("nothing can be reported")))
                .hasSize(1);
        token = good;
        step();
        assertThat(agent.findings().failures()).isEqualTo(100);
    }

    @Test
    void whoNeverKnowsItsNodeIsNotAlive() {
        token = "none";
        agent = agent();
        step();
        assertThat(agent.isLive()).isTrue();
        for (int i = 0; i < 100; i++) {
            step();
        }
        assertThat(agent.findings()).isNull();
        assertThat(agent.isLive()).isFalse();
    }

    @Test
    void aClockThatIsSetBackIsNoReasonToWait() {
        proc.tcp(row("0A", "0.0.0.0:22", "0.0.0.0:0"), row("0A", "0.0.0.0:23", "0.0.0.0:0"));
        step();
        proc.tcp(row("0A", "0.0.0.0:22", "0.0.0.0:0"), row("08", "10.0.0.5:40000", "10.0.0.9:443"));
        api.failWith(500);
        step();
        clock.goOn(Duration.ofDays(-1));
        for (int i = 0; i < 40; i++) {
            step();
        }
        assertThat(api.status()).contains("\"listeners\":{\"tcp\":\"22\"}");
        assertThat(agent.findings().use().closeWaitLeaks()).isEqualTo(1);
    }

    @Test
    void looksOnWhileTheServerIsAway() {
        api.close();
        step();
        exhaust(5);
        for (int i = 0; i < 16; i++) {
            step();
        }
        assertThat(agent.findings().use().highestUse()).isEqualTo(5);
        assertThat(agent.findings().failures()).as("tries in half a minute").isBetween(4L, 8L);
    }

    private static HttpResponse<String> get(AgentHttp http, String path) throws Exception {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + http.port() + path))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void tellsItsMetrics() throws Exception {
        try (AgentHttp http = AgentHttp.start("127.0.0.1", 0, agent::isLive, agent::findings, "1.2.3")) {
            assertThat(get(http, "/metrics").body().lines().filter(line -> !line.startsWith("#")))
                    .as("before the first look")
                    .containsExactly(
                            "portclaim_agent_report_writes_total{node=\"node-a\",result=\"success\"} 0",
                            "portclaim_agent_report_writes_total{node=\"node-a\",result=\"failure\"} 0",
                            "portclaim_agent_scans_total{node=\"node-a\",result=\"success\"} 0",
                            "portclaim_agent_scans_total{node=\"node-a\",result=\"failure\"} 0",
                            "portclaim_agent_scan_cpu_seconds_total{node=\"node-a\"} 0.0",
                            "portclaim_agent_build_info{node=\"node-a\",version=\"1.2.3\"} 1");
            exhaust(90);
            step();
            HttpResponse<String> answer = get(http, "/metrics");
            assertThat(answer.headers().firstValue("Content-Type").orElse(""))
                    .isEqualTo("text/plain; version=0.0.4; charset=utf-8");
            assertThat(answer.body().lines())
                    .contains(
                            "portclaim_node_ephemeral_ports{node=\"node-a\"} 100",
                            "portclaim_node_ephemeral_ports_used{node=\"node-a\"} 90",
                            "portclaim_node_destination_ephemeral_ports_used_max{node=\"node-a\"} 90",
                            "portclaim_node_destination_ephemeral_ports_used{node=\"node-a\",local_address=\"10.0.0.5\","
                                    + "remote_address=\"10.0.0.9\",remote_port=\"443\"} 90",
                            "portclaim_node_ephemeral_port_pressure{node=\"node-a\"} 1",
                            "portclaim_node_tcp_sockets{node=\"node-a\",state=\"time_wait\"} 90",
                            "portclaim_node_tcp_sockets{node=\"node-a\",state=\"listen\"} 0",
                            "portclaim_node_leaked_connections{node=\"node-a\",state=\"close_wait\"} 0",
                            "portclaim_agent_report_writes_total{node=\"node-a\",result=\"success\"} 1",
                            "portclaim_agent_scans_total{node=\"node-a\",result=\"success\"} 1",
                            "portclaim_agent_build_info{node=\"node-a\",version=\"1.2.3\"} 1")
                    .anyMatch(line ->
                            line.startsWith("portclaim_node_sustainable_connections_per_second{node=\"node-a\"} 1.66"))
                    .allMatch(line -> line.startsWith("# ") || line.contains("{node=\"node-a\""));
            assertThat(get(http, "/livez").statusCode()).isEqualTo(200);
            steady.goOn(Duration.ofMinutes(3));
            assertThat(get(http, "/livez").statusCode()).isEqualTo(503);
            assertThat(get(http, "/other").statusCode()).isEqualTo(404);
        }
    }

    private void leak() {
        String[] rows = new String[90];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = row("08", "10.0.0.5:" + (40000 + i), "10.0.1." + i / 10 + ":443");
        }
        leak(rows);
    }

    private void leak(String... rows) {
        proc.tcp(rows);
        for (int i = 0; i < 64; i++) {
            step();
        }
    }

    private List<String> named() throws Exception {
        try (AgentHttp http = AgentHttp.start("127.0.0.1", 0, () -> true, agent::findings, "1")) {
            return get(http, "/metrics")
                    .body()
                    .lines()
                    .filter(line -> line.contains("remote_address"))
                    .toList();
        }
    }

    @Test
    void namesTheTopOnly() throws Exception {
        leak();
        assertThat(named())
                .doesNotHaveDuplicates()
                .hasSize(2 * AgentOptions.DEFAULTS.topDestinations())
                .anyMatch(line -> line.contains("uid=\"1000\"} 10"));
        assertThat(agent.findings().use().closeWaitLeaks()).isEqualTo(90);
    }

    /** Else each page that a crawler reads would make new series. */
    @Test
    void namesNoneThatHasAFewConnections() throws Exception {
        proc.sysctls("40000\t40999", "", 1024);
        String[] rows = new String[19];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = row("08", "10.0.0.5:" + (40000 + i), i < 9 ? "10.0.0.8:443" : "10.0.0.9:443");
        }
        leak(rows);
        assertThat(named()).hasSize(2).allMatch(line -> line.contains("10.0.0.9") && line.endsWith(" 10"));
        proc.sysctls("40000\t41000", "", 1024);
        step();
        assertThat(named())
                .as("less than 1 % of 1001 ports")
                .singleElement()
                .asString()
                .startsWith("portclaim_node_top_leaked_connections");
    }

    @Test
    void thePageHasEachMetric() throws Exception {
        leak();
        try (AgentHttp http = AgentHttp.start("127.0.0.1", 0, () -> true, agent::findings, "1")) {
            List<String> served = Scrape.parse(get(http, "/metrics").body()).families().values().stream()
                    .map(family -> family.name() + " " + family.type() + " " + family.labels())
                    .toList();
            assertThat(MetricsPage.of("agent.md").metrics())
                    .extracting(metric -> metric.name() + " " + metric.type() + " " + metric.labels("node"))
                    .containsExactlyInAnyOrderElementsOf(served);
        }
    }
}
