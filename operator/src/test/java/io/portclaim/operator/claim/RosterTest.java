package io.portclaim.operator.claim;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.api.v1alpha1.Phase;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.operator.allocation.ClaimKey;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RosterTest {
    private static final PortClaimStatus HAS = Samples.status("http=1000");
    private static final List<String> EXHAUSTED = List.of("PoolExhausted");

    private final Roster roster = new Roster();
    private final Claim web = Samples.web("uid-1", 10);

    private Roster.Member member() {
        return roster.get("uid-1").orElseThrow();
    }

    @Test
    void whileItIsLookedAtAClaimMayTurnOutToWaitForAnything() {
        roster.lookingAt(web);
        assertThat(member().mayWaitFor(EXHAUSTED)).isTrue();
        roster.expect(web, HAS);
        assertThat(member().mayWaitFor(EXHAUSTED)).isTrue();
        roster.left(web, HAS, null);
        assertThat(member().mayWaitFor(EXHAUSTED)).isFalse();
        roster.lookingAt(web);
        assertThat(member().mayWaitFor(EXHAUSTED)).isTrue();
    }

    @Test
    void onceItWasLeftItWaitsForItsReasonAndNoOther() {
        roster.lookingAt(web);
        roster.left(web, HAS, "PoolExhausted");
        assertThat(member().mayWaitFor(EXHAUSTED)).isTrue();
        assertThat(member().mayWaitFor(List.of("PortTaken"))).isFalse();
        assertThat(member().pool()).isEqualTo("main");
        assertThat(member().phase()).isEqualTo(Phase.BOUND);
    }

    @Test
    void anEarlierClaimOfTheNameIsAsStaleAsAnEarlierVersion() {
        roster.seen(web);
        assertThat(roster.isStale(Samples.web("uid-1", 9))).isTrue();
        assertThat(roster.isStale(Samples.web("uid-1", 10))).isFalse();
        roster.seen(Samples.web("uid-2", 20));
        assertThat(roster.isStale(Samples.web("uid-1", 19))).isTrue();
        assertThat(roster.isStale(Samples.web("uid-2", 20))).isFalse();
    }

    @Test
    void aWrittenVersionIsNotForgottenForAnOlderOne() {
        roster.written(web, "15");
        roster.seen(web);
        assertThat(roster.isStale(Samples.web("uid-1", 14))).isTrue();
        assertThat(roster.isStale(Samples.web("uid-1", 15))).isFalse();
    }

    @Test
    void namesThatNobodyBearsAreForgottenAndOthersAreNot() {
        Claim other =
                Samples.claim(new ClaimKey("shop", "other"), "uid-o", 30, "{scope: Cluster, ports: [{name: http}]}");
        for (Claim claim : List.of(web, other)) {
            roster.seen(claim);
            roster.lookingAt(claim);
        }
        roster.gone("uid-o");
        assertThat(roster.isStale(other.at("29", null))).isTrue();
        roster.prune();
        assertThat(roster.isStale(other.at("29", null))).isFalse();
        assertThat(roster.isStale(Samples.web("uid-1", 9))).isTrue();
        assertThat(roster).hasFieldOrPropertyWithValue("newest", Map.of(Samples.WEB, 10L));
    }

    @Test
    void aClaimThatIsGoneDoesNotComeBackByWhatWasStillUnderWay() {
        roster.lookingAt(web);
        roster.gone("uid-1");
        roster.expect(web, HAS);
        roster.left(web, HAS, "PoolExhausted");
        assertThat(roster.all()).isEmpty();
    }

    @Test
    void itsFailuresGoWithIt() {
        roster.backoff().failed("uid-1");
        roster.gone("uid-1");
        assertThat(roster.backoff()).hasFieldOrPropertyWithValue("failures", Map.of());
    }

    @Test
    void aStatusIsAsLeftFromTheMomentItIsSent() {
        Claim written = web.at("11", HAS);
        assertThat(roster.isAsLeft(written)).isFalse();
        roster.lookingAt(web);
        assertThat(roster.isAsLeft(written)).isFalse();
        roster.expect(web, HAS);
        assertThat(roster.isAsLeft(written)).isTrue();
        assertThat(roster.isAsLeft(web)).isFalse();
        assertThat(roster.isAsLeft(web.at("12", Samples.status("http=1")))).isFalse();
        roster.left(web, HAS, null);
        roster.lookingAt(web);
        assertThat(roster.isAsLeft(written)).isTrue();
    }
}
