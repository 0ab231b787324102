package io.portclaim.operator.protocol.pods;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.protocol.NamespaceShares;
import org.junit.jupiter.api.Test;

class PodQueueTest {
    private static final ClaimKey MANY = new ClaimKey("ns", "many");
    private static final ClaimKey FEW = new ClaimKey("ns", "few");

    private final PodQueue queue = new PodQueue(new NamespaceShares(8));

    @Test
    void theClaimsTakeTurns() {
        queue.add(MANY, "m1");
        queue.add(MANY, "m2");
        queue.add(MANY, "m3");
        queue.add(FEW, "f1");

        assertThat(queue.next()).contains("m1");
        assertThat(queue.next()).contains("f1");
        assertThat(queue.next()).contains("m2");
        assertThat(queue.next()).contains("m3");
        assertThat(queue.next()).isEmpty();
    }

    /** A tenant may have as many claims as it has pods. */
    @Test
    void theNamespacesTakeTurnsHoweverManyClaimsOneHas() {
        for (int i = 0; i < 3; i++) {
            queue.add(new ClaimKey("hostile", "claim-" + i), "h" + i);
        }
        queue.add(FEW, "f1");

        assertThat(queue.next()).contains("h0");
        assertThat(queue.next()).contains("f1");
        assertThat(queue.next()).contains("h1");
        assertThat(queue.next()).contains("h2");
    }

    @Test
    void aNamespaceHasNoMoreWorkersThanItsShare() {
        for (int i = 0; i < 10; i++) {
            queue.add(new ClaimKey("hostile", "claim-" + i), "h" + i);
        }
        for (int i = 0; i < 4; i++) {
            assertThat(queue.next()).contains("h" + i);
        }
        assertThat(queue.next()).as("half of eight are at work").isEmpty();
        assertThat(queue.next()).isEmpty();
        queue.add(FEW, "f1");
        assertThat(queue.next()).contains("f1");

        assertThat(queue.done("h0")).as("who was turned away is asked back").isEqualTo(2);
        assertThat(queue.next()).as("half of what the other leaves are at work").isEmpty();
        assertThat(queue.done("f1")).isEqualTo(1);
        assertThat(queue.next()).contains("h4");
        assertThat(queue.done("h1")).isZero();
        assertThat(queue.next()).contains("h5");
    }

    @Test
    void aPodIsQueuedOnce() {
        assertThat(queue.add(MANY, "m1")).isTrue();
        assertThat(queue.add(MANY, "m1")).isFalse();
        assertThat(queue.next()).contains("m1");
        assertThat(queue.next()).isEmpty();
    }

    @Test
    void whatIsAddedWhileItIsServedIsServedOnceMore() {
        queue.add(MANY, "m1");
        queue.next();
        assertThat(queue.add(MANY, "m1")).isFalse();
        assertThat(queue.add(MANY, "m1")).isFalse();
        assertThat(queue.next()).as("not by two at once").isEmpty();

        assertThat(queue.done("m1")).isEqualTo(1);
        assertThat(queue.next()).contains("m1");
        assertThat(queue.done("m1")).isZero();
    }
}
