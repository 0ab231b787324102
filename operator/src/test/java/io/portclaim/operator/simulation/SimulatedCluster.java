package io.portclaim.operator.simulation;

import io.portclaim.api.v1alpha1.PortClaimSpec;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.api.v1alpha1.PortLedgerSpec;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.protocol.Claim;
import io.portclaim.operator.protocol.ClaimApi;
import io.portclaim.operator.protocol.ConfigMapApi;
import io.portclaim.operator.protocol.LedgerApi;
import io.portclaim.operator.protocol.PresentMap;
import io.portclaim.operator.protocol.WantedMap;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** What the API server has stored, at one revision after the other. Every call is one step that is carried out at once. */
public final class SimulatedCluster {
    private static final Instant BEGAN = Instant.parse("2026-01-01T00:00:00Z");

    private final LongSupplier nanos;
    private final Map<ClaimKey, Claim> claims = new TreeMap<>(SimulatedCluster::compare);
    private final Map<ClaimKey, StoredMap> maps = new TreeMap<>(SimulatedCluster::compare);
    private final List<SimulatedPod> pods = new ArrayList<>();
    private final Map<String, ClaimKey> keys = new HashMap<>();
    private final Map<String, String> places = new HashMap<>();
    private final List<String> history = new ArrayList<>();
    private final Invariants invariants = new Invariants();
    private final SimulatedNodes nodes = new SimulatedNodes(this::now, this::note, invariants::abandoned);
    private final StoredLedger ledger = new StoredLedger();
    private final EarlierMaps earlier = new EarlierMaps(this::now);
    private long revision = 100;
    private int created;
    private boolean refusesMaps;
    private boolean refusesDeletes;
    private Runnable alsoLook = () -> {};

    public SimulatedCluster(LongSupplier nanos) {
        this.nanos = nanos;
    }

    private static int compare(ClaimKey one, ClaimKey other) {
        return one.toString().compareTo(other.toString());
    }

    /** Grows with everything that a watch could tell of. */
    long revision() {
        return revision;
    }

    public Instant now() {
        return BEGAN.plusNanos(nanos.getAsLong());
    }

    public Collection<Claim> claims() {
        return List.copyOf(claims.values());
    }

    Collection<StoredMap> maps() {
        return List.copyOf(maps.values());
    }

    public Collection<SimulatedPod> pods() {
        return List.copyOf(pods);
    }

    public Optional<Claim> claim(ClaimKey key) {
        return Optional.ofNullable(claims.get(key));
    }

    /** What a kubelet may take for the ConfigMap of this name: what it is, or was a moment ago; oldest first. */
    List<StoredMap> mapsOfKubelets(ClaimKey key) {
        List<StoredMap> known = earlier.of(key);
        map(key).ifPresent(known::add);
        return known;
    }

    /** The name of the claim whose ConfigMap has changed last, {@code other} where none has lately: a kubelet may still have it as it was. */
    ClaimKey lastChangedMap(ClaimKey other) {
        return earlier.last()
                .map(map -> keyOf(map.identity().orElseThrow().claimUid()))
                .orElse(other);
    }

    Optional<StoredMap> map(ClaimKey key) {
        return Optional.ofNullable(maps.get(key));
    }

    /** Whether a ConfigMap says what is in no status. */
    boolean isAnyUnreported() {
        return claims.values().stream()
                .anyMatch(claim -> map(claim.configMap())
                        .filter(StoredMap::byOperator)
                        .filter(map -> !Invariants.numbers(claim)
                                .equals(Invariants.numbers(Invariants.place(claim), map.data())))
                        .isPresent());
    }

    /** The name of the claim of this UID. */
    ClaimKey keyOf(String uid) {
        return Objects.requireNonNull(keys.get(uid));
    }

    /** Where the claim of this UID wants its ports. */
    String placeOf(String uid) {
        return Objects.requireNonNull(places.get(uid));
    }

    /** Has {@code look} called too whenever something has changed. */
    public void alsoLook(Runnable look) {
        alsoLook = look;
    }

    /** What happened, oldest first. */
    public List<String> history() {
        return List.copyOf(history);
    }

    /** What happened after the first {@code count} entries. */
    List<String> historySince(int count) {
        return history.subList(count, history.size());
    }

    public @Nullable String violation() {
        return invariants.violation();
    }

    /** Checks what must hold once everything has settled, and no pod runs. */
    void checkSettled() {
        invariants.settled(this);
    }

    private void happened(String what) {
        note(what);
        invariants.look(this);
        alsoLook.run();
    }

    public void note(String what) {
        history.add("%8.2f s  %s".formatted(nanos.getAsLong() / 1e9, what));
    }

    // What users do.

    public void create(ClaimKey key, PortClaimSpec spec) {
        String uid = "u" + ++created;
        Claim claim = new Claim(uid, key, Long.toString(++revision), 1, now(), spec, null);
        keys.put(uid, key);
        places.put(uid, Invariants.place(claim));
        claims.put(key, claim);
        happened("a user creates %s as %s: %s %s".formatted(key, uid, places.get(uid), spec.ports()));
    }

    public SimulatedNodes nodes() {
        return nodes;
    }

    void edit(Claim claim, PortClaimSpec spec) {
        Claim edited = new Claim(
                claim.uid(),
                claim.key(),
                Long.toString(++revision),
                claim.generation() + 1,
                claim.created(),
                spec,
                claim.status());
        claims.put(claim.key(), edited);
        invariants.edited(claim, edited);
        happened("a user edits %s: %s".formatted(claim.key(), spec.ports()));
    }

    public void delete(Claim claim) {
        claims.remove(claim.key());
        revision++;
        happened("a user deletes %s (%s)".formatted(claim.key(), claim.uid()));
    }

    void deleteMap(StoredMap map, String who) {
        maps.remove(map.name());
        earlier.add(map);
        revision++;
        happened("%s deletes ConfigMap %s of %s"
                .formatted(who, map.name(), map.identity().orElseThrow().claimUid()));
    }

    /** A backup brings back what was deleted. */
    void restoreMap(StoredMap map) {
        maps.put(map.name(), map.at(++revision));
        happened("a backup brings ConfigMap %s of %s"
                .formatted(map.name(), map.identity().orElseThrow().claimUid()));
    }

    void editMap(StoredMap map, Map<String, String> data) {
        maps.put(map.name(), map.edited(data, ++revision));
        earlier.add(map);
        happened("a user edits ConfigMap %s: %s".formatted(map.name(), data));
    }

    SimulatedPod createPod(String node, StoredMap map) {
        SimulatedPod pod = new SimulatedPod(
                "pod-" + ++created,
                map.identity().orElseThrow().claimUid(),
                map.name(),
                node,
                map.byOperator() ? map.data() : Map.of(),
                now());
        pods.add(pod);
        happened("%s on %s reads ConfigMap %s of %s: %s"
                .formatted(pod.name(), node, map.name(), pod.uid(), new TreeMap<>(pod.environment())));
        return pod;
    }

    void endPod(SimulatedPod pod) {
        pods.remove(pod);
        happened(pod.name() + " ends");
    }

    /** The garbage collector deletes the ConfigMaps of claims that are gone. */
    public void collectGarbage() {
        for (StoredMap map : maps()) {
            String uid = map.identity().orElseThrow().claimUid();
            if (isGone(uid)) {
                deleteMap(map, "the garbage collector");
            }
        }
    }

    public boolean hasGarbage() {
        return !refusesDeletes
                && maps.values().stream()
                        .anyMatch(map -> isGone(map.identity().orElseThrow().claimUid()));
    }

    private boolean isGone(String uid) {
        return claims.values().stream().noneMatch(claim -> claim.uid().equals(uid));
    }

    /** A policy that refuses what is written to ConfigMaps comes or goes. */
    public void refuseMaps(boolean refuses, boolean deletesToo) {
        refusesMaps = refuses;
        refusesDeletes = refuses && deletesToo;
        note(refuses ? "a policy refuses ConfigMaps" : "no policy refuses ConfigMaps");
        if (refusesDeletes) {
            note("also that they are deleted");
        }
    }

    boolean refusesMaps() {
        return refusesMaps;
    }

    // What goes wrong, while no operator runs.

    /** The ledger is deleted. */
    void loseLedger() {
        ledger.lose();
        forgetReleases();
        happened("the ledger is lost");
    }

    /** An earlier ledger comes back. */
    void setLedgerBack(Random random) {
        int writes = ledger.setBack(random, ++revision);
        if (writes > 0) {
            forgetReleases();
            ledger.withdrawn().forEach(invariants::mayWithdraw);
            happened("the ledger is set back by %d writes".formatted(writes));
        }
    }

    private void forgetReleases() {
        WithoutLedger known = new WithoutLedger(claims(), nodes.names(), ledger.isLost());
        earlier.clear();
        maps.replaceAll((name, map) -> known.knows(map) ? map : map.asOfUser());
        pods.stream()
                .filter(pod -> map(pod.map())
                        .filter(map -> map.byOperator() && map.data().equals(pod.environment()))
                        .isEmpty())
                .forEach(invariants::forget);
        invariants.forgetUnless(known);
    }

    /** Somebody writes to the status of {@code claim} what {@code other} holds. */
    void forgeStatus(Claim claim, Claim other) {
        claims.put(claim.key(), claim.at(Long.toString(++revision), other.status()));
        invariants.forged();
        happened("somebody writes to the status of %s what %s holds: %s"
                .formatted(claim.key(), other.key(), Invariants.numbers(other)));
    }

    // What operators do.

    ClaimApi.Answer writeStatus(String who, Claim at, PortClaimStatus status) {
        Claim present = claims.get(at.key());
        if (present == null
                || !present.uid().equals(at.uid())
                || !present.version().equals(at.version())) {
            note("%s: status of %s (%s): moved".formatted(who, at.key(), at.uid()));
            return new ClaimApi.Answer.Moved();
        }
        nodes.noteAbandoned();
        Claim written = present.at(Long.toString(++revision), status);
        claims.put(at.key(), written);
        invariants.reported(written);
        happened("%s writes the status of %s (%s): %s %s"
                .formatted(who, at.key(), at.uid(), status.phase(), Invariants.numbers(written)));
        return new ClaimApi.Answer.Written(written.version());
    }

    ConfigMapApi.Answer create(String who, WantedMap wanted, ConfigMapApi.Mode mode) {
        if (maps.containsKey(wanted.name())) {
            return new ConfigMapApi.Answer.Conflict("it exists");
        }
        return store(who, wanted, mode);
    }

    ConfigMapApi.Answer update(String who, WantedMap wanted, PresentMap present, ConfigMapApi.Mode mode) {
        StoredMap stored = maps.get(wanted.name());
        if (stored == null) {
            return new ConfigMapApi.Answer.Absent(now(), "not found");
        }
        if (!stored.version().equals(present.version())) {
            return new ConfigMapApi.Answer.Conflict("it has changed");
        }
        return store(who, wanted, mode);
    }

    private ConfigMapApi.Answer store(String who, WantedMap wanted, ConfigMapApi.Mode mode) {
        if (mode == ConfigMapApi.Mode.DRY_RUN && !refusesMaps) {
            return new ConfigMapApi.Answer.Done(now(), StoredMap.of(wanted, revision));
        }
        if (refusesMaps) {
            note("%s: ConfigMap %s of %s: refused"
                    .formatted(who, wanted.name(), wanted.identity().claimUid()));
            return new ConfigMapApi.Answer.Refused("a policy refuses it", false);
        }
        nodes.noteAbandoned();
        StoredMap stored = StoredMap.of(wanted, ++revision);
        StoredMap before = maps.put(wanted.name(), stored);
        if (before != null) {
            earlier.add(before);
        }
        claims.values().stream()
                .filter(claim -> claim.uid().equals(wanted.identity().claimUid()))
                .forEach(claim -> invariants.written(claim, wanted.data()));
        happened("%s writes ConfigMap %s of %s: %s"
                .formatted(who, wanted.name(), wanted.identity().claimUid(), new TreeMap<>(wanted.data())));
        return new ConfigMapApi.Answer.Done(now(), stored);
    }

    ConfigMapApi.Answer delete(String who, PresentMap present) {
        StoredMap stored = maps.get(present.name());
        if (stored == null) {
            return new ConfigMapApi.Answer.Absent(now(), "not found");
        }
        if (!stored.version().equals(present.version())) {
            return new ConfigMapApi.Answer.Conflict("it has changed");
        }
        if (refusesDeletes) {
            return new ConfigMapApi.Answer.Refused("a policy refuses it", false);
        }
        deleteMap(stored, who);
        return new ConfigMapApi.Answer.Done(now(), null);
    }

    public Optional<LedgerApi.Stored> readLedger() {
        return ledger.read();
    }

    LedgerApi.Outcome createLedger(String who, PortLedgerSpec spec) {
        return ledger.read().isEmpty() ? storeLedger(who, spec) : new LedgerApi.Outcome.Refused("it exists");
    }

    LedgerApi.Outcome replaceLedger(String who, String expectedVersion, String expectedCommit, PortLedgerSpec spec) {
        return ledger.isAt(expectedVersion, expectedCommit)
                ? storeLedger(who, spec)
                : new LedgerApi.Outcome.Refused("it has changed");
    }

    private LedgerApi.Outcome storeLedger(String who, PortLedgerSpec spec) {
        if (ledger.lacksReleases()) {
            forgetReleases();
        }
        ledger.store(who, spec, ++revision);
        happened(who + " writes the ledger");
        return new LedgerApi.Outcome.Written(Long.toString(revision));
    }
}
