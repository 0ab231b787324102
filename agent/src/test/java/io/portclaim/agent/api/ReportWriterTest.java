package io.portclaim.agent.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.agent.log.AgentLog;
import io.portclaim.agent.log.LogLevel;
import io.portclaim.agent.report.Pressure;
import io.portclaim.agent.report.Report;
import io.portclaim.testing.SetClock;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReportWriterTest {
    private static final Identity SELF =
            new Identity(new Report.Reporter("portclaim", "agent-x", "pod-uid"), "node-a", "node-uid");

    private final SetClock clock = new SetClock();
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private FakeApi api;
    private String token = "first";
    private ReportWriter writer;

    @BeforeEach
    void start() throws IOException {
        api = new FakeApi();
        writer = newWriter();
    }

    private ReportWriter newWriter() {
        return new ReportWriter(
                new ApiServer(api.uri(), Path.of("none"), () -> token),
                found -> {},
                new AgentLog(new PrintStream(printed, true, StandardCharsets.UTF_8), false, LogLevel.INFO, clock),
                clock,
                clock,
                new Random(1));
    }

    @AfterEach
    void stop() {
        api.close();
    }

    private static Report report(String tcp) {
        return new Report(
                "32768-60999",
                "2703",
                1024,
                28231,
                470,
                tcp,
                null,
                SELF.reporter(),
                new Pressure(null, "No destination.", "2026-11-23T09:30:00Z"));
    }

    private void step(String tcp) {
        if (writer.knowsWhatStands(SELF)) {
            writer.write(SELF, report(tcp));
        }
    }

    private void step() {
        step("22");
    }

    @Test
    void makesTheReportAndThenIsSilent() {
        step();
        assertThat(api.asked())
                .containsExactly("GET …/node-a?resourceVersion=0 404", "POST … 201", "PUT …/node-a/status 200");
        assertThat(api.status())
                .isEqualTo(
                        "{\"ephemeralRange\":\"32768-60999\",\"reservedPorts\":\"2703\",\"unprivilegedPortStart\":1024,"
                                + "\"ephemeralPorts\":28231,\"connectionsPerSecond\":470,\"listeners\":{\"tcp\":\"22\"},"
                                + "\"reporter\":{\"namespace\":\"portclaim\",\"name\":\"agent-x\",\"uid\":\"pod-uid\"},"
                                + "\"reportedAt\":\"2026-11-23T09:30:00Z\",\"conditions\":[{\"type\":\"EphemeralPortPressure\","
                                + "\"status\":\"False\",\"lastTransitionTime\":\"2026-11-23T09:30:00Z\","
                                + "\"reason\":\"EphemeralPortsFree\",\"message\":\"No destination.\"}]}");
        for (int i = 0; i < 100; i++) {
            clock.goOn(Duration.ofSeconds(2));
            step();
        }
        assertThat(api.asked()).isEmpty();
        step("23");
        assertThat(api.asked()).containsExactly("PUT …/node-a/status 200");
        assertThat(writer.successes()).isEqualTo(2);
    }

    @Test
    void aRestartThatFindsTheSameWritesNothing() {
        step();
        api.asked();
        writer = newWriter();
        step();
        assertThat(api.asked()).containsExactly("GET …/node-a?resourceVersion=0 200");
    }

    @Test
    void noticesWithinHalfAnHourThatTheReportWasChangedOrDeleted() {
        step();
        api.asked();
        api.change("{\"ephemeralRange\":\"1-2\"}");
        clock.goOn(Duration.ofMillis(ReportWriter.CHECK_MILLIS * 11 / 10));
        step();
        assertThat(api.asked()).containsExactly("GET …/node-a?resourceVersion=0 200", "PUT …/node-a/status 200");
        api.delete();
        clock.goOn(Duration.ofMillis(ReportWriter.CHECK_MILLIS * 11 / 10));
        step();
        assertThat(api.asked()).endsWith("POST … 201", "PUT …/node-a/status 200");
    }

    @Test
    void isMadeAnewWhenItIsGone() {
        step();
        api.delete();
        api.asked();
        step("23");
        step("23");
        assertThat(api.asked()).containsExactly("PUT …/node-a/status 404", "POST … 201", "PUT …/node-a/status 200");
    }

    @Test
    void aConflictIsReadAnewFromEtcd() {
        step();
        api.change("{}");
        api.asked();
        step("23");
        assertThat(api.asked()).containsExactly("PUT …/node-a/status 409");
        clock.goOn(Duration.ofSeconds(2));
        step("23");
        assertThat(api.asked()).containsExactly("GET …/node-a 200", "PUT …/node-a/status 200");
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 403, 422, 429, 500, 503})
    void aRefusalIsTriedAgainForEver(int code) {
        for (int i = 0; i < 40; i++) {
            api.failWith(code);
            step();
            clock.goOn(Duration.ofMillis(ReportWriter.LONGEST_PAUSE_MILLIS));
        }
        step();
        assertThat(api.asked()).hasSize(43).endsWith("POST … 201", "PUT …/node-a/status 200");
        assertThat(writer.failures()).as("an alert goes by them").isEqualTo(40);
        assertThat(printed.toString(StandardCharsets.UTF_8))
                .contains("PortReport node-a: can't be read: the API server answers " + code + " why it is " + code);
    }

    /** The alert PortClaimReportsFailing goes by these counts. */
    @Test
    void whateverKeepsTheReportFromBeingRightIsAFailureAndThatItIsRightEndsIt() {
        step();
        assertThat(writer.failures()).isZero();
        clock.goOn(Duration.ofHours(1));
        api.failWith(403, 503);
        step();
        assertThat(writer.failures()).as("it can't even be read").isEqualTo(1);
        clock.goOn(Duration.ofMinutes(1));
        step();
        assertThat(writer.failures()).isEqualTo(2);
        assertThat(writer.successes()).isEqualTo(1);
        clock.goOn(Duration.ofMinutes(1));
        step();
        step();
        assertThat(writer.failures()).isEqualTo(2);
        assertThat(writer.successes())
                .as("nothing was to be written, and all is well again")
                .isEqualTo(2);
        api.own("another-uid");
        clock.goOn(Duration.ofHours(1));
        step();
        assertThat(writer.failures()).as("stuck").isEqualTo(3);
    }

    @Test
    void pausesGrowToAMinute() {
        int asked = 0;
        for (int i = 0; i < 30; i++) {
            api.failWith(500);
        }
        for (int second = 0; second < 600; second += 2) {
            step();
            asked += api.asked().size();
            clock.goOn(Duration.ofSeconds(2));
        }
        assertThat(asked).isBetween(14, 28);
    }

    @Test
    void theTokenIsReadForEachExchange() {
        api.failWith(401);
        step();
        token = "second";
        clock.goOn(Duration.ofSeconds(2));
        step();
        assertThat(api.tokens().get(0)).isEqualTo("Bearer first");
        assertThat(api.tokens().get(1)).isEqualTo("Bearer second");
    }

    @Test
    void aReportWhoseOwnerWasTakenOffIsToBeDeleted() {
        api.own("");
        step();
        assertThat(printed.toString(StandardCharsets.UTF_8)).contains("it has no owner", "delete it");
        assertThat(api.asked()).containsExactly("GET …/node-a?resourceVersion=0 200");
    }

    @Test
    void aReportOfAnEarlierNodeIsWaitedFor() {
        api.own("another-uid");
        step();
        assertThat(api.asked()).containsExactly("GET …/node-a?resourceVersion=0 200");
        assertThat(printed.toString(StandardCharsets.UTF_8)).contains("it is of an earlier node of this name");
        api.delete();
        clock.goOn(Duration.ofSeconds(2));
        step();
        assertThat(api.asked()).containsExactly("GET …/node-a 404", "POST … 201", "PUT …/node-a/status 200");
    }

    @Test
    void aFlappingNodeWritesSeldom() {
        int writes = 0;
        for (int second = 0; second < 600; second += 2) {
            step(second % 4 == 0 ? "22" : "23");
            clock.goOn(Duration.ofSeconds(2));
        }
        for (String request : api.asked()) {
            writes += request.startsWith("PUT") ? 1 : 0;
        }
        assertThat(writes).isBetween(20, 25);
    }

    @Test
    void saysThatTheDefinitionIsMissing() {
        api.failWith(404, 404);
        step();
        assertThat(api.asked()).containsExactly("GET …/node-a?resourceVersion=0 404", "POST … 404");
        assertThat(printed.toString(StandardCharsets.UTF_8))
                .contains("can't be created: the API server answers 404 why it is 404"
                        + " (install the definition portreports.portclaim.io, which is in crds/)");
    }

    @Test
    void aServerThatIsNotThereIsTriedAgain() {
        api.close();
        step();
        assertThat(printed.toString(StandardCharsets.UTF_8))
                .contains("WARN  Agent - PortReport node-a: can't be read: java.net.ConnectException")
                .contains("; tried again in 1 s");
        assertThat(writer.knowsWhatStands(SELF)).isFalse();
    }
}
