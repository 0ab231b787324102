package io.portclaim.operator.claim;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.operator.allocation.Slot;
import io.portclaim.operator.ports.Protocol;
import io.portclaim.testing.SetClock;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class SquattersTest {
    private static final Slot A = new Slot("a", Protocol.TCP, 1000);
    private static final Slot B = new Slot("b", Protocol.TCP, 1000);

    private final SetClock clock = new SetClock();
    private final Squatters squatters = new Squatters(clock);
    private final Claim claim = Samples.web("uid-web", 10);

    private List<Slot> see(Slot... slots) {
        return squatters.see(claim, List.of(slots), false);
    }

    private void afterAlmostAll() {
        clock.goOn(Squatters.PATIENCE.minusSeconds(1));
    }

    @Test
    void aListenerIsBelievedOnceItHasStoodForAWhile() {
        assertThat(see(A)).isEmpty();
        afterAlmostAll();
        assertThat(see(A)).isEmpty();
        assertThat(squatters.due()).isEmpty();
        clock.goOn(Duration.ofSeconds(1));
        assertThat(squatters.due()).containsExactly(claim.key());
        assertThat(see(A)).containsExactly(A);
        clock.goOn(Squatters.PATIENCE);
        assertThat(squatters.due()).as("it is told already").isEmpty();
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
        assertThat(squatters.due()).isEmpty();
    }

    @Test
    void eachListenerHasATimeOfItsOwn() {
        see(A);
        clock.goOn(Duration.ofSeconds(20));
        see(A, B);
        clock.goOn(Duration.ofSeconds(40));
        assertThat(see(A, B)).containsExactly(A);
        assertThat(squatters.due()).isEmpty();
        clock.goOn(Duration.ofSeconds(20));
        assertThat(squatters.due()).containsExactly(claim.key());
        assertThat(see(B, A)).as("in the order given").containsExactly(B, A);
    }

    @Test
    void aClaimThatIsDueAndNotLookedAtIsNamedAgainButNotAtOnce() {
        see(A);
        clock.goOn(Squatters.PATIENCE);
        assertThat(squatters.due()).containsExactly(claim.key());
        assertThat(squatters.due()).isEmpty();
        clock.goOn(Duration.ofSeconds(5));
        assertThat(squatters.due()).containsExactly(claim.key());
    }

    @Test
    void whatAnEarlierLeaderHasToldIsBelievedAtOnce() {
        assertThat(squatters.see(claim, List.of(A), true)).containsExactly(A);
        assertThat(squatters.see(claim, List.of(A, B), false))
                .as("another one is not")
                .containsExactly(A);
    }

    @Test
    void claimsThatAreGoneAreForgotten() {
        see(A);
        squatters.prune(uid -> true);
        clock.goOn(Squatters.PATIENCE);
        squatters.prune(uid -> !uid.equals("uid-web"));
        assertThat(squatters.due()).isEmpty();
        assertThat(see(A)).isEmpty();
    }
}
