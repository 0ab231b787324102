package io.portclaim.operator.pod;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.allocation.PortGrant;
import io.portclaim.operator.protocol.pods.PodApi;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PodPatchTest {
    private static final List<PortGrant> GRANTS = List.of(
            new PortGrant("http", TransportProtocol.TCP, 21080, 1),
            new PortGrant("rtp", TransportProtocol.UDP, 21090, 2));

    private static JsonNode patch(String metadata, String spec, List<String> leftOut, @Nullable String poolNodes) {
        Pod pod = Serialization.unmarshal("""
                metadata: {name: x, namespace: ns, uid: u, resourceVersion: "7", creationTimestamp: "2026-11-23T09:30:00Z"%s}
                spec: {containers: [{name: main}], schedulingGates: [{name: portclaim.io/ports}]%s}
                """.formatted(metadata, spec), Pod.class);
        return PodPatch.of(
                PodReader.read(pod),
                new PodApi.Ports("default", GRANTS, new TreeSet<>(leftOut)),
                poolNodes == null ? null : Serialization.unmarshal(poolNodes, LabelSelector.class));
    }

    private static String lines(JsonNode patch) {
        StringBuilder lines = new StringBuilder();
        patch.forEach(operation -> lines.append(operation.get("op").asText())
                .append(' ')
                .append(operation.get("path").asText())
                .append(operation.has("value") ? " " + operation.get("value") : "")
                .append('\n'));
        return lines.toString();
    }

    @Test
    void aPodWithoutAnything() {
        assertThat(lines(patch("", "", List.of(), null))).isEqualTo("""
                test /metadata/uid "u"
                test /spec/schedulingGates/0/name "portclaim.io/ports"
                test /metadata/annotations null
                add /metadata/annotations {}
                add /metadata/annotations/port-end.portclaim.io~1rtp "21091"
                add /metadata/annotations/port.portclaim.io~1http "21080"
                add /metadata/annotations/port.portclaim.io~1rtp "21090"
                add /metadata/annotations/portclaim.io~1ports "[{\\"name\\":\\"http\\",\\"protocol\\":\\"TCP\\",\\"port\\":21080},{\\"name\\":\\"rtp\\",\\"protocol\\":\\"UDP\\",\\"port\\":21090,\\"endPort\\":21091}]"
                remove /spec/schedulingGates
                """);
    }

    @Test
    void annotationsOfOthersStay() {
        assertThat(lines(patch(", annotations: {a: b}", "", List.of(), null)))
                .contains("add /metadata/annotations/port.portclaim.io~1http \"21080\"\n")
                .doesNotContain("/metadata/annotations null")
                .doesNotContain("/metadata/annotations {}");
    }

    @Test
    void nodesAreLeftOutWhereNoAffinityIs() {
        assertThat(lines(patch("", "", List.of("h2", "h1"), null)))
                .contains("test /spec/affinity null\n")
                .contains(
                        "add /spec/affinity {\"nodeAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":{\"nodeSelectorTerms\":[{\"matchExpressions\":[{\"key\":\"kubernetes.io/hostname\",\"operator\":\"NotIn\",\"values\":[\"h1\",\"h2\"]}]}]}}}\n");
    }

    @Test
    void everyTermGetsTheRequirementsAndNothingIsLost() {
        JsonNode patch = patch(
                "",
                ", affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: zone}]}, nodeAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 1, preference: {matchExpressions: [{key: p, operator: Exists}]}}], requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: a, operator: Exists}]}, {matchFields: [{key: metadata.name, operator: NotIn, values: [n]}]}]}}}",
                List.of("h1"),
                "matchLabels: {pool: games}\nmatchExpressions: [{key: gpu, operator: DoesNotExist}]");

        JsonNode before = patch.get(patch.size() - 3).get("value");
        JsonNode after = patch.get(patch.size() - 2).get("value");
        assertThat(patch.get(patch.size() - 3).get("op").asText()).isEqualTo("test");
        assertThat(after.get("podAntiAffinity")).isEqualTo(before.get("podAntiAffinity"));
        JsonNode nodes = after.get("nodeAffinity");
        assertThat(nodes.get("preferredDuringSchedulingIgnoredDuringExecution"))
                .isEqualTo(before.get("nodeAffinity").get("preferredDuringSchedulingIgnoredDuringExecution"));
        JsonNode terms =
                nodes.get("requiredDuringSchedulingIgnoredDuringExecution").get("nodeSelectorTerms");
        assertThat(terms)
                .hasSize(2)
                .allSatisfy(term -> assertThat(term.get("matchExpressions"))
                        .extracting(requirement -> requirement.get("key").asText() + " "
                                + requirement.get("operator").asText())
                        .endsWith("kubernetes.io/hostname NotIn", "pool In", "gpu DoesNotExist"));
        assertThat(terms.get(0).get("matchExpressions").get(0).get("key").asText())
                .isEqualTo("a");
        assertThat(terms.get(1).get("matchFields")).hasSize(1);
    }

    @Test
    void aPodThatCanRunOnOneNodeOnlyIsNotNarrowed() {
        assertThat(lines(patch(
                        "",
                        ", affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchFields: [{key: metadata.name, operator: In, values: [n]}]}]}}}",
                        List.of(),
                        "matchLabels: {pool: games}")))
                .doesNotContain("/spec/affinity");
    }
}
