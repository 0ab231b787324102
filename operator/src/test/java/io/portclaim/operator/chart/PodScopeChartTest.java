package io.portclaim.operator.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the chart renders for podScope, alone and with touchPods, by Kubernetes' version. */
class PodScopeChartTest {
    private static final String ON = "{podScope: {enabled: true}}";
    private static final String TOUCH = "{touchPods: {enabled: true}}";
    private static final String BOTH = "{podScope: {enabled: true}, touchPods: {enabled: true}}";

    private static List<String> policies(Rendering rendering) {
        return List.of("ValidatingAdmissionPolicy", "MutatingAdmissionPolicy").stream()
                .flatMap(kind -> rendering.all(kind).stream())
                .map(policy -> policy.at("/metadata/name").asText())
                .filter(name -> name.contains("pod"))
                .toList();
    }

    private static JsonNode operatorPods(String values) {
        return Chart.render(values)
                .find("ValidatingAdmissionPolicy", "operator-pods.portclaim.io")
                .at("/spec/validations/0");
    }

    private static List<String> rights(String values) {
        return Grants.of(Chart.render(values), Chart.RELEASE).stream()
                .filter(grant -> grant.resource().equals("pods")
                        && List.of("get", "patch").contains(grant.verb()))
                .map(grant -> grant.namespace() + ": " + grant.verb())
                .toList();
    }

    @Test
    void byDefaultThereIsNothing() {
        assertThat(policies(Chart.render())).isEmpty();
        assertThat(rights("{}")).isEmpty();
        assertThat(Chart.manifest(Chart.folder(), "{}")).doesNotContain("PORTCLAIM_POD_SCOPE_IN");
    }

    @Test
    void theOperatorsPolicyCoversWhatIsOn() {
        assertThat(policies(Chart.render(TOUCH))).containsExactly("operator-pods.portclaim.io");
        assertThat(policies(Chart.render(ON)))
                .containsExactlyInAnyOrder(
                        "operator-pods.portclaim.io",
                        "podscope.portclaim.io",
                        "podscope-bindings.portclaim.io",
                        "write-podscope.portclaim.io");
        String touch = "ports-published-at";
        String result = "removal of its scheduling gate";
        assertThat(operatorPods(TOUCH).path("message").asText()).contains(touch).doesNotContain(result);
        assertThat(operatorPods(ON).path("message").asText()).contains(result).doesNotContain(touch);
        assertThat(operatorPods(BOTH).path("message").asText()).contains(touch, result);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{touchPods: {enabled: true}} | *: patch",
                "{podScope: {enabled: true}} | *: get, *: patch",
                "{podScope: {enabled: true}, touchPods: {enabled: true}} | *: get, *: patch",
                "{podScope: {enabled: true, namespaces: [a]}} | a: get, a: patch",
                "{podScope: {namespaces: [a]}, touchPods: {namespaces: [b]}} | ''",
                "{podScope: {enabled: true, namespaces: [a, b]}, touchPods: {enabled: true, namespaces: [b, c]}}"
                        + " | a: get, a: patch, b: get, b: patch, c: patch",
                "{podScope: {enabled: true, namespaces: [a]}, touchPods: {enabled: true}} | *: patch, a: get",
                "{podScope: {enabled: true}, touchPods: {enabled: true, namespaces: [a]}} | *: get, *: patch"
            })
    void theOperatorMayReadAndPatchPodsWhereItHasTo(String values, String rights) {
        assertThat(String.join(", ", rights(values))).isEqualTo(rights);
    }

    /** A label in another namespace means nothing. */
    @Test
    void theyHoldInTheNamedNamespacesOnly() {
        Rendering everywhere = Chart.render(ON);
        Rendering some = Chart.render("{podScope: {enabled: true, namespaces: [a, b]}}");
        for (String kind : List.of("ValidatingAdmissionPolicyBinding", "MutatingAdmissionPolicyBinding")) {
            assertThat(everywhere.all(kind))
                    .allMatch(binding -> binding.at("/spec/matchResources").isMissingNode());
            assertThat(some.all(kind))
                    .filteredOn(binding -> binding.at("/metadata/name").asText().contains("podscope"))
                    .isNotEmpty()
                    .allSatisfy(binding -> assertThat(
                                    binding.at("/spec/matchResources/namespaceSelector/matchExpressions/0/values")
                                            .toString())
                            .isEqualTo("[\"a\",\"b\"]"));
        }
        assertThat(some.find("Deployment", "portclaim")
                        .at("/spec/template/spec/containers/0/env/17/value")
                        .asText())
                .isEqualTo("a,b");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.32.0", "1.35.4-gke.1"})
    void anOlderKubernetesHasNoMutatingPolicies(String version) {
        Rendering rendering = Chart.withFile(
                ON,
                file -> Rendering.of(Chart.helm()
                        .template()
                        .withKubeVersion(version)
                        .withValuesFile(file)
                        .call()));
        assertThat(policies(rendering))
                .containsExactlyInAnyOrder(
                        "operator-pods.portclaim.io", "podscope.portclaim.io", "podscope-bindings.portclaim.io");
        assertThat(rendering.all("MutatingAdmissionPolicyBinding")).isEmpty();
        assertThat(rendering
                        .find("ValidatingAdmissionPolicy", "podscope.portclaim.io")
                        .toString())
                .contains("add' + ' schedulingGates: [{name: portclaim.io/ports}] to the pod")
                .doesNotContain("has no PortClaim");
    }

    /** Validating policies are as old as Kubernetes 1.30; the chart's other parts need a later one. */
    @Test
    void aKubernetesWithoutPoliciesIsNamed() {
        assertThatThrownBy(() -> Chart.withFile(
                        ON,
                        file -> Chart.helm()
                                .template()
                                .withKubeVersion("1.29.3")
                                .withValuesFile(file)
                                .call()))
                .hasMessageContaining(
                        "chart requires kubeVersion: >=1.32.0-0 which is incompatible with Kubernetes v1.29.3");
    }
}
