package io.portclaim.operator.claim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.protocol.Time;
import io.portclaim.operator.threads.SystemTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Which claims have a thread, and which come again. */
class ClaimTurnsTest {
    private static final int THREADS = 8;

    private final List<ClaimKey> requeued = new ArrayList<>();
    private final ClaimTurns turns = new ClaimTurns(THREADS, requeued::add, new Patience(Duration.ZERO));

    /** How long a thread waits, whatever it was to wait at most, so that no machine is too slow. */
    private record Patience(Duration patience) implements Time {
        private static final Time SYSTEM = new SystemTime();

        @Override
        public long nanos() {
            return SYSTEM.nanos();
        }

        @Override
        public void await(CompletableFuture<?> done) {
            SYSTEM.await(done);
        }

        @Override
        public boolean await(CompletableFuture<?> done, Duration atMost) {
            return SYSTEM.await(done, patience);
        }
    }

    private static ClaimKey claim(String namespace, int number) {
        return new ClaimKey(namespace, "c" + number);
    }

    /** Serves so many claims of the namespace, each within the one before, and does {@code work} in the innermost. */
    private void within(String namespace, int claims, Runnable work) {
        if (claims == 0) {
            work.run();
            return;
        }
        assertThat(turns.serve(claim(namespace, claims), () -> {
                    within(namespace, claims - 1, work);
                    return true;
                }))
                .contains(true);
    }

    private Optional<Boolean> serve(ClaimKey claim) {
        return turns.serve(claim, () -> true);
    }

    @Test
    void aNamespaceThatIsSlowKeepsOnlyItselfWaiting() {
        within("slow", THREADS / 2, () -> {
            assertThat(serve(claim("slow", 10))).as("it has its share").isEmpty();
            assertThat(serve(claim("slow", 11))).isEmpty();
            assertThat(serve(claim("slow", 10))).isEmpty();
            assertThat(serve(claim("other", 1))).contains(true);
            assertThat(requeued).isEmpty();
        });

        assertThat(requeued).containsExactly(claim("slow", 10), claim("slow", 11));
        assertThat(serve(claim("slow", 10))).contains(true);
    }

    @Test
    void noMoreAreRequeuedThanThereAreThreads() {
        within(
                "slow",
                THREADS / 2 - 1,
                () -> within(
                        "slow",
                        1,
                        () -> IntStream.range(10, 30)
                                .forEach(
                                        i -> assertThat(serve(claim("slow", i))).isEmpty())));

        assertThat(requeued)
                .as("one for each that has ended, whether or not it has come")
                .hasSize(THREADS / 2);
        assertThat(requeued).startsWith(claim("slow", 10)).doesNotHaveDuplicates();
    }

    /** Its share has become smaller since it took its threads. */
    @Test
    void whoHasMoreThanItsShareGivesItBackAsAnyOther() {
        within(
                "slow",
                THREADS / 2,
                () -> within(
                        "other",
                        THREADS / 4,
                        () -> assertThat(serve(claim("slow", 10))).isEmpty()));
        assertThat(serve(claim("slow", 10))).contains(true);
    }

    /** Nobody gives the thread of a claim back that was requeued and is gone. */
    @Test
    void whoWaitsBehindClaimsThatAreGoneComesWithTheNextTick() {
        within(
                "slow",
                THREADS / 2,
                () -> IntStream.range(10, 30)
                        .forEach(i -> assertThat(serve(claim("slow", i))).isEmpty()));
        List<ClaimKey> gone = List.copyOf(requeued);
        assertThat(gone).hasSizeLessThan(20);
        requeued.clear();

        for (int i = 0; i < 20; i++) {
            turns.tick();
        }
        assertThat(requeued).hasSize(20 - gone.size()).doesNotContainAnyElementsOf(gone);
    }

    @Test
    void whoIsGoneKeepsNobodyWaiting() {
        within("slow", THREADS / 2, () -> {
            IntStream.range(10, 30)
                    .forEach(i -> assertThat(serve(claim("slow", i))).isEmpty());
            IntStream.range(10, 29).forEach(i -> turns.gone(claim("slow", i)));
        });
        assertThat(requeued).containsExactly(claim("slow", 29));
    }

    /** Without a look at it by JOSDK: the thread that waits goes on. */
    @Test
    void aThreadThatWaitsIsGivenTheNextWorker() throws InterruptedException {
        ClaimTurns patient = new ClaimTurns(2, requeued::add, new Patience(Duration.ofSeconds(30)));
        Semaphore served = new Semaphore(0);
        Thread waits = new Thread(() -> patient.serve(claim("a", 2), () -> {
            served.release();
            return true;
        }));
        patient.serve(claim("a", 1), () -> {
            waits.start();
            await().atMost(Duration.ofSeconds(30)).until(() -> waits.getState() == Thread.State.TIMED_WAITING);
            return served.availablePermits();
        });

        assertThat(served.tryAcquire(30, TimeUnit.SECONDS)).isTrue();
        waits.join();
        assertThat(requeued).isEmpty();
        assertThat(patient.serve(claim("a", 3), () -> true)).contains(true);
    }

    /** Each look at a claim costs time: where claims are served quickly, none comes twice. */
    @Test
    void whereClaimsAreServedQuicklyNoneIsRequeued() throws InterruptedException {
        ClaimTurns patient = new ClaimTurns(THREADS, requeued::add, new Patience(Duration.ofSeconds(30)));
        int claims = 2000;
        Semaphore served = new Semaphore(0);
        ExecutorService threads = Executors.newFixedThreadPool(2 * THREADS);
        try {
            for (int i = 0; i < claims; i++) {
                ClaimKey claim = claim("quick", i);
                threads.execute(() -> patient.serve(claim, () -> {
                    served.release();
                    return true;
                }));
            }
            assertThat(served.tryAcquire(claims, 30, TimeUnit.SECONDS)).isTrue();
        } finally {
            threads.shutdownNow();
        }
        assertThat(requeued).isEmpty();
    }

    @Test
    void whoIsServedMeanwhileIsNotRequeued() {
        within("slow", THREADS / 2, () -> assertThat(serve(claim("slow", 10))).isEmpty());
        requeued.clear();
        assertThat(serve(claim("slow", 11))).contains(true);
        assertThat(requeued).isEmpty();
    }

    @Test
    void aFailureGivesTheThreadBack() {
        for (int i = 0; i < 2 * THREADS; i++) {
            assertThatThrownBy(() -> turns.serve(claim("failing", 1), () -> {
                        throw new IllegalStateException("as a test");
                    }))
                    .isInstanceOf(IllegalStateException.class);
        }
        assertThat(serve(claim("failing", 1))).contains(true);
    }

    /** What JOSDK does with a claim that is requeued is served in the end, whoever ends first. */
    @Test
    void everybodyIsServedInTheEnd() throws InterruptedException {
        int claims = 500;
        Semaphore served = new Semaphore(0);
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        Requeuing requeuing = new Requeuing(threads, served);
        try {
            for (int i = 0; i < claims; i++) {
                requeuing.accept(claim("ns-" + i % 3, i));
            }
            assertThat(served.tryAcquire(claims, 30, TimeUnit.SECONDS)).isTrue();
        } finally {
            threads.shutdownNow();
        }
    }

    /** As JOSDK: a claim that is requeued is served on some thread soon. */
    private static final class Requeuing {
        private final ExecutorService threads;
        private final Semaphore served;
        private final ClaimTurns turns = new ClaimTurns(THREADS, this::accept, new Patience(Duration.ofMillis(1)));

        Requeuing(ExecutorService threads, Semaphore served) {
            this.threads = threads;
            this.served = served;
        }

        void accept(ClaimKey claim) {
            threads.execute(() -> turns.serve(claim, () -> {
                served.release();
                return true;
            }));
        }
    }
}
