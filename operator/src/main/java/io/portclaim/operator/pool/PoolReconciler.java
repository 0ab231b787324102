package io.portclaim.operator.pool;

import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import io.portclaim.api.v1alpha1.PortClaimApi;
import io.portclaim.api.v1alpha1.PortPool;
import io.portclaim.api.v1alpha1.PortPoolStatus;
import io.portclaim.operator.kube.Requests;
import io.portclaim.operator.kube.StatusPut;
import io.portclaim.operator.kube.WarningEvent;
import io.portclaim.operator.publish.Conditions;
import io.portclaim.operator.publish.PoolStatuses;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Writes how full each pool is, at most once in a while, and only what has changed. */
public final class PoolReconciler implements Reconciler<PortPool> {
    private static final Duration CACHE_LAG = Duration.ofMillis(500);

    private final Pools pools;
    private final CountedPools counts;
    private final KubernetesClient client;
    private final Requests requests;
    private final BooleanSupplier serving;
    private final Duration interval;
    private final Clock clock;
    private final SimpleInboundEventSource<PortPool> concerned = new SimpleInboundEventSource<>("use");
    private final Map<String, Written> written = new ConcurrentHashMap<>();

    private record Written(Instant at, String uid, PortPoolStatus status) {}

    /** Writes at most every {@code interval}, and nothing before {@code serving}; then every pool must be concerned. */
    public PoolReconciler(
            Pools pools,
            CountedPools counts,
            KubernetesClient client,
            Requests requests,
            BooleanSupplier serving,
            Duration interval,
            Clock clock) {
        this.pools = pools;
        this.counts = counts;
        this.client = client;
        this.requests = requests;
        this.serving = serving;
        this.interval = interval;
        this.clock = clock;
    }

    /** The pool's use may have changed: its status is computed again soon. */
    public void concern(String pool) {
        if (pools.get(pool).isEmpty()) {
            counts.forget(pool);
        }
        concerned.propagateEvent(new ResourceID(pool));
    }

    @Override
    public UpdateControl<PortPool> reconcile(PortPool object, Context<PortPool> context) {
        if (!serving.getAsBoolean()) {
            return UpdateControl.noUpdate();
        }
        Duration wait = untilNextWrite(object);
        Optional<Pool> pool = pools.get(object.getMetadata().getName());
        if (pool.isEmpty() || wait.compareTo(Duration.ZERO) > 0) {
            return UpdateControl.<PortPool>noUpdate().rescheduleAfter(wait.plus(CACHE_LAG));
        }
        @Nullable PortPoolStatus before = lastKnown(object);
        PortPoolStatus now = PoolStatuses.status(
                counts.facts(
                        pool.get(),
                        Objects.requireNonNullElse(object.getMetadata().getGeneration(), 0L)),
                before,
                clock.instant());
        return now.equals(before) || write(object, now)
                ? UpdateControl.noUpdate()
                : UpdateControl.<PortPool>noUpdate().rescheduleAfter(CACHE_LAG);
    }

    private Duration untilNextWrite(PortPool object) {
        Written last = written.get(object.getMetadata().getName());
        return last == null || !last.uid.equals(object.getMetadata().getUid())
                ? Duration.ZERO
                : Duration.between(clock.instant(), last.at.plus(interval));
    }

    /** What this process wrote last is newer than what a cache may still show. */
    private @Nullable PortPoolStatus lastKnown(PortPool object) {
        Written last = written.get(object.getMetadata().getName());
        return last != null && last.uid.equals(object.getMetadata().getUid()) ? last.status : object.getStatus();
    }

    /** Whether it was written; not when the cache shows the pool as it was before another write. */
    private boolean write(PortPool object, PortPoolStatus status) {
        String name = object.getMetadata().getName();
        String uid = object.getMetadata().getUid();
        Requests.Answer answer = new StatusPut(
                        "PortPool",
                        PortClaimApi.PATH + "/portpools/" + name,
                        null,
                        name,
                        uid,
                        object.getMetadata().getResourceVersion())
                .send(requests, status);
        if (answer.isTransient()) {
            throw new IllegalStateException(
                    "the status of PortPool %s can't be written now: %s".formatted(name, answer.message()));
        }
        if (answer.isSuccess()) {
            @Nullable PortPoolStatus before = lastKnown(object);
            written.put(name, new Written(clock.instant(), uid, status));
            warn(object, before, status);
        }
        return answer.isSuccess();
    }

    /** Reports once what can't be read: the condition that stands from before says whether that was done. */
    private void warn(PortPool object, @Nullable PortPoolStatus before, PortPoolStatus now) {
        PoolStatuses.condition(now, Conditions.NODES_UNREADABLE)
                .filter(condition -> condition.status().equals(Conditions.Status.TRUE.text()))
                .filter(condition -> PoolStatuses.condition(before, Conditions.NODES_UNREADABLE)
                        .filter(old -> old.status().equals(condition.status())
                                && old.message().equals(condition.message()))
                        .isEmpty())
                .ifPresent(condition ->
                        WarningEvent.of(reference(object), condition).write(client, clock.instant()));
    }

    private static ObjectReference reference(PortPool pool) {
        return new ObjectReferenceBuilder()
                .withApiVersion(PortClaimApi.API_VERSION)
                .withKind("PortPool")
                .withName(pool.getMetadata().getName())
                .withUid(pool.getMetadata().getUid())
                .withResourceVersion(pool.getMetadata().getResourceVersion())
                .build();
    }

    @Override
    public List<EventSource<?, PortPool>> prepareEventSources(EventSourceContext<PortPool> context) {
        return List.of(concerned);
    }
}
