package io.portclaim.operator.chart;

import static io.portclaim.operator.chart.Release.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReview;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReviewBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.portclaim.api.v1alpha1.PortClaimApi;
import io.portclaim.testing.LocalCluster;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the cluster's own roles view, edit and admin let a namespace's users do with the chart's kinds. */
@ExtendWith(ChartCluster.class)
class UserRolesIT {
    private static final List<String> VERBS =
            List.of("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection");

    private static Release release;
    private static KubernetesClient client;
    private static String namespace;

    @BeforeAll
    static void install(LocalCluster cluster) {
        release = Release.install(cluster, "{}");
        client = cluster.client();
        namespace = cluster.newNamespace();
        for (String role : List.of("view", "edit", "admin")) {
            client.resource("""
                    apiVersion: rbac.authorization.k8s.io/v1
                    kind: RoleBinding
                    metadata: {name: "%1$s", namespace: "%2$s"}
                    roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "%1$s"}
                    subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: "with-%1$s"}]
                    """.formatted(role, namespace)).create();
        }
        // A controller puts the roles together.
        await("the roles are put together")
                .atMost(SOON)
                .until(() -> List.of("view", "edit", "admin").stream()
                        .allMatch(role -> verbs(role, "portclaims").startsWith("get")));
    }

    @AfterAll
    static void uninstall() {
        client.rbac().clusterRoleBindings().withName("user-roles").delete();
        release.close();
    }

    /** What processes of a node listen on is shown only to those who have a role of its own. */
    @Test
    void reportsAreReadByWhoIsBoundToTheirRole() {
        client.resource("""
                apiVersion: rbac.authorization.k8s.io/v1
                kind: ClusterRoleBinding
                metadata: {name: user-roles}
                roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: portclaim-view-reports}
                subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: with-reports}]
                """).create();
        await("the binding holds")
                .atMost(SOON)
                .until(() -> !verbs("reports", "portreports").isEmpty());
        assertThat(verbs("reports", "portreports")).isEqualTo("get list watch");
        assertThat(verbs("reports", "portreports/status")).isEmpty();
        assertThat(verbs("reports", "portclaims")).isEmpty();
    }

    private static String verbs(String role, String resource) {
        return VERBS.stream().filter(verb -> may(role, verb, resource)).collect(Collectors.joining(" "));
    }

    private static boolean may(String role, String verb, String resource) {
        List<String> words = Stream.of(resource.split("/")).toList();
        SubjectAccessReview review = client.authorization()
                .v1()
                .subjectAccessReview()
                .create(new SubjectAccessReviewBuilder()
                        .withNewSpec()
                        .withUser("with-" + role)
                        .withNewResourceAttributes()
                        .withNamespace(namespace)
                        .withVerb(verb)
                        .withGroup(PortClaimApi.GROUP)
                        .withResource(words.get(0))
                        .withSubresource(words.size() > 1 ? words.get(1) : "")
                        .endResourceAttributes()
                        .endSpec()
                        .build());
        return review.getStatus().getAllowed();
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "nothing",
            value = {
                "view, portclaims, get list watch",
                "edit, portclaims, get list watch create update patch delete deletecollection",
                "admin, portclaims, get list watch create update patch delete deletecollection",
                "view, portpools, get list watch",
                "edit, portpools, get list watch",
                "admin, portpools, get list watch",
                "view, portclaims/status, nothing",
                "edit, portclaims/status, nothing",
                "admin, portclaims/status, nothing",
                "view, portledgers, nothing",
                "edit, portledgers, nothing",
                "admin, portledgers, nothing",
                "view, portreports, nothing",
                "admin, portreports, nothing",
            })
    void mayDoThisAndNoMore(String role, String resource, String verbs) {
        assertThat(verbs(role, resource)).isEqualTo(verbs == null ? "" : verbs);
    }
}
