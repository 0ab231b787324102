package io.portclaim.operator.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortLedger;
import io.portclaim.api.v1alpha1.PortPool;
import io.portclaim.api.v1alpha1.PortPoolStatus;
import io.portclaim.operator.publish.PoolStatuses;
import io.portclaim.operator.testing.RunningOperator;
import io.portclaim.testing.LocalCluster;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One operator on the tests' cluster, and what a test speaks of, written as it would be in a manifest. Closing it stops the
 * operator and takes everything away again, so that each class of tests begins with all ports free.
 */
final class OperatorFixture implements AutoCloseable {
    /** Enough on a machine that does other things too; what is waited for is there much sooner. */
    static final Duration SOON = Duration.ofSeconds(60);

    private final LocalCluster cluster;
    private final KubernetesClient client;
    private final Deque<HasMetadata> made = new ArrayDeque<>();
    private final List<String> namespaces = new ArrayList<>();
    private @Nullable RunningOperator operator;

    private OperatorFixture(LocalCluster cluster) {
        this.cluster = cluster;
        this.client = cluster.client();
    }

    /** A stage without an operator. */
    static OperatorFixture on(LocalCluster cluster) {
        OperatorFixture fixture = new OperatorFixture(cluster);
        fixture.newNamespace("{}");
        return fixture;
    }

    /** A stage with an operator that serves claims. */
    static OperatorFixture withOperator(LocalCluster cluster, String... flags) {
        OperatorFixture fixture = on(cluster);
        fixture.startOperator(flags);
        return fixture;
    }

    void startOperator(String... flags) {
        operator = RunningOperator.start(client.getConfiguration(), flags).awaitServing();
    }

    /** Starts an operator whose graces go by {@code clock}. */
    void startOperator(Clock clock) {
        operator = RunningOperator.start(client.getConfiguration(), clock, http -> {})
                .awaitServing();
    }

    RunningOperator operator() {
        if (operator == null) {
            throw new IllegalStateException("no operator runs");
        }
        return operator;
    }

    void stopOperator() {
        if (operator != null) {
            operator.close();
            operator = null;
        }
    }

    /** What the operator's endpoint answers: the code, a blank, and the body. */
    String get(String path) {
        return Endpoint.get(operator(), path);
    }

    /** The operator's metrics. */
    String metrics() {
        return get("/metrics");
    }

    KubernetesClient client() {
        return client;
    }

    /** The namespace of what is made without naming one. */
    String namespace() {
        return namespaces.get(0);
    }

    /** A namespace of its own with these labels. */
    String newNamespace(String labels) {
        String name = cluster.newNamespace();
        namespaces.add(name);
        client.namespaces().withName(name).edit(namespace -> withLabels(namespace, labels));
        return name;
    }

    private Namespace withLabels(Namespace namespace, String labels) {
        ObjectMeta meta = client.getKubernetesSerialization().unmarshal("labels: " + labels, ObjectMeta.class);
        namespace.getMetadata().getLabels().putAll(meta.getLabels());
        return namespace;
    }

    void label(String namespace, String labels) {
        client.namespaces().withName(namespace).edit(found -> withLabels(found, labels));
    }

    PortPool pool(String name, String spec) {
        return pool(name, "{}", spec);
    }

    PortPool pool(String name, String annotations, String spec) {
        return make(PortPool.class, """
                apiVersion: portclaim.io/v1alpha1
                kind: PortPool
                metadata: {name: "%s", annotations: %s}
                spec: %s
                """.formatted(name, annotations, spec));
    }

    /** Merges {@code patch} into the spec of the pool. */
    void editPool(String name, String patch) {
        client.resources(PortPool.class).withName(name).patch(merge(), json("spec: " + patch));
    }

    PortPool poolNow(String name) {
        return client.resources(PortPool.class).withName(name).require();
    }

    /** The pool's status, once there is one. */
    PortPoolStatus poolStatus(String name) {
        return await("the pool has a status")
                .atMost(SOON)
                .until(() -> poolNow(name).getStatus(), status -> status != null && status.conditions() != null);
    }

    /** One of the pool's conditions at this moment, as in {@code True Serving: …}. */
    String poolCondition(String pool, String type) {
        return PoolStatuses.condition(poolNow(pool).getStatus(), type)
                .map(condition -> "%s %s: %s".formatted(condition.status(), condition.reason(), condition.message()))
                .orElse("not reported yet");
    }

    /** The events about the pool at this moment, as in {@code Warning NodeUnreadable: …}. */
    List<String> poolEvents(String pool) {
        return client.v1().events().inNamespace("default").list().getItems().stream()
                .filter(event -> "PortPool".equals(event.getInvolvedObject().getKind())
                        && pool.equals(event.getInvolvedObject().getName()))
                .map(event -> "%s %s: %s".formatted(event.getType(), event.getReason(), event.getMessage()))
                .toList();
    }

    ClaimProbe claim(String name, String spec) {
        return claim(namespace(), name, spec);
    }

    ClaimProbe claim(String namespace, String name, String spec) {
        PortClaim claim =
                client.getKubernetesSerialization().unmarshal("""
                        apiVersion: portclaim.io/v1alpha1
                        kind: PortClaim
                        metadata: {name: "%s", namespace: "%s"}
                        spec: %s
                        """.formatted(name, namespace, spec), PortClaim.class);
        client.resource(claim).create();
        return new ClaimProbe(this, namespace, name);
    }

    /** A node with this metadata beside its name, as in {@code {labels: {rack: a}}}. */
    Node node(String name, String metadata) {
        Node node = client.getKubernetesSerialization()
                .unmarshal("apiVersion: v1\nkind: Node\nmetadata: " + metadata, Node.class);
        node.getMetadata().setName(name);
        return remember(client.resource(node).create());
    }

    /** Merges {@code patch} into the node's metadata; null removes a label or an annotation. */
    void editNode(String name, String patch) {
        client.nodes().withName(name).patch(merge(), json("metadata: " + patch));
    }

    void removeNode(String name) {
        client.nodes().withName(name).delete();
    }

    /** A pod that is bound to the node, as a scheduler does it, and never starts. */
    Pod pod(String namespace, String name, String node, String container) {
        return await("the namespace's service account")
                .ignoreExceptions()
                .atMost(SOON)
                .until(() -> make(Pod.class, """
                                apiVersion: v1
                                kind: Pod
                                metadata: {name: "%s", namespace: "%s"}
                                spec:
                                  nodeName: "%s"
                                  automountServiceAccountToken: false
                                  containers:
                                  - {name: main, image: registry.example/main:1, %s}
                                """.formatted(name, namespace, node, container)), pod -> true);
    }

    /** Takes the pod away as a kubelet does once its containers have stopped. */
    void removePod(Pod pod) {
        client.resource(pod).withGracePeriod(0).delete();
    }

    /** Says that the pod's containers have stopped, as its kubelet does. */
    void endPod(Pod pod) {
        client.resource(pod).subresource("status").patch(merge(), json("status: {phase: Succeeded}"));
    }

    /** Why a claim that asks for this very number is refused, in the words of its Ready condition; "given" where it is not. */
    String whyTaken(String pool, String node, int port) {
        return whyTaken(namespace(), pool, node, port);
    }

    /** As {@link #whyTaken(String, String, int)}, asked from another namespace. */
    String whyTaken(String namespace, String pool, String node, int port) {
        String name = "asks-" + UUID.randomUUID();
        ClaimProbe requestedPorts = claim(
                namespace,
                name,
                "{poolName: %s, scope: Node, nodeName: %s, ports: [{name: asked, port: %d}]}"
                        .formatted(pool, node, port));
        await().atMost(SOON).until(() -> !requestedPorts.condition("Ready").equals("not reported yet"));
        String condition = requestedPorts.condition("Ready");
        requestedPorts.delete();
        return condition;
    }

    /** Waits until the operator knows that the port is declared. */
    void awaitTaken(String pool, String node, int port) {
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(whyTaken(pool, node, port)).contains("is declared by"));
    }

    Service service(String namespace, String name, String spec) {
        return make(Service.class, """
                apiVersion: v1
                kind: Service
                metadata: {name: "%s", namespace: "%s"}
                spec: %s
                """.formatted(name, namespace, spec));
    }

    ConfigMap configMap(String namespace, String name) {
        return client.configMaps().inNamespace(namespace).withName(name).require();
    }

    <T extends HasMetadata> T make(Class<T> kind, String yaml) {
        return remember(client.resource(client.getKubernetesSerialization().unmarshal(yaml, kind))
                .create());
    }

    private <T extends HasMetadata> T remember(T object) {
        made.push(object);
        return object;
    }

    String json(String yaml) {
        return client.getKubernetesSerialization().convertToJson(yaml);
    }

    static PatchContext merge() {
        return PatchContext.of(PatchType.JSON_MERGE);
    }

    /** The versions of all claims and their ConfigMaps. */
    Map<String, String> claimVersions() {
        return Versions.ofClaims(client, namespaces);
    }

    /** The versions of everything that the operator writes but its Lease. */
    Map<String, String> versions() {
        return Versions.ofAll(client, namespaces);
    }

    @Override
    public void close() {
        stopOperator();
        for (String namespace : namespaces) {
            client.resources(PortClaim.class).inNamespace(namespace).delete();
        }
        made.forEach(object -> client.resource(object).withGracePeriod(0).delete());
        // What cools would keep its ports from the next class.
        client.resources(PortLedger.class).withName("cluster").delete();
        for (String namespace : namespaces) {
            assertThat(client.resources(PortClaim.class)
                            .inNamespace(namespace)
                            .list()
                            .getItems())
                    .isEmpty();
            client.namespaces().withName(namespace).delete();
        }
    }
}
