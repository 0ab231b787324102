package io.portclaim.installed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.portclaim.api.v1alpha1.Condition;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortPool;
import io.portclaim.api.v1alpha1.PortPoolStatus;
import io.portclaim.api.v1alpha1.PortReport;
import io.portclaim.api.v1alpha1.PortReportStatus;
import io.portclaim.testing.AuditedRequest;
import io.portclaim.testing.Dashboards;
import io.portclaim.testing.Promtool;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The agents of real nodes report what their kernels say, and what is given out follows. The tests change the ephemeral range of node-1 five
 * times, which is once more than is free: from then on every range that it has had counts. So their order is fixed, and none of these
 * ranges has a number that another test wants.
 */
@ExtendWith(Installation.class)
@TestMethodOrder(MethodOrderer.MethodName.class)
class AgentIT {
    private static final Logger LOG = LoggerFactory.getLogger(AgentIT.class);

    private static final String RANGE = "net.ipv4.ip_local_port_range";
    private static final String RESERVED = "net.ipv4.ip_local_reserved_ports";

    private static Installation installation;
    private static Agents agents;

    @BeforeAll
    static void install(Installation given) {
        installation = given;
        agents = new Agents(given);
        agents.install();
    }

    /** The other tests' nodes speak by their annotations. */
    @AfterAll
    static void withoutAgents() {
        agents.uninstall();
    }

    @AfterEach
    void asItWas() {
        installation.cluster().sysctl("node-1", RANGE, "32768 60999");
        installation.cluster().sysctl("node-1", RESERVED, "");
    }

    private static PortPoolStatus pool(String name) {
        return Objects.requireNonNull(installation
                .client()
                .resources(PortPool.class)
                .withName(name)
                .require()
                .getStatus());
    }

    private static Condition condition(List<Condition> conditions, String type) {
        return conditions.stream()
                .filter(condition -> condition.type().equals(type))
                .findFirst()
                .orElseThrow();
    }

    private static Condition condition(String namespace, String claim, String type) {
        PortClaim found = installation
                .client()
                .resources(PortClaim.class)
                .inNamespace(namespace)
                .withName(claim)
                .require();
        return condition(Objects.requireNonNull(found.getStatus()).conditions(), type);
    }

    private static void within(String what, Duration time, Runnable assertion) {
        long begin = System.nanoTime();
        await(what).atMost(time).ignoreExceptions().untilAsserted(assertion::run);
        LOG.info(
                "{}: after {} ms",
                what,
                Duration.ofNanos(System.nanoTime() - begin).toMillis());
    }

    private static void has(
            String namespace, String claim, String type, String status, String reason, String... words) {
        within(
                "%s=%s (%s) of %s".formatted(type, status, reason, claim),
                Installation.SOON,
                () -> assertThat(condition(namespace, claim, type)).satisfies(condition -> {
                    assertThat(condition.status()).isEqualTo(status);
                    assertThat(condition.reason()).isEqualTo(reason);
                    assertThat(List.of(words))
                            .allMatch(word -> condition.message().contains(word));
                }));
    }

    private static String onNode1(String pool, String port) {
        return "{poolName: %s, scope: Node, nodeName: node-1, ports: [{name: http%s}]}".formatted(pool, port);
    }

    @Test
    void aRangeThatIsChangedAtRunTimeIsFollowedAndMovesNothing() {
        String namespace = installation.newNamespace();
        installation.pool("reported", "23300-23303");
        installation.claim(namespace, "before", onNode1("reported", ", port: 23301"));
        installation.ready(namespace, "before");
        within(
                "all nodes are known by report",
                Installation.SOON,
                () -> assertThat(pool("reported").nodeFacts()).isEqualTo(new PortPoolStatus.NodeFacts(2, 0, 0, 0)));

        installation.cluster().sysctl("node-1", RANGE, "23300 25999");
        within(
                "the report says it",
                Installation.SOON,
                () -> assertThat(agents.report("node-1"))
                        .get()
                        .returns("23300-25999", PortReportStatus::ephemeralRange)
                        .returns(2_700, PortReportStatus::ephemeralPorts)
                        .returns(45, PortReportStatus::connectionsPerSecond));
        within(
                "the pool says it",
                Installation.SOON,
                () -> assertThat(condition(
                                        Objects.requireNonNull(pool("reported").conditions()), "RangeOverlapsEphemeral")
                                .message())
                        .contains("node-1", "23300-23303"));
        has(namespace, "before", "Usable", "False", "InEphemeralRange", "23301", "node-1", "23300-25999");
        within(
                "it stays Ready",
                Installation.SOON,
                () -> assertThat(condition(namespace, "before", "Ready")).returns("True", Condition::status));
        within(
                "an event says it",
                Installation.SOON,
                () -> assertThat(events(namespace, "before"))
                        .anyMatch(event -> event.getType().equals("Warning")
                                && event.getReason().equals("InEphemeralRange")));
        assertThat(portOf(namespace, "before")).isEqualTo(23301);
        installation.claim(namespace, "after", onNode1("reported", ""));
        has(namespace, "after", "Ready", "False", "PoolExhausted", "node-1");

        installation.cluster().sysctl("node-1", RESERVED, "23302");
        has(namespace, "after", "Ready", "True", "Assigned");
        assertThat(portOf(namespace, "after")).isEqualTo(23302);
        assertThat(agents.report("node-1").orElseThrow().reservedPorts()).isEqualTo("23302");

        installation.cluster().sysctl("node-1", RANGE, "32768 60999");
        has(namespace, "before", "Usable", "True", "Usable");
    }

    private static List<Event> events(String namespace, String claim) {
        return installation
                .client()
                .v1()
                .events()
                .inNamespace(namespace)
                .withField("involvedObject.name", claim)
                .list()
                .getItems();
    }

    private static int portOf(String namespace, String claim) {
        return Objects.requireNonNull(installation
                        .client()
                        .resources(PortClaim.class)
                        .inNamespace(namespace)
                        .withName(claim)
                        .require()
                        .getStatus())
                .nodes()
                .get(0)
                .ports()
                .get(0)
                .port();
    }

    @Test
    void whatOthersHaveIsNotGivenAndIsOnceTheyAreGone() {
        String others = installation.newNamespace();
        PortsOfOthers.begin(installation, others);
        within(
                "the listener is reported",
                Installation.SOON,
                () -> assertThat(agents.report("node-1")
                                .orElseThrow()
                                .listeners()
                                .tcp())
                        .contains("29600"));
        String namespace = installation.newNamespace();
        installation.apply(namespace, """
                apiVersion: portclaim.io/v1alpha1
                kind: PortPool
                metadata: {name: shared}
                spec: {ranges: [29600-29604, 30105], nodePorts: {policy: Ignore}, staticBand: 0}
                """);
        installation.claim(namespace, "first", "{poolName: shared, scope: Cluster, ports: [{name: http}]}");
        PortClaim first = installation.ready(namespace, "first");
        assertThat(Objects.requireNonNull(first.getStatus()).ports().get(0).port())
                .as("all that nobody else has")
                .isEqualTo(29603);
        installation.claim(namespace, "second", "{poolName: shared, scope: Cluster, ports: [{name: http}]}");
        has(namespace, "second", "Ready", "False", "PoolExhausted");
        installation.cluster().kubectl("delete", "portclaim/second", "--namespace", namespace);

        installation.claim(namespace, "static-0", onNode1("shared", ", port: 29600"));
        installation.claim(namespace, "static-1", onNode1("shared", ", port: 29601"));
        installation.claim(namespace, "static-2", onNode1("shared", ", port: 29602"));
        installation.claim(namespace, "static-3", onNode1("shared", ", port: 30105"));
        has(namespace, "static-0", "Ready", "False", "PortTaken", "process", "node-1", "29600");
        has(namespace, "static-1", "Ready", "False", "PortTaken", "Pod");
        has(namespace, "static-2", "Ready", "False", "PortTaken", "Pod");
        has(namespace, "static-3", "Ready", "False", "PortTaken", "Service");
        installation.claim(namespace, "static-4", onNode1("shared", ", port: 29604"));
        has(namespace, "static-4", "Ready", "False", "PortTaken", "Pod");

        PortsOfOthers.end(installation, others);
        for (int i = 0; i < 5; i++) {
            String claim = "static-" + i;
            within(
                    claim + " has it now",
                    Installation.SOON,
                    () -> assertThat(condition(namespace, claim, "Ready")).returns("True", Condition::status));
        }
    }

    @Test
    void oneDestinationThatTakesNearlyAllPortsIsNamedAndALeakIsDistinguished() throws IOException {
        String address = installation.cluster().address("node-1");
        String destination = address + ":7000";
        installation.cluster().sysctl("node-1", RANGE, "40000 45999");
        Process connections = UsersOfPorts.connections(installation, 7000);
        try {
            order(connections, "open 5000");
            within(
                    "the pressure is reported",
                    Installation.SOON,
                    () -> assertThat(agents.pressure("node-1")).satisfies(condition -> {
                        assertThat(condition.status()).isEqualTo("True");
                        assertThat(condition.reason()).isEqualTo("DestinationNearlyFull");
                        assertThat(condition.message()).contains(destination);
                    }));
            within("the metrics say how much", Installation.SOON, () -> {
                assertThat(agents.metric("node-1", "portclaim_node_destination_ephemeral_ports_used_max"))
                        .isGreaterThanOrEqualTo(5000);
                assertThat(agents.metric("node-1", "portclaim_node_ephemeral_ports"))
                        .isEqualTo(6000);
                assertThat(agents.metric("node-1", "portclaim_node_ephemeral_port_pressure"))
                        .isOne();
                assertThat(agents.metrics("node-1"))
                        .anyMatch(line -> line.startsWith("portclaim_node_destination_ephemeral_ports_used{")
                                && line.contains("remote_address=\"" + address + "\"")
                                && line.contains("remote_port=\"7000\""));
            });

            order(connections, "close");
            order(connections, "open 500");
            order(connections, "abandon");
            within("what waits is no leak", Installation.SOON, () -> {
                assertThat(agents.metric("node-1", "portclaim_node_tcp_sockets", "state=\"time_wait\""))
                        .isGreaterThan(4000);
                assertThat(agents.metric("node-1", "portclaim_node_tcp_sockets", "state=\"close_wait\""))
                        .isGreaterThanOrEqualTo(500);
            });
            within(
                    "the pressure ends",
                    Installation.SOON.multipliedBy(2),
                    () -> assertThat(agents.pressure("node-1"))
                            .returns("False", Condition::status)
                            .returns("EphemeralPortsFree", Condition::reason));
            within("what was abandoned is a leak", Installation.SOON, () -> {
                assertThat(agents.metric("node-1", "portclaim_node_leaked_connections", "state=\"close_wait\""))
                        .isEqualTo(500);
                assertThat(agents.metrics("node-1"))
                        .anyMatch(line -> line.startsWith("portclaim_node_top_leaked_connections{")
                                && line.contains("state=\"close_wait\"")
                                && line.contains("remote_address=\"" + address + "\"")
                                && line.contains("remote_port=\"7000\""));
            });
            String scrape = String.join("\n", agents.metrics("node-1")) + "\n";
            Promtool.checkMetrics(scrape);
            assertThat(Dashboards.missingIn(scrape, true)).isEmpty();
            order(connections, "reset");
            within(
                    "the leak is gone",
                    Installation.SOON,
                    () -> assertThat(agents.metric(
                                    "node-1", "portclaim_node_leaked_connections", "state=\"close_wait\""))
                            .isZero());
        } finally {
            connections.getOutputStream().close();
            connections.destroy();
        }
    }

    private static void order(Process connections, String order) throws IOException {
        connections.outputWriter().append(order).append('\n').flush();
        assertThat(connections.inputReader().readLine()).isEqualTo("done");
    }

    @Test
    void agentsThatHaveNothingNewAreSilentAndSmall() {
        // Longer than the longest interval between scans: an agent that writes after each is found.
        Duration quiet = Duration.ofSeconds(35);
        await("some time without a write of an agent")
                .atMost(quiet.multipliedBy(30))
                .pollDelay(quiet)
                .pollInterval(Duration.ofSeconds(1))
                .until(() -> {
                    long since = AuditedRequest.end(installation.cluster().auditLog());
                    Duration before = agents.cpuTime();
                    await().during(quiet)
                            .atMost(quiet.multipliedBy(2))
                            .until(() -> !agents.pods().isEmpty());
                    LOG.info(
                            "Two agents: {} ms of CPU time in {} s, resident {} KiB",
                            agents.cpuTime().minus(before).toMillis(),
                            quiet.toSeconds(),
                            agents.resident());
                    return AuditedRequest.since(since, installation.cluster().auditLog(), Agents.USER)
                            .isEmpty();
                });
        assertThat(agents.resident()).hasSize(2).allMatch(size -> size <= 64 * 1024);
    }

    @Test
    void aStolenTokenWritesTheReportOfItsOwnNodeAndNothingElse() {
        try (KubernetesClient thief = agents.thief("node-1")) {
            Resource<PortReport> own = thief.resources(PortReport.class).withName("node-1");
            Resource<PortReport> other = thief.resources(PortReport.class).withName("node-2");
            assertThat(answer(() -> thief.resource(own.get()).updateStatus())).isEqualTo(200);
            for (Runnable attempt : List.<Runnable>of(
                    () -> thief.resource(other.get()).updateStatus(),
                    () -> other.delete(),
                    () -> own.delete(),
                    () -> thief.resource(own.get()).update(),
                    () -> thief.resources(PortReport.class).list(),
                    () -> thief.nodes().withName("node-1").get(),
                    () -> thief.pods().inNamespace(Installation.NAMESPACE).list(),
                    () -> thief.secrets().inNamespace(Installation.NAMESPACE).list(),
                    () -> thief.configMaps().inNamespace(Installation.NAMESPACE).list(),
                    () -> thief.resources(PortClaim.class)
                            .inNamespace(Installation.NAMESPACE)
                            .list())) {
                assertThat(answer(attempt)).isIn(403, 422);
            }
        }
    }

    /** The code of the API server's answer, other than the conflict when the node's agent was faster, or one to try again. */
    private static int answer(Runnable attempt) {
        return await("an answer")
                .atMost(Installation.SOON)
                .until(() -> code(attempt), code -> code > 0 && code != 409 && code != 429 && code < 500);
    }

    private static int code(Runnable attempt) {
        try {
            attempt.run();
            return 200;
        } catch (KubernetesClientException refused) {
            return refused.getCode();
        }
    }
}
