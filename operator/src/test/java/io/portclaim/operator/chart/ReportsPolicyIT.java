package io.portclaim.operator.chart;

import static io.portclaim.operator.chart.NodeAgent.owner;
import static io.portclaim.operator.chart.NodeAgent.report;
import static io.portclaim.operator.chart.Release.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.DeletionPropagation;
import io.portclaim.testing.LocalCluster;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Who may write what nodes report of themselves. The agents here have real tokens, and what the API server reads in them. */
@ExtendWith(ChartCluster.class)
class ReportsPolicyIT {
    private static final String BACKUP = "system:serviceaccount:backup:restorer";

    /** The garbage collector learns of new definitions every 30 s. */
    private static final Duration COLLECTED = SOON.multipliedBy(4);

    private static LocalCluster cluster;
    private static Release release;
    private static NodeAgent here;
    private static NodeAgent there;
    /** May do everything by her roles, as people who run clusters do, and is not of system:masters. */
    private static Wire alice;

    @BeforeAll
    static void install(LocalCluster given) {
        cluster = given;
        release = Release.install(cluster, """
                agent: {enabled: true}
                admission: {allowedWriters: {users: ["%s"]}}
                """.formatted(BACKUP));
        // The agents too, so that nothing but the policy is between them and what they may not do.
        cluster.client().resource("""
                apiVersion: rbac.authorization.k8s.io/v1
                kind: ClusterRoleBinding
                metadata: {name: reports-policy}
                roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
                subjects:
                - {apiGroup: rbac.authorization.k8s.io, kind: User, name: alice}
                - {apiGroup: rbac.authorization.k8s.io, kind: User, name: "%s"}
                - {apiGroup: rbac.authorization.k8s.io, kind: User, name: "%s"}
                """.formatted(BACKUP, NodeAgent.USER)).create();
        alice = new Wire(cluster.clientAs("alice", "system:authenticated"));
        here = NodeAgent.on(cluster, "reports-here");
        there = NodeAgent.on(cluster, "reports-there");
        // A policy holds a moment after it was made.
        await("the policy holds")
                .atMost(SOON)
                .until(() -> alice.post(Wire.REPORTS + "?dryRun=All", report("probe"))
                        .contains("written by the agent"));
        assertThat(here.wire().post(Wire.REPORTS, here.report())).isEqualTo("201");
        assertThat(there.wire().post(Wire.REPORTS, there.report())).isEqualTo("201");
        assertThat(here.putStatus()).isEqualTo("200");
    }

    @AfterAll
    static void uninstall() {
        cluster.client().rbac().clusterRoleBindings().withName("reports-policy").delete();
        here.close();
        there.close();
        release.close();
    }

    @Test
    void anAgentWritesItsOwnNodesReport() {
        assertThat(here.putStatus()).isEqualTo("200");
        assertThat(there.putStatus()).isEqualTo("200");
    }

    @Test
    void anAgentDoesNotWriteAnotherNodesReport() {
        String words = "the agent on node reports-here may write the report of that node only, and not reports-there";
        assertThat(there.putStatus(here.wire(), there.nodeName()))
                .startsWith("403")
                .contains(words);
        assertThat(here.wire().post(Wire.REPORTS + "?dryRun=All", there.report()))
                .startsWith("403")
                .contains(words);
        assertThat(here.wire().merge(there.path(), "{metadata: {labels: {a: b}}}"))
                .startsWith("403")
                .contains(words);
        assertThat(here.wire().post(Wire.REPORTS, report("any", owner(here.nodeName(), here.nodeUid()))))
                .startsWith("403")
                .contains("and not any");
    }

    @Test
    void aReportHasTheNodeForItsOnlyOwner() {
        String own = owner(here.nodeName(), here.nodeUid());
        List<String> others = List.of(
                report(here.nodeName()),
                report(here.nodeName(), owner(there.nodeName(), there.nodeUid())),
                report(here.nodeName(), owner(here.nodeName(), "an-earlier-one")),
                report(here.nodeName(), own, owner(there.nodeName(), there.nodeUid())),
                report(here.nodeName(), own.replace("kind: Node", "kind: Pod")),
                report(here.nodeName(), own.replace("apiVersion: v1", "apiVersion: example.org/v1")));
        assertThat(others)
                .allSatisfy(report -> assertThat(here.wire().post(Wire.REPORTS + "?dryRun=All", report))
                        .startsWith("403")
                        .contains("the report of node reports-here must have one owner, the Node of that name with UID "
                                + here.nodeUid()));
    }

    /** Who has a token of a node must not be able to leave anything that stands in the way of what deletes. */
    @Test
    void anAgentMakesItsReportSoThatNothingHoldsUpItsDeletion() {
        String own = owner(here.nodeName(), here.nodeUid());
        String bare = report(here.nodeName(), own);
        List<String> others = List.of(
                bare.replace("metadata: {", "metadata: {finalizers: [a.example/b], "),
                report(here.nodeName(), own.replace("{", "{controller: true, ")),
                report(here.nodeName(), own.replace("{", "{controller: false, ")),
                report(here.nodeName(), own.replace("{", "{blockOwnerDeletion: true, ")));
        String words = "the agent on node reports-here creates its report without finalizers, and with an owner that";
        assertThat(others)
                .doesNotContain(bare)
                .allSatisfy(report -> assertThat(here.wire().post(Wire.REPORTS + "?dryRun=All", report))
                        .startsWith("403")
                        .contains(words));
        assertThat(here.wire()
                        .post(Wire.REPORTS + "?dryRun=All", bare.replace("metadata: {", "metadata: {labels: {a: b}, ")))
                .as("what a mutating policy of the cluster may add")
                .contains("already exists");
        assertThat(here.wire().merge(here.path(), "{metadata: {finalizers: [a.example/b]}}"))
                .startsWith("403")
                .contains(words);
    }

    @Test
    void anAgentNamesNoOtherPodAsTheOneThatWrote() {
        String namespace = here.pod().getMetadata().getNamespace();
        String name = here.pod().getMetadata().getName();
        String uid = here.pod().getMetadata().getUid();
        List<String> others = List.of(
                there.reporter(),
                NodeAgent.reporter(namespace, name, there.pod().getMetadata().getUid()),
                NodeAgent.reporter(namespace, there.pod().getMetadata().getName(), uid),
                NodeAgent.reporter("default", name, uid));
        assertThat(others)
                .allSatisfy(reporter -> assertThat(here.putStatus(here.wire(), here.nodeName(), reporter))
                        .startsWith("403")
                        .contains("the agent on node reports-here may name no reporter but its own pod, "
                                + "agent-on-reports-here with UID " + uid));
        assertThat(here.wire().merge(here.path() + "/status", "{status: null}")).startsWith("403");
    }

    @Test
    void anAgentDeletesNothing() {
        String words = "an agent does not delete node port reports";
        assertThat(here.wire().delete(here.path())).startsWith("403").contains(words);
        assertThat(here.wire().delete(there.path())).startsWith("403").contains(words);
        assertThat(here.wire().delete(Wire.REPORTS)).startsWith("403").contains(words);
    }

    @Test
    void aTokenThatSaysNothingOfANodeIsOfNoUse() {
        Wire wire = NodeAgent.withTokenOfNoPod(cluster);
        assertThat(here.putStatus(wire, here.nodeName()))
                .startsWith("403")
                .contains("the token of " + NodeAgent.USER + " does not say on which node it is")
                .contains("the token that the kubelet mounts into its pod");
        assertThat(wire.post(Wire.REPORTS + "?dryRun=All", here.report())).startsWith("403");
    }

    /** Impersonation can't bring the claims of a token along without a right to each of them. */
    @Test
    void nobodyElseForgesWhatANodeSays() {
        String words = "a node port report is written by the agent on its node only, and not by alice";
        assertThat(alice.merge(here.path() + "/status", "{status: {ephemeralRange: 1-2}}"))
                .startsWith("403")
                .contains(words)
                .contains("the chart's value admission.allowedWriters");
        assertThat(alice.post(Wire.REPORTS, report("forged"))).startsWith("403").contains(words);
    }

    @Test
    void systemMastersDoAndWhoeverIsLetIn() {
        List<Wire> writers = List.of(
                new Wire(cluster.client()),
                new Wire(cluster.clientAs(BACKUP, "system:serviceaccounts", "system:authenticated")));
        assertThat(writers).allSatisfy(writer -> {
            assertThat(there.putStatus(writer, there.nodeName())).isEqualTo("200");
            assertThat(writer.post(Wire.REPORTS + "?dryRun=All", report("restored")))
                    .isEqualTo("201");
        });
    }

    @Test
    void labelsAreFreeAndWhatIsOfNoUseCanBeDeleted() {
        assertThat(alice.merge(here.path(), "{metadata: {labels: {a: b}}}")).isEqualTo("200");
        assertThat(here.putStatus()).as("labelled by somebody else").isEqualTo("200");
        try (NodeAgent going = NodeAgent.on(cluster, "reports-deleted")) {
            assertThat(going.wire().post(Wire.REPORTS, going.report())).isEqualTo("201");
            assertThat(alice.delete(going.path())).isEqualTo("200");
            assertThat(going.wire().post(Wire.REPORTS, going.report())).isEqualTo("201");
        }
    }

    @Test
    void aReportGoesWithItsNode() {
        removeNodeAndAwaitThatItsReportIsGone("reports-going");
    }

    private static void removeNodeAndAwaitThatItsReportIsGone(String node) {
        NodeAgent going = NodeAgent.on(cluster, node);
        assertThat(going.wire().post(Wire.REPORTS, going.report())).isEqualTo("201");
        going.close();
        await("the garbage collector has it")
                .atMost(COLLECTED)
                .until(() -> alice.get(going.path()).startsWith("404"));
    }

    /** The garbage collector takes the owner off, and a policy that kept it from that would keep the node for ever. */
    @Test
    void aNodeThatIsDeletedWithoutItsReportIsNotHeldUp() {
        try (NodeAgent going = NodeAgent.on(cluster, "reports-orphaned")) {
            assertThat(going.wire().post(Wire.REPORTS, going.report())).isEqualTo("201");
            // Until the garbage collector knows the definition it can take no owner off, and deletes the report later
            // on.
            removeNodeAndAwaitThatItsReportIsGone("reports-known");
            cluster.client()
                    .resource(going.node())
                    .withPropagationPolicy(DeletionPropagation.ORPHAN)
                    .delete();
            await("the node is gone")
                    .atMost(COLLECTED)
                    .until(() ->
                            cluster.client().nodes().withName(going.nodeName()).get() == null);
            assertThat(going.putStatus()).isNotEqualTo("200");
            assertThat(alice.delete(going.path())).isEqualTo("200");
        }
    }
}
