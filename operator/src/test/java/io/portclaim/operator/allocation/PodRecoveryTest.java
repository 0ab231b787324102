package io.portclaim.operator.allocation;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.testing.SetClock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a new leader knows of pods, from the ledger and from the pods themselves. */
class PodRecoveryTest extends TakeOver {
    private final Map<String, NodeFacts> nodes =
            Stream.of("n1", "n2").collect(Collectors.toMap(name -> name, IndexFixture::node));
    private final PodRequest.Candidates candidates =
            new PodRequest.Candidates(nodes, nodes, Map.of("n1", "h1", "n2", "h2"));

    private ClaimAllocation pod(String name, int age, String published, @Nullable String pending) {
        return new ClaimAllocation(
                "uid-" + name,
                ClaimKey.ofPod("a", name),
                SetClock.START.minusSeconds(age),
                "default",
                "pod/" + name,
                0,
                published.isEmpty() ? Assignment.NONE : IndexFixture.assignment(published),
                pending == null ? null : IndexFixture.assignment(pending));
    }

    private void waits(String name) {
        pods.add(pod(name, 1, "", null));
    }

    private void carries(String name, String assignment) {
        pods.add(pod(name, 1, assignment, null));
    }

    private void entry(String name, String assignment) {
        entries.add(pod(name, 1, "", assignment));
    }

    private void heldByPodBefore(String name, String assignment) {
        heldBefore("uid-" + name, "a", "pod/" + name, "", assignment);
    }

    private String held(String name) {
        return fixture.index
                .pods()
                .of("uid-" + name)
                .map(allocation -> IndexFixture.words(allocation.published())
                        + (allocation.pending() == null ? "" : " then " + IndexFixture.words(allocation.pending())))
                .orElse("nothing");
    }

    private Optional<SortedSet<String>> leftOut(String name) {
        return fixture.index.pods().leftOut("uid-" + name, candidates);
    }

    @Test
    void whatAPodCarriesCounts() {
        carries("x", "n1: http=100/TCP");
        carries("y", "?: http=100/TCP");
        recover();

        assertThat(held("x")).isEqualTo("n1: http=100/TCP");
        assertThat(held("y")).isEqualTo("?: http=100/TCP");
        assertThat(whyNot("n2", 100)).contains("held by a pod of another namespace");
        assertThat(whyNot("n2", 101)).isEqualTo("free");
    }

    @Test
    void anEntryOfAPodThatWaitsIsPublishedAsItStands() {
        waits("x");
        entry("x", "?: http=100/TCP");
        carries("y", "n1: http=100/TCP");
        recover();

        assertThat(held("x")).isEqualTo(" then ?: http=100/TCP");
        assertThat(leftOut("x")).contains(new TreeSet<>(List.of("h1")));
    }

    @Test
    void anEntryThatIsPublishedIsDone() {
        carries("x", "n2: http=100/TCP");
        entry("x", "?: http=100/TCP");
        recover();

        assertThat(held("x")).isEqualTo("n2: http=100/TCP");
        assertThat(whyNot("n1", 100)).isEqualTo("free");
    }

    @Test
    void theNumberOfAnEntryWhosePodIsGoneCoolsEverywhere() {
        entry("x", "?: http=100/TCP");
        recover();

        assertThat(whyNot("n1", 100)).contains("blocked");
        assertThat(whyNot("n2", 100)).contains("blocked");
        fixture.index.advance(IndexFixture.NO_PODS);
        fixture.clock.goOn(COOLDOWN.plusSeconds(29));
        fixture.index.advance(IndexFixture.NO_PODS);
        assertThat(whyNot("n1", 100)).as("its processes may run for its grace").contains("cooling");
        fixture.clock.goOn(Duration.ofSeconds(1));
        fixture.index.advance(IndexFixture.NO_PODS);
        assertThat(whyNot("n1", 100)).isEqualTo("free");
    }

    @Test
    void aPodThatWentUnseenLeavesItsNumberBlockedEverywhere() {
        heldByPodBefore("x", "?: http=100/TCP");
        recover();

        assertThat(whyNot("n1", 100)).contains("blocked");
        assertThat(whyNot("n2", 100)).contains("blocked");
    }

    @Test
    void aPodThatWasNarrowedSinceTheLastCommitIsNotMissed() {
        heldByPodBefore("x", "?: http=100/TCP");
        carries("x", "n1: http=100/TCP");
        recover();

        assertThat(fixture.index.unfinishedReleases()).isZero();
        assertThat(whyNot("n2", 100)).isEqualTo("free");
    }

    /** One of two holders of a number is gone, and nobody knows which node it was on. */
    @Test
    void aDecisionWaitsWhileItsNumberMayBeInUseSomewhere() {
        waits("x");
        entry("x", "?: http=100/TCP");
        heldByPodBefore("x", "?: http=100/TCP");
        heldByPodBefore("y", "?: http=100/TCP");
        recover();

        assertThat(leftOut("x")).isEmpty();
        fixture.clock.goOn(COOLDOWN.plusSeconds(29));
        assertThat(leftOut("x")).isEmpty();
        fixture.clock.goOn(Duration.ofSeconds(1));
        assertThat(leftOut("x")).contains(new TreeSet<>());
    }

    /** While the pod has no node it keeps the number from all others; then what cools begins. */
    @Test
    void whatMayBeInUseSomewhereOutlastsAPodThatIsNarrowed() {
        carries("x", "?: http=100/TCP");
        heldByPodBefore("x", "?: http=100/TCP");
        heldByPodBefore("y", "?: http=100/TCP");
        recover();
        assertThat(fixture.index.pods().narrow("uid-x", "n1")).isEmpty();

        assertThat(whyNot("n2", 100)).contains("blocked");
    }

    @Test
    void aPodThatCarriesWhatAClaimHoldsIsReported() {
        status("c", 100, "n1: http=100/TCP");
        carries("x", "n1: http=100/TCP");

        assertThat(recover().doubled()).extracting(ClaimAllocation::uid).containsExactly("uid-x");
        assertThat(has("c")).isEqualTo("n1: http=100/TCP");
        assertThat(held("x")).isEqualTo("nothing");
    }

    @Test
    void twoPodsWithoutANodeOnOneNumberAreReported() {
        pods.add(pod("x", 2, "?: http=100/TCP", null));
        pods.add(pod("y", 1, "?: http=100/TCP", null));

        assertThat(recover().doubled()).extracting(ClaimAllocation::uid).containsExactly("uid-y");
        assertThat(held("x")).isEqualTo("?: http=100/TCP");
    }

    /** Whoever is older: beside a pod without a node nobody could be let in. */
    @Test
    void anOlderPodWithoutANodeStandsBesideThoseWhoseNodesItLeavesOut() {
        pods.add(pod("wide", 9, "?: http=100/TCP", null));
        pods.add(pod("there", 7, "n1: http=100/TCP", null));
        waits("bound");
        entry("bound", "n2: http=100/TCP");

        assertThat(recover().doubled()).isEmpty();
        assertThat(held("wide")).isEqualTo("?: http=100/TCP");
        assertThat(held("there")).isEqualTo("n1: http=100/TCP");
        assertThat(held("bound")).isEqualTo(" then n2: http=100/TCP");
    }

    @Test
    void whatAPodCarriesGoesBeforeWhatIsOnlyDecided() {
        pods.add(pod("decided", 9, "", null));
        entry("decided", "n1: http=100/TCP");
        carries("there", "n1: http=100/TCP");

        assertThat(recover().superseded()).extracting(ClaimAllocation::uid).containsExactly("uid-decided");
        assertThat(held("there")).isEqualTo("n1: http=100/TCP");
    }

    @Test
    void anEntryWhoseNumberIsAnothersIsDroppedAndReported() {
        waits("x");
        entry("x", "?: http=100/TCP");
        status("c", 100, "*: http=100/TCP");

        assertThat(recover().superseded()).extracting(ClaimAllocation::uid).containsExactly("uid-x");
        assertThat(held("x")).isEqualTo("nothing");
    }
}
