package io.portclaim.operator.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portclaim.operator.threads.SystemTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ServingGateTest {
    private final ServingGate gate = new ServingGate(new SystemTime());

    @Test
    void onceOpenItLetsEveryoneThrough() {
        assertThat(gate.isOpen()).isFalse();
        assertThat(gate.waitingFor()).contains("waiting to lead");
        gate.open();
        gate.await();
        assertThat(gate.isOpen()).isTrue();
        assertThat(gate.waitingFor()).isEmpty();
    }

    @Test
    void onceClosedItDoesNotOpen() {
        gate.beginLoading();
        gate.close();
        gate.open();
        assertThat(gate.isOpen()).isFalse();
        assertThat(gate.waitingFor()).contains("the operator is stopping");
        assertThatThrownBy(gate::await).isInstanceOf(LeadershipLost.class);
    }

    @Test
    void closedAfterItWasOpenItLetsNobodyThrough() {
        gate.open();
        gate.close();
        assertThat(gate.isOpen()).isFalse();
        assertThatThrownBy(gate::await).isInstanceOf(LeadershipLost.class);
    }

    @Test
    void whatHasBeenLoadedIsKnownAlsoWhenItIsClosed() {
        gate.open();
        gate.close();
        gate.awaitLoaded();
        ServingGate never = new ServingGate(new SystemTime());
        never.close();
        assertThatThrownBy(never::awaitLoaded).isInstanceOf(LeadershipLost.class);
    }
}
