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
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.logging.Subject;
import io.portclaim.operator.metrics.OperatorMetrics;
import io.portclaim.operator.node.PrunedStore;
import io.portclaim.operator.protocol.Claim;
import io.portclaim.operator.protocol.ClaimServer;
import io.portclaim.operator.protocol.ClaimTracker;
import io.portclaim.operator.protocol.ConfigMaps;
import io.portclaim.operator.protocol.DeletedClaimReleaser;
import io.portclaim.operator.protocol.PresentMap;
import io.portclaim.operator.protocol.ServingGate;
import io.portclaim.operator.publish.ConfigMapIdentity;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What JOSDK calls for claims: passes them, with what its caches have, to the protocol. */
public final class ClaimReconciler implements Reconciler<PortClaim> {
    private final ServingGate gate;
    private final ClaimTracker tracker;
    private final ClaimServer server;
    private final DeletedClaimReleaser releaser;
    private final RequeueTriggers triggers;
    private final RequeueSource requeues;
    private final ConfigMaps configMaps;
    private final OperatorMetrics metrics;
    private volatile @Nullable InformerEventSource<ConfigMap, PortClaim> cachedMaps;
    private volatile @Nullable IndexerResourceCache<PortClaim> primaries;

    ClaimReconciler(
            ServingGate gate,
            ClaimTracker tracker,
            ClaimServer server,
            DeletedClaimReleaser releaser,
            RequeueTriggers triggers,
            RequeueSource requeues,
            ConfigMaps configMaps,
            OperatorMetrics metrics) {
        this.gate = gate;
        this.tracker = tracker;
        this.server = server;
        this.releaser = releaser;
        this.triggers = triggers;
        this.requeues = requeues;
        this.configMaps = configMaps;
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
                .inLog(() -> server.tryToServe(claim, () -> cachedConfigMap(claim))
                        .<UpdateControl<PortClaim>>map(
                                again -> UpdateControl.<PortClaim>noUpdate().rescheduleAfter(again))
                        .orElseGet(UpdateControl::noUpdate));
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
        return List.of(maps, requeues.source(), new ClaimDeletions(releaser));
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
