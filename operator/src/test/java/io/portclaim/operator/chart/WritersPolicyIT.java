package io.portclaim.operator.chart;

import static io.portclaim.operator.chart.Release.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portclaim.testing.LocalCluster;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Who may write statuses and the ledger, whatever roles say. */
@ExtendWith(ChartCluster.class)
class WritersPolicyIT {
    private static final String BACKUP = "system:serviceaccount:backup:restorer";
    private static final String LEDGER = "{spec: {commitId: a, lease: a/b, holder: c, format: 1}}";

    private static LocalCluster cluster;
    private static Release release;
    private static String claim;
    /** May do everything by her roles, as people who run clusters do, and is not of system:masters. */
    private static Wire alice;

    @BeforeAll
    static void install(LocalCluster given) {
        cluster = given;
        release = Release.install(cluster, """
                defaultPool: {create: true}
                admission: {allowedWriters: {users: ["%s"], groups: [restorers]}}
                """.formatted(BACKUP));
        cluster.client().resource("""
                apiVersion: rbac.authorization.k8s.io/v1
                kind: ClusterRoleBinding
                metadata: {name: writers-policy}
                roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
                subjects:
                - {apiGroup: rbac.authorization.k8s.io, kind: User, name: alice}
                - {apiGroup: rbac.authorization.k8s.io, kind: User, name: bob}
                - {apiGroup: rbac.authorization.k8s.io, kind: User, name: "%s"}
                - {apiGroup: rbac.authorization.k8s.io, kind: User, name: "%s"}
                """.formatted(BACKUP, Release.USER)).create();
        String namespace = cluster.newNamespace();
        String claims = Wire.CLAIMS.formatted(namespace);
        claim = claims + "/web";
        alice = new Wire(cluster.clientAs("alice", "system:authenticated"));
        // A role holds a moment after it was bound.
        await("her role holds")
                .atMost(SOON)
                .until(() -> alice.post(claims, claim("web")).equals("201"));
        assertThat(new Wire(cluster.client()).post(Wire.LEDGERS, ledger())).isEqualTo("201");
        // A policy holds a moment after it was made.
        await("the policy holds").atMost(SOON).until(() -> setStatus(alice).startsWith("403"));
    }

    @AfterAll
    static void uninstall() {
        cluster.client().rbac().clusterRoleBindings().withName("writers-policy").delete();
        release.close();
    }

    private static String claim(String name) {
        return "{apiVersion: portclaim.io/v1alpha1, kind: PortClaim, metadata: {name: %s},"
                .formatted(name)
                .concat(" spec: {scope: Cluster, ports: [{name: http}]}}");
    }

    private static String ledger() {
        return "{apiVersion: portclaim.io/v1alpha1, kind: PortLedger, metadata: {name: cluster}," + LEDGER.substring(1);
    }

    private static String setStatus(Wire wire) {
        return wire.merge(claim + "/status", "{status: {phase: Pending}}");
    }

    @Test
    void nobodyWritesTheStatusOfAClaim() {
        assertThat(setStatus(alice))
                .startsWith("403")
                .contains("the status of portclaims is written by the operator only, and not by alice")
                .contains("the chart's value admission.allowedWriters");
        assertThat(Chart.read(LocalCluster.repository().resolve("docs/install.md")))
                .as("the page shows these very words")
                .contains("(Forbidden): " + setStatus(alice).substring("403 ".length()) + "\n");
    }

    @Test
    void nobodyWritesTheStatusOfAPool() {
        assertThat(alice.merge(Wire.POOLS + "/default/status", "{status: {claims: 1}}"))
                .startsWith("403")
                .contains("the status of portpools is written by the operator only");
    }

    @Test
    void nobodyTouchesTheLedger() {
        String words = "the ledger is written by the operator only, and not by alice";
        assertThat(alice.merge(Wire.LEDGERS + "/cluster", LEDGER))
                .startsWith("403")
                .contains(words);
        assertThat(alice.delete(Wire.LEDGERS + "/cluster")).startsWith("403").contains(words);
        assertThat(alice.post(Wire.LEDGERS, ledger())).startsWith("403").contains(words);
    }

    @Test
    void theOperatorDoesAndSystemMastersAndWhoeverIsLetIn() {
        List<Wire> writers = List.of(
                new Wire(cluster.clientAs(Release.USER, "system:serviceaccounts", "system:authenticated")),
                new Wire(cluster.client()),
                new Wire(cluster.clientAs(BACKUP, "system:serviceaccounts", "system:authenticated")),
                new Wire(cluster.clientAs("bob", "restorers", "system:authenticated")));
        assertThat(writers).allSatisfy(writer -> {
            assertThat(setStatus(writer)).isEqualTo("200");
            assertThat(writer.merge(Wire.LEDGERS + "/cluster", LEDGER)).isEqualTo("200");
            assertThat(writer.merge(Wire.POOLS + "/default/status", "{status: {claims: 0}}"))
                    .isEqualTo("200");
        });
    }

    @Test
    void claimsAndPoolsThemselvesAreFree() {
        assertThat(alice.merge(claim, "{metadata: {labels: {a: b}}}")).isEqualTo("200");
        assertThat(alice.merge(Wire.POOLS + "/default", "{metadata: {labels: {a: b}}}"))
                .isEqualTo("200");
        String another = claim.replaceFirst("/web$", "");
        assertThat(alice.post(another, claim("another"))).isEqualTo("201");
        assertThat(alice.delete(another + "/another")).isEqualTo("200");
    }

    @Test
    void aNamespaceGoesWithItsClaims() {
        String going = cluster.newNamespace();
        assertThat(alice.post(Wire.CLAIMS.formatted(going), claim("goes"))).isEqualTo("201");
        cluster.client().namespaces().withName(going).delete();
        await("the namespace is gone")
                .atMost(SOON)
                .until(() -> cluster.client().namespaces().withName(going).get() == null);
    }
}
