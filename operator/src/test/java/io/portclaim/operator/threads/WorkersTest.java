package io.portclaim.operator.threads;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Whose work keeps whose waiting. */
class WorkersTest {
    private static final Duration SOON = Duration.ofSeconds(30);

    private final Workers workers = new Workers("test", 8);
    private final CountDownLatch answer = new CountDownLatch(1);
    private final AtomicInteger begun = new AtomicInteger();
    private final List<String> done = Collections.synchronizedList(new ArrayList<>());

    @AfterEach
    void end() {
        answer.countDown();
        assertThat(workers.finish(SOON)).isTrue();
    }

    /** As where somebody's webhook answers late. */
    private void slowly(String namespace, String name) {
        workers.run(namespace, () -> {
            begun.incrementAndGet();
            block(answer);
            done.add(name);
        });
    }

    @Test
    void aNamespaceThatIsSlowKeepsOnlyItselfWaiting() throws InterruptedException {
        for (int i = 0; i < 1000; i++) {
            slowly("slow", "slow-" + i);
        }
        CountDownLatch served = new CountDownLatch(100);
        for (int i = 0; i < 100; i++) {
            workers.run("other", served::countDown);
        }

        assertThat(served.await(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(done).isEmpty();
        assertThat(begun).hasValueLessThanOrEqualTo(4);
    }

    @Test
    void allIsDoneInTheEndAndInTheOrderOfItsNamespace() {
        for (int i = 0; i < 500; i++) {
            slowly("slow-" + i % 3, "slow-" + i);
        }
        answer.countDown();

        await().atMost(SOON).untilAsserted(() -> assertThat(done).hasSize(500));
        assertThat(done).doesNotHaveDuplicates();
    }

    /** What was turned away while others had the workers gets them when they have left. */
    @Test
    void whatOthersLeaveIsTaken() {
        CountDownLatch others = new CountDownLatch(1);
        for (int i = 0; i < 4; i++) {
            workers.run("first", () -> block(others));
            workers.run("second", () -> block(others));
        }
        for (int i = 0; i < 100; i++) {
            slowly("third", "third-" + i);
        }
        await().atMost(SOON).until(() -> begun.get() > 0);
        assertThat(begun).hasValue(1);

        others.countDown();
        await().atMost(SOON).untilAsserted(() -> assertThat(begun).hasValue(4));
    }

    private static void block(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void whatWasTakenIsFinishedAtTheEnd() {
        answer.countDown();
        for (int i = 0; i < 100; i++) {
            slowly("a", "a-" + i);
        }

        assertThat(workers.finish(SOON)).isTrue();
        assertThat(done).hasSize(100);
        assertThat(workers.run("a", () -> {})).as("no more is taken").isFalse();
    }

    @Test
    void workThatFailsKeepsNoWorker() {
        for (int i = 0; i < 20; i++) {
            workers.run("a", () -> {
                throw new IllegalStateException("as a test");
            });
        }
        answer.countDown();
        slowly("a", "after");

        await().dontCatchUncaughtExceptions()
                .atMost(SOON)
                .untilAsserted(() -> assertThat(done).containsExactly("after"));
    }
}
