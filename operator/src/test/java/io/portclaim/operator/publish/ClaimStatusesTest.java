package io.portclaim.operator.publish;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.api.v1alpha1.AssignedPort;
import io.portclaim.api.v1alpha1.Condition;
import io.portclaim.api.v1alpha1.NodeAssignment;
import io.portclaim.api.v1alpha1.Phase;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.api.v1alpha1.Scope;
import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.Place;
import io.portclaim.operator.allocation.PortGrant;
import io.portclaim.operator.allocation.Refusal;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class ClaimStatusesTest {
    private static final Instant NOW = Instant.parse("2026-11-23T09:30:00Z");
    private static final PortGrant HTTP = new PortGrant("http", TransportProtocol.TCP, 21080, 1);
    private static final PortGrant HTTP_ELSEWHERE = new PortGrant("http", TransportProtocol.TCP, 21081, 1);
    private static final PortGrant GAME = new PortGrant("game", TransportProtocol.UDP, 21100, 4);
    private static final AssignedPort HTTP_PORT = new AssignedPort("http", TransportProtocol.TCP, 21080, null);
    private static final AssignedPort GAME_PORT = new AssignedPort("game", TransportProtocol.UDP, 21100, 21103);

    private static ClaimFacts everywhere(ClaimProblems problems, PortGrant... grants) {
        Assignment assignment = grants.length == 0 ? Assignment.NONE : Assignment.at(Place.EVERYWHERE, List.of(grants));
        return new ClaimFacts("uid-1", 2, "default", "web-ports", Scope.CLUSTER, assignment, new TreeSet<>(), problems);
    }

    private static ClaimFacts onNodes(
            ClaimProblems problems, List<String> desired, Map<String, List<PortGrant>> assigned) {
        return new ClaimFacts(
                "uid-1",
                2,
                "default",
                "web-ports",
                Scope.NODE,
                new Assignment(new TreeMap<>(assigned)),
                new TreeSet<>(desired),
                problems);
    }

    private static PortClaimStatus status(ClaimFacts facts) {
        return ClaimStatuses.render(facts, null, NOW).status();
    }

    private static List<String> conditions(PortClaimStatus status) {
        return Objects.requireNonNull(status.conditions()).stream()
                .map(condition -> "%s=%s %s: %s"
                        .formatted(condition.type(), condition.status(), condition.reason(), condition.message()))
                .toList();
    }

    @Test
    void aClusterClaimThatHasAllIsBound() {
        PortClaimStatus status = status(everywhere(ClaimProblems.NONE, HTTP, GAME));

        assertThat(status.phase()).isEqualTo(Phase.BOUND);
        assertThat(status.observedGeneration()).isEqualTo(2);
        assertThat(status.poolName()).isEqualTo("default");
        assertThat(status.configMapName()).isEqualTo("web-ports");
        assertThat(status.summary()).isEqualTo("http=21080, game=21100-21103/UDP");
        assertThat(status.ports()).containsExactly(HTTP_PORT, GAME_PORT);
        assertThat(status.nodes()).isNull();
        assertThat(status.nodesDesired()).isNull();
        assertThat(status.nodesAssigned()).isNull();
        assertThat(conditions(status))
                .containsExactly(
                        "Ready=True Assigned: 5 ports assigned on every node and published in ConfigMap web-ports",
                        "Assigned=True Assigned: 5 ports assigned on every node",
                        "Published=True Published: the ports are in ConfigMap web-ports",
                        "Usable=True Usable: nothing is known to prevent a process from listening on the ports");
    }

    @Test
    void aRefusedClaimHasNothingButItsReason() {
        Refusal refusal = new Refusal(Reason.POOL_NOT_FOUND, "pool games does not exist; create it");
        PortClaimStatus status = status(everywhere(ClaimProblems.NONE.withClaim(refusal)));

        assertThat(status.phase()).isEqualTo(Phase.PENDING);
        assertThat(status.summary()).isNull();
        assertThat(status.ports()).isNull();
        assertThat(conditions(status))
                .containsExactly(
                        "Ready=False PoolNotFound: pool games does not exist; create it",
                        "Assigned=False PoolNotFound: pool games does not exist; create it",
                        "Published=False NotAssigned: the claim has no ports to publish",
                        "Usable=Unknown NotAssigned: the claim has no published ports yet");
    }

    private static List<String> stalled(ClaimFacts facts) {
        return conditions(status(facts)).stream()
                .filter(condition -> condition.startsWith("Stalled"))
                .toList();
    }

    @Test
    void whatWaitingDoesNotHealStalls() {
        for (Reason reason : Reason.values()) {
            List<String> expected = reason.stalls() ? List.of("Stalled=True " + reason + ": x") : List.of();
            assertThat(stalled(everywhere(ClaimProblems.NONE.withClaim(new Refusal(reason, "x")))))
                    .isEqualTo(expected);
            assertThat(stalled(everywhere(ClaimProblems.NONE.withPublication(new Refusal(reason, "x")), HTTP)))
                    .isEqualTo(expected);
            assertThat(stalled(everywhere(ClaimProblems.NONE.withUsability(new Refusal(reason, "x")), HTTP)))
                    .as("what is held stays")
                    .isEmpty();
        }
        assertThat(Arrays.stream(Reason.values()).filter(Reason::stalls))
                .containsExactlyInAnyOrder(
                        Reason.CONFLICTED,
                        Reason.POOL_INVALID,
                        Reason.NAMESPACE_NOT_ALLOWED,
                        Reason.POD_SCOPE_DISABLED,
                        Reason.LIMIT_EXCEEDED,
                        Reason.PORT_NOT_USABLE,
                        Reason.TOO_MANY_NODES,
                        Reason.CONFIG_MAP_CONFLICT);
        assertThat(stalled(everywhere(ClaimProblems.NONE.withConflict("x"), HTTP)))
                .containsExactly("Stalled=True Conflicted: x");
    }

    @Test
    void anEditThatWaitingDoesNotHealStallsThoughTheClaimKeepsItsPorts() {
        assertThat(stalled(everywhere(ClaimProblems.NONE.withClaim(new Refusal(Reason.LIMIT_EXCEEDED, "x")), HTTP)))
                .containsExactly("Stalled=True LimitExceeded: x; until then the claim keeps the ports it has");
    }

    @Test
    void theNodeThatWaitingDoesNotHealIsTheOneThatIsNamed() {
        ClaimProblems problems = ClaimProblems.NONE.withPlaces(Map.of(
                "a", new Refusal(Reason.PORT_TAKEN, "taken on node a"),
                "b", new Refusal(Reason.PORT_NOT_USABLE, "not usable on node b")));
        PortClaimStatus status = status(onNodes(problems, List.of("a", "b"), Map.of()));
        assertThat(conditions(status))
                .startsWith("Ready=False PortNotUsable: 2 of 2 nodes have no ports; on b: not usable")
                .endsWith("Stalled=True PortNotUsable: 2 of 2 nodes have no ports; on b: not usable");
    }

    @Test
    void aTakenPortBeforeAConflictOfConfigMapsHidesNotThatWaitingDoesNotHeal() {
        ClaimProblems problems = ClaimProblems.NONE
                .withClaim(new Refusal(Reason.PORT_TAKEN, "taken"))
                .withPublication(new Refusal(Reason.CONFIG_MAP_CONFLICT, "not ours"));
        assertThat(stalled(everywhere(problems, HTTP))).containsExactly("Stalled=True ConfigMapConflict: not ours");
    }

    @Test
    void aRefusedEditLeavesWhatWasThere() {
        Refusal refusal = new Refusal(Reason.PORT_TAKEN, "21090/TCP is held by claim db; request another port");
        PortClaimStatus status = status(everywhere(ClaimProblems.NONE.withClaim(refusal), HTTP));

        assertThat(status.phase()).isEqualTo(Phase.PENDING);
        assertThat(status.ports()).containsExactly(HTTP_PORT);
        assertThat(conditions(status))
                .startsWith("Ready=False PortTaken: 21090/TCP is held by claim db; request another port; until then"
                        + " the claim keeps the ports it has")
                .contains("Published=True Published: the ports are in ConfigMap web-ports");
    }

    @Test
    void nodesWithEqualPortsShareAnEntry() {
        PortClaimStatus status = status(onNodes(
                ClaimProblems.NONE,
                List.of("c", "a", "b", "d"),
                Map.of(
                        "d", List.of(HTTP, GAME),
                        "b", List.of(HTTP_ELSEWHERE, GAME),
                        "a", List.of(HTTP, GAME),
                        "c", List.of(HTTP, GAME))));

        assertThat(status.phase()).isEqualTo(Phase.BOUND);
        assertThat(status.summary()).isEqualTo("http=21080 on 3 nodes, 21081 on 1, game=21100-21103/UDP");
        assertThat(status.ports()).containsExactly(GAME_PORT);
        assertThat(status.nodesDesired()).isEqualTo(4);
        assertThat(status.nodesAssigned()).isEqualTo(4);
        assertThat(status.nodes())
                .containsExactly(
                        new NodeAssignment(List.of("a", "c", "d"), List.of(HTTP_PORT, GAME_PORT), null),
                        new NodeAssignment(
                                List.of("b"),
                                List.of(new AssignedPort("http", TransportProtocol.TCP, 21081, null), GAME_PORT),
                                null));
        assertThat(conditions(status))
                .startsWith(
                        "Ready=True Assigned: 5 ports assigned on each of 4 nodes and published in ConfigMap web-ports");
    }

    @Test
    void refusedNodesShareAnEntryAndTheFirstSpeaks() {
        PortClaimStatus status = status(onNodes(
                ClaimProblems.NONE.withPlaces(Map.of(
                        "c", new Refusal(Reason.POOL_EXHAUSTED, "no port is free in pool default on node c; widen it"),
                        "b",
                                new Refusal(
                                        Reason.POOL_EXHAUSTED, "no port is free in pool default on node b; widen it"))),
                List.of("a", "b", "c"),
                Map.of("a", List.of(HTTP))));

        assertThat(status.phase()).isEqualTo(Phase.PENDING);
        assertThat(status.nodesDesired()).isEqualTo(3);
        assertThat(status.nodesAssigned()).isEqualTo(1);
        assertThat(status.ports()).containsExactly(HTTP_PORT);
        assertThat(status.nodes())
                .containsExactly(
                        new NodeAssignment(List.of("a"), List.of(HTTP_PORT), null),
                        new NodeAssignment(List.of("b", "c"), null, "no port is free in pool default; widen it"));
        assertThat(conditions(status))
                .startsWith(
                        "Ready=False PoolExhausted: 2 of 3 nodes have no ports; on b: no port is free in pool default; widen it")
                .contains("Published=True Published: the ports are in ConfigMap web-ports");
    }

    @Test
    void theOnlyNodesRefusalStandsAsItIs() {
        Refusal refusal =
                new Refusal(Reason.PORT_TAKEN, "21080/TCP on node a is held by claim db; request another port");

        assertThat(conditions(
                        status(onNodes(ClaimProblems.NONE.withPlaces(Map.of("a", refusal)), List.of("a"), Map.of()))))
                .startsWith("Ready=False PortTaken: 21080/TCP on node a is held by claim db; request another port");
    }

    @Test
    void aNodesNameIsTakenOutOfItsMessageOnlyWhereItIsWhole() {
        assertThat(ClaimConditions.withoutPlace("21080/TCP on node a is held on node ab and on node a.b", "a"))
                .isEqualTo("21080/TCP is held on node ab and on node a.b");
    }

    @Test
    void nodesWhoseTurnHasNotComeAreSaid() {
        PortClaimStatus status =
                status(onNodes(ClaimProblems.NONE, List.of("a", "b", "c"), Map.of("a", List.of(HTTP))));

        assertThat(status.phase()).isEqualTo(Phase.PENDING);
        assertThat(status.nodes())
                .contains(new NodeAssignment(List.of("b", "c"), null, "no ports have been assigned yet"));
        assertThat(conditions(status))
                .startsWith("Ready=False NotAssigned: 2 of 3 nodes have no ports yet; the operator assigns them"
                        + " automatically");
        assertThat(conditions(status(onNodes(ClaimProblems.NONE, List.of("a"), Map.of()))))
                .startsWith("Ready=False NotAssigned: no ports have been assigned yet; the operator assigns them"
                        + " automatically");
        assertThat(conditions(status(everywhere(ClaimProblems.NONE))))
                .startsWith("Ready=False NotAssigned: no ports have been assigned yet; the operator assigns them"
                        + " automatically");
    }

    @Test
    void aNodeThatIsNoLongerWantedIsShownButDoesNotCount() {
        PortClaimStatus status = status(
                onNodes(ClaimProblems.NONE, List.of("b"), Map.of("a", List.of(HTTP_ELSEWHERE), "b", List.of(HTTP))));

        assertThat(status.phase()).isEqualTo(Phase.BOUND);
        assertThat(status.nodesDesired()).isEqualTo(1);
        assertThat(status.nodesAssigned()).isEqualTo(1);
        assertThat(status.summary()).isEqualTo("http=21080");
        assertThat(status.ports()).containsExactly(HTTP_PORT);
        assertThat(Objects.requireNonNull(status.nodes()).get(0).message())
                .isEqualTo(
                        "the claim keeps these ports, though this node is absent or no longer matches the claim and its"
                                + " pool");
        assertThat(conditions(status))
                .startsWith("Ready=True Assigned: 1 port assigned on node b and published in ConfigMap web-ports");
    }

    @Test
    void aClaimWithoutANodeWaitsForOneAndKeepsWhatItHas() {
        PortClaimStatus status = status(onNodes(ClaimProblems.NONE, List.of(), Map.of("a", List.of(HTTP))));

        assertThat(status.phase()).isEqualTo(Phase.PENDING);
        assertThat(status.summary()).isEqualTo("http=21080");
        assertThat(status.nodesDesired()).isZero();
        assertThat(conditions(status))
                .startsWith(
                        "Ready=False NoMatchingNode: no node matches both the claim and its pool; the claim is served"
                                + " as soon as one does");
    }

    @Test
    void theGravestReasonIsTheOneThatReadySays() {
        Refusal claim = new Refusal(Reason.LIMIT_EXCEEDED, "claim");
        Refusal place = new Refusal(Reason.POOL_EXHAUSTED, "place");
        Refusal publication = new Refusal(Reason.CONFIG_MAP_REFUSED, "publication");
        ClaimProblems all =
                new ClaimProblems("conflict", claim, new TreeMap<>(Map.of(Place.EVERYWHERE, place)), publication, null);

        assertThat(reasons(all))
                .containsExactly("Conflicted", "Conflicted", "ConfigMapRefused", "NotAssigned", "Conflicted");
        assertThat(status(everywhere(all)).phase()).isEqualTo(Phase.CONFLICTED);
        assertThat(reasons(all.withConflict(null)))
                .containsExactly("LimitExceeded", "LimitExceeded", "ConfigMapRefused", "NotAssigned", "LimitExceeded");
        assertThat(reasons(all.withConflict(null).withClaim(null)))
                .containsExactly("PoolExhausted", "PoolExhausted", "ConfigMapRefused", "NotAssigned");
        assertThat(conditions(status(everywhere(ClaimProblems.NONE.withPublication(publication), HTTP))))
                .containsExactly(
                        "Ready=False ConfigMapRefused: publication",
                        "Assigned=True Assigned: 1 port assigned on every node",
                        "Published=False ConfigMapRefused: publication",
                        "Usable=True Usable: nothing is known to prevent a process from listening on the ports");
    }

    private static List<String> reasons(ClaimProblems problems) {
        return Objects.requireNonNull(status(everywhere(problems)).conditions()).stream()
                .map(Condition::reason)
                .toList();
    }

    @Test
    void usableNeverMovesReady() {
        Refusal usability = new Refusal(Reason.OUTSIDE_POOL, "21080 is outside pool default");
        PortClaimStatus status = status(everywhere(ClaimProblems.NONE.withUsability(usability), HTTP));

        assertThat(status.phase()).isEqualTo(Phase.BOUND);
        assertThat(conditions(status)).endsWith("Usable=False OutsidePool: 21080 is outside pool default");
    }

    @Test
    void aTimeStaysUntilItsConditionTurns() {
        ClaimFacts facts = everywhere(ClaimProblems.NONE, HTTP);
        PortClaimStatus first = status(facts);
        PortClaimStatus second = ClaimStatuses.render(
                        everywhere(ClaimProblems.NONE.withUsability(new Refusal(Reason.HELD_BY_OTHERS, "held")), HTTP),
                        first,
                        NOW.plusSeconds(60))
                .status();

        assertThat(Objects.requireNonNull(second.conditions()).stream().map(Condition::lastTransitionTime))
                .containsExactly(
                        "2026-11-23T09:30:00Z", "2026-11-23T09:30:00Z", "2026-11-23T09:30:00Z", "2026-11-23T09:31:00Z");
        assertThat(ClaimStatuses.render(facts, first, NOW.plusSeconds(60)).status())
                .isEqualTo(first);
    }
}
