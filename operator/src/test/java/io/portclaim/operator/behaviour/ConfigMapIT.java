package io.portclaim.operator.behaviour;

import static io.portclaim.operator.behaviour.OperatorFixture.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ResourceQuota;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.testing.LocalCluster;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The ConfigMap of a claim: what it says, which claim it belongs to, and that it stays so. */
@ExtendWith(LocalCluster.class)
class ConfigMapIT {
    private static OperatorFixture fixture;

    @BeforeAll
    static void begin(LocalCluster cluster) {
        fixture = OperatorFixture.withOperator(cluster);
        fixture.node("map-a", "{labels: {row: map}}");
        fixture.node("map-b", "{labels: {row: map}}");
    }

    @AfterAll
    static void end() {
        fixture.close();
    }

    private static ClaimProbe claim(String name, String pool) {
        return fixture.claim(name, "{poolName: %s, scope: Cluster, ports: [{name: http}]}".formatted(pool));
    }

    private static Resource<ConfigMap> map(String name) {
        return fixture.client().configMaps().inNamespace(fixture.namespace()).withName(name);
    }

    private static ConfigMap foreign(String name) {
        return fixture.make(ConfigMap.class, """
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: "%s", namespace: "%s"}
                data: {mine: "yes"}
                """.formatted(name, fixture.namespace()));
    }

    @Test
    void oneNumberStandsInKeysAndInFiles() {
        fixture.pool("map-1", "{ranges: [21000-21009], staticBand: 0}");
        ClaimProbe cluster = fixture.claim(
                "forms-cluster",
                "{poolName: map-1, scope: Cluster, ports: [{name: http}, {name: game-udp, protocol: UDP, count: 2}]}");
        assertThat(cluster.ports()).isEqualTo("http=21002, game-udp=21000-21001/UDP");
        assertThat(cluster.data())
                .isEqualTo(Map.of(
                        "HTTP_PORT", "21002",
                        "GAME_UDP_PORT", "21000",
                        "GAME_UDP_PORT_END", "21001",
                        "GAME_UDP_PORT_PROTOCOL", "UDP",
                        "ports.env",
                                "HTTP_PORT=21002\nGAME_UDP_PORT=21000\nGAME_UDP_PORT_END=21001\n"
                                        + "GAME_UDP_PORT_PROTOCOL=UDP\n",
                        "ports.json",
                                "[{\"name\":\"http\",\"protocol\":\"TCP\",\"port\":21002},{\"name\":\"game-udp\","
                                        + "\"protocol\":\"UDP\",\"port\":21000,\"endPort\":21001}]\n"));

        ClaimProbe node =
                fixture.claim("forms-node", "{poolName: map-1, scope: Node, nodeName: map-a, ports: [{name: sql}]}");
        assertThat(node.ports()).isEqualTo("sql=21003");
        assertThat(node.data())
                .isEqualTo(Map.of(
                        "SQL_PORT", "21003",
                        "ports.env", "SQL_PORT=21003\n",
                        "map-a.env", "SQL_PORT=21003\n",
                        "ports.json", "[{\"name\":\"sql\",\"protocol\":\"TCP\",\"port\":21003}]\n"));
    }

    @Test
    void aClaimOverNodesHasAFileForEachNode() {
        fixture.pool("map-2", "{ranges: [21100-21109], staticBand: 0, nodeSelector: {matchLabels: {row: map}}}");
        ClaimProbe all = fixture.claim(
                "forms-all",
                "{poolName: map-2, scope: Node, allNodes: true, ports: [{name: metrics}], configMapName: agent}");
        assertThat(all.ports()).isEqualTo("metrics=21100");
        assertThat(all.status().configMapName()).isEqualTo("agent");
        assertThat(map("agent").require().getData())
                .isEqualTo(Map.of("map-a.env", "METRICS_PORT=21100\n", "map-b.env", "METRICS_PORT=21100\n"));
    }

    @Test
    void itIsTheClaimsAndTakesNothingOverFromIt() {
        fixture.pool("map-3", "{ranges: [21200-21209], staticBand: 0}");
        PortClaim claim = fixture.client()
                .getKubernetesSerialization()
                .unmarshal("""
                        apiVersion: portclaim.io/v1alpha1
                        kind: PortClaim
                        metadata:
                          name: owner
                          namespace: "%s"
                          labels: {app.kubernetes.io/instance: shop}
                          annotations: {argocd.argoproj.io/tracking-id: shop}
                        spec: {poolName: map-3, scope: Cluster, ports: [{name: http}]}
                        """.formatted(fixture.namespace()), PortClaim.class);
        fixture.client().resource(claim).create();
        ClaimProbe probe = new ClaimProbe(fixture, fixture.namespace(), "owner");
        assertThat(probe.ports()).isEqualTo("http=21200");
        ObjectMeta meta = probe.configMap().getMetadata();
        assertThat(meta.getLabels())
                .isEqualTo(Map.of("app.kubernetes.io/managed-by", "portclaim", "portclaim.io/claim-uid", probe.uid()));
        assertThat(meta.getAnnotations())
                .isEqualTo(Map.of("portclaim.io/claim-name", "owner", "portclaim.io/claim-uid", probe.uid()));
        assertThat(meta.getOwnerReferences()).singleElement().satisfies(owner -> {
            assertThat(owner.getKind()).isEqualTo("PortClaim");
            assertThat(owner.getName()).isEqualTo("owner");
            assertThat(owner.getUid()).isEqualTo(probe.uid());
            assertThat(owner.getController()).isTrue();
        });
        probe.delete();
        await("it goes with the claim")
                .atMost(SOON)
                .until(() -> map("owner-ports").get() == null);
    }

    @Test
    void editedOrDeletedItIsPutBack() {
        fixture.pool("map-4", "{ranges: [21300-21309], staticBand: 0}");
        ClaimProbe claim = claim("restored", "map-4");
        assertThat(claim.ports()).isEqualTo("http=21300");
        ConfigMap before = claim.configMap();

        map("restored-ports").patch(OperatorFixture.merge(), fixture.json("data: {HTTP_PORT: '1', EXTRA: x}"));
        await().atMost(SOON).untilAsserted(() -> assertThat(claim.data()).isEqualTo(before.getData()));

        map("restored-ports").patch(OperatorFixture.merge(), fixture.json("data: null"));
        await().atMost(SOON).untilAsserted(() -> assertThat(claim.data()).isEqualTo(before.getData()));

        map("restored-ports")
                .patch(
                        OperatorFixture.merge(),
                        fixture.json(
                                "metadata: {annotations: {portclaim.io/claim-uid: spoofed}, ownerReferences: null}"));
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(claim.configMap().getMetadata().getAnnotations())
                    .isEqualTo(before.getMetadata().getAnnotations());
            assertThat(claim.configMap().getMetadata().getOwnerReferences())
                    .isEqualTo(before.getMetadata().getOwnerReferences());
        });

        map("restored-ports")
                .patch(OperatorFixture.merge(), fixture.json("metadata: {labels: {portclaim.io/claim-uid: spoofed}}"));
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(claim.configMap().getMetadata().getLabels())
                        .isEqualTo(before.getMetadata().getLabels()));

        map("restored-ports").patch(OperatorFixture.merge(), fixture.json("metadata: {labels: null}"));
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(claim.configMap().getMetadata().getLabels())
                        .isEqualTo(before.getMetadata().getLabels()));

        map("restored-ports").delete();
        await().atMost(SOON).until(() -> map("restored-ports").get() != null);
        assertThat(claim.data()).isEqualTo(before.getData());
        assertThat(claim.configMap().getMetadata().getUid())
                .isNotEqualTo(before.getMetadata().getUid());
        assertThat(claim.ports()).isEqualTo("http=21300");
    }

    @Test
    void oneThatIsNotTheClaimsIsNeverTouched() {
        fixture.pool("map-5", "{ranges: [21400-21409], staticBand: 0, cooldown: {tcp: 10m}}");
        ConfigMap theirs = foreign("taken-ports");
        ClaimProbe claim = claim("taken", "map-5");
        assertThat(claim.refusal("ConfigMapConflict"))
                .isEqualTo("ConfigMap taken-ports exists and does not belong to this claim, so the operator does not"
                        + " change it: delete it, or delete the claim and create it again with another"
                        + " configMapName");
        assertThat(claim.status().summary())
                .as("the port is assigned all the same")
                .isEqualTo("http=21400");
        assertThat(claim.condition("Assigned")).startsWith("True Assigned");
        assertThat(map("taken-ports").require()).isEqualTo(theirs);

        map("taken-ports").delete();
        claim.delete();
        ClaimProbe again = claim("taken", "map-5");
        assertThat(again.ports()).isEqualTo("http=21400");
    }

    @Test
    void oneThatGoesAwayGivesWay() {
        fixture.pool("map-6", "{ranges: [21500-21509], staticBand: 0}");
        foreign("freed-ports");
        ClaimProbe claim = claim("freed", "map-6");
        claim.refusal("ConfigMapConflict");
        map("freed-ports").delete();
        // An edit of the claim need not wait for the next look at the ConfigMap.
        claim.edit("{ports: [{name: http}, {name: admin}]}");
        assertThat(claim.ports()).isEqualTo("http=21500, admin=21501");
        assertThat(claim.data()).containsEntry("HTTP_PORT", "21500").containsEntry("ADMIN_PORT", "21501");
    }

    @Test
    void twoClaimsDoNotShareOne() {
        fixture.pool("map-7", "{ranges: [21600-21609], staticBand: 0, cooldown: {tcp: 1s}}");
        String shared = "{poolName: map-7, scope: Cluster, configMapName: shared, ports: [{name: http}]}";
        ClaimProbe first = fixture.claim("share-1", shared);
        assertThat(first.ports()).isEqualTo("http=21600");
        ClaimProbe second = fixture.claim("share-2", shared);
        second.refusal("ConfigMapConflict");
        assertThat(map("shared").require().getData()).containsEntry("HTTP_PORT", "21600");
        first.ready();
        second.delete();
        await().atMost(SOON).until(() -> fixture.poolStatus("map-7").claims() == 1);
        assertThat(map("shared").require().getData()).containsEntry("HTTP_PORT", "21600");
    }

    @Test
    void whoWaitsForOneHasItAsSoonAsTheOtherClaimIsGone() {
        fixture.pool("map-passed", "{ranges: [21180-21189], staticBand: 0, cooldown: {tcp: 1s}}");
        String shared = "{poolName: map-passed, scope: Cluster, configMapName: passed-on, ports: [{name: http}]}";
        ClaimProbe first = fixture.claim("pass-1", shared);
        assertThat(first.ports()).isEqualTo("http=21180");
        ClaimProbe second = fixture.claim("pass-2", shared);
        second.refusal("ConfigMapConflict");
        first.delete();
        await("without waiting for the next look at the ConfigMap, half a minute later")
                .atMost(Duration.ofSeconds(15))
                .until(() -> second.condition("Ready").startsWith("True "));
        assertThat(map("passed-on").require().getData()).containsEntry("HTTP_PORT", "21181");
    }

    @Test
    void anEarlierClaimsOneIsAdopted() {
        fixture.pool("map-8", "{ranges: [21700-21709], staticBand: 0, cooldown: {tcp: 10m}}");
        ClaimProbe before = claim("again", "map-8");
        assertThat(before.ports()).isEqualTo("http=21700");
        String claimUid = before.uid();
        before.delete();
        await().atMost(SOON).until(() -> map("again-ports").get() == null);
        // As a backup brings it back, without an owner, under a UID that the operator has never served.
        String mapUid = fixture.make(ConfigMap.class, """
                apiVersion: v1
                kind: ConfigMap
                metadata:
                  name: again-ports
                  namespace: "%s"
                  labels: {portclaim.io/claim-uid: 4f0c2d8e-0000-4000-8000-000000000000}
                  annotations: {portclaim.io/claim-name: again, portclaim.io/claim-uid: 4f0c2d8e-0000-4000-8000-000000000000}
                data: {HTTP_PORT: "21705"}
                """.formatted(fixture.namespace()))
                .getMetadata()
                .getUid();
        ClaimProbe after = claim("again", "map-8");
        assertThat(after.ports())
                .as("what pods have read by now comes before what the claim of the name has released")
                .isEqualTo("http=21705");
        assertThat(after.uid()).isNotEqualTo(claimUid);
        ObjectMeta meta = after.configMap().getMetadata();
        assertThat(meta.getUid()).isEqualTo(mapUid);
        assertThat(meta.getAnnotations()).containsEntry("portclaim.io/claim-uid", after.uid());
        assertThat(meta.getOwnerReferences())
                .singleElement()
                .satisfies(owner -> assertThat(owner.getUid()).isEqualTo(after.uid()));
        assertThat(fixture.claim("reads", "{poolName: map-8, scope: Cluster, ports: [{name: x, port: 21705}]}")
                        .refusal("PortTaken"))
                .contains("21705/TCP");
    }

    @Test
    void aQuotaThatRefusesItIsReported() {
        fixture.pool("map-9", "{ranges: [21800-21809], staticBand: 0}");
        String namespace = fixture.newNamespace("{}");
        // Every namespace has one ConfigMap, kube-root-ca.crt.
        await().atMost(SOON)
                .until(() -> !fixture.client()
                        .configMaps()
                        .inNamespace(namespace)
                        .list()
                        .getItems()
                        .isEmpty());
        ResourceQuota quota = fixture.make(ResourceQuota.class, """
                apiVersion: v1
                kind: ResourceQuota
                metadata: {name: few, namespace: "%s"}
                spec: {hard: {count/configmaps: "1"}}
                """.formatted(namespace));
        await().atMost(SOON)
                .until(() -> Optional.ofNullable(
                                fixture.client().resource(quota).require().getStatus())
                        .filter(status -> status.getUsed().containsKey("count/configmaps"))
                        .isPresent());
        ClaimProbe claim =
                fixture.claim(namespace, "refused", "{poolName: map-9, scope: Cluster, ports: [{name: http}]}");
        assertThat(claim.refusal("ConfigMapRefused"))
                .startsWith("the API server refuses ConfigMap refused-ports: ")
                .contains("exceeded quota: few");
        assertThat(claim.status().summary()).isEqualTo("http=21800");
        assertThat(claim.condition("Published")).startsWith("False ConfigMapRefused");
        fixture.client().resource(quota).delete();
        claim.edit("{ports: [{name: http}, {name: admin}]}");
        assertThat(claim.ports()).isEqualTo("http=21800, admin=21801");
    }
}
