package io.portclaim.operator.chart;

import com.fasterxml.jackson.databind.JsonNode;
import io.portclaim.testing.AuditedRequest;
import java.util.ArrayList;
import java.util.List;

/** What the chart's roles let a service account do, each verb on each resource for itself. */
final class Grants {
    private static final String ANY = "*";

    private Grants() {}

    /**
     * One right.
     *
     * @param namespace where it holds; {@code *} for everywhere
     * @param verb the verb
     * @param group the API group, empty for the core's
     * @param resource the resource, with its subresource after a slash
     * @param name the object's name; {@code *} for any
     */
    record Grant(String namespace, String verb, String group, String resource, String name) {
        /** Whether it lets this request through. */
        boolean allows(AuditedRequest request) {
            return verb.equals(request.verb())
                    && group.equals(request.group())
                    && resource.equals(request.resource())
                    && (namespace.equals(ANY) || namespace.equals(request.namespace()))
                    && (name.equals(ANY) || name.equals(request.name()));
        }

        /** Whether a right in the release's namespace would not have been enough for this request. */
        boolean isNeededFor(AuditedRequest request) {
            return allows(request)
                    && (!namespace.equals(ANY) || !request.namespace().equals(Chart.NAMESPACE));
        }
    }

    /** All of a rendering's roles that are bound to the service account of that name. */
    static List<Grant> of(Rendering rendering, String account) {
        List<Grant> grants = new ArrayList<>();
        for (String kind : List.of("ClusterRole", "Role")) {
            for (JsonNode binding : rendering.all(kind + "Binding")) {
                if (!binding.at("/subjects/0/name").asText().equals(account)) {
                    continue;
                }
                String namespace = binding.at("/metadata/namespace").asText(ANY);
                rendering.all(kind).stream()
                        .filter(role -> role.at("/metadata/name").equals(binding.at("/roleRef/name"))
                                && role.at("/metadata/namespace").asText(ANY).equals(namespace))
                        .forEach(role -> role.path("rules").forEach(rule -> collect(namespace, rule, grants)));
            }
        }
        return grants;
    }

    private static void collect(String namespace, JsonNode rule, List<Grant> grants) {
        List<String> names = rule.has("resourceNames") ? texts(rule.path("resourceNames")) : List.of(ANY);
        for (String group : texts(rule.path("apiGroups"))) {
            for (String resource : texts(rule.path("resources"))) {
                for (String verb : texts(rule.path("verbs"))) {
                    names.forEach(name -> grants.add(new Grant(namespace, verb, group, resource, name)));
                }
            }
        }
    }

    private static List<String> texts(JsonNode list) {
        return list.valueStream().map(JsonNode::asText).toList();
    }
}
