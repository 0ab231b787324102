package io.portclaim.operator.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portclaim.testing.LocalCluster;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the operator may change of a pod, whatever its role says. */
@ExtendWith(ChartCluster.class)
class PodsPolicyIT {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final String REFUSED =
            "the operator may change nothing of a pod but its annotation portclaim.io/ports-published-at";
    private static final String OWN = "{metadata: {annotations: {portclaim.io/ports-published-at: \"%s\"}}}";

    private static Release release;
    private static String pod;
    private static Wire admin;
    private static Wire operator;

    @BeforeAll
    static void install(LocalCluster cluster) {
        release = Release.install(cluster, "{touchPods: {enabled: true}}");
        String pods = "/api/v1/namespaces/%s/pods".formatted(cluster.newNamespace());
        pod = pods + "/web";
        admin = new Wire(cluster.client());
        operator = new Wire(release.asOperator());
        assertThat(admin.post(pods, """
                apiVersion: v1
                kind: Pod
                metadata: {name: web, labels: {app: web}, annotations: {team: net}}
                spec: {automountServiceAccountToken: false, containers: [{name: web, image: a}]}
                """)).isEqualTo("201");
        // A policy holds a moment after it was made.
        await("the policy holds")
                .atMost(SOON)
                .until(() -> operator.merge(pod + "?dryRun=All", "{metadata: {labels: {app: other}}}")
                        .startsWith("403"));
    }

    @AfterAll
    static void uninstall() {
        release.close();
    }

    @Test
    void itsAnnotationIsWrittenAndWrittenAgain() {
        assertThat(operator.merge(pod, OWN.formatted("2026-01-01T00:00:00Z"))).isEqualTo("200");
        assertThat(operator.merge(pod, OWN.formatted("2026-01-01T00:00:01Z"))).isEqualTo("200");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{spec: {containers: [{name: web, image: b}]}}",
                "{metadata: {labels: {app: other}}}",
                "{metadata: {labels: null}}",
                "{metadata: {annotations: {team: other}}}",
                "{metadata: {annotations: {team: null}}}",
                "{metadata: {annotations: {other: a}}}",
                "{metadata: {finalizers: [a.example/b]}}",
                "{metadata: {ownerReferences: [{apiVersion: v1, kind: Node, name: a, uid: b}]}}",
                "{spec: {activeDeadlineSeconds: 1}}",
            })
    void nothingElseIs(String change) {
        assertThat(operator.merge(pod, change)).startsWith("403").contains(REFUSED);
    }

    @Test
    void othersAreNotRestricted() {
        assertThat(admin.merge(pod, "{metadata: {annotations: {other: a}}}")).isEqualTo("200");
    }
}
