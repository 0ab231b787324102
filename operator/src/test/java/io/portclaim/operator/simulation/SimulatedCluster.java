package io.portclaim.operator.simulation;

import io.portclaim.api.v1alpha1.PortClaimSpec;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.api.v1alpha1.PortLedgerSpec;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.protocol.Claim;
import io.portclaim.operator.protocol.ClaimApi;
import io.portclaim.operator.protocol.LedgerApi;
import io.portclaim.operator.protocol.WantedMap;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
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

    /** How far beyond all revisions etcd goes on, where it does. */
    private static final long BUMP = 1_000_000;

    private final LongSupplier nanos;
    private final Map<ClaimKey, Claim> claims = new TreeMap<>(Comparator.comparing(ClaimKey::toString));
    private final SimulatedMaps maps = new SimulatedMaps(new SurroundingsOfMaps());
    private final List<SimulatedPod> pods = new ArrayList<>();
    private final Map<String, ClaimKey> keys = new HashMap<>();
    private final Map<String, String> places = new HashMap<>();
    private final List<String> history = new ArrayList<>();
    private final Invariants invariants = new Invariants();
    private final SimulatedNodes nodes =
            new SimulatedNodes(this::now, this::note, node -> invariants.ports().abandoned(node));
    private final StoredLedger ledger = new StoredLedger();
    private final PagedLists lists = new PagedLists();
    private long revision = 100;
    /** How often etcd was set back. */
    private int setBacks;

    private int created;
    private Runnable alsoLook = () -> {};

    public SimulatedCluster(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** Grows with everything that a watch could report, until etcd is set back. */
    long revision() {
        return revision;
    }

    /** How often etcd was set back. */
    int setBacks() {
        return setBacks;
    }

    public Instant now() {
        return BEGAN.plusNanos(nanos.getAsLong());
    }

    public Collection<Claim> claims() {
        return List.copyOf(claims.values());
    }

    public SimulatedMaps maps() {
        return maps;
    }

    Optional<StoredMap> map(ClaimKey name) {
        return maps.get(name);
    }

    PagedLists lists() {
        return lists;
    }

    public Collection<SimulatedPod> pods() {
        return List.copyOf(pods);
    }

    public Optional<Claim> claim(ClaimKey key) {
        return Optional.ofNullable(claims.get(key));
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
        invariants.ports().edited(claim, edited);
        happened("a user edits %s: %s".formatted(claim.key(), spec.ports()));
    }

    public void delete(Claim claim) {
        claims.remove(claim.key());
        revision++;
        happened("a user deletes %s (%s)".formatted(claim.key(), claim.uid()));
    }

    SimulatedPod createPod(String node, StoredMap map) {
        SimulatedPod pod = new SimulatedPod(
                "pod-" + ++created, map.uid(), map.name(), node, map.byOperator() ? map.data() : Map.of(), now());
        pods.add(pod);
        happened("%s on %s reads ConfigMap %s of %s: %s"
                .formatted(pod.name(), node, map.name(), pod.uid(), new TreeMap<>(pod.environment())));
        return pod;
    }

    void endPod(SimulatedPod pod) {
        pods.remove(pod);
        happened(pod.name() + " ends");
    }

    // What comes from a backup.

    /** A backup tool creates a claim as it was, under this name and with another UID. */
    void restoreClaim(Claim backup, ClaimKey key, boolean withStatus) {
        create(key, backup.spec());
        if (withStatus && backup.status() != null) {
            Claim restored = Objects.requireNonNull(claims.get(key)).at(Long.toString(++revision), backup.status());
            claims.put(key, restored);
            invariants.restored(restored);
            happened("a backup tool writes the status of %s: %s".formatted(key, Invariants.numbers(restored)));
        }
    }

    /** Whether a ConfigMap says only what its claim has now. */
    boolean isTrue(StoredMap map) {
        return claim(map.claim())
                .filter(claim -> claim.uid().equals(map.uid()))
                .filter(claim -> Invariants.numbers(claim)
                        .entrySet()
                        .containsAll(Invariants.numbers(Invariants.place(claim), map.data())
                                .entrySet()))
                .isPresent();
    }

    /** All that etcd has at one time, and what must hold from then on. */
    record Saved(
            long revision,
            List<Claim> claims,
            Collection<StoredMap> maps,
            List<SimulatedPod> pods,
            Optional<LedgerApi.Stored> ledger,
            Invariants.Saved invariants) {}

    /** All that etcd has now. */
    Saved save() {
        note("etcd is backed up");
        return new Saved(
                revision,
                List.copyOf(claims.values()),
                maps.all(),
                List.copyOf(pods),
                ledger.read(),
                invariants.save());
    }

    /** From now on, what operators write may contradict each other until everything has settled. */
    void becomeUncertain() {
        invariants.uncertain();
    }

    /** Etcd has again what it had. Its revisions go on from what they were then, or beyond all that there were, by {@code bumped}. */
    void setBack(Saved saved, boolean bumped) {
        note("etcd is set back from %d to %d%s".formatted(revision, saved.revision, bumped ? ", and bumped" : ""));
        revision = bumped ? revision + BUMP : saved.revision;
        setBacks++;
        claims.clear();
        saved.claims.forEach(claim -> claims.put(claim.key(), claim));
        maps.setBack(saved.maps);
        ledger.setBack(saved.ledger);
        lists.compact();
        invariants.setBack(saved.invariants);
        happened("it has claims %s, ConfigMaps %s"
                .formatted(
                        claims.keySet(),
                        saved.maps.stream().map(StoredMap::name).toList()));
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
            ledger.withdrawn().forEach(invariants.ports()::mayWithdraw);
            happened("the ledger is set back by %d writes".formatted(writes));
        }
    }

    private void forgetReleases() {
        WithoutLedger known = new WithoutLedger(claims(), nodes.names(), ledger.isLost());
        maps.forgetEarlier();
        maps.replaceAll(map -> known.knows(map) ? map : map.asOfUser());
        pods.stream()
                .filter(pod -> map(pod.map())
                        .filter(map -> map.byOperator() && map.data().equals(pod.environment()))
                        .isEmpty())
                .forEach(invariants::forget);
        invariants.ports().forgetUnless(known);
    }

    /** Somebody writes to the status of {@code claim} what {@code other} holds. */
    void forgeStatus(Claim claim, Claim other) {
        claims.put(claim.key(), claim.at(Long.toString(++revision), ForgedStatus.of(claim, other)));
        invariants.uncertain();
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

    private final class SurroundingsOfMaps implements SimulatedMaps.Surroundings {
        @Override
        public Instant now() {
            return SimulatedCluster.this.now();
        }

        @Override
        public long revision() {
            return revision;
        }

        @Override
        public long nextRevision() {
            return ++revision;
        }

        @Override
        public boolean exists(String namespace, String uid) {
            return claims.values().stream()
                    .anyMatch(claim ->
                            claim.uid().equals(uid) && claim.key().namespace().equals(namespace));
        }

        @Override
        public void beforeWrite() {
            nodes.noteAbandoned();
        }

        @Override
        public void written(WantedMap map) {
            claims.values().stream()
                    .filter(claim -> claim.uid().equals(map.identity().claimUid()))
                    .forEach(claim -> invariants.written(claim, map.data()));
        }

        @Override
        public void happened(String what) {
            SimulatedCluster.this.happened(what);
        }

        @Override
        public void note(String what) {
            SimulatedCluster.this.note(what);
        }
    }
}
