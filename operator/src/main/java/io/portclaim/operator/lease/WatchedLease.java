package io.portclaim.operator.lease;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseSpec;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaderElectionRecord;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaseLock;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.Lock;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.portclaim.operator.options.DurationText;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Lease as fabric8's LeaderElector reads and writes it, at the pace of the election: {@link #get} waits until it is time to look. A
 * holder looks once in a retry period. A candidate looks as often, up to 2.2 times later, so that candidates come apart; but at once when a
 * watch shows that the Lease has another holder, none, or is gone, and as soon as it has run out. Without the watch it only looks later.
 * A holder does not watch.
 *
 * <p>{@link #close} may be called by any thread; the rest belongs to the elector.
 */
final class WatchedLease implements Lock, ResourceEventHandler<Lease>, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(WatchedLease.class);
    /** As the JITTER_FACTOR of fabric8's LeaderElector. */
    private static final double JITTER = 1.2;
    /** The elector takes a Lease only after its end. */
    private static final Duration AFTER_THE_END = Duration.ofMillis(10);

    private final Lock lease;
    private final Duration retryPeriod;
    private final SharedIndexInformer<Lease> watch;
    private final Semaphore news = new Semaphore(1);
    private boolean isStandby = true;
    private boolean isWatching;
    private volatile boolean closed;
    private volatile boolean isUnwatched;
    private volatile @Nullable LeaderElectionRecord seen;

    WatchedLease(KubernetesClient client, LeaseSettings settings) {
        LeaseName name = settings.lease();
        this.lease = new LeaseLock(name.namespace(), name.name(), settings.identity());
        this.retryPeriod = settings.retryPeriod();
        this.watch = client.leases()
                .inNamespace(name.namespace())
                .withName(name.name())
                .runnableInformer(0)
                .exceptionHandler((isStarted, failure) -> beginsAgain(name, failure))
                .addEventHandler(this);
    }

    private boolean beginsAgain(LeaseName name, Throwable failure) {
        if (!isUnwatched && !closed) {
            isUnwatched = true;
            LOG.warn(
                    "Lease {} can't be watched, so a released one is noticed up to {} later: {}",
                    name,
                    DurationText.format(later(JITTER)),
                    failure.getMessage());
        }
        return true;
    }

    @Override
    public @Nullable LeaderElectionRecord get(KubernetesClient client) {
        awaitReason();
        LeaderElectionRecord record = lease.get(client);
        seen = record;
        if (isStandby && !isWatching && record != null && !isOwn(record)) {
            isWatching = true;
            watch.start();
        }
        return record;
    }

    @Override
    public void create(KubernetesClient client, LeaderElectionRecord record) {
        lease.create(client, record);
        written(record);
    }

    @Override
    public void update(KubernetesClient client, LeaderElectionRecord record) {
        lease.update(client, record);
        written(record);
    }

    /** Whoever has held the Lease never waits for it again. */
    private void written(LeaderElectionRecord record) {
        seen = record;
        isStandby = false;
        if (isWatching) {
            isWatching = false;
            watch.stop();
        }
    }

    private boolean isOwn(LeaderElectionRecord record) {
        return identity().equals(record.getHolderIdentity());
    }

    @Override
    public String identity() {
        return lease.identity();
    }

    @Override
    public String describe() {
        return lease.describe();
    }

    private void awaitReason() {
        // Before the wait as well: until it is cancelled, the elector comes again.
        endIfClosed();
        try {
            if (news.tryAcquire(pause().toNanos(), TimeUnit.NANOSECONDS)) {
                news.drainPermits();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KubernetesClientException("interrupted", e);
        }
        endIfClosed();
    }

    private void endIfClosed() {
        if (!closed) {
            return;
        }
        if (isStandby) {
            // Of a candidate, the elector logs a conflict for developers only, and asks again until it is cancelled.
            throw new KubernetesClientException("the election has ended", HttpURLConnection.HTTP_CONFLICT, null);
        }
        // Of a holder, it logs what the client throws as a failed renewal, with its stack. Anything else ends it.
        throw new CancellationException("the election has ended");
    }

    private Duration pause() {
        LeaderElectionRecord known = seen;
        if (known != null && isOwn(known)) {
            return retryPeriod;
        }
        Duration pause = later(ThreadLocalRandom.current().nextDouble(JITTER));
        return Optional.ofNullable(known)
                .map(WatchedLease::left)
                // One that has run out could not be taken just now.
                .filter(left -> left.compareTo(Duration.ZERO) > 0 && left.compareTo(pause) < 0)
                .orElse(pause);
    }

    private static Duration left(LeaderElectionRecord record) {
        return Duration.between(
                        ZonedDateTime.now(ZoneOffset.UTC), record.getRenewTime().plus(record.getLeaseDuration()))
                .plus(AFTER_THE_END);
    }

    /** A retry period, and this share of one. */
    private Duration later(double share) {
        return retryPeriod.plusNanos((long) (share * retryPeriod.toNanos()));
    }

    @Override
    public void onAdd(Lease shown) {
        compare(shown);
    }

    @Override
    public void onUpdate(Lease before, Lease shown) {
        compare(shown);
    }

    @Override
    public void onDelete(Lease gone, boolean finalStateUnknown) {
        news.release();
    }

    private void compare(Lease shown) {
        isUnwatched = false;
        String holder = Optional.ofNullable(shown.getSpec())
                .map(LeaseSpec::getHolderIdentity)
                .orElse("");
        LeaderElectionRecord known = seen;
        if (known == null || !Objects.equals(known.getHolderIdentity(), holder)) {
            news.release();
        }
    }

    /** Ends the watch, and the wait of the elector: it gets no answer any more. */
    @Override
    public void close() {
        closed = true;
        news.release();
        watch.stop();
    }
}
