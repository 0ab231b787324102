package io.portclaim.operator.behaviour;

import static io.portclaim.operator.behaviour.OperatorFixture.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portclaim.api.v1alpha1.Phase;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.testing.LocalCluster;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a claim says of itself, to people, to kubectl and to programs. */
@ExtendWith(LocalCluster.class)
class StatusIT {
    private static OperatorFixture fixture;

    @BeforeAll
    static void begin(LocalCluster cluster) {
        fixture = OperatorFixture.withOperator(cluster);
    }

    @AfterAll
    static void end() {
        fixture.close();
    }

    @Test
    void aBoundClaimSaysWhatItHasAndThatAllIsWell() {
        fixture.pool("status-1", "{ranges: [21000-21009], staticBand: 0}");
        ClaimProbe claim = fixture.claim("well", "{poolName: status-1, scope: Cluster, ports: [{name: http}]}")
                .ready();
        PortClaimStatus status = claim.status();
        assertThat(status.phase()).isEqualTo(Phase.BOUND);
        assertThat(status.observedGeneration()).isEqualTo(1);
        assertThat(status.poolName()).isEqualTo("status-1");
        assertThat(status.configMapName()).isEqualTo("well-ports");
        assertThat(status.summary()).isEqualTo("http=21000");
        assertThat(claim.condition("Ready"))
                .isEqualTo("True Assigned: 1 port assigned on every node and published in ConfigMap well-ports");
        assertThat(claim.condition("Assigned")).startsWith("True Assigned");
        assertThat(claim.condition("Published")).startsWith("True Published");
        assertThat(claim.condition("Usable")).startsWith("True Usable");
        claim.edit("{ports: [{name: http}, {name: admin}]}").ready();
        assertThat(claim.status().observedGeneration()).isEqualTo(2);
    }

    @Test
    void whatSomeoneElseWritesIntoTheStatusIsPutRight() {
        fixture.pool("status-2", "{ranges: [21100-21109], staticBand: 0}");
        ClaimProbe claim = fixture.claim("right", "{poolName: status-2, scope: Cluster, ports: [{name: http}]}")
                .ready();
        PortClaimStatus before = claim.status();
        claim.spoofStatus("{phase: Conflicted, summary: 'http=1', ports: [{name: http, protocol: TCP, port: 1}]}");
        await().atMost(SOON).untilAsserted(() -> assertThat(claim.status()).isEqualTo(before));
        assertThat(claim.data()).containsEntry("HTTP_PORT", "21100");

        claim.spoofStatus("null");
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(claim.now().getStatus())
                        .usingRecursiveComparison()
                        .ignoringFields("conditions")
                        .isEqualTo(before));
        assertThat(claim.ports()).isEqualTo("http=21100");
    }

    @Test
    void aWaitingClaimIsPendingAndSaysWhy() {
        ClaimProbe claim = fixture.claim("waits", "{poolName: status-none, scope: Cluster, ports: [{name: http}]}");
        claim.refusal("PoolNotFound");
        assertThat(claim.status().phase()).isEqualTo(Phase.PENDING);
        assertThat(claim.condition("Assigned")).startsWith("False PoolNotFound");
        assertThat(claim.condition("Published")).startsWith("False NotAssigned");
        assertThat(claim.condition("Usable")).startsWith("Unknown NotAssigned");
        assertThat(claim.status().observedGeneration()).isEqualTo(1);
    }

    @Test
    void kubectlWaitsForIt(LocalCluster cluster) {
        fixture.pool("status-3", "{ranges: [21200-21209], staticBand: 0}");
        ClaimProbe claim = fixture.claim("kube", "{poolName: status-3, scope: Cluster, ports: [{name: http}]}");
        assertThat(cluster.kubectl(
                        "wait", "--for=condition=Ready", "portclaim/kube", "-n", fixture.namespace(), "--timeout=60s"))
                .isEqualTo("portclaim.portclaim.io/kube condition met\n");
        assertThat(cluster.kubectl(
                        "wait",
                        "--for=jsonpath={.status.phase}=Bound",
                        "portclaim/kube",
                        "-n",
                        fixture.namespace(),
                        "--timeout=60s"))
                .isEqualTo("portclaim.portclaim.io/kube condition met\n");
        assertThat(claim.status().phase()).isEqualTo(Phase.BOUND);
    }

    @Test
    void kubectlShowsItInALine(LocalCluster cluster) {
        fixture.pool("status-4", "{ranges: [21300-21309], staticBand: 0}");
        fixture.claim(
                        "line",
                        "{poolName: status-4, scope: Cluster, ports: [{name: http}, {name: game, protocol: UDP, count: 4}]}")
                .ready();
        fixture.claim("wait-line", "{poolName: status-4, scope: Cluster, ports: [{name: http, port: 4}]}")
                .refusal("PortNotUsable");
        List<List<String>> lines = cluster.kubectl("get", "pclaim", "line", "wait-line", "-n", fixture.namespace())
                .lines()
                .map(line -> List.of(line.strip().split(" {2,}")))
                .toList();
        assertThat(lines.get(0)).containsExactly("NAME", "POOL", "SCOPE", "PHASE", "PORTS", "REASON", "USABLE", "AGE");
        assertThat(lines.get(1)).startsWith("line", "status-4", "Cluster", "Bound", "http=21304, game=21300-21303/UDP");
        assertThat(lines.get(2)).startsWith("wait-line", "status-4", "Cluster", "Pending", "PortNotUsable");
        assertThat(cluster.kubectl("describe", "pclaim", "line", "-n", fixture.namespace()))
                .contains("http=21304, game=21300-21303/UDP")
                .contains("5 ports assigned on every node");
    }

    @Test
    void aWarningIsReportedOnceForEachReasonAndSpecAndSuccessNever() {
        fixture.pool("status-5", "{ranges: [21400-21401], staticBand: 0, cooldown: {tcp: 1s}}");
        ClaimProbe holds = fixture.claim("holds", "{poolName: status-5, scope: Cluster, ports: [{name: http}]}")
                .ready();
        ClaimProbe claim =
                fixture.claim("warned", "{poolName: status-5, scope: Cluster, ports: [{name: http, port: 21400}]}");
        claim.refusal("PortTaken");
        await().atMost(SOON).until(() -> claim.events().equals(List.of("Warning PortTaken")));

        // Looked at again for a pool's edit: nothing new to report.
        fixture.editPool("status-5", "{ranges: [21400-21402]}");
        fixture.claim("looked-at", "{poolName: status-5, scope: Cluster, ports: [{name: http, port: 21402}]}")
                .ready();
        claim.edit("{ports: [{name: http, port: 99}]}");
        claim.refusal("PortNotUsable");
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(claim.events())
                        .containsExactlyInAnyOrder("Warning PortTaken", "Warning PortNotUsable"));
        claim.edit("{ports: [{name: http, port: 98}]}");
        claim.refusal("PortNotUsable");
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(claim.events())
                        .as("another generation")
                        .containsExactlyInAnyOrder(
                                "Warning PortTaken", "Warning PortNotUsable", "Warning PortNotUsable"));
        claim.edit("{ports: [{name: http, port: 21401}]}");
        assertThat(claim.ports()).isEqualTo("http=21401");
        assertThat(claim.events()).hasSize(3);
        assertThat(holds.events()).isEmpty();
    }

    @Test
    void aHeldPortThatIsNotUsableAnyMoreIsWarnedOfOnce() {
        fixture.pool("status-6", "{ranges: [21500-21509], staticBand: 0}");
        ClaimProbe claim = fixture.claim("outside", "{poolName: status-6, scope: Cluster, ports: [{name: http}]}")
                .ready();
        fixture.editPool("status-6", "{ranges: [21505-21509]}");
        claim.message("Usable", "False OutsidePool");
        fixture.editPool("status-6", "{ranges: [21506-21509]}");
        fixture.claim("outside-next", "{poolName: status-6, scope: Cluster, ports: [{name: http, port: 21507}]}")
                .ready();
        await().atMost(SOON).until(() -> claim.events().equals(List.of("Warning OutsidePool")));

        fixture.editPool("status-6", "{ranges: [21500-21509]}");
        claim.message("Usable", "True Usable");
        fixture.editPool("status-6", "{ranges: [21505-21509]}");
        claim.message("Usable", "False OutsidePool");
        // An event is written right after its status, so that a second one would be there with the next claim's.
        fixture.editPool("status-6", "{ranges: [21500-21509]}");
        claim.message("Usable", "True Usable");
        assertThat(claim.events())
                .as("a problem that comes and goes is reported once")
                .containsExactly("Warning OutsidePool");
    }
}
