package io.portclaim.operator.protocol;

import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.ConfigMapId;
import io.portclaim.operator.allocation.PoolRules;
import io.portclaim.operator.allocation.PortIndex;
import io.portclaim.operator.publish.ConfigMapIdentity;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * ConfigMaps without an owner whose claim does not exist and was never served here: backup tools bring ConfigMaps back before claims. What they say is
 * kept for claims of their names for a while, within what such claims could get. Those of which no claim comes are left alone and
 * reported. Thread-safe.
 */
public final class UnclaimedMaps {
    private static final Logger LOG = LoggerFactory.getLogger(UnclaimedMaps.class);

    private final ClaimApi claims;
    private final ConfigMapApi maps;
    private final PortIndex portIndex;
    private final Admitter admitter;
    private final NodeView nodes;
    private final ClaimTracker tracker;
    private final ServingGate gate;
    private final KeyLocks turns;
    private final BiConsumer<ClaimKey, Runnable> background;
    private final Duration grace;
    private final Time time;
    /** By the name of the ConfigMap. */
    private final Map<ClaimKey, Unclaimed> all = new ConcurrentHashMap<>();

    /**
     * One of them.
     *
     * @param claim the name of its claim
     * @param pool the pool that what it says is from; empty where nothing is kept
     * @param numbers how many numbers are kept
     * @param until until when, in {@link Time#nanos}
     * @param isReported whether it was said that no claim has come
     */
    private record Unclaimed(ClaimKey claim, String pool, int numbers, long until, boolean isReported) {
        Unclaimed reported() {
            return new Unclaimed(claim, pool, numbers, until, true);
        }
    }

    /**
     * Keeps for {@code grace} what they say.
     *
     * @param background runs what concerns the claim of a name, some time soon and until there is an answer
     */
    UnclaimedMaps(
            ClaimApi claims,
            ConfigMapApi maps,
            PortIndex portIndex,
            Admitter admitter,
            NodeView nodes,
            ClaimTracker tracker,
            ServingGate gate,
            KeyLocks turns,
            BiConsumer<ClaimKey, Runnable> background,
            Duration grace,
            Time time) {
        this.claims = claims;
        this.maps = maps;
        this.portIndex = portIndex;
        this.admitter = admitter;
        this.nodes = nodes;
        this.tracker = tracker;
        this.gate = gate;
        this.turns = turns;
        this.background = background;
        this.grace = grace;
        this.time = time;
    }

    /** A ConfigMap of the operator's came or changed. */
    void seen(PresentMap map, ConfigMapIdentity identity) {
        ClaimKey name = map.name();
        if (isOwned(map)) {
            // Its claim has come and adopted it, or a tenant has written an owner.
            gone(name);
        } else if (gate.isLoading() && isUnknown(identity)) {
            ClaimKey claim = new ClaimKey(name.namespace(), identity.claimName());
            background.accept(claim, () -> turns.inTurn(claim, () -> look(name, claim)));
        }
    }

    /** One that still has a claim as its owner is deleted with it: only a backup tool drops owners. */
    static boolean isOwned(PresentMap map) {
        return map.owners().stream().anyMatch(owner -> owner.kind().equals("PortClaim"));
    }

    private boolean isUnknown(ConfigMapIdentity identity) {
        return tracker.get(identity.claimUid()).isEmpty()
                && portIndex.allocation(identity.claimUid()).isEmpty();
    }

    /** A claim of the name that exists by now finds by itself what the ConfigMap says. */
    private boolean look(ClaimKey name, ClaimKey claim) {
        PresentMap map = maps.read(name).map();
        boolean isOfClaim = map != null
                && !isOwned(map)
                && map.identity()
                        .filter(this::isUnknown)
                        .filter(identity -> identity.claimName().equals(claim.name()))
                        .isPresent();
        if (map != null && isOfClaim && claims.named(claim).isEmpty()) {
            map.identity().ifPresent(identity -> keep(name, identity, ports(map)));
        }
        return true;
    }

    /** What of a ConfigMap without a claim could be kept; its data must be there. */
    Optional<UnclaimedPorts> ports(PresentMap map) {
        return UnclaimedPorts.of(map.data(), admitter.poolsOf(map.name().namespace()), nodes::exists);
    }

    /** Keeps {@code ports} for a claim of the name, as far as they are free. A copy, whose claim has another name, says nothing. */
    synchronized void keep(ClaimKey map, ConfigMapIdentity identity, Optional<UnclaimedPorts> ports) {
        if (!isUnknown(identity)) {
            return;
        }
        ClaimKey claim = new ClaimKey(map.namespace(), identity.claimName());
        gone(map);
        Optional<UnclaimedPorts> kept =
                ports.filter(wanted -> !grace.isZero()).filter(wanted -> isWithinLimits(claim.namespace(), wanted));
        kept.ifPresent(wanted -> portIndex.keepFor(claim, map.name(), wanted.said(), grace));
        LOG.info(
                "ConfigMap {}: PortClaim {} does not exist; {} numbers are kept for it for {} s",
                map,
                claim,
                kept.map(UnclaimedPorts::numbers).orElse(0),
                grace.toSeconds());
        all.put(
                map,
                new Unclaimed(
                        claim,
                        kept.map(wanted -> wanted.pool().name()).orElse(""),
                        kept.map(UnclaimedPorts::numbers).orElse(0),
                        time.nanos() + grace.toNanos(),
                        false));
    }

    private boolean isWithinLimits(String namespace, UnclaimedPorts wanted) {
        PoolRules pool = wanted.pool();
        int limit = pool.spec().portsPerNamespace();
        // A tenant who may write ConfigMaps, but no claims, leaves the others the other half.
        return kept(pool, claim -> true) + wanted.numbers() <= pool.base().size() / 2
                && (limit == 0
                        || portIndex.numbersOf(pool.name(), namespace)
                                        + kept(pool, claim -> claim.namespace().equals(namespace))
                                        + wanted.numbers()
                                <= limit);
    }

    private int kept(PoolRules pool, Predicate<ClaimKey> ofClaim) {
        return all.values().stream()
                .filter(map -> map.pool.equals(pool.name()) && !isOver(map) && ofClaim.test(map.claim))
                .mapToInt(Unclaimed::numbers)
                .sum();
    }

    private boolean isOver(Unclaimed map) {
        return time.nanos() - map.until >= 0;
    }

    /** A watch has the ConfigMap no more, or it says something else: else a tenant could have more kept than is counted. */
    synchronized void gone(ClaimKey map) {
        if (all.remove(map) != null) {
            portIndex.keepNoMore(ConfigMapId.of(map.namespace(), map.name()));
        }
    }

    /** Reports those whose claim has not come. */
    void sweep(Predicate<ClaimKey> isCached) {
        all.values().removeIf(map -> isOver(map) && isCached.test(map.claim));
        all.forEach((name, map) -> {
            if (isOver(map) && !map.isReported) {
                all.replace(name, map, map.reported());
                LOG.warn(
                        "ConfigMap {}: PortClaim {} still does not exist, and its ports are not kept any more; create the claim, or delete the ConfigMap",
                        name,
                        map.claim);
            }
        });
    }

    /** How many there are for which nothing is kept any more. */
    public long left() {
        return all.values().stream().filter(this::isOver).count();
    }
}
