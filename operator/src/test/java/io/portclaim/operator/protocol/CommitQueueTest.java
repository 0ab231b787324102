package io.portclaim.operator.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class CommitQueueTest {
    private final SimulatedTime time = new SimulatedTime();
    private final CommitQueue queue = new CommitQueue(time);

    /** How long a batch of {@code waiters} gathered. */
    private Duration gathered(int waiters) {
        for (int i = 0; i < waiters; i++) {
            queue.add();
        }
        long before = time.nanos();
        assertThat(queue.next()).hasSize(waiters);
        return Duration.ofNanos(time.nanos() - before);
    }

    @Test
    void claimsThatComeOneByOneWaitForNobody() {
        for (int i = 0; i < 3; i++) {
            assertThat(gathered(1)).isZero();
        }
    }

    @Test
    void inABacklogEachBatchGathers() {
        assertThat(gathered(8)).isZero();
        for (int i = 0; i < 3; i++) {
            assertThat(gathered(16)).isPositive();
        }
    }

    @Test
    void claimsThatComeSteadilyDoNotGatherForEver() {
        gathered(8);
        assertThat(gathered(6)).isPositive();

        assertThat(gathered(2)).as("had it not waited, even fewer had come").isZero();
    }
}
