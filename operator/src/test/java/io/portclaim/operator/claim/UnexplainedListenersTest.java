package io.portclaim.operator.claim;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.operator.allocation.Slot;
import io.portclaim.operator.protocol.Claim;
import io.portclaim.ports.Protocol;
import io.portclaim.testing.SetClock;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class UnexplainedListenersTest {
    private static final Slot A = new Slot("a", Protocol.TCP, 1000);
    private static final Slot B = new Slot("b", Protocol.TCP, 1000);

    private final SetClock clock = new SetClock();
    private final UnexplainedListeners unexplained = new UnexplainedListeners(clock);
    private final Claim claim = Samples.web("uid-web", 10);

    private List<Slot> see(Slot... slots) {
        return unexplained.see(claim, List.of(slots), false);
    }

    private void afterAlmostAll() {
        clock.goOn(UnexplainedListeners.PATIENCE.minusSeconds(1));
    }

    @Test
    void aListenerIsBelievedOnceItHasStoodForAWhile() {
        assertThat(see(A)).isEmpty();
        afterAlmostAll();
        assertThat(see(A)).isEmpty();
        assertThat(unexplained.due()).isEmpty();
        clock.goOn(Duration.ofSeconds(1));
        assertThat(unexplained.due()).containsExactly(claim.key());
        assertThat(see(A)).containsExactly(A);
        clock.goOn(UnexplainedListeners.PATIENCE);
        assertThat(unexplained.due()).as("it is reported already").isEmpty();
        assertThat(see(A)).containsExactly(A);
    }

    @Test
    void aRestartBeginsTheWaitAnew() {
        see(A);
        afterAlmostAll();
        assertThat(see()).isEmpty();
        assertThat(see(A)).isEmpty();
        clock.goOn(Duration.ofSeconds(1));
        assertThat(see(A)).isEmpty();
        assertThat(unexplained.due()).isEmpty();
    }

    @Test
    void eachListenerHasATimeOfItsOwn() {
        see(A);
        clock.goOn(Duration.ofSeconds(20));
        see(A, B);
        clock.goOn(Duration.ofSeconds(40));
        assertThat(see(A, B)).containsExactly(A);
        assertThat(unexplained.due()).isEmpty();
        clock.goOn(Duration.ofSeconds(20));
        assertThat(unexplained.due()).containsExactly(claim.key());
        assertThat(see(B, A)).as("in the order given").containsExactly(B, A);
    }

    @Test
    void aClaimThatIsDueAndNotLookedAtIsNamedAgainButNotAtOnce() {
        see(A);
        clock.goOn(UnexplainedListeners.PATIENCE);
        assertThat(unexplained.due()).containsExactly(claim.key());
        assertThat(unexplained.due()).isEmpty();
        clock.goOn(Duration.ofSeconds(5));
        assertThat(unexplained.due()).containsExactly(claim.key());
    }

    @Test
    void whatAnEarlierLeaderHasReportedIsBelievedAtOnce() {
        assertThat(unexplained.see(claim, List.of(A), true)).containsExactly(A);
        assertThat(unexplained.see(claim, List.of(A, B), false))
                .as("another one is not")
                .containsExactly(A);
    }

    @Test
    void claimsThatAreGoneAreForgotten() {
        see(A);
        unexplained.prune(uid -> true);
        clock.goOn(UnexplainedListeners.PATIENCE);
        unexplained.prune(uid -> !uid.equals("uid-web"));
        assertThat(unexplained.due()).isEmpty();
        assertThat(see(A)).isEmpty();
    }
}
