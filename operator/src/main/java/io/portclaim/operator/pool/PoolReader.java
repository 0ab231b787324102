package io.portclaim.operator.pool;

import io.fabric8.kubernetes.api.model.IntOrString;
import io.portclaim.api.v1alpha1.PortPool;
import io.portclaim.api.v1alpha1.PortPoolSpec;
import io.portclaim.api.v1alpha1.PortPoolSpec.Policy;
import io.portclaim.operator.allocation.PoolRules;
import io.portclaim.operator.allocation.PortStrategy;
import io.portclaim.operator.allocation.Sequential;
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
            invalid = Objects.requireNonNullElse(e.getMessage(), "its spec cannot be read");
            rules = new PoolRules(name, PoolRules.Spec.of(PortSet.EMPTY).build());
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
            throw new IllegalArgumentException("it has no spec: set spec.ranges");
        }
        // What the schema has a default for is left out only in objects that were stored before there was one.
        PoolRules.Spec.Builder rules = PoolRules.Spec.of(ports("ranges", spec.ranges()))
                .exclude(ports("exclude", spec.exclude()))
                .strategy(strategy(spec.strategy()))
                .staticBand(spec.staticBand())
                .cooldown(cooldown(spec.cooldown()));
        read(spec.ephemeralPorts(), rules);
        read(spec.nodePorts(), rules);
        read(spec.limits(), rules);
        return rules.build();
    }

    private static PortStrategy strategy(PortPoolSpec.@Nullable Strategy strategy) {
        return switch (Objects.requireNonNullElse(strategy, PortPoolSpec.Strategy.SEQUENTIAL)) {
            case SEQUENTIAL -> new Sequential();
        };
    }

    private static void read(PortPoolSpec.@Nullable EphemeralPorts ephemeral, PoolRules.Spec.Builder rules) {
        if (ephemeral != null) {
            rules.excludeEphemeral(ephemeral.policy() != Policy.IGNORE);
            if (ephemeral.assumed() != null) {
                rules.assumed(range("ephemeralPorts.assumed", ephemeral.assumed()));
            }
        }
    }

    private static void read(PortPoolSpec.@Nullable NodePorts nodePorts, PoolRules.Spec.Builder rules) {
        if (nodePorts != null && nodePorts.policy() == Policy.IGNORE) {
            rules.nodePorts(PortSet.EMPTY);
        } else if (nodePorts != null && nodePorts.range() != null) {
            rules.nodePorts(range("nodePorts.range", nodePorts.range()));
        }
    }

    private static void read(PortPoolSpec.@Nullable Limits limits, PoolRules.Spec.Builder rules) {
        if (limits != null && limits.portsPerClaim() != null) {
            rules.portsPerClaim(limits.portsPerClaim());
        }
        if (limits != null && limits.portsPerNamespace() != null) {
            rules.portsPerNamespace(limits.portsPerNamespace());
        }
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
        Map<Protocol, Duration> durations = new EnumMap<>(PoolRules.Spec.defaultCooldown());
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
}
