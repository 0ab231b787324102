package io.portclaim.operator.chart;

import static io.portclaim.operator.chart.Release.SOON;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.authentication.TokenRequest;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.portclaim.agent.RunningAgent;
import io.portclaim.api.v1alpha1.PortReport;
import io.portclaim.testing.LocalCluster;
import java.nio.file.Path;

/**
 * A node, an agent's pod on it, and who the API server takes that pod for: it has the very kind of token that a kubelet
 * would mount into it. Closing it takes away node and pod.
 *
 * @param node the node as it was made
 * @param token what says who it is
 * @param wire requests that it could send, and does not: see {@link #program} for those that it does
 */
record NodeAgent(LocalCluster cluster, Node node, Pod pod, String token, Wire wire) implements AutoCloseable {
    /** All agents, as the API server knows them. */
    static final String USER = "system:serviceaccount:" + Chart.NAMESPACE + ":portclaim-agent";

    private static final String ACCOUNT = "portclaim-agent";

    /** Makes the node, and puts the pod there. The chart is installed, with agents enabled. */
    static NodeAgent on(LocalCluster cluster, String nodeName) {
        KubernetesClient client = cluster.client();
        Node node = client.resource(client.getKubernetesSerialization().unmarshal("""
                        apiVersion: v1
                        kind: Node
                        metadata: {name: "%s"}
                        """.formatted(nodeName), Node.class))
                .create();
        await("the agents' service account")
                .atMost(SOON)
                .until(() -> client.serviceAccounts()
                                .inNamespace(Chart.NAMESPACE)
                                .withName(ACCOUNT)
                                .get()
                        != null);
        Pod pod = client.resource(client.getKubernetesSerialization()
                        .unmarshal("""
                        apiVersion: v1
                        kind: Pod
                        metadata: {name: "agent-on-%1$s", namespace: "%2$s"}
                        spec:
                          nodeName: "%1$s"
                          serviceAccountName: "%3$s"
                          terminationGracePeriodSeconds: 0
                          containers: [{name: agent, image: none}]
                        """.formatted(nodeName, Chart.NAMESPACE, ACCOUNT), Pod.class))
                .create();
        TokenRequest request = new TokenRequestBuilder()
                .withNewSpec()
                .withNewBoundObjectRef(
                        "v1",
                        "Pod",
                        pod.getMetadata().getName(),
                        pod.getMetadata().getUid())
                .endSpec()
                .build();
        String token = token(cluster, request);
        return new NodeAgent(cluster, node, pod, token, new Wire(cluster.clientWithToken(token)));
    }

    /** A token of the agents' account that is bound to no pod, as {@code kubectl create token} makes it. */
    static Wire withTokenOfNoPod(LocalCluster cluster) {
        TokenRequest request = new TokenRequestBuilder().withNewSpec().endSpec().build();
        return new Wire(cluster.clientWithToken(token(cluster, request)));
    }

    private static String token(LocalCluster cluster, TokenRequest request) {
        return cluster.client()
                .serviceAccounts()
                .inNamespace(Chart.NAMESPACE)
                .withName(ACCOUNT)
                .tokenRequest(request)
                .getStatus()
                .getToken();
    }

    /** The agent itself, for the node whose proc file system is there. */
    RunningAgent program(Path proc) {
        return RunningAgent.with(proc, cluster.client().getConfiguration(), token);
    }

    String nodeName() {
        return node.getMetadata().getName();
    }

    String nodeUid() {
        return node.getMetadata().getUid();
    }

    /** Where its report is. */
    String path() {
        return Wire.REPORTS + "/" + nodeName();
    }

    /** Its report as it makes it: what it found comes afterwards, as the status. */
    String report() {
        return report(nodeName(), owner(nodeName(), nodeUid()));
    }

    /** A report with that name, and with these owners, YAML. */
    static String report(String name, String... owners) {
        return """
                apiVersion: portclaim.io/v1alpha1
                kind: PortReport
                metadata: {name: "%s", ownerReferences: [%s]}
                """.formatted(name, String.join(", ", owners));
    }

    static String owner(String node, String uid) {
        return "{apiVersion: v1, kind: Node, name: \"%s\", uid: \"%s\"}".formatted(node, uid);
    }

    /** Puts a status into its report. */
    String putStatus() {
        return putStatus(wire, nodeName());
    }

    /** Has somebody put a status into the report of that name, as it stands now. */
    String putStatus(Wire somebody, String name) {
        return putStatus(somebody, name, reporter());
    }

    /** Its pod, as who wrote a report. */
    String reporter() {
        return reporter(
                pod.getMetadata().getNamespace(),
                pod.getMetadata().getName(),
                pod.getMetadata().getUid());
    }

    static String reporter(String namespace, String name, String uid) {
        return "{namespace: \"%s\", name: \"%s\", uid: \"%s\"}".formatted(namespace, name, uid);
    }

    /** The same, with another pod for the one that wrote it. */
    String putStatus(Wire somebody, String name, String reporter) {
        String version = cluster.client()
                .resources(PortReport.class)
                .withName(name)
                .require()
                .getMetadata()
                .getResourceVersion();
        return somebody.put(Wire.REPORTS + "/" + name + "/status", """
                apiVersion: portclaim.io/v1alpha1
                kind: PortReport
                metadata: {name: "%s", resourceVersion: "%s"}
                status:
                  ephemeralRange: 32768-60999
                  ephemeralPorts: 28232
                  connectionsPerSecond: 470
                  listeners: {tcp: "22,10250"}
                  reporter: %s
                  reportedAt: "2026-11-23T09:30:00Z"
                """.formatted(name, version, reporter));
    }

    @Override
    public void close() {
        cluster.client().resource(pod).withGracePeriod(0).delete();
        cluster.client().resource(node).delete();
    }
}
