package io.portclaim.operator.allocation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.codec.EstimatedSize;
import io.portclaim.ports.PortRange;
import io.portclaim.ports.PortSet;
import io.portclaim.ports.Protocol;
import io.portclaim.testing.SetClock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** An index with a clock that the test moves, and short words for what goes in and comes out. */
final class IndexFixture {
    static final PodUse NO_PODS = release -> false;
    static final Duration TCP_COOLDOWN = Duration.ofSeconds(120);
    static final Duration UDP_COOLDOWN = Duration.ofSeconds(300);
    static final Duration SCTP_COOLDOWN = Duration.ofSeconds(130);

    final SetClock clock = new SetClock();
    final ForeignPorts foreign = new ForeignPorts();
    final Listeners listeners = new Listeners(foreign, clock);
    PortIndex index = new PortIndex(clock, foreign, listeners, new EstimatedSize());
    PoolRules pool = pool("100-109");

    static PoolRules pool(String ranges) {
        return pool(ranges, 0, 0);
    }

    static PoolRules pool(String ranges, int band, int namespaceLimit) {
        return new PoolRules(
                "default",
                PoolRules.Spec.of(PortSet.parse(ranges))
                        .nodePorts(PortSet.EMPTY)
                        .staticBand(band)
                        .cooldown(Map.of(
                                Protocol.TCP, TCP_COOLDOWN, Protocol.UDP, UDP_COOLDOWN, Protocol.SCTP, SCTP_COOLDOWN))
                        .portsPerClaim(0)
                        .portsPerNamespace(namespaceLimit)
                        .build());
    }

    static NodeFacts node(String name) {
        return new NodeFacts(name, null, PortSet.EMPTY, false, NodeFacts.Source.ASSUMED);
    }

    static NodeFacts node(String name, String ephemeral, String reserved) {
        return new NodeFacts(
                name, PortSet.parse(ephemeral), PortSet.parse(reserved), false, NodeFacts.Source.ANNOTATED);
    }

    static RequestedPort any(String name) {
        return new RequestedPort(name, TransportProtocol.TCP, null, 1);
    }

    static RequestedPort any(String name, TransportProtocol transport, int count) {
        return new RequestedPort(name, transport, null, count);
    }

    static RequestedPort port(String name, int port) {
        return new RequestedPort(name, TransportProtocol.TCP, port, 1);
    }

    static ClaimKey key(String text) {
        String[] parts = text.split("/", -1);
        return new ClaimKey(parts[0], parts[1]);
    }

    /** A claim with UID {@code uid}, created after those with a smaller one, at nodes or at "*". */
    Request request(String uid, String key, List<RequestedPort> requestedPorts, String... places) {
        return request(
                uid,
                key,
                requestedPorts,
                Stream.of(places).map(IndexFixture::node).toList());
    }

    Request request(String uid, String key, List<RequestedPort> requestedPorts, List<NodeFacts> nodes) {
        return new Request(
                uid,
                key(key),
                SetClock.START.plusSeconds(uid.hashCode()),
                1,
                pool,
                key(key).name() + "-ports",
                requestedPorts,
                nodes.stream()
                        .map(node -> node.name().equals("*")
                                ? new Request.Target("*", List.of(node("some")))
                                : new Request.Target(node.name(), List.of(node)))
                        .toList());
    }

    Decision.Granted granted(Request request) {
        Decision decision = index.decide(request);
        if (decision instanceof Decision.Granted granted) {
            return granted;
        }
        return fail("refused: " + decision);
    }

    /** What the claim then has, as "place: name=range/transport …", in words. */
    String decided(Request request) {
        return words(granted(request).assignment());
    }

    /** Decides, publishes and settles. */
    String bound(Request request) {
        String got = decided(request);
        index.settle(request.uid(), cooldowns(), clock.instant());
        return got;
    }

    Refusal refused(Request request, Reason reason) {
        Decision decision = index.decide(request);
        if (decision instanceof Decision.Refused refused) {
            assertThat(refused.refusal().reason()).isEqualTo(reason);
            return refused.refusal();
        }
        return fail("granted: " + decision);
    }

    /** How full the pool is with these nodes. */
    PoolUse use(List<NodeFacts> nodes) {
        return index.use(pool, PoolNodes.of(nodes));
    }

    PortIndex.Cooldowns cooldowns() {
        return (poolName, grant) -> pool.cooldown(grant);
    }

    void release(String uid) {
        index.release(uid, cooldowns(), clock.instant());
        index.forget(uid);
    }

    /** Lets a release that nobody uses begin to cool, and {@code time} pass. */
    boolean cool(Duration time) {
        boolean freed = index.advance(NO_PODS);
        clock.goOn(time);
        return index.advance(NO_PODS) || freed;
    }

    void declare(String uid, String kind, String namespace, Slot... slots) {
        foreign.declare(uid, new ForeignPorts.Owner(kind, namespace, uid), List.of(slots));
    }

    static Slot tcp(String place, int port) {
        return new Slot(place, Protocol.TCP, port);
    }

    static PortGrant grant(String name, TransportProtocol transport, String range) {
        PortRange ports = PortRange.parse(range);
        return new PortGrant(name, transport, ports.first(), ports.size());
    }

    /** Reads "n1: a=100/TCP b=101-102/UDP; n2: a=100/TCP". */
    static Assignment assignment(String words) {
        SortedMap<String, List<PortGrant>> places = new TreeMap<>();
        for (String place : words.split("; ", -1)) {
            String[] parts = place.split(": ", 2);
            places.put(
                    parts[0],
                    Stream.of(parts[1].split(" ", -1))
                            .map(word -> word.split("[=/]", -1))
                            .map(word -> grant(word[0], TransportProtocol.valueOf(word[2]), word[1]))
                            .toList());
        }
        return new Assignment(places);
    }

    static String words(Assignment assignment) {
        return String.join(
                "; ",
                assignment.byPlace().entrySet().stream()
                        .map(place -> place.getKey() + ": "
                                + String.join(
                                        " ",
                                        place.getValue().stream()
                                                .map(grant -> "%s=%s/%s"
                                                        .formatted(grant.name(), grant.range(), grant.transport()))
                                                .toList()))
                        .toList());
    }
}
