package io.portclaim.operator.simulation;

import io.portclaim.api.v1alpha1.PortLedgerSpec;
import io.portclaim.operator.allocation.ClaimAllocation;
import io.portclaim.operator.allocation.Snapshot;
import io.portclaim.operator.codec.LedgerCodec;
import io.portclaim.operator.protocol.LedgerApi.Stored;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The ledger in the simulated API server. */
final class StoredLedger {
    private final List<PortLedgerSpec> former = new ArrayList<>();
    private @Nullable PortLedgerSpec spec;
    private long version;
    private boolean isLost;
    /** Who has written it first since it was lost or set back; null once it knows all again. */
    private @Nullable String firstWriter;

    Optional<Stored> read() {
        return Optional.ofNullable(spec).map(present -> new Stored(Long.toString(version), present));
    }

    /** Whether it is what a writer expects. */
    boolean isAt(String expectedVersion, String expectedCommit) {
        return spec != null && expectedVersion.equals(Long.toString(version)) && expectedCommit.equals(spec.commitId());
    }

    void store(String who, PortLedgerSpec next, long revision) {
        if (spec != null) {
            former.add(spec);
        }
        if (firstWriter != null) {
            // Who writes it a second time has listed everything in between.
            firstWriter = who.equals(firstWriter) ? null : who;
        }
        spec = next;
        version = revision;
    }

    /** It is deleted. */
    void lose() {
        spec = null;
        isLost = true;
        firstWriter = "";
    }

    /** An earlier one comes back; returns before how many writes it was there, 0 where there was none. */
    int setBack(Random random, long revision) {
        if (former.isEmpty()) {
            return 0;
        }
        int which = random.nextInt(former.size());
        spec = former.get(which);
        version = revision;
        isLost = false;
        firstWriter = "";
        return former.size() - which;
    }

    /** It is the one that {@link #read} has returned. */
    void setBack(Optional<Stored> earlier) {
        spec = earlier.map(Stored::spec).orElse(null);
        version =
                earlier.map(stored -> Long.parseLong(stored.resourceVersion())).orElse(0L);
    }

    /** The names of the ports that it says are still to be withdrawn, by their claims' UIDs. */
    Map<String, Set<String>> withdrawn() {
        Map<String, Set<String>> names = new HashMap<>();
        for (ClaimAllocation entry : content().pending()) {
            entry.released()
                    .byPlace()
                    .values()
                    .forEach(
                            grants -> grants.forEach(grant -> names.computeIfAbsent(entry.uid(), uid -> new HashSet<>())
                                    .add(grant.name())));
        }
        return names;
    }

    private Snapshot content() {
        try {
            return spec == null ? Snapshot.EMPTY : LedgerCodec.decode(spec.data());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether releases are missing in it, since it was lost or set back. */
    boolean lacksReleases() {
        return firstWriter != null;
    }

    /** Whether it was lost, and not set back. */
    boolean isLost() {
        return isLost;
    }
}
