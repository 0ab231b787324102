package io.portclaim.operator.protocol;

import io.portclaim.api.v1alpha1.Scope;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.ClaimAllocation;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.ConfigMapId;
import io.portclaim.operator.allocation.Place;
import io.portclaim.operator.allocation.PortGrant;
import io.portclaim.operator.allocation.Recovery;
import io.portclaim.operator.allocation.Snapshot;
import io.portclaim.operator.publish.Believed;
import io.portclaim.operator.publish.BelievedPorts;
import io.portclaim.operator.publish.ConfigMapData;
import io.portclaim.operator.publish.ConfigMapIdentity;
import io.portclaim.ports.Protocol;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a take-over finds, gathered claim by claim and then ConfigMap by ConfigMap. Tenants can write their ConfigMaps: of what these
 * say beyond statuses, only that counts which the operator may have written there. Belongs to one thread, but for {@link #of}.
 */
public final class FoundClaims {
    private static final Logger LOG = LoggerFactory.getLogger(FoundClaims.class);

    private final PoolView pools;
    private final Set<String> nodes;
    private final Snapshot ledger;
    private final Map<ClaimKey, FoundClaim> claims = new LinkedHashMap<>();
    private final List<PodsAtTakeOver.FoundPod> pods = new ArrayList<>();
    private final Map<String, Assignment> strays = new HashMap<>();
    /** Each ConfigMap, with the name of its claim. */
    private final Map<ClaimKey, ClaimKey> maps = new HashMap<>();

    /** Claims whose status and ConfigMap say that there is nothing to do. */
    private final Set<ClaimKey> standing = new HashSet<>();

    private final Set<Long> mapIds = new HashSet<>();
    private final List<Recovery.Orphan> orphans = new ArrayList<>();
    private final List<Unclaimed> unclaimed = new ArrayList<>();
    private final List<ClaimKey> unread = new ArrayList<>();
    private final Map<Protocol, Set<Integer>> released = new HashMap<>();
    private final MapBelief belief;
    private final Function<PresentMap, Optional<UnclaimedPorts>> ports;

    /**
     * A ConfigMap that belongs to no claim there is.
     *
     * @param map its name
     * @param identity whose it says it is
     * @param ports what of it could be kept for a claim to come
     */
    record Unclaimed(ClaimKey map, ConfigMapIdentity identity, Optional<UnclaimedPorts> ports) {}

    /** Judges by these pools and nodes, and by what the ledger says that was held. */
    public FoundClaims(PoolView pools, Set<String> nodes, Snapshot ledger) {
        this(pools, nodes, ledger, map -> Optional.empty());
    }

    /** The same, with what could be kept for claims to come of {@code ports}. */
    FoundClaims(
            PoolView pools, Set<String> nodes, Snapshot ledger, Function<PresentMap, Optional<UnclaimedPorts>> ports) {
        this.ports = ports;
        this.pools = pools;
        this.nodes = nodes;
        this.ledger = ledger;
        this.belief = new MapBelief(pools, nodes::contains);
    }

    /** What is kept of a claim. May be called by any thread. */
    public FoundClaim of(Claim claim) {
        // A claim of the default pool whose status is lost is still one of that pool.
        return FoundClaim.of(claim, pools.nameOrDefault(claim.poolName()), belief);
    }

    /** Adds a claim; all of them come before the first ConfigMap. */
    public void add(FoundClaim claim) {
        claims.put(claim.allocation().key(), claim);
    }

    /**
     * Adds a pod that waits for ports of its own or carries some. Where tenants can write what it carries, that counts only as far
     * as the ledger says that it was held: there were pods with ports before scope Pod was disabled.
     */
    public void add(PodsAtTakeOver.FoundPod pod) {
        if (pod.isGuarded() || wasHeld(pod.allocation())) {
            pods.add(pod);
        }
    }

    private boolean wasHeld(ClaimAllocation pod) {
        return pod.published()
                .firstSlot(slot -> !wasHeld(slot.protocol(), slot.port()))
                .isEmpty();
    }

    /** Adds one of the operator's ConfigMaps; where what it says matters and its data is not there, it is then {@link #unread}. */
    public void add(FoundMap map) {
        ClaimKey name = map.name();
        ConfigMapIdentity identity = map.identity();
        mapIds.add(ConfigMapId.of(name.namespace(), name.name()));
        maps.put(name, identity == null ? name : new ClaimKey(name.namespace(), identity.claimName()));
        if (identity == null) {
            return;
        }
        Optional<FoundClaim> owner = Optional.ofNullable(claims.get(maps.get(name)))
                .filter(claim -> claim.allocation().configMapName().equals(name.name()));
        if (owner.filter(claim -> claim.isPerPod() || claim.digest().equals(map.digest()))
                .isPresent()) {
            owner.filter(FoundClaim::isDone).ifPresent(claim -> standing.add(maps.get(name)));
            return;
        }
        PresentMap whole = map.whole();
        if (whole == null) {
            unread.add(name);
            return;
        }
        owner.ifPresentOrElse(
                claim -> addStrays(claim, whole, identity.claimUid().equals(claim.uid())),
                () -> addOrphan(identity, name, whole));
    }

    /** The ConfigMaps that are to be added again with their data. */
    public List<ClaimKey> unread() {
        return List.copyOf(unread);
    }

    /** What the claim's ConfigMap says and its status does not: pods may have read either. */
    private void addStrays(FoundClaim claim, PresentMap map, boolean isOwn) {
        if (claim.conflict() != null) {
            return;
        }
        Assignment said = ConfigMapData.parse(
                        claim.spec().scope(),
                        claim.spec().nodeName(),
                        map.data(),
                        // Of an earlier claim of the name, as a backup brings it, the ledger may know nothing.
                        belief.of(
                                claim.spec(),
                                claim.reported(),
                                claim.allocation().pool(),
                                isOwn && !ledger.isEmpty() ? this::wasHeld : BelievedPorts.Held.ANY))
                .orElse(Assignment.NONE);
        if (said.isEmpty() || said.equals(claim.reported())) {
            return;
        }
        LOG.warn(
                "{}: ConfigMap {} says {} and the claim's status {}; the status counts, the others are blocked",
                claim,
                claim.allocation().configMapName(),
                said.byPlace(),
                claim.reported().byPlace());
        strays.put(claim.uid(), said);
    }

    private boolean wasHeld(Protocol protocol, int port) {
        return ledger.held().counts().isHeld(protocol, port)
                || released(protocol).contains(port);
    }

    private Set<Integer> released(Protocol protocol) {
        return released.computeIfAbsent(protocol, wanted -> {
            Set<Integer> numbers = new HashSet<>();
            List<Assignment> all = new ArrayList<>();
            ledger.releases().forEach(release -> all.add(Assignment.at(release.place(), List.of(release.grant()))));
            ledger.pending().forEach(entry -> all.addAll(List.of(entry.published(), entry.current())));
            all.forEach(assignment -> assignment.forEachSlot(slot -> {
                if (slot.protocol() == wanted) {
                    numbers.add(slot.port());
                }
            }));
            return numbers;
        });
    }

    private void addOrphan(ConfigMapIdentity identity, ClaimKey name, PresentMap map) {
        SortedMap<String, List<PortGrant>> said = new TreeMap<>();
        HeldOnly believed = new HeldOnly();
        ConfigMapData.parse(Scope.NODE, null, map.data(), believed)
                .ifPresent(ofNodes -> said.putAll(ofNodes.byPlace()));
        ConfigMapData.parse(Scope.CLUSTER, null, map.data(), believed)
                .map(anywhere -> anywhere.at(Place.EVERYWHERE))
                // Of Cluster scope, or of one node: which node, the data does not say.
                .ifPresent(grants -> said.put(Place.SOMEWHERE, grants));
        if (!UnclaimedMaps.isOwned(map)) {
            unclaimed.add(new Unclaimed(name, identity, ports.apply(map)));
        }
        orphans.add(new Recovery.Orphan(
                identity.claimUid(),
                new ClaimKey(name.namespace(), identity.claimName()),
                name.name(),
                new Assignment(said)));
    }

    /** Of a ConfigMap without a claim nobody knows what it may say but numbers that somebody held, and no more than a claim can have. */
    private final class HeldOnly implements Believed {
        private int numbersLeft = BelievedPorts.MOST_NUMBERS;

        @Override
        public boolean name(String name) {
            return true;
        }

        @Override
        public boolean place(String place) {
            return numbersLeft > 0 && (Place.isEverywhere(place) || nodes.contains(place));
        }

        @Override
        public boolean grant(String place, PortGrant grant) {
            numbersLeft -= grant.count() * grant.protocols().size();
            if (numbersLeft < 0) {
                return false;
            }
            return Assignment.at(place, List.of(grant))
                    .firstSlot(slot -> !wasHeld(slot.protocol(), slot.port()))
                    .isEmpty();
        }
    }

    /** Each ConfigMap that belongs to no claim there is. */
    List<Unclaimed> unclaimed() {
        return List.copyOf(unclaimed);
    }

    /** The {@link ConfigMapId} of each ConfigMap. */
    public Set<Long> mapIds() {
        return Set.copyOf(mapIds);
    }

    /** Each ConfigMap, with the name of the claim that it says it belongs to; its own name where it does not say. */
    public Map<ClaimKey, ClaimKey> maps() {
        return Map.copyOf(maps);
    }

    /** How many claims there are. */
    public int size() {
        return claims.size();
    }

    /** The claims that have all that they ask for, as their statuses say, and whose ConfigMaps say the same. */
    public Set<ClaimKey> standing() {
        return Set.copyOf(standing);
    }

    /** Why other claims keep the ports of claims, by UID, as their statuses say. */
    public Map<String, String> conflicts() {
        Map<String, String> conflicts = new HashMap<>();
        claims.values().forEach(claim -> {
            if (claim.conflict() != null) {
                conflicts.put(claim.uid(), claim.conflict());
            }
        });
        return conflicts;
    }

    /** Each in its claim's pool; where the claim is gone, in none that is known. */
    private List<ClaimAllocation> foundPods() {
        return pods.stream()
                .map(pod -> pod.allocation()
                        .inPool(Optional.ofNullable(claims.get(pod.claim()))
                                .map(claim -> claim.allocation().pool())
                                .orElse("")))
                .toList();
    }

    /** All that was found, as of {@code at}, by the API server's clock. */
    public Recovery.Found result(Instant at) {
        List<Recovery.Known> known = claims.values().stream()
                .map(claim -> new Recovery.Known(
                        claim.allocation(), strays.getOrDefault(claim.uid(), Assignment.NONE), claim.wishes()))
                .toList();
        return new Recovery.Found(known, foundPods(), mapIds(), orphans, nodes, pools.names(), at);
    }
}
