package io.portclaim.operator.pod;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;
import io.portclaim.operator.protocol.pods.ClaimPod;
import io.portclaim.operator.protocol.pods.PodApi;
import io.portclaim.operator.publish.PodAnnotations;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The one JSON patch (RFC 6902) that gives a pod its ports: it tests the UID and all that it starts from, adds annotations and
 * requirements of the node, and removes the gate, which is tested too. All of it is carried out or nothing.
 */
final class PodPatch {
    /** By this label a node is left out: the scheduler and the autoscalers know it of every node. */
    static final String HOSTNAME = "kubernetes.io/hostname";

    private static final String ANNOTATIONS = "/metadata/annotations";
    private static final String AFFINITY = "/spec/affinity";
    private static final String GATES = "/spec/schedulingGates";
    private static final String NODE_AFFINITY = "nodeAffinity";
    private static final String REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
    private static final String TERMS = "nodeSelectorTerms";
    private static final String EXPRESSIONS = "matchExpressions";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final JsonNodeFactory NODES = JSON.getNodeFactory();

    private final ArrayNode operations = NODES.arrayNode();

    private PodPatch() {}

    /**
     * The patch that gives {@code pod} its ports.
     *
     * @param poolNodes which nodes the pool serves; null for every node
     */
    static JsonNode of(ClaimPod pod, PodApi.Ports ports, @Nullable LabelSelector poolNodes) {
        PodPatch patch = new PodPatch();
        patch.operation("test", "/metadata/uid", NODES.textNode(pod.uid()));
        patch.operation("test", GATES + "/0/name", NODES.textNode(PodReader.GATE));
        patch.annotate(PodAnnotations.of(ports.grants()), pod.placement().hasAnnotations());
        ArrayNode requirements = requirements(pod, ports.leftOut(), poolNodes);
        if (!requirements.isEmpty()) {
            patch.require(requirements, pod.placement().affinity());
        }
        patch.operation("remove", GATES, null);
        return patch.operations;
    }

    private void operation(String name, String path, @Nullable JsonNode value) {
        ObjectNode operation = operations.addObject().put("op", name).put("path", path);
        if (value != null) {
            operation.set("value", value);
        }
    }

    private void annotate(Map<String, String> annotations, boolean hasAnnotations) {
        if (!hasAnnotations) {
            // What somebody may have added meanwhile must not be lost.
            operation("test", ANNOTATIONS, NODES.nullNode());
            operation("add", ANNOTATIONS, NODES.objectNode());
        }
        annotations.forEach((key, value) -> operation("add", ANNOTATIONS + "/" + escaped(key), NODES.textNode(value)));
    }

    private static String escaped(String key) {
        return key.replace("~", "~0").replace("/", "~1");
    }

    private void require(ArrayNode requirements, @Nullable String affinity) {
        JsonNode before = affinity == null ? NODES.nullNode() : parse(affinity);
        operation("test", AFFINITY, before);
        ObjectNode after = before.isObject() ? before.deepCopy() : NODES.objectNode();
        ArrayNode terms = after.withObject(NODE_AFFINITY).withObject(REQUIRED).withArray(TERMS);
        if (terms.isEmpty()) {
            terms.addObject();
        }
        terms.forEach(term -> ((ObjectNode) term).withArray(EXPRESSIONS).addAll(requirements));
        operation("add", AFFINITY, after);
    }

    private static JsonNode parse(String affinity) {
        try {
            return JSON.readTree(affinity);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("an affinity that was written as JSON can't be read", e);
        }
    }

    /** A pod that can run on one node only can't be narrowed: its ports were decided for that node. */
    private static ArrayNode requirements(ClaimPod pod, Collection<String> leftOut, @Nullable LabelSelector poolNodes) {
        ArrayNode requirements = NODES.arrayNode();
        if (pod.boundTo() != null) {
            return requirements;
        }
        if (!leftOut.isEmpty()) {
            requirements.add(requirement(HOSTNAME, "NotIn", leftOut));
        }
        if (poolNodes != null) {
            poolNodes
                    .getMatchLabels()
                    .forEach((key, value) -> requirements.add(requirement(key, "In", List.of(value))));
            for (LabelSelectorRequirement expression : poolNodes.getMatchExpressions()) {
                requirements.add(requirement(expression.getKey(), expression.getOperator(), expression.getValues()));
            }
        }
        return requirements;
    }

    private static ObjectNode requirement(String key, String operator, Collection<String> values) {
        ObjectNode requirement = NODES.objectNode().put("key", key).put("operator", operator);
        if (!values.isEmpty()) {
            values.forEach(requirement.putArray("values")::add);
        }
        return requirement;
    }
}
