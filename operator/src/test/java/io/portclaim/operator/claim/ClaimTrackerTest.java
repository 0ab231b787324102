package io.portclaim.operator.claim;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.api.v1alpha1.Phase;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.protocol.Claim;
import io.portclaim.operator.protocol.ClaimTracker;
import io.portclaim.operator.protocol.Trigger;
import io.portclaim.operator.publish.RenderedStatus;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ClaimTrackerTest {
    private static final PortClaimStatus HAS = Samples.status("http=1000");
    private static final RenderedStatus READY = Samples.rendered(HAS);
    private static final RenderedStatus EXHAUSTED = Samples.waiting(HAS, Reason.POOL_EXHAUSTED);

    private final ClaimTracker tracker = new ClaimTracker();
    private final Claim web = Samples.web("uid-1", 10);

    private ClaimTracker.TrackedClaim tracked() {
        return tracker.get("uid-1").orElseThrow();
    }

    @Test
    void whileItIsLookedAtAClaimMayTurnOutToWaitForAnything() {
        tracker.serving(web);
        assertThat(tracker.waitingFor(Trigger.SLOTS)).isNotEmpty();
        tracker.expect(web, READY);
        assertThat(tracker.waitingFor(Trigger.SLOTS)).isNotEmpty();
        tracker.left(web, READY);
        assertThat(tracker.waitingFor(Trigger.SLOTS)).isEmpty();
        tracker.serving(web);
        assertThat(tracker.waitingFor(Trigger.SLOTS)).isNotEmpty();
    }

    @Test
    void onceItWasLeftItWaitsForItsReasonAndNoOther() {
        tracker.serving(web);
        tracker.left(web, EXHAUSTED);
        assertThat(tracker.waitingFor(Trigger.SLOTS)).isNotEmpty();
        assertThat(tracker.waitingFor(Trigger.RELEASES)).isEmpty();
        assertThat(tracked().pool()).isEqualTo("main");
        assertThat(tracked().phase()).isEqualTo(Phase.BOUND);
    }

    @Test
    void anEarlierClaimOfTheNameIsAsStaleAsAnEarlierVersion() {
        tracker.seen(web);
        assertThat(tracker.isStale(Samples.web("uid-1", 9))).isTrue();
        assertThat(tracker.isStale(Samples.web("uid-1", 10))).isFalse();
        tracker.seen(Samples.web("uid-2", 20));
        assertThat(tracker.isStale(Samples.web("uid-1", 19))).isTrue();
        assertThat(tracker.isStale(Samples.web("uid-2", 20))).isFalse();
    }

    @Test
    void aWrittenVersionIsNotForgottenForAnOlderOne() {
        tracker.written(web, "15");
        tracker.seen(web);
        assertThat(tracker.isStale(Samples.web("uid-1", 14))).isTrue();
        assertThat(tracker.isStale(Samples.web("uid-1", 15))).isFalse();
    }

    @Test
    void aClaimStandsAsTheTakeOverFoundItUntilItIsServedOrChanged() {
        tracker.listed(web.key(), web.revision());
        assertThat(tracker.isStanding(web.key(), "10")).isFalse();
        tracker.standing(Set.of(web.key()));
        assertThat(tracker.isStanding(web.key(), "10")).isTrue();
        assertThat(tracker.isStanding(web.key(), "11")).as("changed since").isFalse();

        tracker.serving(web);
        assertThat(tracker.isStanding(web.key(), "10")).isFalse();
    }

    @Test
    void namesThatNobodyBearsAreForgottenAndOthersAreNot() {
        Claim other =
                Samples.claim(new ClaimKey("shop", "other"), "uid-o", 30, "{scope: Cluster, ports: [{name: http}]}");
        for (Claim claim : List.of(web, other)) {
            tracker.seen(claim);
            tracker.serving(claim);
        }
        tracker.gone("uid-o", other.key());
        assertThat(tracker.isStale(other.at("29", null))).isTrue();
        tracker.prune();
        assertThat(tracker.isStale(other.at("29", null))).isFalse();
        assertThat(tracker.isStale(Samples.web("uid-1", 9))).isTrue();
        assertThat(tracker).hasFieldOrPropertyWithValue("newest", Map.of(Samples.WEB, 10L));
    }

    /** Its cache may be behind for longer than until the first sweep. */
    @Test
    void theVersionThatATakeOverListedIsRememberedUntilTheClaimIsServedOrGone() {
        tracker.listed(web.key(), web.revision());
        tracker.prune();
        assertThat(tracker.isStale(Samples.web("uid-1", 9))).isTrue();

        tracker.gone("uid-1", Samples.WEB);
        tracker.prune();
        assertThat(tracker.isStale(Samples.web("uid-1", 9))).isFalse();

        tracker.listed(web.key(), web.revision());
        tracker.serving(web);
        tracker.gone("uid-1", Samples.WEB);
        tracker.prune();
        assertThat(tracker).hasFieldOrPropertyWithValue("newest", Map.of());
    }

    @Test
    void aClaimThatIsGoneDoesNotComeBackByWhatWasStillUnderWay() {
        tracker.serving(web);
        tracker.gone("uid-1", Samples.WEB);
        tracker.expect(web, READY);
        tracker.left(web, EXHAUSTED);
        assertThat(tracker.all()).isEmpty();
    }

    @Test
    void itsFailuresGoWithIt() {
        tracker.backoff().failed("uid-1");
        tracker.gone("uid-1", Samples.WEB);
        assertThat(tracker.backoff()).hasFieldOrPropertyWithValue("failures", Map.of());
    }

    @Test
    void aStatusIsAsLeftFromTheMomentItIsSent() {
        Claim written = web.at("11", HAS);
        assertThat(tracker.isAsLeft(written)).isFalse();
        tracker.serving(web);
        assertThat(tracker.isAsLeft(written)).isFalse();
        tracker.expect(web, READY);
        assertThat(tracker.isAsLeft(written)).isTrue();
        assertThat(tracker.isAsLeft(web)).isFalse();
        assertThat(tracker.isAsLeft(web.at("12", Samples.status("http=1")))).isFalse();
        tracker.left(web, READY);
        tracker.serving(web);
        assertThat(tracker.isAsLeft(written)).isTrue();
    }

    @Test
    void aClaimThatIsGoneIsStaleForAsLongAsACacheShowsIt() {
        tracker.seen(web);
        tracker.shownThoughGone(web);
        tracker.forgetShown(key -> true);
        tracker.prune();
        assertThat(tracker.isStale(web)).isTrue();
        tracker.forgetShown(key -> false);
        tracker.prune();
        assertThat(tracker.isStale(web)).isFalse();
    }
}
