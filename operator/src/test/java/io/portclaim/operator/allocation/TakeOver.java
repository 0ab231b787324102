package io.portclaim.operator.allocation;

import static io.portclaim.operator.allocation.IndexFixture.key;
import static io.portclaim.operator.allocation.IndexFixture.port;

import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.testing.SetClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a test of a new leader says of statuses and ledger, and what it asks afterwards. */
abstract class TakeOver {
    static final Duration COOLDOWN = Duration.ofSeconds(200);

    final IndexFixture fixture = new IndexFixture();
    final List<Recovery.Known> claims = new ArrayList<>();
    final List<ClaimAllocation> entries = new ArrayList<>();
    final List<Release> releases = new ArrayList<>();
    final List<ClaimAllocation> pods = new ArrayList<>();
    final List<Recovery.Orphan> orphans = new ArrayList<>();
    final Set<Long> maps = new HashSet<>();
    private final HeldCounts.Builder counts = new HeldCounts.Builder();
    private final HeldSketch sketch = new HeldSketch();

    ClaimAllocation claim(String uid, int age, String published, @Nullable String pending) {
        return claim(uid, age, 1, published, pending);
    }

    ClaimAllocation claim(String uid, int age, long version, String published, @Nullable String pending) {
        return new ClaimAllocation(
                uid,
                key("a/" + uid),
                SetClock.START.minusSeconds(age),
                "default",
                uid + "-ports",
                version,
                published.isEmpty() ? Assignment.NONE : IndexFixture.assignment(published),
                pending == null ? null : pending.isEmpty() ? Assignment.NONE : IndexFixture.assignment(pending));
    }

    void status(String uid, int age, String published) {
        claims.add(new Recovery.Known(claim(uid, age, published, null), Assignment.NONE));
    }

    void released(String name, String place, PortGrant grant, @Nullable Instant until) {
        releases.add(new Release(
                key("a/" + name),
                ConfigMapId.of("a", name + "-ports"),
                "default",
                place,
                grant,
                COOLDOWN,
                fixture.clock.instant(),
                until));
    }

    /** A claim that held this when the ledger was last written. */
    void heldBefore(String uid, String assignment) {
        heldBefore(uid, "a", uid + "-ports", "default", assignment);
    }

    void heldBefore(String uid, String namespace, String map, String pool, String assignment) {
        Assignment held = IndexFixture.assignment(assignment);
        counts.add(held);
        HeldBlock.forEachBlock(uid, pool, ConfigMapId.of(namespace, map), held, sketch::add);
    }

    /** The same where too much is missing for the sketch to say what. */
    void heldBeforeUnknown(String assignment) {
        counts.add(IndexFixture.assignment(assignment));
        for (int port = 1; port <= 300; port++) {
            sketch.add(new HeldBlock(1, 2, 3, TransportProtocol.TCP, port, 1));
        }
    }

    Snapshot ledger() {
        return new Snapshot(
                fixture.clock.instant(), entries, Map.of("default", 104), releases, new Held(counts.build(), sketch));
    }

    Recovery.Result recover() {
        return recover(ledger());
    }

    Recovery.Result recover(Snapshot ledger) {
        Recovery.Found found = new Recovery.Found(
                claims, pods, maps, orphans, Set.of("n1", "n2", "n3"), Set.of("default"), fixture.clock.instant());
        return new Recovery(fixture.index, (pool, grant) -> COOLDOWN, fixture.clock.instant(), found).load(ledger);
    }

    String has(String uid) {
        return fixture.index
                .allocation(uid)
                .map(allocation -> IndexFixture.words(allocation.published())
                        + (allocation.pending() == null ? "" : " then " + IndexFixture.words(allocation.pending())))
                .orElse("");
    }

    /** Why another claim does not get the port. */
    String whyNot(String place, TransportProtocol transport, int port) {
        Request probe = fixture.request("probe", "b/probe", List.of(new RequestedPort("p", transport, port, 1)), place);
        if (fixture.index.decide(probe) instanceof Decision.Refused refused) {
            return refused.refusal().message();
        }
        fixture.release("probe");
        return "free";
    }

    String whyNot(String place, int port) {
        return whyNot(place, TransportProtocol.TCP, port);
    }
}
