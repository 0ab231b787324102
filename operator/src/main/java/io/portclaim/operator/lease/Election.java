package io.portclaim.operator.lease;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderElectionConfig;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderElector;
import io.portclaim.operator.options.DurationText;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One process's part in the election: fabric8's LeaderElector, on a thread of its own. JOSDK would start it too, but with a Lease that it
 * makes itself, which cannot be woken when the Lease becomes free. Thread-safe.
 */
final class Election implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Election.class);
    /** The Lease sets the pace. */
    private static final Duration NO_PAUSE = Duration.ofMillis(1);

    private final WatchedLease lease;
    private final ExecutorService thread;
    private final CompletableFuture<?> elector;
    private final Duration patience;

    /** Stands for election from now on; {@code callbacks} must return soon, because no renewal comes before. */
    Election(KubernetesClient client, LeaseSettings settings, LeaderCallbacks callbacks) {
        lease = new WatchedLease(client, settings);
        // Of a request that is under way, the client's timeout is shorter.
        patience = settings.renewDeadline();
        thread = Executors.newSingleThreadExecutor(work -> {
            Thread worker = new Thread(work, "election");
            worker.setDaemon(true);
            return worker;
        });
        elector = new LeaderElector(
                        client,
                        new LeaderElectionConfig(
                                lease,
                                settings.duration(),
                                settings.renewDeadline(),
                                NO_PAUSE,
                                callbacks,
                                // It would write a Lease without a holder, which it cannot read.
                                false,
                                settings.lease().toString()),
                        thread)
                .start();
    }

    /** Ends it, and waits for a renewal that is under way; who leads has been called back as having stopped. The Lease stays as it is. */
    @Override
    public void close() {
        lease.close();
        elector.cancel(false);
        thread.shutdown();
        try {
            if (!thread.awaitTermination(patience.toNanos(), TimeUnit.NANOSECONDS)) {
                LOG.warn("The election has not ended within {}", DurationText.format(patience));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
