package io.portclaim.operator.protocol.pods;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.operator.allocation.ClaimKey;
import org.junit.jupiter.api.Test;

class PodQueueTest {
    private static final ClaimKey MANY = new ClaimKey("ns", "many");
    private static final ClaimKey FEW = new ClaimKey("ns", "few");

    private final PodQueue queue = new PodQueue();

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

        assertThat(queue.done("m1")).isTrue();
        assertThat(queue.next()).contains("m1");
        assertThat(queue.done("m1")).isFalse();
    }
}
