package io.portclaim.operator.faults;

import io.fabric8.kubernetes.client.Config;
import io.portclaim.operator.testing.RunningOperator;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** An operator and the kubelet that starts another whenever it has halted, a number of times at most. */
final class Restarting implements AutoCloseable {
    private final Config config;
    private final String[] flags;
    private final Duration pause;
    private final int atMost;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final AtomicInteger starts = new AtomicInteger();
    private final Thread kubelet = new Thread(this::run, "kubelet");

    /** Waits {@code pause} before each restart. */
    Restarting(Config config, Duration pause, int atMost, String... flags) {
        this.config = config;
        this.flags = flags;
        this.pause = pause;
        this.atMost = atMost;
        kubelet.setDaemon(true);
        kubelet.start();
    }

    private void run() {
        do {
            starts.incrementAndGet();
            try (RunningOperator operator = RunningOperator.start(config, flags)) {
                while (operator.halted().isEmpty() && !isStoppedAfter(Duration.ofMillis(20))) {
                    // It works.
                }
            } catch (RuntimeException e) {
                // It did not start: there is no API server. A kubelet tries again.
            }
        } while (!isStoppedAfter(pause) && starts.get() < atMost);
    }

    private boolean isStoppedAfter(Duration time) {
        try {
            return stopped.await(time.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    /** How often it was started so far. */
    int starts() {
        return starts.get();
    }

    @Override
    public void close() {
        stopped.countDown();
        try {
            kubelet.join(TimeUnit.MINUTES.toMillis(1));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
