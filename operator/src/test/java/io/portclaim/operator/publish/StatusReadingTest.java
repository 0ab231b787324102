package io.portclaim.operator.publish;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.api.v1alpha1.AssignedPort;
import io.portclaim.api.v1alpha1.Condition;
import io.portclaim.api.v1alpha1.NodeAssignment;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.api.v1alpha1.Scope;
import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.Place;
import io.portclaim.operator.allocation.PortGrant;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class StatusReadingTest {
    private static final PortGrant HTTP = new PortGrant("http", TransportProtocol.TCP, 21080, 1);
    private static final PortGrant GAME = new PortGrant("game", TransportProtocol.UDP, 21100, 4);
    private static final AssignedPort HTTP_PORT = new AssignedPort("http", TransportProtocol.TCP, 21080, null);
    private static final AssignedPort GAME_PORT = new AssignedPort("game", TransportProtocol.UDP, 21100, 21103);

    @Test
    void aStatusThatOthersWroteIsReadAsFarAsItMakesSense() {
        AssignedPort overlapping = new AssignedPort("game", TransportProtocol.TCP, 21079, 21081);
        AssignedPort sameNumber = new AssignedPort("game", TransportProtocol.UDP, 21080, null);
        AssignedPort hostile = new AssignedPort("x=1;reboot", TransportProtocol.TCP, 21085, null);
        AssignedPort backwards = new AssignedPort("sql", TransportProtocol.TCP, 21090, 21089);
        List<AssignedPort> ports = Arrays.asList(null, HTTP_PORT, overlapping, hostile, backwards, sameNumber);
        PortClaimStatus status = new PortClaimStatus(
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                ports,
                List.of(
                        new NodeAssignment(Arrays.asList("a", null, "*", "A"), ports, null),
                        new NodeAssignment(null, ports, null),
                        new NodeAssignment(List.of("a"), List.of(GAME_PORT), null)),
                null);
        PortGrant game = new PortGrant("game", TransportProtocol.UDP, 21080, 1);

        assertThat(ClaimStatuses.assignmentOf(Scope.CLUSTER, status))
                .isEqualTo(Assignment.at(Place.EVERYWHERE, List.of(HTTP, game)));
        assertThat(ClaimStatuses.assignmentOf(Scope.NODE, status))
                .isEqualTo(Assignment.at("a", List.of(HTTP, game, GAME)));
        assertThat(ClaimStatuses.assignmentOf(Scope.NODE, null)).isEqualTo(Assignment.NONE);
    }

    @ParameterizedTest
    @EnumSource
    void aReasonIsReadAsItWasWritten(Reason reason) {
        assertThat(ClaimStatuses.reason(ready(reason.text()), "Ready")).contains(reason);
    }

    @Test
    void aReasonThatThisVersionDoesNotKnowIsNone() {
        assertThat(ClaimStatuses.reason(ready("OfALaterVersion"), "Ready")).isEmpty();
        assertThat(ClaimStatuses.reason(ready("poolexhausted"), "Ready")).isEmpty();
        assertThat(ClaimStatuses.reason(ready("PoolExhausted"), "Usable")).isEmpty();
        assertThat(ClaimStatuses.reason(null, "Ready")).isEmpty();
    }

    private static PortClaimStatus ready(String reason) {
        Condition ready = new Condition("Ready", "False", 1L, "2026-01-01T00:00:00Z", reason, "as it is");
        return new PortClaimStatus(null, 1L, null, null, null, null, null, null, null, List.of(ready));
    }
}
