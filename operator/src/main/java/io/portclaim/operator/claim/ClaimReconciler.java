package io.portclaim.operator.claim;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ObjectMeta;
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
import io.portclaim.operator.cache.PackedStore;
import io.portclaim.operator.logging.Subject;
import io.portclaim.operator.metrics.OperatorMetrics;
import io.portclaim.operator.protocol.Claim;
import io.portclaim.operator.protocol.ClaimService;
import io.portclaim.operator.protocol.MapNews;
import io.portclaim.operator.protocol.PresentMap;
import io.portclaim.operator.protocol.ServingGate;
import io.portclaim.operator.publish.ConfigMapIdentity;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What JOSDK calls for claims: passes them, with what its caches have, to the protocol. */
public final class ClaimReconciler implements Reconciler<PortClaim> {
    private final ServingGate gate;
    private final ClaimService service;
    private final PackedStore<ConfigMap> keptMaps;
    private final RequeueTriggers triggers;
    private final RequeueSource requeues;
    private final OperatorMetrics metrics;
    private final ClaimTurns turns;
    private final LaterLooks later;
    private volatile @Nullable InformerEventSource<ConfigMap, PortClaim> cachedMaps;
    private volatile @Nullable IndexerResourceCache<PortClaim> primaries;

    ClaimReconciler(
            ServingGate gate,
            ClaimService service,
            PackedStore<ConfigMap> keptMaps,
            RequeueTriggers triggers,
            RequeueSource requeues,
            OperatorMetrics metrics,
            ClaimTurns turns) {
        this.gate = gate;
        this.service = service;
        this.keptMaps = keptMaps;
        this.triggers = triggers;
        this.requeues = requeues;
        this.metrics = metrics;
        this.turns = turns;
        this.later = new LaterLooks(requeues::anew);
    }

    @Override
    public UpdateControl<PortClaim> reconcile(PortClaim object, Context<PortClaim> context) {
        gate.await();
        ObjectMeta metadata = object.getMetadata();
        ClaimKey key = new ClaimKey(metadata.getNamespace(), metadata.getName());
        boolean stands = service.standsAsTakenOver(metadata.getUid(), key, metadata.getResourceVersion());
        if (stands && !later.begins(key)) {
            return UpdateControl.noUpdate();
        }
        boolean comesAgain = false;
        try {
            Optional<UpdateControl<PortClaim>> looked = lookAt(object, key);
            comesAgain = stands && looked.isEmpty();
            return looked.orElseGet(UpdateControl::noUpdate);
        } finally {
            if (comesAgain) {
                // Parked for a worker, it would come before claims that wait for their first ports.
                turns.gone(key);
                later.again(key);
            } else {
                later.ended(key);
            }
        }
    }

    /** Empty where the namespace has no worker for it now. */
    private Optional<UpdateControl<PortClaim>> lookAt(PortClaim object, ClaimKey key) {
        if (object.isMarkedForDeletion()) {
            // What it has it keeps until it is gone; a ConfigMap that goes first must not be put back.
            return Optional.of(UpdateControl.noUpdate());
        }
        // Parsed in its turn: in a backlog, each claim of a namespace comes once to be turned away.
        return Subject.of(object).inLog(() -> turns.serve(key, () -> serve(Claims.of(object))));
    }

    private UpdateControl<PortClaim> serve(Claim claim) {
        metrics.reconciling();
        return service.server()
                .tryToServe(claim, () -> cachedConfigMap(claim))
                .<UpdateControl<PortClaim>>map(
                        again -> UpdateControl.<PortClaim>noUpdate().rescheduleAfter(again))
                .orElseGet(UpdateControl::noUpdate);
    }

    private @Nullable PresentMap cachedConfigMap(Claim claim) {
        return Optional.ofNullable(cachedMaps)
                .flatMap(source -> source.get(mapOf(claim)))
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
                        .withOnAddFilter(added -> service.mapNews().added(new KubernetesMap(added)) && gate.isOpen())
                        .withOnUpdateFilter((now, before) ->
                                service.mapNews().changed(new KubernetesMap(now), new KubernetesMap(before))
                                        && gate.isOpen())
                        .withOnDeleteFilter((gone, finalStateUnknown) -> {
                            triggers.mapFreed(gone.getMetadata().getNamespace());
                            service.mapNews().gone(new KubernetesMap(gone));
                            return gate.isOpen();
                        })
                        .withSecondaryToPrimaryMapper(ClaimReconciler::claimsOf)
                        // Without it, JOSDK keeps a set for each claim, and nobody asks for it.
                        .withPrimaryToSecondaryMapper((PortClaim claim) -> Set.of(mapOf(Claims.of(claim))))
                        .withItemStore(keptMaps)
                        .build(),
                context);
        cachedMaps = maps;
        primaries = context.getPrimaryCache();
        return List.of(maps, requeues, new ClaimDeletions(service.releaser(), this::gone));
    }

    /**
     * Has every claim looked at, because what came before the gate was open was ignored. Claims that stand as the take-over has found
     * them come after the others.
     */
    void lookAtAll() {
        List<ClaimKey> standing = new ArrayList<>();
        Optional.ofNullable(primaries).stream()
                .flatMap(IndexerResourceCache::keys)
                .map(id -> new ClaimKey(id.getNamespace().orElseThrow(), id.getName()))
                .forEach(key -> {
                    if (service.standsAsTakenOver(key)) {
                        standing.add(key);
                    } else {
                        requeues.anew(key);
                    }
                });
        later.begin(standing);
    }

    /** To be called twice a second. */
    void tick() {
        turns.tick();
        later.tick();
    }

    private void gone(ClaimKey claim) {
        turns.gone(claim);
        later.ended(claim);
    }

    /** The claim of this name, as the cache has it. */
    Optional<Claim> cached(ClaimKey key) {
        return Optional.ofNullable(primaries)
                .flatMap(cache -> cache.get(new ResourceID(key.name(), key.namespace())))
                .map(Claims::of);
    }

    /** The resourceVersion of the claim of this name, as the cache has it. */
    Optional<String> cachedVersion(ClaimKey key) {
        return Optional.ofNullable(primaries)
                .flatMap(cache -> cache.get(new ResourceID(key.name(), key.namespace())))
                .map(claim -> claim.getMetadata().getResourceVersion());
    }

    private static ResourceID mapOf(Claim claim) {
        return new ResourceID(claim.configMapName(), claim.key().namespace());
    }

    static Set<ResourceID> claimsOf(ConfigMap map) {
        return MapNews.claimsOf(new KubernetesMap(map)).stream()
                .map(key -> new ResourceID(key.name(), key.namespace()))
                .collect(Collectors.toSet());
    }
}
