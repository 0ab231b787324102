package io.portclaim.operator.behaviour;

import static io.portclaim.operator.behaviour.Stage.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portclaim.testing.LocalCluster;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Which pool serves a claim, and what becomes of what it gave when it is edited or deleted. */
@ExtendWith(LocalCluster.class)
class PoolsIT {
    private static Stage stage;

    @BeforeAll
    static void begin(LocalCluster cluster) {
        stage = Stage.withOperator(cluster);
    }

    @AfterAll
    static void end() {
        stage.close();
    }

    @Test
    void aClaimWithoutAPoolNameTakesTheNewestDefaultPoolOnceAndForAll() {
        ClaimProbe early = stage.claim("early", "{scope: Cluster, ports: [{name: a}]}");
        assertThat(early.refusal("NoDefaultPool"))
                .startsWith("the claim names no pool and no PortPool has the annotation"
                        + " portclaim.io/is-default-pool: \"true\"");

        String isDefault = "{portclaim.io/is-default-pool: 'true'}";
        stage.pool("pools-older", isDefault, "{ranges: [21000-21009], staticBand: 0}");
        assertThat(early.ports()).as("served as soon as there is a default").isEqualTo("a=21000");
        assertThat(early.status().poolName()).isEqualTo("pools-older");

        await("a creation time has whole seconds")
                .atMost(SOON)
                .until(() -> !Instant.now()
                        .truncatedTo(ChronoUnit.SECONDS)
                        .toString()
                        .equals(stage.poolNow("pools-older").getMetadata().getCreationTimestamp()));
        stage.pool("pools-newer", isDefault, "{ranges: [21010-21019], staticBand: 0}");
        ClaimProbe late = stage.claim("late", "{scope: Cluster, ports: [{name: a}]}");
        assertThat(late.ports()).as("of two the newest").isEqualTo("a=21010");

        early.edit("{ports: [{name: a}, {name: b}]}");
        assertThat(early.ports()).as("looked up once").isEqualTo("a=21000, b=21001");
        assertThat(early.status().poolName()).isEqualTo("pools-older");

        early.spoofStatus("{poolName: pools-newer}");
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(early.status().poolName())
                        .as("a status that someone else writes changes nothing")
                        .isEqualTo("pools-older"));
    }

    @Test
    void aPoolThatIsMadeLaterServesThoseWhoWait() {
        ClaimProbe claim = stage.claim("waits", "{poolName: pools-later, scope: Cluster, ports: [{name: a}]}");
        assertThat(claim.refusal("PoolNotFound"))
                .isEqualTo("PortPool pools-later does not exist; create it, or make the claim again with another"
                        + " spec.poolName");
        stage.pool("pools-later", "{ranges: [21100-21109], staticBand: 0}");
        assertThat(claim.ports()).isEqualTo("a=21100");
    }

    @Test
    void aPoolThatGrowsServesThoseWhoWait() {
        stage.pool("pools-grows", "{ranges: [21150], staticBand: 0}");
        stage.claim("has-it", "{poolName: pools-grows, scope: Cluster, ports: [{name: a}]}")
                .ready();
        ClaimProbe waits = stage.claim("wants-it", "{poolName: pools-grows, scope: Cluster, ports: [{name: a}]}");
        assertThat(waits.refusal("PoolExhausted"))
                .startsWith("no port is free for 'a' (TCP) in pool pools-grows on every node");
        stage.editPool("pools-grows", "{ranges: [21150-21151]}");
        assertThat(waits.ports()).isEqualTo("a=21151");
    }

    @Test
    void anEditOfThePoolMovesNothing() {
        stage.pool("pools-edited", "{ranges: [21200-21209], staticBand: 0}");
        ClaimProbe claim = stage.claim("stays", "{poolName: pools-edited, scope: Cluster, ports: [{name: a}]}");
        assertThat(claim.ports()).isEqualTo("a=21200");
        stage.editPool("pools-edited", "{ranges: [21210-21219]}");
        assertThat(claim.message("Usable", "False OutsidePool"))
                .isEqualTo("port 21200 is no longer given out by the claim's pool; it stays with the claim");
        assertThat(claim.ports()).as("still Ready, with the number it had").isEqualTo("a=21200");
        assertThat(claim.data()).containsEntry("A_PORT", "21200");
        ClaimProbe next = stage.claim("next", "{poolName: pools-edited, scope: Cluster, ports: [{name: a}]}");
        assertThat(next.ports()).isEqualTo("a=21210");

        stage.editPool("pools-edited", "{ranges: [21200-21219]}");
        claim.message("Usable", "True Usable");
    }

    @Test
    void aPoolThatIsDeletedTakesNothingAway() {
        var pool = stage.pool("pools-gone", "{ranges: [21300-21309], staticBand: 0}");
        ClaimProbe claim = stage.claim("orphan", "{poolName: pools-gone, scope: Cluster, ports: [{name: a}]}");
        assertThat(claim.ports()).isEqualTo("a=21300");
        stage.client().resource(pool).delete();
        claim.message("Usable", "False OutsidePool");
        assertThat(claim.ports()).isEqualTo("a=21300");
        assertThat(claim.status().poolName()).isEqualTo("pools-gone");

        stage.pool("pools-gone-next", "{ranges: [21300-21301], staticBand: 0}");
        ClaimProbe other = stage.claim("heir", "{poolName: pools-gone-next, scope: Cluster, ports: [{name: a}]}");
        assertThat(other.ports()).as("21300 is still held").isEqualTo("a=21301");
        claim.edit("{ports: [{name: a}, {name: b}]}");
        assertThat(claim.refusal("PoolNotFound")).endsWith("until then the claim keeps the ports it has");
        assertThat(claim.status().summary()).isEqualTo("a=21300");
    }

    @Test
    void twoPoolsOverTheSamePortsNeverGiveOneTwice() {
        stage.pool("pools-x", "{ranges: [21400-21403], staticBand: 0}");
        stage.pool("pools-y", "{ranges: [21400-21403], staticBand: 0}");
        ClaimProbe x = stage.claim("x", "{poolName: pools-x, scope: Cluster, ports: [{name: a}, {name: b}]}");
        assertThat(x.ports()).isEqualTo("a=21400, b=21401");
        ClaimProbe y = stage.claim("y", "{poolName: pools-y, scope: Cluster, ports: [{name: a}, {name: b}]}");
        assertThat(y.ports()).isEqualTo("a=21402, b=21403");
    }

    @Test
    void aPoolServesTheNamespacesItSelectsAlsoThoseLabelledLater() {
        stage.pool(
                "pools-team",
                "{ranges: [21500-21509], staticBand: 0, allowedNamespaces: {matchLabels: {team: games}}}");
        String namespace = stage.newNamespace("{team: web}");
        ClaimProbe claim =
                stage.claim(namespace, "guest", "{poolName: pools-team, scope: Cluster, ports: [{name: a}]}");
        assertThat(claim.refusal("NamespaceNotAllowed"))
                .isEqualTo("PortPool pools-team serves only namespaces that its spec.allowedNamespaces selects, and the"
                        + " labels of %s don't match".formatted(namespace));
        stage.label(namespace, "{team: games}");
        assertThat(claim.ports()).isEqualTo("a=21500");

        stage.label(namespace, "{team: web}");
        claim.edit("{ports: [{name: a}, {name: b}]}");
        claim.refusal("NamespaceNotAllowed");
        assertThat(claim.status().summary()).as("what it has it keeps").isEqualTo("a=21500");
    }

    @Test
    void aClaimMayAskForNoMoreThanThePoolsLimit() {
        stage.pool("pools-limit", "{ranges: [21600-21699], staticBand: 0, limits: {portsPerClaim: 3}}");
        ClaimProbe claim = stage.claim(
                "greedy", "{poolName: pools-limit, scope: Cluster, ports: [{name: a, count: 3}, {name: b}]}");
        assertThat(claim.refusal("LimitExceeded"))
                .isEqualTo(
                        "4 ports asked for and PortPool pools-limit gives at most 3 to a claim; ask for fewer, or raise"
                                + " its spec.limits.portsPerClaim");
        stage.editPool("pools-limit", "{limits: {portsPerClaim: 4}}");
        assertThat(claim.ports()).isEqualTo("a=21600-21602, b=21603");
    }

    @Test
    void aNamespacesClaimsMayHoldNoMoreThanThePoolsLimitTogether() {
        // They rest for long: room under the limit is there at once, whatever rests.
        stage.pool(
                "pools-share",
                "{ranges: [21700-21799], staticBand: 0, limits: {portsPerNamespace: 3}, cooldown: {tcp: 10m}}");
        ClaimProbe two = stage.claim("two", "{poolName: pools-share, scope: Cluster, ports: [{name: a, count: 2}]}");
        assertThat(two.ports()).isEqualTo("a=21700-21701");
        ClaimProbe more = stage.claim("more", "{poolName: pools-share, scope: Cluster, ports: [{name: a, count: 2}]}");
        assertThat(more.refusal("LimitExceeded"))
                .startsWith(
                        "2 ports asked for, but namespace %s may hold 3 of pool pools-share and its other claims hold 2"
                                .formatted(stage.namespace()));
        ClaimProbe elsewhere = stage.claim(
                stage.newNamespace("{}"),
                "more",
                "{poolName: pools-share, scope: Cluster, ports: [{name: a, count: 2}]}");
        assertThat(elsewhere.ports()).as("another namespace").isEqualTo("a=21702-21703");
        two.delete();
        assertThat(more.ports()).isEqualTo("a=21704-21705");
    }

    @Test
    void thePoolsStatusSaysHowFullItIs() {
        stage.node("pools-node-a", "{labels: {row: pools}}");
        stage.node("pools-node-b", "{labels: {row: pools}}");
        stage.pool(
                "pools-full",
                "{ranges: [21800-21803], staticBand: 0, nodeSelector: {matchLabels: {row: pools}}, cooldown: {tcp: 10m}}");
        ClaimProbe first = stage.claim(
                "first", "{poolName: pools-full, scope: Node, nodeName: pools-node-a, ports: [{name: a, count: 3}]}");
        assertThat(first.ports()).isEqualTo("a=21800-21802");
        ClaimProbe second =
                stage.claim("second", "{poolName: pools-full, scope: Node, allNodes: true, ports: [{name: a}]}");
        assertThat(second.ports()).isEqualTo("a=21803");
        await().atMost(SOON).untilAsserted(() -> {
            var status = stage.poolStatus("pools-full");
            assertThat(status.nodes()).isEqualTo(2);
            assertThat(status.claims()).isEqualTo(2);
            assertThat(status.slots()).hasToString("Slots[total=8, assigned=5, cooling=0, available=3]");
            assertThat(status.tightestNode()).hasToString("TightestNode[name=pools-node-a, available=0]");
            assertThat(poolCondition("pools-full", "Exhausted")).isEqualTo("True NodeFull");
        });
        first.delete();
        await().atMost(SOON).untilAsserted(() -> {
            var status = stage.poolStatus("pools-full");
            assertThat(status.slots()).hasToString("Slots[total=8, assigned=2, cooling=3, available=3]");
            assertThat(status.claims()).isEqualTo(1);
        });
        second.delete();
        await("also of a pool that nobody uses any more")
                .atMost(SOON)
                .untilAsserted(() -> assertThat(stage.poolStatus("pools-full").slots())
                        .hasToString("Slots[total=8, assigned=0, cooling=5, available=3]"));
    }

    private static String poolCondition(String pool, String type) {
        return stage.poolStatus(pool).conditions().stream()
                .filter(condition -> condition.type().equals(type))
                .map(condition -> condition.status() + " " + condition.reason())
                .findFirst()
                .orElse("none");
    }
}
