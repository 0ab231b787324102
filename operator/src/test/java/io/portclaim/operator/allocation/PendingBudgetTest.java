package io.portclaim.operator.allocation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.codec.EstimatedSize;
import io.portclaim.testing.SetClock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How those that wait to be published share what the ledger bears. */
class PendingBudgetTest {
    private static final int SMALL = 1;

    private final SetClock clock = new SetClock();
    private final PendingBudget budget = new PendingBudget(new EstimatedSize());

    /** A decision on {@code ports} ports on each of {@code nodes} nodes, with other numbers on each. */
    private static ClaimAllocation decided(String namespace, String name, int ports, int nodes) {
        SortedMap<String, List<PortGrant>> byPlace = new TreeMap<>();
        for (int node = 0; node < nodes; node++) {
            int first = 1024 + node * ports;
            byPlace.put(
                    "node-" + node,
                    IntStream.range(0, ports)
                            .mapToObj(i -> new PortGrant("port-" + i, TransportProtocol.TCP, first + i, 1))
                            .toList());
        }
        return new ClaimAllocation(
                namespace + "-" + name,
                new ClaimKey(namespace, name),
                Instant.EPOCH,
                "default",
                name + "-ports",
                ports,
                Assignment.NONE,
                new Assignment(byPlace));
    }

    private static ClaimAllocation small(String namespace, String name) {
        return decided(namespace, name, SMALL, 1);
    }

    /** Three times as many ports times nodes as a claim may have. */
    private static ClaimAllocation largest(String namespace) {
        return decided(namespace, "largest", 64, 500);
    }

    private void admit(ClaimAllocation allocation) {
        budget.requireRoomFor(allocation, clock.instant());
        budget.add(allocation);
    }

    private boolean isAdmitted(ClaimAllocation allocation) {
        try {
            admit(allocation);
            return true;
        } catch (IllegalStateException e) {
            return false;
        }
    }

    /** Fills the namespace's share with claims that are never published, and says how much that is. */
    private int fill(String namespace) {
        int before = budget.total();
        int i = 0;
        while (isAdmitted(small(namespace, "c" + i))) {
            i++;
        }
        return budget.total() - before;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 10})
    void namespacesThatPublishNothingLeaveRoomForOneMore(int hostile) {
        // Each fills what it may, again and again, until none gets any more.
        int before;
        do {
            before = budget.total();
            for (int i = 0; i < hostile; i++) {
                fill("hostile-" + i);
            }
        } while (budget.total() > before);

        assertThat(PendingBudget.WHOLE - budget.total())
                .isGreaterThanOrEqualTo((int) (PendingBudget.WHOLE * Math.pow(0.8, hostile)));
        int published = 0;
        for (int i = 0; i < 500; i++) {
            ClaimAllocation victim = small("victim", "v" + i);
            if (isAdmitted(victim)) {
                published++;
                budget.remove(victim);
            }
        }
        assertThat(published).isEqualTo(500);
    }

    @Test
    void largeClaimsOfManyNamespacesLeaveTheLastQuarterForShares() {
        for (int i = 0; i < 50; i++) {
            isAdmitted(largest("hostile-" + i));
            isAdmitted(decided("hostile-too-" + i, "large", 64, 100));
        }

        assertThat(budget.total()).isBetween(PendingBudget.WHOLE / 2, PendingBudget.WHOLE * 3 / 4);
        assertThat(isAdmitted(small("victim", "v"))).isTrue();
    }

    @Test
    void theLargestClaimIsLetInBesideTwoNamespacesThatHaveFilledTheirShares() {
        assertThat(fill("hostile")).isGreaterThan(PendingBudget.WHOLE / 6);
        assertThat(fill("hostile-2")).isGreaterThan(PendingBudget.WHOLE / 8);

        assertThat(isAdmitted(largest("victim"))).isTrue();
        assertThat(isAdmitted(small("third", "v")))
                .as("nor does it stop others")
                .isTrue();
    }

    @Test
    void anythingIsLetInWhereNothingWaits() {
        assertThat(isAdmitted(decided("a", "beyond-all", 64, 900))).isTrue();
        assertThat(budget.total()).isEqualTo(PendingBudget.LARGEST);
    }

    @Test
    void whatIsPublishedCountsNoMore() {
        List<ClaimAllocation> admitted = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            ClaimAllocation allocation = small("a", "c" + i);
            admit(allocation);
            admitted.add(allocation);
        }
        assertThat(budget.total()).isPositive();

        admitted.forEach(budget::remove);
        admitted.forEach(budget::remove);

        assertThat(budget.total()).isZero();
    }

    /** One of its claims or another is always on its way: without its turn the large one would wait for ever. */
    @Test
    void aLargeClaimOfABusyNamespaceHasItsTurnOnceTheOthersArePublished() {
        ClaimAllocation first = small("busy", "first");
        admit(first);
        ClaimAllocation large = largest("busy");
        assertThat(isAdmitted(large)).isFalse();

        assertThatThrownBy(() -> admit(small("busy", "second")))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("a large claim of namespace busy is decided next");
        assertThat(isAdmitted(small("other", "first")))
                .as("another namespace's")
                .isTrue();
        budget.remove(first);
        assertThat(isAdmitted(large)).isTrue();
        budget.remove(large);
        assertThat(isAdmitted(small("busy", "second"))).as("its turn is over").isTrue();
    }

    @Test
    void aTurnEndsWhenTheLargeClaimIsGoneOrCanNotBeLetIn() {
        admit(small("busy", "stuck"));
        ClaimAllocation large = largest("busy");
        assertThat(isAdmitted(large)).isFalse();
        clock.goOn(PendingBudget.TURN.minusSeconds(1));
        assertThat(isAdmitted(large)).as("trying again does not make it longer").isFalse();
        assertThat(isAdmitted(small("busy", "second"))).isFalse();

        clock.goOn(PendingBudget.TURN);

        assertThat(isAdmitted(small("busy", "second"))).isTrue();
    }

    private List<ClaimKey> fitting() {
        return budget.takeFitting(clock.instant());
    }

    /** Each try costs a decision: of thousands that wait only those are tried that have room. */
    @Test
    void whoWasRefusedIsTriedAgainWhenThereIsRoomAndNobodyElse() {
        fill("busy");
        for (int i = 0; i < 10; i++) {
            assertThat(isAdmitted(small("busy", "w" + i))).isFalse();
        }
        assertThat(isAdmitted(small("busy", "w0"))).as("tried twice").isFalse();
        assertThat(fitting()).as("there is no room").isEmpty();

        budget.remove(small("busy", "c0"));
        budget.remove(small("busy", "c1"));
        List<ClaimKey> first = fitting();
        assertThat(first).as("the first two that were refused").hasSize(2).endsWith(new ClaimKey("busy", "w0"));
        first.forEach(key -> assertThat(isAdmitted(small("busy", key.name()))).isTrue());
        assertThat(fitting()).as("there is no room again").isEmpty();

        budget.remove(small("busy", "c2"));
        assertThat(fitting()).hasSize(1).doesNotContainAnyElementsOf(first);
    }

    @Test
    void whoIsGoneIsNotTriedAgain() {
        fill("busy");
        ClaimAllocation gone = small("busy", "gone");
        assertThat(isAdmitted(gone)).isFalse();
        ClaimAllocation stays = small("busy", "stays");
        assertThat(isAdmitted(stays)).isFalse();

        budget.forget(gone.uid());
        budget.remove(small("busy", "c0"));
        budget.remove(small("busy", "c1"));
        assertThat(fitting()).contains(stays.key()).doesNotContain(gone.key());
    }

    @Test
    void oneNamespaceThatIsFullKeepsNobodyElseFromBeingTriedAgain() {
        fill("busy");
        isAdmitted(small("busy", "waits"));
        ClaimAllocation first = largest("other");
        admit(first);
        ClaimAllocation second = decided("other", "second", 64, 500);
        assertThat(isAdmitted(second)).isFalse();
        assertThat(fitting()).isEmpty();

        budget.remove(first);
        assertThat(fitting()).contains(second.key());
    }

    @Test
    void aLargeClaimWhoseTurnItIsIsTheOnlyOneThatIsTriedAgain() {
        ClaimAllocation first = small("busy", "first");
        admit(first);
        ClaimAllocation large = largest("busy");
        assertThat(isAdmitted(large)).isFalse();
        assertThat(isAdmitted(small("busy", "second"))).isFalse();
        assertThat(fitting()).as("something of its namespace is not published").isEmpty();

        budget.remove(first);
        assertThat(fitting()).containsExactly(large.key());
        admit(large);
        budget.remove(large);
        assertThat(fitting()).containsExactly(new ClaimKey("busy", "second"));
    }

    /** Its share is full for a moment only; nobody has to stand back for it. */
    @Test
    void aClaimThatIsNotLargeGetsNoTurn() {
        fill("busy");
        assertThat(isAdmitted(decided("busy", "middle", 64, 1))).isFalse();
        budget.remove(small("busy", "c0"));

        assertThat(isAdmitted(small("busy", "next"))).isTrue();
    }
}
