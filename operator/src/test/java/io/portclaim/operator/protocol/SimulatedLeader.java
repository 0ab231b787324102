package io.portclaim.operator.protocol;

import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.ClaimAllocation;
import io.portclaim.operator.allocation.Decision;
import io.portclaim.operator.allocation.ForeignPorts;
import io.portclaim.operator.allocation.Held;
import io.portclaim.operator.allocation.Listeners;
import io.portclaim.operator.allocation.PortIndex;
import io.portclaim.operator.allocation.Recovery;
import io.portclaim.operator.allocation.Snapshot;
import io.portclaim.operator.codec.EstimatedSize;
import io.portclaim.operator.protocol.SimulatedClaims.Seen;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One operator process with the real index and the real ledger, driven step by step as the protocol's model is. Each step
 * says whether it did anything.
 */
final class SimulatedLeader {
    private static final PortIndex.Cooldowns NO_REST = (pool, grant) -> Duration.ZERO;

    private enum Life {
        DOWN,
        LISTED,
        FENCED,
        SERVING
    }

    private final String name;
    private final LedgerApi api;
    private final SimulatedClaims claims;
    private final Clock clock;
    private final Random random;
    private final Set<Guard> guards;
    private final SimulatedShapes shapes;

    private Life life = Life.DOWN;
    private @Nullable LedgerProcess process;
    private PortIndex index;
    private Snapshot content = Snapshot.EMPTY;
    private Map<String, Seen> view = Map.of();
    /** The versions that were known before the last successful ledger write. */
    private final Map<String, Integer> passed = new HashMap<>();

    private final Set<String> uncommitted = new HashSet<>();

    SimulatedLeader(
            String name,
            LedgerApi api,
            SimulatedClaims claims,
            Clock clock,
            Random random,
            Set<Guard> guards,
            int ports) {
        this.name = name;
        this.api = api;
        this.claims = claims;
        this.clock = clock;
        this.random = random;
        this.guards = guards;
        this.shapes = new SimulatedShapes(ports);
        this.index = new PortIndex(clock, new ForeignPorts(), new Listeners(new ForeignPorts()), new EstimatedSize());
    }

    boolean takeOver() {
        if (life == Life.DOWN && !guards.contains(Guard.FENCE_THEN_LIST)) {
            view = claims.now();
            life = Life.LISTED;
            return true;
        }
        if (life != Life.DOWN && life != Life.LISTED) {
            return false;
        }
        LedgerProcess next = new LedgerProcess(api, name);
        next.fence().ifPresent(held -> {
            content = held;
            process = next;
            life = Life.FENCED;
        });
        return true;
    }

    boolean load() {
        if (life != Life.FENCED) {
            return false;
        }
        if (guards.contains(Guard.FENCE_THEN_LIST)) {
            view = claims.now();
        }
        index = new PortIndex(clock, new ForeignPorts(), new Listeners(new ForeignPorts()), new EstimatedSize());
        Snapshot known = guards.contains(Guard.REPLAY)
                ? content
                // What was held would tell of the entry's port too, and keep it from others.
                : new Snapshot(content.at(), List.of(), content.cursors(), content.releases(), Held.NOTHING);
        List<Recovery.Known> found = view.entrySet().stream()
                .map(claim -> new Recovery.Known(shapes.allocation(claim.getKey(), claim.getValue()), Assignment.NONE))
                .toList();
        Instant now = clock.instant();
        new Recovery(
                        index,
                        NO_REST,
                        now,
                        new Recovery.Found(
                                found, Set.of(), List.of(), Set.of(SimulatedShapes.NODE), Set.of("default"), now))
                .load(known);
        life = Life.SERVING;
        process().decided(index.snapshot());
        return true;
    }

    boolean refresh() {
        if (life != Life.SERVING || view.equals(claims.now())) {
            return false;
        }
        view = claims.now();
        return true;
    }

    boolean decide() {
        index.advance(release -> false);
        index.advance(release -> false);
        return pick((uid, seen) -> seen.requestedPorts()
                        && seen.status() == 0
                        && index.allocation(uid).isEmpty()
                        && index.conflict(uid).isEmpty())
                .map(uid -> index.decide(shapes.request(uid, seen(uid))) instanceof Decision.Granted
                        && uncommitted.add(uid))
                .orElse(false);
    }

    /** Decides that a claim that no longer asks holds nothing; what was committed must have been published before. */
    boolean withdraw() {
        return pick((uid, seen) -> !seen.requestedPorts() && seen.status() != 0 && seen.status() == published(uid))
                .map(uid -> {
                    index.withdraw(uid, seen(uid).version(), Assignment.NONE);
                    return uncommitted.add(uid);
                })
                .orElse(false);
    }

    /** What the claim holds where nothing is pending, else 0. */
    private int published(String uid) {
        return index.allocation(uid)
                .filter(allocation -> allocation.pending() == null)
                .map(allocation -> SimulatedShapes.port(allocation.published()))
                .orElse(0);
    }

    boolean commit() {
        boolean hasNews = view.entrySet().stream()
                .anyMatch(claim -> passed.getOrDefault(claim.getKey(), 0)
                        != claim.getValue().version());
        if (life != Life.SERVING || (uncommitted.isEmpty() && !hasNews)) {
            return false;
        }
        process().decided(index.snapshot());
        Throwable failure = process().commit();
        if (failure == null) {
            uncommitted.clear();
            view.forEach((uid, seen) -> passed.put(uid, seen.version()));
        } else if (failure instanceof LeadershipLost) {
            crash();
        } else {
            throw new IllegalStateException(failure);
        }
        return true;
    }

    private Seen seen(String uid) {
        return Objects.requireNonNull(view.get(uid));
    }

    private boolean may(String uid, Seen seen) {
        return !guards.contains(Guard.PASS) || seen.version() <= passed.getOrDefault(uid, 0);
    }

    /** Publishes what is pending. */
    boolean send() {
        return pick((uid, seen) -> may(uid, seen)
                        && (!uncommitted.contains(uid) || !guards.contains(Guard.COMMIT))
                        && index.allocation(uid)
                                .filter(allocation -> allocation.pending() != null)
                                .filter(allocation -> seen.status() == SimulatedShapes.port(allocation.published()))
                                .isPresent())
                .map(uid -> {
                    int port = SimulatedShapes.port(
                            index.allocation(uid).orElseThrow().current());
                    claims.put(uid, view.get(uid), port);
                    return true;
                })
                .orElse(false);
    }

    /** Writes over what the status says and the index does not know: a repair, or a refusal. */
    boolean repair() {
        return pick((uid, seen) -> may(uid, seen)
                        && index.allocation(uid).map(ClaimAllocation::pending).isEmpty()
                        && seen.status() != published(uid))
                .map(uid -> {
                    claims.put(uid, view.get(uid), published(uid));
                    return true;
                })
                .orElse(false);
    }

    boolean confirm() {
        return pick((uid, seen) -> index.allocation(uid)
                        .filter(allocation -> allocation.pending() != null && !uncommitted.contains(uid))
                        .filter(allocation -> seen.status() == SimulatedShapes.port(allocation.current()))
                        .isPresent())
                .map(uid -> {
                    index.settle(uid, NO_REST, clock.instant());
                    return true;
                })
                .orElse(false);
    }

    /** What the protocol forbids: to forget a commitment that nobody has seen. */
    boolean dropPending() {
        return !guards.contains(Guard.THROUGH)
                && pick((uid, seen) -> !seen.requestedPorts()
                                && seen.status() == 0
                                && index.allocation(uid)
                                        .map(ClaimAllocation::pending)
                                        .isPresent())
                        .map(uid -> {
                            index.release(uid, NO_REST, clock.instant());
                            return true;
                        })
                        .orElse(false);
    }

    boolean releaseGone() {
        if (life != Life.SERVING) {
            return false;
        }
        Set<String> gone = index.holdings().stream()
                .map(ClaimAllocation::uid)
                .filter(uid -> !claims.exists(uid))
                .collect(Collectors.toSet());
        gone.forEach(uid -> index.release(uid, NO_REST, clock.instant()));
        return !gone.isEmpty();
    }

    boolean crash() {
        if (life == Life.DOWN) {
            return false;
        }
        if (process != null) {
            process.ledger.close();
        }
        life = Life.DOWN;
        uncommitted.clear();
        passed.clear();
        view = Map.of();
        return true;
    }

    private Optional<String> pick(BiPredicate<String, Seen> which) {
        if (life != Life.SERVING) {
            return Optional.empty();
        }
        List<String> found = view.entrySet().stream()
                .filter(claim -> which.test(claim.getKey(), claim.getValue()))
                .map(Map.Entry::getKey)
                .toList();
        return found.isEmpty() ? Optional.empty() : Optional.of(found.get(random.nextInt(found.size())));
    }

    private LedgerProcess process() {
        if (process == null) {
            throw new IllegalStateException("not fenced");
        }
        return process;
    }

    @Override
    public String toString() {
        return name;
    }
}
