package io.portclaim.operator.behaviour;

import static io.portclaim.operator.behaviour.OperatorFixture.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.MutatingAdmissionPolicy;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.MutatingAdmissionPolicyBinding;
import io.portclaim.testing.LocalCluster;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The cluster's own policies change ConfigMaps that the operator writes. */
@ExtendWith(LocalCluster.class)
class AlteredConfigMapIT {
    private static OperatorFixture fixture;

    @BeforeAll
    static void begin(LocalCluster cluster) {
        fixture = OperatorFixture.withOperator(cluster);
        fixture.node("altered-a", "{}");
    }

    @AfterAll
    static void end() {
        fixture.close();
    }

    /** In namespaces with the label {@code policy=name} each ConfigMap that has {@code path} gets {@code value} there. */
    private static List<HasMetadata> policy(String name, String condition, String path, String value) {
        MutatingAdmissionPolicy policy =
                fixture.make(MutatingAdmissionPolicy.class, """
                apiVersion: admissionregistration.k8s.io/v1
                kind: MutatingAdmissionPolicy
                metadata: {name: "%1$s"}
                spec:
                  failurePolicy: Fail
                  reinvocationPolicy: Never
                  matchConstraints:
                    namespaceSelector: {matchLabels: {policy: "%1$s"}}
                    resourceRules:
                    - {apiGroups: [""], apiVersions: [v1], resources: [configmaps], operations: [CREATE, UPDATE]}
                  matchConditions:
                  - {name: concerned, expression: "%2$s"}
                  mutations:
                  - patchType: JSONPatch
                    jsonPatch:
                      expression: '[JSONPatch{op: "add", path: "%3$s", value: "%4$s"}]'
                """.formatted(name, condition, path, value));
        MutatingAdmissionPolicyBinding binding =
                fixture.make(MutatingAdmissionPolicyBinding.class, """
                apiVersion: admissionregistration.k8s.io/v1
                kind: MutatingAdmissionPolicyBinding
                metadata: {name: "%1$s"}
                spec: {policyName: "%1$s"}
                """.formatted(name));
        return List.of(binding, policy);
    }

    private static String namespace(String policy) {
        String namespace = fixture.newNamespace("{policy: %s}".formatted(policy));
        await("the API server knows the policy").atMost(SOON).until(() -> {
            ConfigMap probe = new ConfigMapBuilder()
                    .withNewMetadata()
                    .withNamespace(namespace)
                    .withName("probe")
                    .withLabels(Map.of("a", "b"))
                    .endMetadata()
                    .withData(Map.of("HTTP_PORT", "2", "probe", "yes"))
                    .build();
            ConfigMap stored = fixture.client().resource(probe).dryRun(true).create();
            return !stored.getData().equals(probe.getData())
                    || !stored.getMetadata().getLabels().equals(Map.of("a", "b"));
        });
        return namespace;
    }

    @Test
    void oneThatIsPutUnderAnotherManagerIsFoundAndPutBack() {
        fixture.pool("altered-1", "{ranges: [21000-21009], staticBand: 0}");
        policy("altered-manager", "has(object.metadata.labels)", "/metadata/labels/app.kubernetes.io~1managed-by", "x");
        String namespace = namespace("altered-manager");
        ClaimProbe claim =
                fixture.claim(namespace, "managed", "{poolName: altered-1, scope: Cluster, ports: [{name: http}]}");
        assertThat(claim.ports()).isEqualTo("http=21000");
        ConfigMap made = claim.configMap();
        assertThat(made.getMetadata().getLabels()).containsEntry("app.kubernetes.io/managed-by", "x");
        fixture.client().resource(made).delete();
        await("it is made again")
                .atMost(SOON)
                .untilAsserted(() -> assertThat(claim.configMap().getMetadata().getUid())
                        .isNotEqualTo(made.getMetadata().getUid()));
        assertThat(claim.data()).isEqualTo(made.getData());
        String version = claim.configMap().getMetadata().getResourceVersion();
        await("nobody fights over the label")
                .during(Duration.ofSeconds(2))
                .atMost(SOON)
                .until(() ->
                        claim.configMap().getMetadata().getResourceVersion().equals(version));
    }

    @Test
    void oneThatSaysOtherPortsIsReportedAndNotFoughtOver() {
        fixture.pool("altered-2", "{ranges: [21100-21109], staticBand: 0}");
        List<HasMetadata> policy = policy("altered-data", "has(object.data)", "/data/HTTP_PORT", "1");
        String namespace = namespace("altered-data");
        ClaimProbe claim =
                fixture.claim(namespace, "bent", "{poolName: altered-2, scope: Cluster, ports: [{name: http}]}");
        assertThat(claim.message("Published", "False ConfigMapRefused"))
                .startsWith(
                        "ConfigMap bent-ports is not stored as it was written: data HTTP_PORT is '1' and not '21100'; ")
                .contains("exclude ConfigMaps with the label portclaim.io/claim-uid");
        assertThat(claim.condition("Ready")).startsWith("False ConfigMapRefused:");
        assertThat(claim.status().summary()).isEqualTo("http=21100");
        String version = claim.configMap().getMetadata().getResourceVersion();
        await("it is not written again")
                .during(Duration.ofSeconds(5))
                .atMost(SOON)
                .until(() ->
                        claim.configMap().getMetadata().getResourceVersion().equals(version));

        policy.forEach(object -> fixture.client().resource(object).delete());
        await("half a minute later at most")
                .atMost(SOON.plusSeconds(30))
                .untilAsserted(() -> assertThat(claim.condition("Ready")).startsWith("True "));
        assertThat(claim.data()).containsEntry("HTTP_PORT", "21100");
    }
}
