package io.portclaim.operator.behaviour;

import static io.portclaim.operator.behaviour.OperatorFixture.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portclaim.operator.testing.RunningOperator;
import io.portclaim.testing.LocalCluster;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** An operator that stops and starts again, or another one in its place, finds everything as it was left. */
@ExtendWith(LocalCluster.class)
class RestartIT {
    private OperatorFixture fixture;

    @BeforeEach
    void begin(LocalCluster cluster) {
        fixture = OperatorFixture.withOperator(cluster);
        fixture.node("restart-a", "{labels: {row: restart}}");
        fixture.node("restart-b", "{labels: {row: restart}}");
        fixture.pool(
                "restart",
                "{ranges: [21000-21009], staticBand: 0, cooldown: {tcp: 10m}, nodeSelector: {matchLabels: {row: restart}}}");
    }

    @AfterEach
    void end() {
        fixture.close();
    }

    private ClaimProbe claim(String name, String ports) {
        return fixture.claim(name, "{poolName: restart, scope: Cluster, ports: [%s]}".formatted(ports));
    }

    @Test
    void whatStandsIsNotWrittenAgainAndThoseWhoWaitComeAfterThoseWhoHold() {
        ClaimProbe cluster = claim("cluster", "{name: a}, {name: b, protocol: UDP, count: 3}");
        assertThat(cluster.ports()).isEqualTo("a=21003, b=21000-21002/UDP");
        ClaimProbe nodes =
                fixture.claim("nodes", "{poolName: restart, scope: Node, allNodes: true, ports: [{name: a}]}");
        assertThat(nodes.ports()).isEqualTo("a=21004");
        ClaimProbe refused = claim("refused", "{name: a, port: 21004}");
        refused.refusal("PortTaken");
        fixture.stopOperator();
        Map<String, String> before = fixture.claimVersions();
        assertThat(before).hasSize(5);

        ClaimProbe next = claim("next", "{name: a}");
        fixture.startOperator();
        assertThat(next.ports()).as("the cursor goes on").isEqualTo("a=21005");
        await("the operator has looked at all of them")
                .atMost(SOON)
                .untilAsserted(() -> assertThat(fixture.metrics())
                        .contains(
                                "portclaim_claims{phase=\"Bound\"} 3.0",
                                "portclaim_claims_waiting{reason=\"PortTaken\"} 1.0"));
        assertThat(fixture.claimVersions()).containsAllEntriesOf(before).hasSize(7);
    }

    @Test
    void aClaimThatWasDeletedMeanwhileHasReleasedItsPorts() {
        ClaimProbe gone = claim("gone", "{name: a}");
        assertThat(gone.ports()).isEqualTo("a=21000");
        fixture.stopOperator();
        gone.delete();
        await().atMost(SOON).until(() -> fixture.claimVersions().isEmpty());
        fixture.startOperator();
        ClaimProbe next = claim("after", "{name: a, port: 21000}");
        assertThat(next.refusal("PortTaken"))
                .containsPattern("^21000/TCP on every node is (cooling after its release|released, and blocked)");
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(fixture.poolStatus("restart").slots())
                        .hasToString("Slots[total=20, assigned=0, cooling=2, available=18]"));
    }

    @Test
    void aClaimThatWasMadeAgainMeanwhileIsAnother() {
        ClaimProbe before = claim("again", "{name: a}");
        assertThat(before.ports()).isEqualTo("a=21000");
        String uid = before.uid();
        fixture.stopOperator();
        before.deleteWithoutItsConfigMap();
        ClaimProbe after = claim("again", "{name: a}");
        fixture.startOperator();
        assertThat(after.ports()).as("the ledger knows whose it was").isEqualTo("a=21000");
        assertThat(after.uid()).isNotEqualTo(uid);
        assertThat(after.data()).containsEntry("A_PORT", "21000");
        assertThat(after.configMap().getMetadata().getAnnotations())
                .containsEntry("portclaim.io/claim-uid", after.uid());
        await("nothing of the earlier one is held")
                .atMost(SOON)
                .untilAsserted(
                        () -> assertThat(fixture.poolStatus("restart").claims()).isEqualTo(1));
    }

    @Test
    void aClaimThatIsEditedMeanwhileGetsWhatItAsksForNow() {
        ClaimProbe claim = claim("edited", "{name: a}, {name: b}");
        assertThat(claim.ports()).isEqualTo("a=21000, b=21001");
        fixture.stopOperator();
        claim.edit("{ports: [{name: b}, {name: c}]}");
        fixture.startOperator();
        assertThat(claim.ports()).isEqualTo("b=21001, c=21002");
    }

    @Test
    void ofTwoClaimsThatNameOnePortTheOlderKeepsIt() {
        ClaimProbe older = claim("older", "{name: a}");
        assertThat(older.ports()).isEqualTo("a=21000");
        await("creation times have whole seconds")
                .pollInterval(Duration.ofMillis(200))
                .atMost(SOON)
                .until(() -> claimIsOlder(older));
        ClaimProbe younger = claim("younger", "{name: a}");
        assertThat(younger.ports()).isEqualTo("a=21001");
        stopOnceNoDecisionIsPending();
        younger.spoofStatus("{summary: a=21000, ports: [{name: a, protocol: TCP, port: 21000}]}");
        fixture.startOperator();

        assertThat(younger.refusal("Conflicted"))
                .startsWith("21000/TCP on every node is also named by another claim, which keeps it; delete this claim"
                        + " and create it again to get new ports");
        assertThat(younger.status().phase()).hasToString("CONFLICTED");
        assertThat(younger.status().ports()).as("its port is withdrawn").isNull();
        await().atMost(SOON)
                .until(() -> fixture.client()
                                .configMaps()
                                .inNamespace(fixture.namespace())
                                .withName("younger-ports")
                                .get()
                        == null);
        assertThat(older.ports()).isEqualTo("a=21000");

        younger.delete();
        ClaimProbe again = claim("younger", "{name: a}");
        assertThat(again.ports()).startsWith("a=210").isNotEqualTo("a=21000");
    }

    /** What the ledger says of a claim counts for more than its status; it says nothing of it any more after another commit. */
    private void stopOnceNoDecisionIsPending() {
        claim("another", "{name: a}").ready();
        fixture.stopOperator();
    }

    private static boolean claimIsOlder(ClaimProbe claim) {
        return Instant.now()
                .isAfter(Instant.parse(claim.now().getMetadata().getCreationTimestamp())
                        .plusSeconds(1));
    }

    @Test
    void aStatusThatContradictsTheConfigMapCountsAndTheOtherNumberIsKeptFromOthers() {
        ClaimProbe claim = claim("torn", "{name: a}");
        assertThat(claim.ports()).isEqualTo("a=21000");
        stopOnceNoDecisionIsPending();
        claim.spoofStatus("{summary: a=21005, ports: [{name: a, protocol: TCP, port: 21005}]}");
        fixture.startOperator();
        assertThat(claim.ports()).isEqualTo("a=21005");
        await().atMost(SOON).untilAsserted(() -> assertThat(claim.data()).containsEntry("A_PORT", "21005"));
        assertThat(claim("wants", "{name: a, port: 21000}").refusal("PortTaken"))
                .as("pods may have read it")
                .containsPattern("^21000/TCP on every node is (cooling after its release|released, and blocked)");
    }

    @Test
    void aStatusThatABackupToolBroughtIsAWish() {
        ClaimProbe original = claim("original", "{name: a}");
        assertThat(original.ports()).isEqualTo("a=21000");
        fixture.stopOperator();
        ClaimProbe copy = claim("copy", "{name: a}");
        copy.spoofStatus("{phase: Bound, claimUID: %s, ports: [{name: a, protocol: TCP, port: 21000}]}"
                .formatted(original.uid()));
        ClaimProbe restored = claim("restored", "{name: a}");
        restored.spoofStatus(
                "{phase: Conflicted, claimUID: an-earlier-one, ports: [{name: a, protocol: TCP, port: 21008}]}");
        fixture.startOperator();

        assertThat(original.ports()).as("nobody takes it from the original").isEqualTo("a=21000");
        await("the copy has a port of its own")
                .atMost(SOON)
                .untilAsserted(() -> assertThat(copy.status().claimUid()).isEqualTo(copy.uid()));
        assertThat(copy.ports()).startsWith("a=210").isNotIn("a=21000", "a=21008");
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(restored.status().claimUid()).isEqualTo(restored.uid()));
        assertThat(restored.ports()).isEqualTo("a=21008");
        assertThat(restored.data()).containsEntry("A_PORT", "21008");
    }

    @Test
    void aStandbyLeadsWhenTheLeaderIsStopped(LocalCluster cluster) {
        ClaimProbe claim = claim("moved", "{name: a}");
        assertThat(claim.ports()).isEqualTo("a=21000");
        Map<String, String> before = fixture.claimVersions();
        assertThat(fixture.get("/readyz")).startsWith("200 ");
        try (RunningOperator standby =
                RunningOperator.start(cluster.client().getConfiguration(), "--retry-period=500ms")) {
            assertThat(Endpoint.get(standby, "/livez")).startsWith("200 ");
            assertThat(standby.operator().isServing()).isFalse();
            assertThat(Endpoint.get(standby, "/metrics")).contains("portclaim_leading 0.0");
            fixture.stopOperator();
            standby.awaitServing();
            assertThat(Endpoint.get(standby, "/metrics")).contains("portclaim_leading 1.0");
            ClaimProbe next = claim("next", "{name: a}");
            assertThat(next.ports()).isEqualTo("a=21001");
            assertThat(fixture.claimVersions()).containsAllEntriesOf(before);
        }
        assertThat(cluster.client()
                        .leases()
                        .inNamespace("default")
                        .withName("portclaim")
                        .require()
                        .getSpec()
                        .getHolderIdentity())
                .as("given back")
                .isNullOrEmpty();
    }
}
