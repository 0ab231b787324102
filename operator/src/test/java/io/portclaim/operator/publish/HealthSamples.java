package io.portclaim.operator.publish;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import io.portclaim.api.v1alpha1.PortClaimApi;
import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.api.v1alpha1.Scope;
import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.NodeFacts;
import io.portclaim.operator.allocation.Place;
import io.portclaim.operator.allocation.PoolRules;
import io.portclaim.operator.allocation.PoolUse;
import io.portclaim.operator.allocation.PortGrant;
import io.portclaim.operator.allocation.Refusal;
import io.portclaim.operator.allocation.Unreadable;
import io.portclaim.ports.PortSet;
import java.time.Instant;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/** A claim and a pool for every reason, as the operator writes them: what tools that wait for objects are asked about. */
final class HealthSamples {
    /** Where the reasons appear that a claim can show. */
    static final Set<Reason> OF_CLAIM = EnumSet.of(
            Reason.POOL_NOT_FOUND,
            Reason.NO_DEFAULT_POOL,
            Reason.POOL_INVALID,
            Reason.NAMESPACE_NOT_ALLOWED,
            Reason.LIMIT_EXCEEDED,
            Reason.POOL_EXHAUSTED,
            Reason.PORT_TAKEN,
            Reason.PORT_NOT_USABLE,
            Reason.NODE_NOT_FOUND,
            Reason.NO_MATCHING_NODE,
            Reason.TOO_MANY_NODES,
            Reason.PODS_WAITING,
            Reason.POD_SCOPE_DISABLED);

    static final Set<Reason> OF_PUBLICATION = EnumSet.of(Reason.CONFIG_MAP_CONFLICT, Reason.CONFIG_MAP_REFUSED);
    static final Set<Reason> OF_USABILITY =
            EnumSet.of(Reason.IN_EPHEMERAL_RANGE, Reason.OUTSIDE_POOL, Reason.HELD_BY_OTHERS);

    private static final Instant NOW = Instant.parse("2026-11-23T09:30:00Z");
    private static final Map<String, Object> NOT_SEEN = Map.of("observedGeneration", 0);
    private static final ObjectMapper YAML = new ObjectMapper(YAMLFactory.builder()
            .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
            .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
            .disable(YAMLGenerator.Feature.SPLIT_LINES)
            .build());

    private HealthSamples() {}

    /** The claims, by the names of their files. */
    static SortedMap<String, String> claims() {
        SortedMap<String, String> samples = new TreeMap<>();
        Assignment some =
                Assignment.at(Place.EVERYWHERE, List.of(new PortGrant("http", TransportProtocol.TCP, 21080, 1)));
        ClaimProblems none = ClaimProblems.NONE;
        samples.put("NotSeen", claim(1, NOT_SEEN));
        samples.put("Assigned", claim(1, none, some));
        samples.put("NotAssigned", claim(1, none, Assignment.NONE));
        samples.put("Conflicted", claim(1, none.withConflict(why(Reason.CONFLICTED)), Assignment.NONE));
        for (Reason reason : OF_CLAIM) {
            samples.put(reason.text(), claim(1, none.withClaim(refusal(reason)), Assignment.NONE));
        }
        for (Reason reason : OF_PUBLICATION) {
            samples.put(reason.text(), claim(1, none.withPublication(refusal(reason)), some));
        }
        for (Reason reason : OF_USABILITY) {
            samples.put(reason.text(), claim(1, none.withUsability(refusal(reason)), some));
        }
        samples.put("EditNotSeen", claim(2, none, some));
        samples.put("EditRefused", claim(1, none.withClaim(refusal(Reason.LIMIT_EXCEEDED)), some));
        samples.put("EditOfStalledNotSeen", claim(2, none.withClaim(refusal(Reason.LIMIT_EXCEEDED)), Assignment.NONE));
        return samples;
    }

    /** The pools, by the names of their files. */
    static SortedMap<String, String> pools() {
        NodeFacts node = new NodeFacts("node-a", null, PortSet.EMPTY, false, NodeFacts.Source.ASSUMED);
        NodeFacts unreadable = NodeFacts.unknown(
                "node-b", false, List.of(new Unreadable(Unreadable.Fact.EPHEMERAL_RANGE, "its range cannot be read")));
        PoolUse free = new PoolUse(10, 0, 0, 10, 0, "node-a", 10, 10, 10);
        PoolUse full = new PoolUse(10, 10, 0, 0, 1, "node-a", 0, 10, 0);
        SortedMap<String, String> samples = new TreeMap<>();
        samples.put("NotSeen", pool(NOT_SEEN));
        samples.put("Serving", pool(CountedNodes.facts(1, rules("21000-21009", true), null, List.of(node), free)));
        samples.put("NodeFull", pool(CountedNodes.facts(1, rules("21000-21009", true), null, List.of(node), full)));
        PoolUse nowhere = new PoolUse(10, 5, 0, 5, 1, "node-a", 5, 10, 0);
        samples.put(
                "NoClusterNumbers",
                pool(CountedNodes.facts(1, rules("21000-21009", true), null, List.of(node), nowhere)));
        samples.put("NoNodes", pool(CountedNodes.facts(1, rules("21000-21009", true), null, List.of(), free)));
        samples.put(
                "PoolInvalid",
                pool(CountedNodes.facts(1, rules("", true), why(Reason.POOL_INVALID), List.of(node), free)));
        samples.put("Ignored", pool(CountedNodes.facts(1, rules("21000-21009", false), null, List.of(node), free)));
        samples.put("NoUsablePorts", pool(CountedNodes.facts(1, rules("40000", true), null, List.of(node), free)));
        samples.put(
                "RangesOverlap", pool(CountedNodes.facts(1, rules("21000,40000", true), null, List.of(node), free)));
        samples.put(
                "NodeUnreadable",
                pool(CountedNodes.facts(1, rules("21000", true), null, List.of(node, unreadable), free)));
        return samples;
    }

    private static Refusal refusal(Reason reason) {
        return new Refusal(reason, why(reason));
    }

    private static String why(Reason reason) {
        return "why " + reason;
    }

    private static String claim(long generation, ClaimProblems problems, Assignment assignment) {
        ClaimFacts facts = new ClaimFacts(
                "uid-1", 1, "default", "web-ports", Scope.CLUSTER, assignment, new TreeSet<>(), problems);
        return claim(generation, ClaimStatuses.render(facts, null, NOW).status());
    }

    private static String claim(long generation, Object status) {
        Map<String, Object> spec = Map.of("scope", "Cluster", "ports", List.of(Map.of("name", "http")));
        return object("PortClaim", Map.of("name", "web", "namespace", "shop", "generation", generation), spec, status);
    }

    private static String pool(PoolFacts facts) {
        return pool(PoolStatuses.status(facts, null, NOW));
    }

    private static String pool(Object status) {
        return object(
                "PortPool",
                Map.of("name", "default", "generation", 1),
                Map.of("ranges", List.of("21000-28999")),
                status);
    }

    private static String object(String kind, Map<String, Object> metadata, Map<String, Object> spec, Object status) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("apiVersion", PortClaimApi.API_VERSION);
        object.put("kind", kind);
        object.put("metadata", new TreeMap<>(metadata));
        object.put("spec", new TreeMap<>(spec));
        object.put("status", status);
        try {
            return YAML.writeValueAsString(object);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static PoolRules rules(String ranges, boolean excludeEphemeral) {
        return new PoolRules(
                "default",
                PoolRules.Spec.of(PortSet.parse(ranges))
                        .excludeEphemeral(excludeEphemeral)
                        .nodePorts(PortSet.EMPTY)
                        .staticBand(0)
                        .build());
    }
}
