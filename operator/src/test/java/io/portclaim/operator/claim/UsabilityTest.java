package io.portclaim.operator.claim;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.portclaim.api.v1alpha1.Condition;
import io.portclaim.api.v1alpha1.Phase;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.operator.allocation.ForeignPorts;
import io.portclaim.operator.allocation.Listeners;
import io.portclaim.operator.allocation.Refusal;
import io.portclaim.operator.node.ClusterView;
import io.portclaim.operator.node.NoopClusterListener;
import io.portclaim.operator.pool.Pools;
import io.portclaim.operator.protocol.Claim;
import io.portclaim.operator.protocol.ClaimTracker;
import io.portclaim.ports.CompactPorts;
import io.portclaim.ports.PortSet;
import io.portclaim.testing.SetClock;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is said of processes that listen on a port that the claim web holds on every node. */
class UsabilityTest {
    private static final CompactPorts PORT = CompactPorts.of(PortSet.parse("1000"));

    private final ScriptedApi api = new ScriptedApi();
    private final SetClock clock = new SetClock();
    private final ForeignPorts foreign = new ForeignPorts();
    private final Listeners listeners = new Listeners(foreign, clock);
    private final ClusterView cluster =
            new ClusterView(api.client(), foreign, listeners, new NoopClusterListener(), clock, Duration.ZERO);
    private final Pools pools = new Pools(cluster.nodes(), Duration.ZERO, pool -> {});
    private final ClaimTracker tracker = new ClaimTracker();
    private final Usability usability =
            new Usability(pools, cluster, foreign, listeners, new UnexplainedListeners(clock), tracker);
    private Claim claim = Samples.web("uid-web", 10);

    @BeforeEach
    void begin() {
        pools.onAdd(Samples.pool("{ranges: [1000-1009], staticBand: 0, cooldown: {tcp: 60s}}"));
        tracker.serving(claim);
    }

    @AfterEach
    void end() {
        cluster.close();
        api.close();
    }

    private String problem() {
        return usability
                .problem(claim, "main", Samples.port(1000))
                .map(Refusal::message)
                .orElse("nothing");
    }

    /** After the listeners of now have stood for long enough. */
    private String problemLater() {
        problem();
        clock.goOn(UnexplainedListeners.PATIENCE);
        return problem();
    }

    private static Pod pod(String namespace, String node, String container) {
        return Samples.YAML.unmarshal("""
                apiVersion: v1
                kind: Pod
                metadata: {name: p, namespace: %s, uid: "%s %s"}
                spec: {nodeName: %s, containers: [{name: c, %s}]}
                """.formatted(namespace, namespace, node, node, container), Pod.class);
    }

    @Test
    void aListenerThatNothingExplainsIsReportedAfterAWhile() {
        listeners.report("n1", PORT, CompactPorts.EMPTY);
        assertThat(problem()).isEqualTo("nothing");
        assertThat(problemLater())
                .isEqualTo("a process on node n1 listens on 1000/TCP, and no pod there declares the port or reads"
                        + " ConfigMap web-ports; stop the process, or declare the port in the pod of the process");
        listeners.withdraw("n1");
        assertThat(problem()).isEqualTo("nothing");
    }

    @Test
    void aPodThereThatReadsTheConfigMapExplainsIt() {
        listeners.report("n1", PORT, CompactPorts.EMPTY);
        listeners.report("n2", PORT, CompactPorts.EMPTY);
        String reads = "envFrom: [{configMapRef: {name: web-ports}}]";
        cluster.pods().onAdd(pod("shop", "n1", reads));
        assertThat(problemLater()).contains("on node n2 listens");
        cluster.pods().onAdd(pod("another", "n2", reads));
        assertThat(problemLater()).as("a ConfigMap of that name elsewhere").contains("on node n2 listens");
        cluster.pods().onAdd(pod("shop", "n2", reads));
        assertThat(problem()).isEqualTo("nothing");
    }

    @Test
    void aPodThereThatDeclaresThePortExplainsItAndIsReportedIfItIsAnothers() {
        listeners.report("n1", PORT, CompactPorts.EMPTY);
        String declares = "ports: [{containerPort: 80, hostPort: 1000}]";
        cluster.pods().onAdd(pod("shop", "n1", declares));
        assertThat(problemLater()).isEqualTo("nothing");
        cluster.pods().onAdd(pod("another", "n1", declares));
        assertThat(problem()).contains("is also declared by a Pod of another namespace");
    }

    @ParameterizedTest
    @CsvSource({"2,1", "11,10", "12,more than 10", "101,more than 10", "102,more than 100", "1500,more than 1000"})
    void manyNodesAreCountedRoughlySoThatTheMessageStands(int nodes, String counted) {
        for (int i = 0; i < nodes; i++) {
            listeners.report("n%04d".formatted(i), PORT, CompactPorts.EMPTY);
        }
        assertThat(problemLater()).startsWith("a process on node n0000 (and on %s more) listens on".formatted(counted));
    }

    @Test
    void whatAnEarlierLeaderReportedStandsAndWhatThisOneLeftDoesNot() {
        listeners.report("n1", PORT, CompactPorts.EMPTY);
        PortClaimStatus status = new PortClaimStatus(
                Phase.BOUND,
                1L,
                "main",
                null,
                null,
                null,
                null,
                null,
                null,
                List.of(new Condition("Usable", "False", 1L, "2026-01-01T00:00:00Z", "HeldByOthers", "as it was")));
        claim = claim.at("11", status);
        assertThat(problem()).contains("on node n1 listens");
        tracker.left(claim, Samples.rendered(status));
        listeners.report("n1", CompactPorts.EMPTY, CompactPorts.EMPTY);
        assertThat(problem()).isEqualTo("nothing");
        listeners.report("n1", PORT, CompactPorts.EMPTY);
        assertThat(problem()).as("another one, after a look of this leader").isEqualTo("nothing");
    }
}
