package io.portclaim.operator.allocation;

import static io.portclaim.operator.allocation.Bed.key;
import static io.portclaim.operator.allocation.Bed.port;

import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.ports.PortSet;
import io.portclaim.operator.ports.Protocol;
import io.portclaim.testing.SetClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a test of a new leader says of statuses and ledger, and what it asks afterwards. */
abstract class TakeOver {
    static final Duration REST = Duration.ofSeconds(200);

    final Bed bed = new Bed();
    final List<Recovery.Known> claims = new ArrayList<>();
    final List<Holding> entries = new ArrayList<>();
    final List<Release> releases = new ArrayList<>();
    final Map<Protocol, BitSet> held = new EnumMap<>(Protocol.class);

    Holding claim(String uid, int age, String published, @Nullable String pending) {
        return new Holding(
                uid,
                key("a/" + uid),
                SetClock.START.minusSeconds(age),
                "default",
                uid + "-ports",
                1,
                published.isEmpty() ? Assignment.NONE : Bed.assignment(published),
                pending == null ? null : pending.isEmpty() ? Assignment.NONE : Bed.assignment(pending));
    }

    void status(String uid, int age, String published) {
        claims.add(new Recovery.Known(claim(uid, age, published, null), Assignment.NONE));
    }

    void rests(String name, String place, PortGrant grant, @Nullable Instant until) {
        releases.add(new Release(key("a/" + name), "default", name + "-ports", place, grant, REST, until));
    }

    void heldBefore(Protocol protocol, String ports) {
        held.put(protocol, PortSet.parse(ports).toBitSet());
    }

    void recover() {
        new Recovery(bed.index, bed.clock.instant())
                .load(claims, new Snapshot(entries, Map.of("default", 104), releases, held), REST);
    }

    String has(String uid) {
        return bed.index
                .holding(uid)
                .map(holding -> Bed.words(holding.published())
                        + (holding.pending() == null ? "" : " then " + Bed.words(holding.pending())))
                .orElse("");
    }

    /** Why another claim does not get the port. */
    String whyNot(String place, TransportProtocol transport, int port) {
        Request probe = bed.request("probe", "b/probe", List.of(new PortAsk("p", transport, port, 1)), place);
        if (bed.index.decide(probe) instanceof Decision.Refused refused) {
            return refused.refusal().message();
        }
        bed.release("probe");
        return "free";
    }

    String whyNot(String place, int port) {
        return whyNot(place, TransportProtocol.TCP, port);
    }
}
