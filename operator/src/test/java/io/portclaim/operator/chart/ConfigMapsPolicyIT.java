package io.portclaim.operator.chart;

import static io.portclaim.operator.chart.Release.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.testing.LocalCluster;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which ConfigMaps the operator may write, whatever its role says. */
@ExtendWith(ChartCluster.class)
class ConfigMapsPolicyIT {
    private static final String NOT_OF_A_CLAIM =
            "the operator may write only ConfigMaps with its label, a claim as controller";
    private static final String WAS_NOT_OF_A_CLAIM =
            "the operator may change or delete only ConfigMaps that were created for a claim";

    private static LocalCluster cluster;
    private static Release release;
    private static String maps;
    private static String uid;
    private static Wire admin;
    private static Wire operator;

    @BeforeAll
    static void install(LocalCluster given) {
        cluster = given;
        release = Release.install(cluster, "{}");
        String namespace = cluster.newNamespace();
        maps = Wire.CONFIG_MAPS.formatted(namespace);
        admin = new Wire(cluster.client());
        operator = new Wire(release.asOperator());
        PortClaim claim = cluster.client()
                .resource(cluster.client()
                        .getKubernetesSerialization()
                        .unmarshal("""
                        apiVersion: portclaim.io/v1alpha1
                        kind: PortClaim
                        metadata: {name: web, namespace: "%s"}
                        spec: {scope: Cluster, ports: [{name: http}]}
                        """.formatted(namespace), PortClaim.class))
                .create();
        uid = claim.getMetadata().getUid();
        // A policy holds a moment after it was made.
        await("the policy holds")
                .atMost(SOON)
                .until(() -> operator.post(maps + "?dryRun=All", plain("probe")).startsWith("403"));
    }

    @AfterAll
    static void uninstall() {
        release.close();
    }

    private static String plain(String name) {
        return "{metadata: {name: %s}, data: {A: b}}".formatted(name);
    }

    /** As the operator makes it. */
    private static String ofClaim(String name) {
        return """
                metadata:
                  name: "%s"
                  labels: {portclaim.io/claim-uid: "%2$s"}
                  annotations: {portclaim.io/claim-name: web, portclaim.io/claim-uid: "%2$s"}
                  ownerReferences:
                  - {apiVersion: portclaim.io/v1alpha1, kind: PortClaim, name: web, uid: "%2$s", controller: true}
                data: {HTTP_PORT: "21080"}
                """.formatted(name, uid);
    }

    @Test
    void thoseOfClaimsAreMadeChangedAndDeleted() {
        assertThat(operator.post(maps, ofClaim("own"))).isEqualTo("201");
        assertThat(operator.put(maps + "/own", ofClaim("own"))).isEqualTo("200");
        assertThat(operator.delete(maps + "/own")).isEqualTo("200");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "labels: {portclaim.io/claim-uid: =labels: {portclaim.io/uid: ",
                "portclaim.io/claim-name: web=portclaim.io/claim-name: other",
                "web, portclaim.io/claim-uid: =web, portclaim.io/uid: ",
                "kind: PortClaim=kind: PortPool",
                "apiVersion: portclaim.io/v1alpha1=apiVersion: apps/v1",
                "controller: true=controller: false",
            })
    void othersAreNotMade(String change) {
        String[] words = change.split("=");
        String map = ofClaim("odd").replace(words[0], words[1]);
        assertThat(map).isNotEqualTo(ofClaim("odd"));
        assertThat(operator.post(maps, map)).startsWith("403").contains(NOT_OF_A_CLAIM);
    }

    @Test
    void thoseOfOthersAreLeftAlone() {
        assertThat(admin.post(maps, plain("foreign"))).isEqualTo("201");
        assertThat(operator.put(maps + "/foreign", ofClaim("foreign")))
                .startsWith("403")
                .contains(WAS_NOT_OF_A_CLAIM);
        assertThat(operator.delete(maps + "/foreign")).startsWith("403").contains(WAS_NOT_OF_A_CLAIM);
        assertThat(admin.delete(maps + "/foreign")).isEqualTo("200");
    }

    @Test
    void oneOfAnEarlierClaimIsTakenOver() {
        String old = """
                metadata:
                  name: restored
                  labels: {portclaim.io/claim-uid: of-old}
                  annotations: {portclaim.io/claim-name: web, portclaim.io/claim-uid: of-old}
                """;
        assertThat(admin.post(maps, old)).isEqualTo("201");
        assertThat(operator.put(maps + "/restored", ofClaim("restored"))).isEqualTo("200");
    }

    /** As after {@code kubectl delete --cascade=orphan}: the owner reference is gone, and so is the claim. */
    @Test
    void oneThatOutlivedItsClaimIsDeleted() {
        assertThat(admin.post(maps, ofClaim("orphan"))).isEqualTo("201");
        assertThat(admin.merge(maps + "/orphan", "{metadata: {ownerReferences: null}}"))
                .isEqualTo("200");
        assertThat(operator.delete(maps + "/orphan")).isEqualTo("200");
    }

    @ParameterizedTest
    @ValueSource(strings = {"labels", "annotations"})
    void norIsOneThatDoesNotSayWhoseItWas(String gone) {
        assertThat(admin.post(maps, ofClaim("lost-" + gone))).isEqualTo("201");
        assertThat(admin.merge(maps + "/lost-" + gone, "{metadata: {ownerReferences: null, %s: null}}".formatted(gone)))
                .isEqualTo("200");
        assertThat(operator.delete(maps + "/lost-" + gone)).startsWith("403").contains(WAS_NOT_OF_A_CLAIM);
    }

    @Test
    void oneWhoseLabelSomebodyTookOffIsRepaired() {
        assertThat(admin.post(maps, ofClaim("edited"))).isEqualTo("201");
        assertThat(admin.merge(maps + "/edited", "{metadata: {labels: null, annotations: null}}"))
                .isEqualTo("200");
        assertThat(operator.put(maps + "/edited", ofClaim("edited"))).isEqualTo("200");
    }

    @Test
    void theOperatorDoesNotGiveUpOne() {
        assertThat(admin.post(maps, ofClaim("kept"))).isEqualTo("201");
        assertThat(operator.put(maps + "/kept", plain("kept")))
                .startsWith("403")
                .contains(NOT_OF_A_CLAIM);
    }
}
