package io.portclaim.operator.claim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portclaim.operator.protocol.CacheLag;
import io.portclaim.operator.protocol.Claim;
import io.portclaim.operator.protocol.ClaimTracker;
import io.portclaim.operator.protocol.LeadershipBarrier;
import io.portclaim.operator.protocol.LeadershipLost;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A claim that the cache shows older than it was: the cache is late, or the API server went back. */
class CacheLagTest {
    private static final Optional<Duration> WAIT = Optional.of(CacheLag.PAUSE);

    private final ScriptedApi api = new ScriptedApi();
    private final ClaimTracker tracker = new ClaimTracker();
    private final Claim old = Samples.web("uid-1", 10);
    private final Claim written = Samples.web("uid-1", 20);

    @BeforeEach
    void begin() {
        tracker.seen(written);
    }

    @AfterEach
    void end() {
        api.close();
    }

    private CacheLag lag(LeadershipBarrier barrier) {
        return new CacheLag(tracker, api.live(), barrier);
    }

    private static void look(CacheLag lag, Claim claim, int times) {
        for (int i = 0; i < times; i++) {
            assertThat(lag.of(claim)).isEqualTo(WAIT);
        }
    }

    @Test
    void aCacheThatCatchesUpCostsNoRequest() {
        CacheLag lag = lag(api.barrier());
        look(lag, old, CacheLag.PATIENCE - 1);
        assertThat(lag.of(written)).isEmpty();
        look(lag, old, CacheLag.PATIENCE - 1);
        assertThat(api.log()).isEmpty();
    }

    @Test
    void aCacheThatIsLateForLongIsWaitedForStill() {
        CacheLag lag = lag(api.barrier());
        api.answers(200, Samples.webJson("uid-1", 21, null));
        look(lag, old, CacheLag.PATIENCE);
        assertThat(api.log()).containsExactly("pass", "GET " + Samples.WEB_PATH);
        look(lag, old, CacheLag.PATIENCE - 1);
        assertThat(api.log()).hasSize(2);
    }

    /** As after a restore that the ledger survived: the status that is gone is written once more. */
    @Test
    void aClaimThatWentBackIsServedAsItIs() {
        CacheLag lag = lag(api.barrier());
        api.answers(200, Samples.webJson("uid-1", 10, null));
        look(lag, old, CacheLag.PATIENCE);
        assertThat(lag.of(old)).isEmpty();
    }

    @Test
    void aLeaderWhoseLedgerWentBackTooLearnsOfItWithoutANewDecision() {
        CacheLag lag = lag(() -> {
            throw new LeadershipLost("the ledger was written by another");
        });
        look(lag, old, CacheLag.PATIENCE - 1);
        assertThatThrownBy(() -> lag.of(old)).isInstanceOf(LeadershipLost.class);
        assertThat(api.log())
                .as("nothing is read on news of a leader that does not lead")
                .isEmpty();
    }

    @Test
    void nothingIsKeptOfAClaimThatGoesMeanwhile() {
        look(lag(api.barrier()), old, 1);
        assertThat(tracker.countedAsStale()).isOne();
        tracker.gone(old.uid(), old.key());
        assertThat(tracker.countedAsStale()).isZero();
    }
}
