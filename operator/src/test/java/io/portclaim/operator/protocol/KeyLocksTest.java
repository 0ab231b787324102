package io.portclaim.operator.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.threads.SystemTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class KeyLocksTest {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final ClaimKey WEB = new ClaimKey("shop", "web");
    private static final ClaimKey OTHER = new ClaimKey("shop", "other");

    private final KeyLocks locks = new KeyLocks(new SystemTime());

    private static boolean open(CountDownLatch latch) {
        try {
            latch.await();
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private Thread start(ClaimKey key, Supplier<Boolean> work) {
        Thread thread = new Thread(() -> locks.inTurn(key, work));
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    @Test
    void oneNameHasOneTurnAtATime() {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch mayEnd = new CountDownLatch(1);
        AtomicBoolean second = new AtomicBoolean();
        start(WEB, () -> {
            begun.countDown();
            return open(mayEnd);
        });
        assertThat(open(begun)).isTrue();
        Thread next = start(WEB, () -> {
            second.set(true);
            return true;
        });
        await().atMost(SOON)
                .until(() ->
                        List.of(Thread.State.WAITING, Thread.State.TERMINATED).contains(next.getState()));
        assertThat(second).isFalse();
        mayEnd.countDown();
        await().atMost(SOON).untilTrue(second);
    }

    @Test
    void manyWorkersNeverMeetAndNothingIsLeftBehind() throws InterruptedException {
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger met = new AtomicInteger();
        List<Thread> workers = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            workers.add(new Thread(() -> {
                for (int turn = 0; turn < 200; turn++) {
                    locks.inTurn(WEB, () -> {
                        if (inside.incrementAndGet() > 1) {
                            met.incrementAndGet();
                        }
                        Thread.yield();
                        return inside.decrementAndGet();
                    });
                }
            }));
        }
        workers.forEach(Thread::start);
        for (Thread worker : workers) {
            worker.join();
        }
        assertThat(met).hasValue(0);
        assertNothingIsLeft();
    }

    @Test
    void anotherNameDoesNotWait() throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch mayEnd = new CountDownLatch(1);
        Thread first = start(WEB, () -> {
            begun.countDown();
            return open(mayEnd);
        });
        assertThat(open(begun)).isTrue();
        assertThat(locks.inTurn(OTHER, first::isAlive)).isTrue();
        mayEnd.countDown();
        first.join();
        assertNothingIsLeft();
    }

    @Test
    void whoeverIsInterruptedWhileWaitingHoldsNobodyUp() throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch mayEnd = new CountDownLatch(1);
        AtomicBoolean third = new AtomicBoolean();
        start(WEB, () -> {
            begun.countDown();
            return open(mayEnd);
        });
        assertThat(open(begun)).isTrue();
        Thread second = new Thread(
                () -> assertThatThrownBy(() -> locks.inTurn(WEB, () -> true)).isInstanceOf(LeadershipLost.class));
        second.start();
        await().atMost(SOON).until(() -> second.getState() == Thread.State.WAITING);
        start(WEB, () -> {
            third.set(true);
            return true;
        });
        second.interrupt();
        second.join();
        mayEnd.countDown();
        await().atMost(SOON).untilTrue(third);
    }

    @Test
    void workThatFailsGivesTheTurnBack() {
        assertThatThrownBy(() -> locks.inTurn(WEB, () -> {
                    throw new IllegalStateException("failed");
                }))
                .hasMessage("failed");
        assertNothingIsLeft();
        Thread next = start(WEB, () -> true);
        await().atMost(SOON).until(() -> next.getState() == Thread.State.TERMINATED);
    }

    private void assertNothingIsLeft() {
        assertThat(locks).extracting("turns", InstanceOfAssertFactories.MAP).isEmpty();
    }
}
