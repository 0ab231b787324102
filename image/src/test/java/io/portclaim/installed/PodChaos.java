package io.portclaim.installed;

import static io.portclaim.installed.Installation.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Pods are deleted, some by force, for their controllers to create others, until it is closed. */
final class PodChaos implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PodChaos.class);
    private static final Duration BETWEEN_DELETIONS = Duration.ofMillis(700);
    private static final int BY_FORCE_PERCENT = 30;

    private final Random random;
    private final Installation installation;
    private final String namespace;
    private final AtomicInteger deletions = new AtomicInteger();
    private final AtomicInteger kills = new AtomicInteger();
    private final ScheduledThreadPoolExecutor scheduler = new ScheduledThreadPoolExecutor(2);

    PodChaos(Installation installation, String namespace, long seed) {
        LOG.info("Seed {}", seed);
        this.installation = installation;
        this.namespace = namespace;
        this.random = new Random(seed);
        scheduler.scheduleWithFixedDelay(
                quietly(this::deleteOne), 0, BETWEEN_DELETIONS.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Kills installed operators at random moments of the time that it takes, and returns how many. */
    int killOperators(Duration duration, int kills) throws InterruptedException {
        CountDownLatch all = new CountDownLatch(kills);
        LongStream.generate(() -> random.nextLong(duration.toMillis()))
                .limit(kills)
                .forEach(moment -> scheduler.schedule(
                        () -> {
                            quietly(this::killOne).run();
                            all.countDown();
                        },
                        moment,
                        TimeUnit.MILLISECONDS));
        assertThat(all.await(duration.plus(SOON).toMillis(), TimeUnit.MILLISECONDS))
                .isTrue();
        return this.kills.get();
    }

    @Override
    public void close() throws InterruptedException {
        scheduler.shutdownNow();
        assertThat(scheduler.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
        LOG.info("{} pods were deleted, and {} installed operators killed", deletions.get(), kills.get());
    }

    /** What is chosen may be gone meanwhile. */
    private static Runnable quietly(Action action) {
        return () -> {
            try {
                action.run();
            } catch (IOException | IllegalStateException | KubernetesClientException e) {
                LOG.info("Not done: {}", e.getMessage());
            }
        };
    }

    @FunctionalInterface
    private interface Action {
        void run() throws IOException;
    }

    private synchronized <T> T anyOf(List<T> all) {
        if (all.isEmpty()) {
            throw new IllegalStateException("there is none");
        }
        return all.get(random.nextInt(all.size()));
    }

    private synchronized boolean isByForce() {
        return random.nextInt(100) < BY_FORCE_PERCENT;
    }

    private List<Pod> runningOperators() {
        return installation.operators().stream()
                .filter(pod -> pod.getStatus().getContainerStatuses().stream()
                        .anyMatch(container -> container.getState().getRunning() != null))
                .toList();
    }

    private void deleteOne() {
        Pod pod =
                anyOf(installation.client().pods().inNamespace(namespace).list().getItems());
        var resource = installation.client().resource(pod);
        if (isByForce()) {
            resource.withGracePeriod(0).delete();
        } else {
            resource.delete();
        }
        deletions.incrementAndGet();
    }

    /** As a crash does. A pod that stayed would be started again later and later. */
    private void killOne() throws IOException {
        Pod operator =
                anyOf(await("an operator runs").atMost(SOON).until(this::runningOperators, all -> !all.isEmpty()));
        if (ContainerProcess.of(operator).handle().destroyForcibly()) {
            kills.incrementAndGet();
        }
        installation.client().resource(operator).withGracePeriod(0).delete();
    }
}
