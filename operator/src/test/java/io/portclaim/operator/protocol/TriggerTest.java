package io.portclaim.operator.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.api.v1alpha1.Reason;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What requeues a claim that waits, reason by reason. */
class TriggerTest {
    @Test
    void eachReasonIsRequeuedByTheseAndNoOther() {
        assertThat(Arrays.stream(Reason.values()).map(TriggerTest::row))
                .containsExactly("""
                Assigned: nothing
                Published: nothing
                Usable: nothing
                NotAssigned: NODES POOL NAMESPACE
                PoolNotFound: NODES POOL NAMESPACE
                NoDefaultPool: NODES POOL NAMESPACE
                PoolInvalid: NODES POOL NAMESPACE
                NamespaceNotAllowed: NODES POOL NAMESPACE
                LimitExceeded: NODES POOL NAMESPACE SLOTS RELEASES
                PoolExhausted: NODES POOL NAMESPACE SLOTS
                PortTaken: NODES POOL NAMESPACE SLOTS RELEASES
                PortNotUsable: NODES POOL NAMESPACE
                NodeNotFound: NODES POOL NAMESPACE
                NoMatchingNode: NODES POOL NAMESPACE
                TooManyNodes: NODES POOL NAMESPACE
                ConfigMapConflict: CONFIG_MAP
                ConfigMapRefused: nothing
                PodsWaiting: NODES POOL NAMESPACE SLOTS
                PodScopeDisabled: nothing
                Conflicted: nothing
                InEphemeralRange: nothing
                OutsidePool: nothing
                HeldByOthers: nothing
                Serving: nothing
                NoNodes: nothing
                NoUsablePorts: nothing
                RangesOverlap: nothing
                NoOverlap: nothing
                Ignored: nothing
                NodeFull: nothing
                NoClusterNumbers: nothing
                PortsAvailable: nothing
                NodeUnreadable: nothing
                NodesReadable: nothing
                DestinationNearlyFull: nothing
                EphemeralPortsFree: nothing
                """.lines().toArray(String[]::new));
    }

    private static String row(Reason reason) {
        String triggers =
                Trigger.of(reason).stream().sorted().map(Trigger::name).collect(Collectors.joining(" "));
        return reason + ": " + (triggers.isEmpty() ? "nothing" : triggers);
    }
}
