package io.portclaim.operator.pool;

import io.fabric8.kubernetes.api.model.IntOrString;
import io.portclaim.api.v1alpha1.PortPool;
import io.portclaim.api.v1alpha1.PortPoolSpec;
import io.portclaim.api.v1alpha1.PortPoolSpec.Policy;
import io.portclaim.operator.allocation.PoolRules;
import io.portclaim.operator.options.DurationText;
import io.portclaim.ports.PortRange;
import io.portclaim.ports.PortSet;
import io.portclaim.ports.Protocol;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Reads a PortPool's spec. The schema has checked the text of it; what only the operator can judge is checked here. */
final class PoolReader {
    /** As in the schema; only objects that were stored before a default existed lack them. */
    private static final PortRange DEFAULT_NODE_PORTS = new PortRange(30000, 32767);

    /**
     * Two minutes cover a client-side TIME_WAIT (60 s, RFC 9293 and the kernel's TCP_TIMEWAIT_LEN), conntrack's entry for it
     * (120 s) and a pod that reads a ConfigMap late; five minutes outlast conntrack's UDP stream entries (120 s) twice.
     */
    private static final Map<Protocol, Duration> DEFAULT_COOLDOWN = Map.of(
            Protocol.TCP, Duration.ofMinutes(2),
            Protocol.UDP, Duration.ofMinutes(5),
            Protocol.SCTP, Duration.ofMinutes(2));

    private static final int DEFAULT_PORTS_PER_CLAIM = 64;

    private final Duration minCooldown;

    /** Reads pools of which none may set a cooldown below {@code minCooldown}. */
    PoolReader(Duration minCooldown) {
        this.minCooldown = minCooldown;
    }

    Pool read(PortPool pool) {
        String name = pool.getMetadata().getName();
        PortPoolSpec spec = pool.getSpec();
        String invalid = null;
        PoolRules rules;
        try {
            rules = new PoolRules(name, rules(spec));
        } catch (IllegalArgumentException e) {
            invalid = Objects.requireNonNullElse(e.getMessage(), "its spec can't be read");
            rules = new PoolRules(name, nothing());
        }
        Map<String, String> annotations =
                Objects.requireNonNullElse(pool.getMetadata().getAnnotations(), Map.of());
        return new Pool(
                name,
                rules,
                invalid,
                spec == null ? null : spec.nodeSelector(),
                spec == null ? null : spec.allowedNamespaces(),
                "true".equals(annotations.get(PortPool.DEFAULT_ANNOTATION)),
                Instant.parse(pool.getMetadata().getCreationTimestamp()));
    }

    private PoolRules.Spec rules(@Nullable PortPoolSpec spec) {
        if (spec == null) {
            throw new IllegalArgumentException("it has no spec: give it ranges");
        }
        PortPoolSpec.EphemeralPorts ephemeral = spec.ephemeralPorts();
        PortPoolSpec.NodePorts nodePorts = spec.nodePorts();
        PortPoolSpec.Limits limits = spec.limits();
        return new PoolRules.Spec(
                ports("ranges", spec.ranges()),
                ports("exclude", spec.exclude()),
                ephemeral == null || ephemeral.policy() != Policy.IGNORE,
                ephemeral == null || ephemeral.assumed() == null
                        ? null
                        : range("ephemeralPorts.assumed", ephemeral.assumed()),
                nodePorts(nodePorts),
                spec.staticBand(),
                cooldown(spec.cooldown()),
                limits == null || limits.portsPerClaim() == null ? DEFAULT_PORTS_PER_CLAIM : limits.portsPerClaim(),
                limits == null || limits.portsPerNamespace() == null ? 0 : limits.portsPerNamespace());
    }

    private static PortSet nodePorts(PortPoolSpec.@Nullable NodePorts nodePorts) {
        if (nodePorts != null && nodePorts.policy() == Policy.IGNORE) {
            return PortSet.EMPTY;
        }
        return nodePorts == null || nodePorts.range() == null
                ? PortSet.of(DEFAULT_NODE_PORTS)
                : range("nodePorts.range", nodePorts.range());
    }

    /** One range, not any set of ports: a single port here is half of one. */
    private static PortSet range(String field, IntOrString range) {
        try {
            return PortSet.of(PortRange.parseTwoEnds(String.valueOf(range.getValue())));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("spec.%s: %s".formatted(field, e.getMessage()), e);
        }
    }

    private static PortSet ports(String field, @Nullable List<IntOrString> ranges) {
        try {
            return ranges == null
                    ? PortSet.EMPTY
                    : PortSet.of(ranges.stream()
                            .map(range -> PortRange.parse(String.valueOf(range.getValue())))
                            .toList());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("spec.%s: %s".formatted(field, e.getMessage()), e);
        }
    }

    private Map<Protocol, Duration> cooldown(PortPoolSpec.@Nullable Cooldown cooldown) {
        Map<Protocol, Duration> durations = new EnumMap<>(DEFAULT_COOLDOWN);
        if (cooldown != null) {
            put(durations, Protocol.TCP, cooldown.tcp());
            put(durations, Protocol.UDP, cooldown.udp());
            put(durations, Protocol.SCTP, cooldown.sctp());
        }
        return durations;
    }

    private void put(Map<Protocol, Duration> durations, Protocol protocol, @Nullable String text) {
        if (text == null) {
            return;
        }
        Duration duration;
        try {
            duration = DurationText.parse(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "spec.cooldown.%s: '%s' %s"
                            .formatted(protocol.name().toLowerCase(Locale.ROOT), text, e.getMessage()),
                    e);
        }
        if (duration.compareTo(minCooldown) < 0) {
            throw new IllegalArgumentException(
                    "spec.cooldown.%s is %s: a closed connection keeps its port busy for a minute, so at least %d s are needed"
                            .formatted(protocol.name().toLowerCase(Locale.ROOT), text, minCooldown.toSeconds()));
        }
        durations.put(protocol, duration);
    }

    private static PoolRules.Spec nothing() {
        return new PoolRules.Spec(
                PortSet.EMPTY,
                PortSet.EMPTY,
                true,
                null,
                PortSet.EMPTY,
                0,
                DEFAULT_COOLDOWN,
                DEFAULT_PORTS_PER_CLAIM,
                0);
    }

    /** How long ports rest whose pool is gone. */
    static Map<Protocol, Duration> defaultCooldown() {
        return DEFAULT_COOLDOWN;
    }
}
