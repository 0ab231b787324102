package io.portclaim.operator.allocation;

import io.portclaim.ports.PortRange;
import io.portclaim.ports.PortSet;
import io.portclaim.ports.Protocol;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** What a pool may assign, node by node. Immutable and safe for use by several threads. */
public final class PoolRules {
    /** Linux's default {@code net.ipv4.ip_local_port_range} (kernel documentation, ip-sysctl). */
    public static final PortSet LINUX_EPHEMERAL = PortSet.of(new PortRange(32768, 60999));
    /** Windows' default dynamic range, which is IANA's (RFC 6335, section 6). */
    public static final PortSet WINDOWS_EPHEMERAL = PortSet.of(new PortRange(49152, 65535));

    /**
     * For how many node profiles the usable ports are kept. A cluster's nodes have a few; what one says again and again
     * again must not fill the memory.
     */
    static final int MOST_PROFILES = 256;

    /** A node of which nothing is reported or annotated. */
    static final NodeFacts UNKNOWN_NODE = new NodeFacts("", null, PortSet.EMPTY, false, NodeFacts.Source.ASSUMED);

    private final String name;
    private final Spec spec;
    private final PortSet offered;
    private final PortSet base;
    private final PortSet staticBand;
    private final Map<Ephemeral, PortSet> usable = new ConcurrentHashMap<>();

    /**
     * A pool's rules.
     *
     * @param ranges all that it may assign
     * @param exclude what it must not
     * @param excludeEphemeral whether ports in a node's ephemeral range are kept out
     * @param assumed the ephemeral range of nodes whose own is not known; null: by the operating system
     * @param nodePorts the Services' nodePort range to keep out, empty for none
     * @param strategy how the next port is chosen
     * @param staticBand how many of the first ports go only to explicit requests, null for the default
     * @param cooldown how long a released port cools, for each protocol
     * @param portsPerClaim the most numbers that one claim may ask for, 0 for no limit
     * @param portsPerNamespace the most numbers that a namespace's claims may hold, 0 for no limit
     */
    public record Spec(
            PortSet ranges,
            PortSet exclude,
            boolean excludeEphemeral,
            @Nullable PortSet assumed,
            PortSet nodePorts,
            PortStrategy strategy,
            @Nullable Integer staticBand,
            Map<Protocol, Duration> cooldown,
            int portsPerClaim,
            int portsPerNamespace) {
        /** The API server's default {@code --service-node-port-range}. */
        private static final PortSet NODE_PORTS = PortSet.of(new PortRange(30000, 32767));
        /**
         * Two minutes cover a client-side TIME_WAIT (60 s, RFC 9293 and the kernel's TCP_TIMEWAIT_LEN), conntrack's entry for it
         * (120 s) and a pod that reads a ConfigMap late; five minutes outlast conntrack's UDP stream entries (120 s) twice.
         */
        private static final Map<Protocol, Duration> COOLDOWN = Map.of(
                Protocol.TCP, Duration.ofMinutes(2),
                Protocol.UDP, Duration.ofMinutes(5),
                Protocol.SCTP, Duration.ofMinutes(2));

        private static final int PORTS_PER_CLAIM = 64;

        /** The cooldown of each protocol where a pool says none. */
        public static Map<Protocol, Duration> defaultCooldown() {
            return COOLDOWN;
        }

        /** What a pool of {@code ranges} says that says nothing else: the defaults of the PortPool's schema. */
        public static Builder of(PortSet ranges) {
            return new Builder(ranges);
        }

        /** Puts a spec together, value by value. Not thread-safe. */
        public static final class Builder {
            private final PortSet ranges;
            private PortSet exclude = PortSet.EMPTY;
            private boolean excludeEphemeral = true;
            private @Nullable PortSet assumed;
            private PortSet nodePorts = NODE_PORTS;
            private PortStrategy strategy = new Sequential();
            private @Nullable Integer staticBand;
            private Map<Protocol, Duration> cooldown = COOLDOWN;
            private int portsPerClaim = PORTS_PER_CLAIM;
            private int portsPerNamespace;

            private Builder(PortSet ranges) {
                this.ranges = ranges;
            }

            /** What the pool must not assign; default: nothing. */
            public Builder exclude(PortSet ports) {
                exclude = ports;
                return this;
            }

            /** Whether ports in a node's ephemeral range are kept out; default: true. */
            public Builder excludeEphemeral(boolean isExcluded) {
                excludeEphemeral = isExcluded;
                return this;
            }

            /** The ephemeral range of nodes whose own is not known; default: null, by the operating system. */
            public Builder assumed(@Nullable PortSet range) {
                assumed = range;
                return this;
            }

            /** The nodePort range to keep out, empty for none; default: 30000-32767. */
            public Builder nodePorts(PortSet range) {
                nodePorts = range;
                return this;
            }

            /** How the next port is chosen; default: {@link Sequential}. */
            public Builder strategy(PortStrategy chosen) {
                strategy = chosen;
                return this;
            }

            /** How many of the first ports go only to explicit requests; default: null, by the pool's size. */
            public Builder staticBand(@Nullable Integer ports) {
                staticBand = ports;
                return this;
            }

            /** How long a released port cools, for each protocol; default: 2 minutes, UDP 5 minutes. */
            public Builder cooldown(Map<Protocol, Duration> byProtocol) {
                cooldown = byProtocol;
                return this;
            }

            /** How long a released port cools, whatever its protocol. */
            public Builder cooldown(Duration ofEach) {
                return cooldown(Map.of(Protocol.TCP, ofEach, Protocol.UDP, ofEach, Protocol.SCTP, ofEach));
            }

            /** The most numbers that one claim may ask for, 0 for no limit; default: 64. */
            public Builder portsPerClaim(int numbers) {
                portsPerClaim = numbers;
                return this;
            }

            /** The most numbers that a namespace's claims may hold, 0 for no limit; default: 0. */
            public Builder portsPerNamespace(int numbers) {
                portsPerNamespace = numbers;
                return this;
            }

            /** The spec. */
            public Spec build() {
                return new Spec(
                        ranges,
                        exclude,
                        excludeEphemeral,
                        assumed,
                        nodePorts,
                        strategy,
                        staticBand,
                        cooldown,
                        portsPerClaim,
                        portsPerNamespace);
            }
        }
    }

    private record Ephemeral(PortSet range, PortSet reserved) {}

    public PoolRules(String name, Spec spec) {
        this.name = name;
        this.spec = spec;
        this.offered = spec.ranges().minus(spec.exclude());
        this.base = offered.minus(spec.nodePorts());
        this.staticBand = offered.lowest(spec.staticBand() == null ? defaultBand(offered.size()) : spec.staticBand());
    }

    /** KEP-3668 keeps {@code min(max(16, size/32), 128)} nodePorts for explicit requests; so do pools. */
    static int defaultBand(int size) {
        return Math.min(Math.max(16, size / 32), 128);
    }

    /** The pool's name. */
    public String name() {
        return name;
    }

    /** What the rules were made of. */
    public Spec spec() {
        return spec;
    }

    /** Its ports before any node has its say: ranges without exclusions and nodePorts. */
    public PortSet base() {
        return base;
    }

    /** The ports given only to explicit requests until the rest is gone. */
    public PortSet staticBand() {
        return staticBand;
    }

    /** How the next port is chosen. */
    public PortStrategy strategy() {
        return spec.strategy();
    }

    /** The ephemeral range that counts for {@code node}, whether known or assumed. */
    public PortSet ephemeralOf(NodeFacts node) {
        if (node.ephemeral() != null) {
            return node.ephemeral();
        }
        if (spec.assumed() != null) {
            return spec.assumed();
        }
        return node.windows() ? WINDOWS_EPHEMERAL : LINUX_EPHEMERAL;
    }

    /** The ports that may be assigned on {@code node}: outside its ephemeral range, or kernel-reserved there. */
    public PortSet usableOn(NodeFacts node) {
        if (!spec.excludeEphemeral()) {
            return base;
        }
        Ephemeral ephemeral = new Ephemeral(ephemeralOf(node), node.reserved());
        PortSet known = usable.get(ephemeral);
        if (known != null) {
            return known;
        }
        // Those that are asked about again are soon known again.
        if (usable.size() >= MOST_PROFILES) {
            usable.clear();
        }
        return usable.computeIfAbsent(
                ephemeral, facts -> base.minus(facts.range().minus(facts.reserved())));
    }

    /** The ports that it offers and that are known not to be usable on {@code node}; of an unknown node nothing is known. */
    public PortSet unusableOn(NodeFacts node) {
        return node.isUnknown() ? PortSet.EMPTY : base.minus(usableOn(node));
    }

    /** For how many node profiles the usable ports are known. */
    int profilesKnown() {
        return usable.size();
    }

    /** The ports that may be assigned on all of {@code nodes}; without a node, on one of which nothing is known. */
    public PortSet usableOn(List<NodeFacts> nodes) {
        if (nodes.isEmpty()) {
            return usableOn(UNKNOWN_NODE);
        }
        PortSet all = usableOn(nodes.get(0));
        for (NodeFacts node : nodes.subList(1, nodes.size())) {
            PortSet here = usableOn(node);
            all = all.equals(here) ? all : all.intersection(here);
        }
        return all;
    }

    /** Why {@code port} is not assigned on {@code node}, as the rest of a sentence; empty when it is usable. */
    public Optional<String> whyNotUsable(int port, NodeFacts node) {
        if (usableOn(node).contains(port)) {
            return Optional.empty();
        }
        if (!spec.ranges().contains(port)) {
            return Optional.of("is outside pool %s, which assigns %s".formatted(name, describe(base)));
        }
        if (!offered.contains(port)) {
            return Optional.of("is excluded by pool %s, which assigns %s".formatted(name, describe(base)));
        }
        if (!base.contains(port)) {
            return Optional.of(
                    "lies in the NodePort range %s, which pool %s excludes".formatted(spec.nodePorts(), name));
        }
        return Optional.of(node.isUnknown() ? notKnown(node) : inEphemeralRange(node));
    }

    private static String notKnown(NodeFacts node) {
        return "cannot be assigned on node %s, and neither can any other port there: %s"
                .formatted(
                        node.name(),
                        node.whyUnreadable(Unreadable.Fact.EPHEMERAL_RANGE).orElse("its ephemeral range is not known"));
    }

    private String inEphemeralRange(NodeFacts node) {
        String range =
                "lies in the ephemeral range %s of %s (%s), so the node's kernel may use it for an outgoing connection"
                        .formatted(
                                ephemeralOf(node),
                                node.name().isEmpty() ? "any node" : "node " + node.name(),
                                node.source().text());
        String remedy = "; choose a port outside that range"
                + node.whyUnreadable(Unreadable.Fact.RESERVED_PORTS)
                        .map("; the node may reserve it already, but "::concat)
                        .orElse(", or reserve it there with net.ipv4.ip_local_reserved_ports");
        return range
                + remedy
                + node.whyUnreadable(Unreadable.Fact.EPHEMERAL_RANGE)
                        .map("; this is the last readable range, because "::concat)
                        .orElse("");
    }

    /**
     * What can't be read about the first of {@code nodes} of which that is so, those before of which nothing is known, and what
     * follows from it, as a sentence; empty where all can be read, or the pool does not consider it.
     */
    public Optional<String> unreadable(Collection<NodeFacts> nodes) {
        if (!spec.excludeEphemeral()) {
            return Optional.empty();
        }
        return nodes.stream()
                .filter(node -> !node.unreadable().isEmpty())
                .min(Comparator.comparing(NodeFacts::isUnknown, Comparator.reverseOrder())
                        .thenComparing(NodeFacts::name))
                .map(NodeFacts::describeUnreadable);
    }

    private static String describe(PortSet ports) {
        return ports.isEmpty() ? "nothing" : ports.toString();
    }

    /** How long a released grant cools: the longest of its protocols. */
    public Duration cooldown(PortGrant grant) {
        return grant.protocols().stream()
                .map(spec.cooldown()::get)
                .max(Duration::compareTo)
                .orElseThrow();
    }
}
