package io.portclaim.operator.allocation;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.testing.SetClock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What pods hold when another leader takes over. */
class PodRecoveryTest {
    private final IndexFixture fixture = new IndexFixture();
    private final IndexFixture next = new IndexFixture();

    private static ClaimAllocation pod(String name, int age, String carried, @Nullable String decided) {
        return new ClaimAllocation(
                "uid-" + name,
                ClaimKey.ofPod("ns", name),
                SetClock.START.minusSeconds(age),
                "default",
                name,
                0,
                carried.isEmpty() ? Assignment.NONE : IndexFixture.assignment(carried),
                decided == null ? null : IndexFixture.assignment(decided));
    }

    private Recovery.Result recover(Snapshot ledger, ClaimAllocation... pods) {
        Recovery.Found found = new Recovery.Found(
                List.of(), List.of(pods), Set.of(), List.of(), Set.of("a"), Set.of("default"), next.clock.instant());
        return new Recovery(next.index, next.cooldowns(), next.clock.instant(), found).load(ledger);
    }

    private Snapshot ledger(ClaimAllocation... pending) {
        return new Snapshot(fixture.clock.instant(), List.of(pending), Map.of(), List.of(), Held.NOTHING);
    }

    private String held(String pod) {
        return next.index
                .pods()
                .of("uid-" + pod)
                .map(allocation -> IndexFixture.words(allocation.current()))
                .orElse("nothing");
    }

    @Test
    void anOlderPodWithoutANodeStandsBesideThoseWhoseNodesItLeavesOut() {
        Recovery.Result result = recover(
                ledger(pod("bound", 5, "", "b: http=100/TCP")),
                pod("wide", 9, "?: http=100/TCP", null),
                pod("there", 7, "a: http=100/TCP", null),
                pod("bound", 5, "", null));

        assertThat(result.doubled()).isEmpty();
        assertThat(List.of(held("wide"), held("there"), held("bound")))
                .containsExactly("?: http=100/TCP", "a: http=100/TCP", "b: http=100/TCP");
    }

    @Test
    void whatAPodCarriesGoesBeforeWhatIsOnlyDecided() {
        Recovery.Result result = recover(
                ledger(pod("decided", 9, "", "a: http=100/TCP")),
                pod("decided", 9, "", null),
                pod("there", 7, "a: http=100/TCP", null));

        assertThat(result.doubled()).extracting(ClaimAllocation::uid).containsExactly("uid-decided");
        assertThat(List.of(held("decided"), held("there"))).containsExactly("nothing", "a: http=100/TCP");
    }

    @Test
    void theProcessesOfAPodThatIsGoneMayRunForItsGrace() {
        recover(ledger(pod("gone", 9, "", "?: http=100/TCP")));

        assertThat(next.index.snapshot().releases())
                .allSatisfy(release -> assertThat(release.cooldown())
                        .isEqualTo(
                                next.cooldowns().of("default", release.grant()).plus(Duration.ofSeconds(30))));
        assertThat(next.index.unfinishedReleases()).isEqualTo(1);
    }

    @Test
    void soMayThoseOfAPodThatWentWhileNobodyLed() {
        fixture.index.put(pod("went", 9, "a: http=100/TCP", null));

        recover(fixture.index.snapshot());

        assertThat(next.index.snapshot().releases())
                .singleElement()
                .satisfies(release -> assertThat(release.cooldown())
                        .isEqualTo(next.cooldowns().of("", release.grant()).plus(Duration.ofSeconds(30))));
    }
}
