package io.portclaim.operator.behaviour;

import static io.portclaim.operator.behaviour.OperatorFixture.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.ResourceNotFoundException;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.portclaim.testing.LocalCluster;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** As long as a claim's ConfigMap says a port, the claim has it: pods may still read it there. */
@ExtendWith(LocalCluster.class)
class RefusedConfigMapIT {
    private static OperatorFixture fixture;

    @BeforeAll
    static void begin(LocalCluster cluster) {
        fixture = OperatorFixture.withOperator(cluster);
        fixture.node("refused-a", "{}");
    }

    @AfterAll
    static void end() {
        fixture.close();
    }

    private static Resource<ConfigMap> map(String name) {
        return fixture.client().configMaps().inNamespace(fixture.namespace()).withName(name);
    }

    /** A pod that reads the claim's ConfigMap, once the operator knows it, by the port of the claim's pool that it declares. */
    private static Pod reader(String claim, String pool, int port) {
        Pod pod = fixture.pod(
                fixture.namespace(),
                "reads-" + claim,
                "refused-a",
                "ports: [{containerPort: %1$d, hostPort: %1$d}], envFrom: [{configMapRef: {name: %2$s-ports}}]"
                        .formatted(port, claim));
        String theirs = fixture.newNamespace("{}");
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(fixture.whyTaken(theirs, pool, "refused-a", port))
                        .contains("is declared by"));
        return pod;
    }

    @Test
    void anImmutableOneIsMadeAgainOnceNoPodReadsIt() {
        fixture.pool("refused-3", "{ranges: [21200-21209], staticBand: 0, cooldown: {tcp: 1s}}");
        ClaimProbe claim = fixture.claim("thaws", "{poolName: refused-3, scope: Cluster, ports: [{name: a}]}");
        assertThat(claim.ports()).isEqualTo("a=21200");
        Pod pod = reader("thaws", "refused-3", 21209);
        String uid = claim.configMap().getMetadata().getUid();
        map("thaws-ports").patch(OperatorFixture.merge(), fixture.json("immutable: true"));
        claim.edit("{ports: [{name: a}, {name: b}]}");
        claim.message("Published", "False ConfigMapRefused");
        assertThat(claim.configMap().getMetadata().getUid()).isEqualTo(uid);

        fixture.removePod(pod);
        assertThat(claim.ports()).matches("a=21200, b=2120[1-9]");
        assertThat(claim.data()).containsKeys("A_PORT", "B_PORT");
        assertThat(claim.configMap().getMetadata().getUid()).isNotEqualTo(uid);
    }

    @Test
    void anEditThatItsConfigMapCanNotFollowLetsGoOfNothingUntilItCan() {
        fixture.pool("refused-1", "{ranges: [21000-21009], staticBand: 0, cooldown: {tcp: 120s}}");
        ClaimProbe claim = fixture.claim("frozen", "{poolName: refused-1, scope: Cluster, ports: [{name: a}]}");
        assertThat(claim.ports()).isEqualTo("a=21000");
        Map<String, String> published = claim.data();
        reader("frozen", "refused-1", 21009);
        map("frozen-ports").patch(OperatorFixture.merge(), fixture.json("immutable: true"));

        claim.edit("{ports: [{name: b}]}");
        assertThat(claim.message("Published", "False ConfigMapRefused"))
                .contains("frozen-ports", "immutable", "pods read it");
        assertThat(claim.condition("Ready")).startsWith("False ConfigMapRefused:");
        assertThat(claim.status().summary()).isEqualTo("a=21000");
        assertThat(claim.data()).isEqualTo(published);
        assertThat(fixture.whyTaken("refused-1", "refused-a", 21000)).contains("is held by claim frozen");
        assertThat(fixture.whyTaken("refused-1", "refused-a", 21001))
                .as("what can't be published is not decided, and kept from nobody")
                .startsWith("True Assigned");

        map("frozen-ports").delete();
        assertThat(claim.ports()).matches("b=2100[1-9]");
        assertThat(claim.condition("Published")).startsWith("True Published");
        assertThat(claim.data())
                .containsEntry("B_PORT", claim.status().summary().substring("b=".length()))
                .doesNotContainKey("A_PORT");
        assertThat(fixture.whyTaken("refused-1", "refused-a", 21000))
                .containsPattern("is (cooling after its release|released, and blocked)");
    }

    @Test
    void anEditTakenBackWhileItIsRefusedLeavesTheOldPorts() {
        fixture.pool("refused-2", "{ranges: [21100-21109], staticBand: 0, cooldown: {tcp: 120s}}");
        ClaimProbe claim = fixture.claim("undecided", "{poolName: refused-2, scope: Cluster, ports: [{name: a}]}");
        assertThat(claim.ports()).isEqualTo("a=21100");
        reader("undecided", "refused-2", 21109);
        map("undecided-ports").patch(OperatorFixture.merge(), fixture.json("immutable: true"));
        claim.edit("{ports: [{name: a}, {name: b}]}");
        claim.message("Published", "False ConfigMapRefused");
        claim.edit("{ports: [{name: a}]}");
        map("undecided-ports").delete();
        // The claim may be Ready already: the edit was taken back before the ConfigMap was deleted.
        await().atMost(SOON.plus(Duration.ofSeconds(30)))
                .ignoreExceptionsInstanceOf(ResourceNotFoundException.class)
                .untilAsserted(() -> assertThat(claim.data())
                        .containsEntry("A_PORT", "21100")
                        .doesNotContainKey("B_PORT"));
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(claim.condition("Ready")).startsWith("True Assigned"));
        assertThat(claim.status().summary()).isEqualTo("a=21100");
    }
}
