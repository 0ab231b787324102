package io.portclaim.operator.faults;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.portclaim.api.v1alpha1.AssignedPort;
import io.portclaim.api.v1alpha1.NodeAssignment;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.api.v1alpha1.Scope;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a claim was given, read from what users see, by rules of its own (docs/configmap.md): the code under test reads and
 * writes none of this.
 *
 * @param byPlace node, or {@link Grant#EVERYWHERE}, to port name to ports
 */
record Published(Map<String, Map<String, Grant>> byPlace) {
    static final Published NOTHING = new Published(Map.of());

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern VARIABLE =
            Pattern.compile("(?<name>[A-Z][A-Z0-9]*)_PORT(?<kind>|_END|_PROTOCOL)=(?<value>\\w+)");

    static Published in(Scope scope, @Nullable PortClaimStatus status) {
        Map<String, Map<String, Grant>> places = new TreeMap<>();
        if (status != null && scope == Scope.CLUSTER) {
            put(places, Grant.EVERYWHERE, status.ports());
        } else if (status != null) {
            for (NodeAssignment group : Objects.requireNonNullElse(status.nodes(), List.<NodeAssignment>of())) {
                group.names().forEach(node -> put(places, node, group.ports()));
            }
        }
        return new Published(places);
    }

    private static void put(Map<String, Map<String, Grant>> places, String place, @Nullable List<AssignedPort> ports) {
        if (ports != null && !ports.isEmpty()) {
            Map<String, Grant> grants = new TreeMap<>();
            for (AssignedPort port : ports) {
                int last = Objects.requireNonNullElse(port.endPort(), port.port());
                grants.put(port.name(), new Grant(port.protocol().name(), port.port(), last));
            }
            places.put(place, grants);
        }
    }

    /** Port names must be plain words here: then a variable has the name of its port. */
    static Published in(Scope scope, @Nullable ConfigMap map) {
        Map<String, String> data = map == null || map.getData() == null ? Map.of() : map.getData();
        Map<String, Map<String, Grant>> places = new TreeMap<>();
        if (scope == Scope.CLUSTER && data.containsKey("ports.json")) {
            places.put(Grant.EVERYWHERE, json(data.get("ports.json")));
        } else if (scope == Scope.NODE) {
            data.forEach((key, text) -> {
                if (key.endsWith(".env") && !key.equals("ports.env")) {
                    places.put(key.substring(0, key.length() - ".env".length()), env(text));
                }
            });
        }
        return new Published(places);
    }

    private static Map<String, Grant> json(String text) {
        Map<String, Grant> grants = new TreeMap<>();
        try {
            for (JsonNode port : JSON.readTree(text)) {
                int first = port.path("port").asInt();
                grants.put(
                        port.path("name").asText(),
                        new Grant(
                                port.path("protocol").asText(),
                                first,
                                port.path("endPort").asInt(first)));
            }
        } catch (JsonProcessingException e) {
            return Map.of();
        }
        return grants;
    }

    private static Map<String, Grant> env(String text) {
        Map<String, Grant> grants = new TreeMap<>();
        Matcher variable = VARIABLE.matcher(text);
        while (variable.find()) {
            String name = variable.group("name").toLowerCase(Locale.ROOT);
            String value = variable.group("value");
            Grant before = grants.get(name);
            if (variable.group("kind").isEmpty()) {
                grants.put(name, new Grant("TCP", Integer.parseInt(value), Integer.parseInt(value)));
            } else if (before != null && variable.group("kind").equals("_END")) {
                grants.put(name, new Grant(before.transport(), before.first(), Integer.parseInt(value)));
            } else if (before != null) {
                grants.put(name, new Grant(value, before.first(), before.last()));
            }
        }
        return grants;
    }

    Map<String, Grant> at(String place) {
        return byPlace.getOrDefault(place, Map.of());
    }

    Set<Grant.Slot> slots() {
        return byPlace.entrySet().stream()
                .flatMap(place -> place.getValue().values().stream().flatMap(grant -> grant.slots(place.getKey())))
                .collect(Collectors.toCollection(HashSet::new));
    }

    /** Two of its ports that share a number on one node; empty when all are distinct. */
    boolean hasOverlap() {
        return byPlace.values().stream().anyMatch(grants -> {
            List<Grant> list = List.copyOf(grants.values());
            for (int i = 0; i < list.size(); i++) {
                for (int j = i + 1; j < list.size(); j++) {
                    if (list.get(i).overlaps(list.get(j))) {
                        return true;
                    }
                }
            }
            return false;
        });
    }
}
