package io.portclaim.operator.allocation;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.testing.SetClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** An API server in plain collections, and an operator that follows the ledger's protocol on it, step by step. */
final class SimulatedCluster {
    private static final int MOST_CLAIMS = 14;
    static final PortIndex.Cooldowns COOLDOWNS = (pool, grant) -> grant.protocols().stream()
            .map(SimulatedPool::cooldown)
            .max(Duration::compareTo)
            .orElseThrow();

    final SetClock clock = new SetClock();
    final List<SimulatedClaim> claims = new ArrayList<>();
    final SimulatedSurroundings around;
    final CoolingModel cooling = new CoolingModel();
    PortIndex index;

    private final List<SimulatedClaim> deleted = new ArrayList<>();
    private final Map<String, Assignment> committed = new HashMap<>();
    /** Status writes of the leader before that may still arrive, by UID. */
    private final Map<String, Assignment> late = new HashMap<>();

    private final SlotChecker checker = new SlotChecker(this);
    private final CountChecker counts = new CountChecker();
    private Snapshot ledger = Snapshot.EMPTY;

    /** Says what happens in {@code log}, if there is one. */
    SimulatedCluster(@Nullable List<String> log) {
        this.around = new SimulatedSurroundings(log);
        this.index = around.newIndex(clock);
    }

    void run(List<HistoryStep> steps) {
        for (HistoryStep step : steps) {
            apply(step);
            checker.oneHolderEach();
            checker.publishedIsHeld();
            if (step.b() % 12 == 0) {
                around.pools.values().forEach(pool -> counts.check(index, pool.rules(), around.facts()));
            }
        }
    }

    private void apply(HistoryStep step) {
        switch (step.kind()) {
            case CREATE -> create(step);
            case RECONCILE -> pick(claims, step.a()).ifPresent(claim -> reconcile(claim, step.b()));
            case COMMIT -> commit();
            case EDIT -> pick(claims, step.a()).ifPresent(claim -> edit(claim, step.b(), step.c()));
            case WITHDRAW -> pick(claims, step.a()).ifPresent(claim -> withdraw(claim, step.b()));
            case DELETE -> pick(claims, step.a()).ifPresent(this::delete);
            case CONFIRM_GONE -> pick(deleted, step.a()).ifPresent(this::confirmGone);
            case EDIT_POOL -> around.editPool(step);
            case CHANGE_NODE -> around.changeNode(step);
            case CHANGE_POD -> around.changePod(step, clock.instant());
            case CHANGE_LISTENER -> around.changeListener(step, heldSlots());
            case LET_TIME_PASS -> letTimePass(1 + step.a() % 90);
            case NEW_LEADER -> newLeader(step);
            case LATE_WRITE -> pick(claims, step.a()).ifPresent(this::lateWrite);
        }
    }

    private List<Slot> heldSlots() {
        return claims.stream()
                .flatMap(claim -> claim.status.slots().stream())
                .sorted(Comparator.comparing(Slot::toString))
                .toList();
    }

    /** Half of the time one of the newest, so that one claim often goes its whole way. */
    private static <T> Optional<T> pick(List<T> from, int number) {
        if (from.isEmpty()) {
            return Optional.empty();
        }
        int among = number % 2 == 0 ? from.size() : Math.min(2, from.size());
        return Optional.of(from.get(from.size() - 1 - number / 2 % among));
    }

    private void create(HistoryStep step) {
        ClaimKey key = new ClaimKey("ns" + step.a() % 2, "web" + step.a() / 2 % 7);
        if (claims.size() == MOST_CLAIMS || claims.stream().anyMatch(claim -> claim.key.equals(key))) {
            return;
        }
        String where = switch (step.b() % 4) {
            case 0 -> "*";
            case 1 -> "";
            default -> SimulatedSurroundings.NODES.get(step.b() / 4 % SimulatedSurroundings.NODES.size());
        };
        List<RequestedPort> requestedPorts = new ArrayList<>();
        for (int i = 0; i <= step.c() % 3; i++) {
            requestedPorts.add(around.requested(step.b() / 8 + 31 * i, step.c() / 4 + 17 * i));
        }
        SimulatedClaim claim = new SimulatedClaim(
                "u" + around.next(), key, clock.instant(), "p" + step.b() / 7 % 2, where, requestedPorts);
        claims.add(claim);
        around.say("create %s", claim);
    }

    private void edit(SimulatedClaim claim, int how, int which) {
        claim.edit(how, which, around);
        around.say("edit %s", claim);
    }

    private void reconcile(SimulatedClaim claim, int impatience) {
        ClaimAllocation allocation = index.allocation(claim.uid).orElse(null);
        Assignment pending = allocation == null ? null : allocation.pending();
        if (pending == null) {
            decide(claim, allocation, impatience % 5 == 0);
        } else if (!pending.equals(committed.get(claim.uid))) {
            if (impatience % 2 == 0) {
                commit();
            }
        } else if (!pending.equals(claim.status)) {
            around.say("write the status of %s: %s", claim, pending);
            publish(claim, pending);
            late.remove(claim.uid);
        } else {
            around.say("settle %s", claim);
            index.settle(claim.uid, COOLDOWNS, clock.instant());
        }
    }

    private void decide(SimulatedClaim claim, @Nullable ClaimAllocation allocation, boolean givingUpAbsentNodes) {
        Request request = claim.request(around.pools.get(claim.pool).rules(), around.facts());
        Assignment held = allocation == null ? Assignment.NONE : allocation.published();
        Set<String> abandoned = new HashSet<>(givingUpAbsentNodes ? held.places() : Set.of());
        abandoned.removeAll(around.nodes.keySet());
        abandoned.remove("*");
        Set<Slot> returning = checker.returningTo(claim);
        Decision decision = index.decide(request, abandoned);
        around.say("decide %s, giving up %s: %s", claim, abandoned, decision);
        if (decision instanceof Decision.Granted granted) {
            checker.granted(
                    claim,
                    held.without(abandoned),
                    granted,
                    request.targets().stream().map(Request.Target::place).collect(Collectors.toSet()),
                    returning);
        } else if (decision instanceof Decision.Refused refused) {
            assertThat(index.allocation(claim.uid).orElse(null)).isEqualTo(allocation);
            checker.refused(claim, held, refused.refusal());
        }
    }

    private void commit() {
        ledger = index.snapshot();
        committed.clear();
        ledger.pending().forEach(entry -> committed.put(entry.uid(), entry.current()));
        around.say("commit %s", committed.keySet());
    }

    private void withdraw(SimulatedClaim claim, int which) {
        ClaimAllocation allocation = index.allocation(claim.uid).orElse(null);
        if (allocation == null || allocation.pending() != null) {
            return;
        }
        List<String> places = List.copyOf(allocation.published().places());
        String place = places.get(which % places.size());
        around.say("withdraw %s at %s", claim, place);
        index.withdraw(claim.uid, claim.version, allocation.published().without(Set.of(place)));
    }

    private void delete(SimulatedClaim claim) {
        around.say("delete %s", claim);
        claims.remove(claim);
        // What was committed may have been published by its ConfigMap alone.
        Stream.of(claim.status, committed.get(claim.uid), late.get(claim.uid))
                .flatMap(Stream::ofNullable)
                .forEach(assignment ->
                        assignment.forEachSlot(slot -> cooling.unpublished(slot, claim, clock.instant())));
        deleted.add(claim);
    }

    private void confirmGone(SimulatedClaim claim) {
        around.say("release %s", claim);
        deleted.remove(claim);
        index.release(claim.uid, COOLDOWNS, clock.instant());
    }

    private void letTimePass(int seconds) {
        clock.goOn(Duration.ofSeconds(seconds));
        around.say("%d s later", seconds);
        cooling.letTimePass(clock.instant(), around.pods, around.listening);
        long changes = index.releaseChanges();
        index.advance(SimulatedPod.use(around.pods));
        if (index.releaseChanges() != changes) {
            // As the operator's tick does.
            commit();
        }
    }

    private void newLeader(HistoryStep step) {
        around.say("a new leader");
        if (step.a() % 2 == 0 && deleted.isEmpty()) {
            commit();
            Alike.check(this, index, recovered(), step.b());
        }
        index = recovered();
        claims.forEach(claim -> assertThat(index.conflict(claim.uid)).isEmpty());
        late.clear();
        ledger.pending().forEach(entry -> late.put(entry.uid(), entry.current()));
        claims.forEach(claim -> late.remove(claim.uid, claim.status));
        deleted.clear();
    }

    /** An index as a new leader makes it of ledger and claims. */
    private PortIndex recovered() {
        PortIndex recovered = around.newIndex(clock);
        Set<Long> maps = claims.stream()
                .map(claim -> ConfigMapId.of(claim.key.namespace(), claim.configMap()))
                .collect(Collectors.toSet());
        Recovery.Found found = new Recovery.Found(
                claims.stream().map(SimulatedClaim::known).toList(),
                List.of(),
                maps,
                List.of(),
                Set.copyOf(SimulatedSurroundings.NODES),
                around.pools.keySet(),
                clock.instant());
        Recovery.Result result = new Recovery(recovered, COOLDOWNS, clock.instant(), found).load(ledger);
        assertThat(result.superseded()).isEmpty();
        maps.forEach(map -> recovered.mapSaysOnly(map, clock.instant()));
        return recovered;
    }

    /** It carries the resourceVersion from before its commit, so it fails once the new leader has written the status. */
    private void lateWrite(SimulatedClaim claim) {
        Assignment assignment = late.remove(claim.uid);
        if (assignment != null) {
            around.say("the leader before writes the status of %s: %s", claim, assignment);
            publish(claim, assignment);
        }
    }

    private void publish(SimulatedClaim claim, Assignment next) {
        Set<Slot> dropped = claim.status.slots();
        dropped.removeAll(next.slots());
        dropped.forEach(slot -> cooling.unpublished(slot, claim, clock.instant()));
        claim.write(next);
        cooling.publishedAgain(next.slots());
    }

    /** Deletes everything, lets time pass, and gives out everything again: nothing may have leaked. */
    void endWithNothingLeaked() {
        List.copyOf(claims).forEach(this::delete);
        List.copyOf(deleted).forEach(this::confirmGone);
        around.removeOthers();
        letTimePass(1);
        letTimePass(1000);
        assertThat(index.holdings()).isEmpty();
        assertThat(index.unfinishedReleases()).isZero();
        assertThat(index.snapshot().held()).isEqualTo(Held.NOTHING);
        String where = "";
        for (SimulatedPool pool : around.pools.values()) {
            SimulatedPool open =
                    new SimulatedPool(pool.name(), pool.first(), pool.last(), pool.excluded(), 0, true, pool.band(), 0);
            for (TransportProtocol transport : List.of(TransportProtocol.TCPUDP, TransportProtocol.SCTP)) {
                giveOutAll(open, where, transport);
            }
            where = "*";
            List.copyOf(index.holdings())
                    .forEach(allocation -> index.release(allocation.uid(), COOLDOWNS, clock.instant()));
            letTimePass(1);
            letTimePass(1000);
        }
    }

    private void giveOutAll(SimulatedPool pool, String where, TransportProtocol transport) {
        SimulatedNode any = new SimulatedNode("", false, 0, 0);
        List<RequestedPort> requestedPorts = new ArrayList<>();
        for (int port = pool.first(); port <= pool.last(); port++) {
            if (pool.mayGive(port, any)) {
                requestedPorts.add(new RequestedPort("all" + port, transport, port % 2 == 0 ? port : null, 1));
            }
        }
        SimulatedClaim claim = new SimulatedClaim(
                "u" + around.next(),
                new ClaimKey("ns9", "all" + transport),
                clock.instant(),
                pool.name(),
                where,
                requestedPorts);
        List<NodeFacts> facts = SimulatedSurroundings.NODES.stream()
                .map(name -> new SimulatedNode(name, false, 0, 0).facts())
                .toList();
        assertThat(index.decide(claim.request(pool.rules(), facts)))
                .isInstanceOfSatisfying(
                        Decision.Granted.class,
                        granted -> assertThat(granted.refused()).isEmpty());
    }
}
