package io.portclaim.operator.behaviour;

import static io.portclaim.operator.behaviour.OperatorFixture.SOON;
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
    void aClaimWithoutAPoolNameTakesTheNewestDefaultPoolOnceAndForAll() {
        ClaimProbe early = fixture.claim("early", "{scope: Cluster, ports: [{name: a}]}");
        assertThat(early.refusal("NoDefaultPool"))
                .startsWith("the claim names no pool and no PortPool has the annotation"
                        + " portclaim.io/is-default-pool: \"true\"");

        String isDefault = "{portclaim.io/is-default-pool: 'true'}";
        fixture.pool("pools-older", isDefault, "{ranges: [21000-21009], staticBand: 0}");
        assertThat(early.ports()).as("served as soon as there is a default").isEqualTo("a=21000");
        assertThat(early.status().poolName()).isEqualTo("pools-older");

        await("a creation time has whole seconds")
                .atMost(SOON)
                .until(() -> !Instant.now()
                        .truncatedTo(ChronoUnit.SECONDS)
                        .toString()
                        .equals(fixture.poolNow("pools-older").getMetadata().getCreationTimestamp()));
        fixture.pool("pools-newer", isDefault, "{ranges: [21010-21019], staticBand: 0}");
        ClaimProbe late = fixture.claim("late", "{scope: Cluster, ports: [{name: a}]}");
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
        ClaimProbe claim = fixture.claim("waits", "{poolName: pools-later, scope: Cluster, ports: [{name: a}]}");
        assertThat(claim.refusal("PoolNotFound"))
                .isEqualTo("PortPool pools-later does not exist; create it, or re-create the claim with another"
                        + " spec.poolName");
        fixture.pool("pools-later", "{ranges: [21100-21109], staticBand: 0}");
        assertThat(claim.ports()).isEqualTo("a=21100");
    }

    @Test
    void aPoolThatGrowsServesThoseWhoWait() {
        fixture.pool("pools-grows", "{ranges: [21150], staticBand: 0}");
        fixture.claim("has-it", "{poolName: pools-grows, scope: Cluster, ports: [{name: a}]}")
                .ready();
        ClaimProbe waits = fixture.claim("wants-it", "{poolName: pools-grows, scope: Cluster, ports: [{name: a}]}");
        assertThat(waits.refusal("PoolExhausted"))
                .startsWith("no port is free for 'a' (TCP) in pool pools-grows on every node");
        fixture.editPool("pools-grows", "{ranges: [21150-21151]}");
        assertThat(waits.ports()).isEqualTo("a=21151");
    }

    @Test
    void anEditOfThePoolMovesNothing() {
        fixture.pool("pools-edited", "{ranges: [21200-21209], staticBand: 0}");
        ClaimProbe claim = fixture.claim("stays", "{poolName: pools-edited, scope: Cluster, ports: [{name: a}]}");
        assertThat(claim.ports()).isEqualTo("a=21200");
        fixture.editPool("pools-edited", "{ranges: [21210-21219]}");
        assertThat(claim.message("Usable", "False OutsidePool"))
                .isEqualTo("port 21200 is no longer a port of the claim's pool; the claim keeps it");
        assertThat(claim.ports()).as("still Ready, with the number it had").isEqualTo("a=21200");
        assertThat(claim.data()).containsEntry("A_PORT", "21200");
        ClaimProbe next = fixture.claim("next", "{poolName: pools-edited, scope: Cluster, ports: [{name: a}]}");
        assertThat(next.ports()).isEqualTo("a=21210");

        fixture.editPool("pools-edited", "{ranges: [21200-21219]}");
        claim.message("Usable", "True Usable");
    }

    @Test
    void aPoolThatIsDeletedTakesNothingAway() {
        var pool = fixture.pool("pools-gone", "{ranges: [21300-21309], staticBand: 0}");
        ClaimProbe claim = fixture.claim("orphan", "{poolName: pools-gone, scope: Cluster, ports: [{name: a}]}");
        assertThat(claim.ports()).isEqualTo("a=21300");
        fixture.client().resource(pool).delete();
        claim.message("Usable", "False OutsidePool");
        assertThat(claim.ports()).isEqualTo("a=21300");
        assertThat(claim.status().poolName()).isEqualTo("pools-gone");

        fixture.pool("pools-gone-next", "{ranges: [21300-21301], staticBand: 0}");
        ClaimProbe other = fixture.claim("heir", "{poolName: pools-gone-next, scope: Cluster, ports: [{name: a}]}");
        assertThat(other.ports()).as("21300 is still held").isEqualTo("a=21301");
        claim.edit("{ports: [{name: a}, {name: b}]}");
        assertThat(claim.refusal("PoolNotFound")).endsWith("until then the claim keeps the ports it has");
        assertThat(claim.status().summary()).isEqualTo("a=21300");
    }

    @Test
    void twoPoolsOverTheSamePortsNeverGiveOneTwice() {
        fixture.pool("pools-x", "{ranges: [21400-21403], staticBand: 0}");
        fixture.pool("pools-y", "{ranges: [21400-21403], staticBand: 0}");
        ClaimProbe x = fixture.claim("x", "{poolName: pools-x, scope: Cluster, ports: [{name: a}, {name: b}]}");
        assertThat(x.ports()).isEqualTo("a=21400, b=21401");
        ClaimProbe y = fixture.claim("y", "{poolName: pools-y, scope: Cluster, ports: [{name: a}, {name: b}]}");
        assertThat(y.ports()).isEqualTo("a=21402, b=21403");
    }

    @Test
    void aPoolServesTheNamespacesItSelectsAlsoThoseLabelledLater() {
        fixture.pool(
                "pools-team",
                "{ranges: [21500-21509], staticBand: 0, allowedNamespaces: {matchLabels: {team: games}}}");
        String namespace = fixture.newNamespace("{team: web}");
        ClaimProbe claim =
                fixture.claim(namespace, "guest", "{poolName: pools-team, scope: Cluster, ports: [{name: a}]}");
        assertThat(claim.refusal("NamespaceNotAllowed"))
                .isEqualTo("PortPool pools-team serves only namespaces that its spec.allowedNamespaces selects, and"
                        + " the labels of %s do not match".formatted(namespace));
        fixture.label(namespace, "{team: games}");
        assertThat(claim.ports()).isEqualTo("a=21500");

        fixture.label(namespace, "{team: web}");
        claim.edit("{ports: [{name: a}, {name: b}]}");
        claim.refusal("NamespaceNotAllowed");
        assertThat(claim.status().summary()).as("what it has it keeps").isEqualTo("a=21500");
    }

    @Test
    void aClaimMayAskForNoMoreThanThePoolsLimit() {
        fixture.pool("pools-limit", "{ranges: [21600-21699], staticBand: 0, limits: {portsPerClaim: 3}}");
        ClaimProbe claim = fixture.claim(
                "greedy", "{poolName: pools-limit, scope: Cluster, ports: [{name: a, count: 3}, {name: b}]}");
        assertThat(claim.refusal("LimitExceeded"))
                .isEqualTo("4 ports requested, but PortPool pools-limit assigns at most 3 to one claim; request fewer,"
                        + " or raise its spec.limits.portsPerClaim");
        fixture.editPool("pools-limit", "{limits: {portsPerClaim: 4}}");
        assertThat(claim.ports()).isEqualTo("a=21600-21602, b=21603");
    }

    @Test
    void aNamespacesClaimsMayHoldNoMoreThanThePoolsLimitTogether() {
        // They cool for long: room under the limit is there at once, whatever cools.
        fixture.pool(
                "pools-share",
                "{ranges: [21700-21799], staticBand: 0, limits: {portsPerNamespace: 3}, cooldown: {tcp: 10m}}");
        ClaimProbe two = fixture.claim("two", "{poolName: pools-share, scope: Cluster, ports: [{name: a, count: 2}]}");
        assertThat(two.ports()).isEqualTo("a=21700-21701");
        ClaimProbe more =
                fixture.claim("more", "{poolName: pools-share, scope: Cluster, ports: [{name: a, count: 2}]}");
        assertThat(more.refusal("LimitExceeded"))
                .startsWith(
                        "2 ports requested, but namespace %s may hold 3 of pool pools-share and its other claims hold 2"
                                .formatted(fixture.namespace()));
        ClaimProbe elsewhere = fixture.claim(
                fixture.newNamespace("{}"),
                "more",
                "{poolName: pools-share, scope: Cluster, ports: [{name: a, count: 2}]}");
        assertThat(elsewhere.ports()).as("another namespace").isEqualTo("a=21702-21703");
        two.delete();
        assertThat(more.ports()).isEqualTo("a=21704-21705");
    }

    @Test
    void thePoolsStatusSaysHowFullItIs() {
        fixture.node("pools-node-a", "{labels: {row: pools}}");
        fixture.node("pools-node-b", "{labels: {row: pools}}");
        fixture.pool(
                "pools-full",
                "{ranges: [21800-21803], staticBand: 0, nodeSelector: {matchLabels: {row: pools}}, cooldown: {tcp: 10m}}");
        ClaimProbe first = fixture.claim(
                "first", "{poolName: pools-full, scope: Node, nodeName: pools-node-a, ports: [{name: a, count: 3}]}");
        assertThat(first.ports()).isEqualTo("a=21800-21802");
        ClaimProbe second =
                fixture.claim("second", "{poolName: pools-full, scope: Node, allNodes: true, ports: [{name: a}]}");
        assertThat(second.ports()).isEqualTo("a=21803");
        await().atMost(SOON).untilAsserted(() -> {
            var status = fixture.poolStatus("pools-full");
            assertThat(status.nodes()).isEqualTo(2);
            assertThat(status.claims()).isEqualTo(2);
            assertThat(status.slots()).hasToString("Slots[total=8, assigned=5, cooling=0, available=3]");
            assertThat(status.tightestNode()).hasToString("TightestNode[name=pools-node-a, available=0]");
            assertThat(poolCondition("pools-full", "Exhausted")).isEqualTo("True NodeFull");
        });
        first.delete();
        await().atMost(SOON).untilAsserted(() -> {
            var status = fixture.poolStatus("pools-full");
            assertThat(status.slots()).hasToString("Slots[total=8, assigned=2, cooling=3, available=3]");
            assertThat(status.claims()).isEqualTo(1);
        });
        second.delete();
        await("also of a pool that nobody uses any more")
                .atMost(SOON)
                .untilAsserted(() -> assertThat(fixture.poolStatus("pools-full").slots())
                        .hasToString("Slots[total=8, assigned=0, cooling=5, available=3]"));
    }

    private static String poolCondition(String pool, String type) {
        return fixture.poolStatus(pool).conditions().stream()
                .filter(condition -> condition.type().equals(type))
                .map(condition -> condition.status() + " " + condition.reason())
                .findFirst()
                .orElse("none");
    }
}
