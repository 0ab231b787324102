package io.portclaim.operator.codec;

import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.ClaimAllocation;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.ConfigMapId;
import io.portclaim.operator.allocation.Held;
import io.portclaim.operator.allocation.HeldBlock;
import io.portclaim.operator.allocation.HeldCounts;
import io.portclaim.operator.allocation.HeldSketch;
import io.portclaim.operator.allocation.Place;
import io.portclaim.operator.allocation.PortGrant;
import io.portclaim.operator.allocation.Release;
import io.portclaim.operator.allocation.Snapshot;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;

/** Snapshots of all shapes. */
final class ArbitrarySnapshots {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private final Random random;

    ArbitrarySnapshots(int seed) {
        random = new Random(seed);
    }

    Snapshot next() {
        List<ClaimAllocation> pending = new ArrayList<>();
        for (int i = random.nextInt(6); i > 0; i--) {
            pending.add(allocation(i));
        }
        List<Release> releases = new ArrayList<>();
        for (int i = random.nextInt(8); i > 0; i--) {
            releases.add(release(i));
        }
        Map<String, Integer> cursors = new TreeMap<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            cursors.put("pool-" + i, random.nextInt(65536));
        }
        HeldCounts.Builder counts = new HeldCounts.Builder();
        HeldSketch sketch = new HeldSketch();
        for (int i = random.nextInt(200); i > 0; i--) {
            Assignment held = assignment();
            counts.add(held);
            HeldBlock.forEachBlock("holder-" + i, "pool", random.nextLong(), held, sketch::add);
        }
        return new Snapshot(NOW, pending, cursors, releases, new Held(counts.build(), sketch));
    }

    private ClaimAllocation allocation(int i) {
        return new ClaimAllocation(
                "uid-" + i,
                new ClaimKey("team-" + random.nextInt(2), "claim-" + i),
                NOW.plusMillis(random.nextInt(100_000)),
                "pool-" + random.nextInt(2),
                "map-" + i,
                random.nextLong(1L << 62),
                random.nextBoolean() ? Assignment.NONE : assignment(),
                assignment());
    }

    private Assignment assignment() {
        if (random.nextInt(4) == 0) {
            return Assignment.at(Place.EVERYWHERE, List.of(grant()));
        }
        SortedMap<String, List<PortGrant>> byPlace = new TreeMap<>();
        List<PortGrant> common = List.of(grant(), grant());
        for (int node = random.nextInt(5); node > 0; node--) {
            byPlace.put("node-" + node, random.nextBoolean() ? common : List.of(grant()));
        }
        return new Assignment(byPlace);
    }

    private PortGrant grant() {
        int count = 1 + random.nextInt(9);
        return new PortGrant(
                "port-" + random.nextInt(5),
                TransportProtocol.values()[random.nextInt(4)],
                1 + random.nextInt(65535 - count),
                count);
    }

    private Release release(int i) {
        return new Release(
                random.nextBoolean() ? null : new ClaimKey("team", "gone-" + i),
                random.nextBoolean() ? ConfigMapId.UNKNOWN : random.nextLong(),
                random.nextBoolean() ? "" : "pool",
                List.of(Place.EVERYWHERE, Place.SOMEWHERE, "node-" + i).get(random.nextInt(3)),
                grant(),
                Duration.ofSeconds(random.nextInt(1000)),
                random.nextBoolean() ? null : NOW.minusMillis(random.nextInt(100_000)),
                random.nextBoolean() ? null : NOW.plusMillis(random.nextInt(100_000)));
    }
}
