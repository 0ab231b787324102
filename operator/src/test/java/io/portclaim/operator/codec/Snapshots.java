package io.portclaim.operator.codec;

import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.ClaimAllocation;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.Held;
import io.portclaim.operator.allocation.PortGrant;
import io.portclaim.operator.allocation.Release;
import io.portclaim.operator.allocation.Snapshot;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** Snapshots as tests need them. */
public final class Snapshots {
    static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    /** What a ledger may weigh, in bytes, as the operator has it. */
    public static final int MOST_DATA = 500_000;

    private Snapshots() {}

    /** A claim with a decision on one node that is not published. */
    public static ClaimAllocation pending(String uid, int port) {
        return new ClaimAllocation(
                uid,
                new ClaimKey("team", "claim-" + uid),
                Instant.EPOCH,
                "default",
                "claim-" + uid + "-ports",
                1L,
                Assignment.NONE,
                Assignment.at("node-a", List.of(new PortGrant("http", TransportProtocol.TCP, port, 1))));
    }

    /** A snapshot with these decisions. */
    public static Snapshot pending(ClaimAllocation... holdings) {
        return pending(List.of(holdings));
    }

    /** A snapshot with these decisions. */
    public static Snapshot pending(List<ClaimAllocation> holdings) {
        return new Snapshot(NOW, holdings, Map.of(), List.of(), Held.NOTHING);
    }

    /** A snapshot with these releases. */
    public static Snapshot released(List<Release> releases) {
        return new Snapshot(NOW, List.of(), Map.of(), releases, Held.NOTHING);
    }

    /** As the next leader reads it. */
    public static Snapshot roundTrip(Snapshot snapshot) {
        try {
            return LedgerCodec.decode(LedgerCodec.encode(snapshot, Snapshots.MOST_DATA));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
