package io.portclaim.operator.claim;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.IndexerResourceCache;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.operator.allocation.ClaimAllocation;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.logging.Subject;
import io.portclaim.operator.metrics.OperatorMetrics;
import io.portclaim.operator.node.PrunedStore;
import io.portclaim.operator.protocol.CacheLag;
import io.portclaim.operator.protocol.Claim;
import io.portclaim.operator.protocol.ClaimTracker;
import io.portclaim.operator.protocol.ConfigMaps;
import io.portclaim.operator.protocol.KeyLocks;
import io.portclaim.operator.protocol.LeadershipLost;
import io.portclaim.operator.protocol.PresentMap;
import io.portclaim.operator.protocol.ServingGate;
import io.portclaim.operator.publish.ConfigMapIdentity;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A claim's way, top to bottom: it is admitted, given ports, the decision is committed, published and reported; then what
 * it let go of is released. No two claims of one name are on their way at once.
 */
public final class ClaimReconciler implements Reconciler<PortClaim> {
    private static final Logger LOG = LoggerFactory.getLogger(ClaimReconciler.class);

    private final ServingGate gate;
    private final ClaimTracker tracker;
    private final CacheLag lag;
    private final DeletedClaimReleaser releaser;
    private final RequeueTriggers triggers;
    private final ClaimDecider decider;
    private final Publication publication;
    private final ConfigMaps configMaps;
    private final KeyLocks turns;
    private final OperatorMetrics metrics;
    private final GoingNamespaces goingNamespaces = new GoingNamespaces(System::nanoTime);
    private volatile @Nullable InformerEventSource<ConfigMap, PortClaim> cachedMaps;
    private volatile @Nullable IndexerResourceCache<PortClaim> primaries;

    ClaimReconciler(
            ServingGate gate,
            ClaimTracker tracker,
            CacheLag lag,
            DeletedClaimReleaser releaser,
            RequeueTriggers triggers,
            ClaimDecider decider,
            Publication publication,
            ConfigMaps configMaps,
            KeyLocks turns,
            OperatorMetrics metrics) {
        this.gate = gate;
        this.tracker = tracker;
        this.lag = lag;
        this.releaser = releaser;
        this.triggers = triggers;
        this.decider = decider;
        this.publication = publication;
        this.configMaps = configMaps;
        this.turns = turns;
        this.metrics = metrics;
    }

    @Override
    public UpdateControl<PortClaim> reconcile(PortClaim object, Context<PortClaim> context) {
        gate.await();
        metrics.reconciling();
        if (object.isMarkedForDeletion()) {
            // What it has it keeps until it is gone; a ConfigMap that goes first must not be put back.
            return UpdateControl.noUpdate();
        }
        Claim claim = Claims.of(object);
        return Subject.of(object)
                .inLog(() -> tryToServe(claim)
                        .<UpdateControl<PortClaim>>map(
                                again -> UpdateControl.<PortClaim>noUpdate().rescheduleAfter(again))
                        .orElseGet(UpdateControl::noUpdate));
    }

    /** What can't be done now is tried again, with growing pauses and for ever. */
    private Optional<Duration> tryToServe(Claim claim) {
        try {
            Optional<Duration> again = turns.inTurn(claim.key(), () -> serve(claim));
            tracker.backoff().succeeded(claim.uid());
            return again;
        } catch (LeadershipLost e) {
            throw e;
        } catch (RuntimeException e) {
            metrics.reconcileFailed();
            Duration pause = tracker.backoff().failed(claim.uid());
            LOG.warn("{}: not served yet, trying again in {} s: {}", claim, pause.toMillis() / 1000.0, e.getMessage());
            LOG.debug("{}: the failure", claim, e);
            return Optional.of(pause);
        }
    }

    /** Serves the claim; the result is when to look again by itself, empty for not before something changes. */
    private Optional<Duration> serve(Claim claim) {
        Optional<Duration> behind = lag.of(claim);
        if (behind.isPresent()) {
            return behind;
        }
        tracker.seen(claim);
        tracker.serving(claim);
        releaseEarlierOfTheName(claim);
        @Nullable PresentMap map = cachedConfigMap(claim);
        try {
            ClaimDecider.Outcome outcome = decider.decide(claim, held -> configMaps.standingRefusal(claim, held, map));
            return publication.carryOut(claim, outcome, map);
        } catch (ConfigMaps.NamespaceGoing e) {
            if (goingNamespaces.isNews(claim.key().namespace())) {
                LOG.info(
                        "Namespace {}: is being deleted, nothing is published there any more",
                        claim.key().namespace());
            }
            // A cache that still had it may have let it be given ports anew after it was found to be gone.
            releaser.releaseIfGone(claim.uid(), claim.key());
            return Optional.empty();
        }
    }

    /** A claim that was deleted and made again under its name, with the deletion missed, still holds what it held. */
    private void releaseEarlierOfTheName(Claim claim) {
        for (ClaimAllocation earlier : decider.earlierOfTheName(claim)) {
            releaser.releaseIfGone(earlier.uid(), earlier.key());
        }
    }

    private @Nullable PresentMap cachedConfigMap(Claim claim) {
        return Optional.ofNullable(cachedMaps)
                .flatMap(source -> source.get(
                        new ResourceID(claim.configMapName(), claim.key().namespace())))
                .map(KubernetesMap::new)
                .orElse(null);
    }

    @Override
    public List<EventSource<?, PortClaim>> prepareEventSources(EventSourceContext<PortClaim> context) {
        InformerEventSource<ConfigMap, PortClaim> maps = new InformerEventSource<>(
                InformerEventSourceConfiguration.from(ConfigMap.class, PortClaim.class)
                        .withName("configmaps")
                        .withWatchAllNamespaces()
                        .withInformerListLimit(KnownMap.LIST_PAGE)
                        .withLabelSelector(ConfigMapIdentity.CLAIM_UID_LABEL)
                        // Our own create would cost a second reconcile for every claim.
                        .withOnAddFilter(added -> served(added) && !configMaps.isOwnNews(new KubernetesMap(added)))
                        .withOnUpdateFilter((now, before) ->
                                differs(now, before) && served(now) && !configMaps.isOwnNews(new KubernetesMap(now)))
                        .withOnDeleteFilter((gone, finalStateUnknown) -> {
                            triggers.mapFreed(gone.getMetadata().getNamespace());
                            identified(
                                    gone,
                                    (map, identity) ->
                                            releaser.mapGone(map, new ClaimKey(map.namespace(), identity.claimName())));
                            return true;
                        })
                        .withSecondaryToPrimaryMapper(ClaimReconciler::claimOf)
                        .withItemStore(new PrunedStore<>(KnownMap::of))
                        .build(),
                context);
        cachedMaps = maps;
        primaries = context.getPrimaryCache();
        return List.of(maps, triggers.source(), releaser);
    }

    /** Always; on the way, what a claim that is gone may have left is found. JOSDK has no reconciliation for a claim that is gone. */
    private boolean served(ConfigMap map) {
        identified(
                map,
                (name, identity) -> releaser.mapSeen(
                        name, identity.claimUid(), new ClaimKey(name.namespace(), identity.claimName())));
        return true;
    }

    private static void identified(ConfigMap map, BiConsumer<ClaimKey, ConfigMapIdentity> action) {
        PresentMap present = new KubernetesMap(map);
        present.identity().ifPresent(identity -> action.accept(present.name(), identity));
    }

    /** Whether the cache has a claim of this name. */
    boolean isCached(ClaimKey key) {
        return Optional.ofNullable(primaries)
                .flatMap(cache -> cache.get(new ResourceID(key.name(), key.namespace())))
                .isPresent();
    }

    private static boolean differs(ConfigMap now, ConfigMap before) {
        PresentMap next = new KubernetesMap(now);
        PresentMap last = new KubernetesMap(before);
        return !next.digest().equals(last.digest())
                || !next.identity().equals(last.identity())
                || !Objects.equals(next.uidLabel(), last.uidLabel())
                || !next.owners().equals(last.owners());
    }

    /** The claim whose it is, also where someone has taken our annotations off it. */
    static Set<ResourceID> claimOf(ConfigMap map) {
        String namespace = map.getMetadata().getNamespace();
        Stream<String> told = ConfigMapIdentity.of(
                map.getMetadata().getLabels(), map.getMetadata().getAnnotations())
                .map(ConfigMapIdentity::claimName)
                .stream();
        Stream<String> owners =
                Objects.requireNonNullElse(map.getMetadata().getOwnerReferences(), List.<OwnerReference>of()).stream()
                        .filter(owner -> owner.getKind().equals("PortClaim"))
                        .map(OwnerReference::getName);
        return Stream.concat(told, owners)
                .map(name -> new ResourceID(name, namespace))
                .collect(Collectors.toSet());
    }

    /**
     * Whether an update of a claim is news: another spec, another claim of the name, or a status that this leader did not
     * write.
     */
    boolean isNews(PortClaim now, PortClaim before) {
        return !Objects.equals(
                        now.getMetadata().getGeneration(), before.getMetadata().getGeneration())
                || !now.getMetadata().getUid().equals(before.getMetadata().getUid())
                || (!Objects.equals(now.getStatus(), before.getStatus()) && !tracker.isAsLeft(Claims.of(now)));
    }
}
