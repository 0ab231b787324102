package io.portclaim.operator.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.portclaim.operator.allocation.ForeignPorts;
import io.portclaim.operator.allocation.Listeners;
import io.portclaim.operator.allocation.Slot;
import io.portclaim.ports.Protocol;
import io.portclaim.testing.LocalCluster;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LocalCluster.class)
class ClusterViewIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    /** Not one that the API server picks: that might lie in a range that another test needs. */
    private static final int NODE_PORT = 31600;

    private final ForeignPorts foreign = new ForeignPorts();
    private final Listeners listeners = new Listeners(foreign, Clock.systemUTC());
    private final Listener listener = new Listener();
    private KubernetesClient client;
    private ClusterView view;
    private String namespace;

    /** Also lets a watch thread stand still, as a busy machine does. */
    private static final class Listener extends NoopClusterListener {
        final Set<String> namespaces = ConcurrentHashMap.newKeySet();
        volatile CountDownLatch namespacesMayChange = new CountDownLatch(0);

        @Override
        public void namespaceChanged(String name) {
            try {
                namespacesMayChange.await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            namespaces.add(name);
        }
    }

    @BeforeEach
    void prepare(LocalCluster cluster) {
        client = cluster.client();
        namespace = cluster.newNamespace();
        view = new ClusterView(client, foreign, listeners, listener, Clock.systemUTC(), PATIENCE);
        await().atMost(PATIENCE)
                .until(() -> client.serviceAccounts()
                                .inNamespace(namespace)
                                .withName("default")
                                .get()
                        != null);
    }

    @AfterEach
    void close() {
        view.close();
        // The tests of claims on every node need their ports.
        client.pods().inNamespace(namespace).withGracePeriod(0).delete();
    }

    private void create(String yaml) {
        client.resource("---\n" + yaml).create();
    }

    /** A pod that is bound to a node of that name, which nobody runs. */
    private void createPod(String name, String spec) {
        create("{apiVersion: v1, kind: Pod, metadata: {name: %s, namespace: %s}, spec: {nodeName: node-of-%s, %s}}"
                .formatted(name, namespace, namespace, spec));
    }

    private static String listening(int port) {
        return "containers: [{name: c, image: i, ports: [{containerPort: 80, hostPort: %d}]}]".formatted(port);
    }

    private boolean isDeclared(int port) {
        return foreign.isDeclared(new Slot("node-of-" + namespace, Protocol.TCP, port));
    }

    @Test
    void knowsEverythingThatWasThereWhenItWasStarted() throws TimeoutException {
        create("{apiVersion: v1, kind: Node, metadata: {name: node-of-%s, labels: {a: '1'}}}".formatted(namespace));
        create(
                "{apiVersion: v1, kind: Service, metadata: {name: web, namespace: %s}, spec: {type: NodePort, ports: [{port: 80, nodePort: %d}]}}"
                        .formatted(namespace, NODE_PORT));
        createPod("one", listening(21000));
        createPod("two", listening(21001));
        createPod("three", "hostNetwork: true, containers: [{name: c, image: i, ports: [{containerPort: 21002}]}]");

        view.start();
        view.awaitFirstLists(PATIENCE);

        assertThat(isDeclared(21000)).isTrue();
        assertThat(isDeclared(21001)).isTrue();
        assertThat(isDeclared(21002)).as("on the host's network").isTrue();
        assertThat(isDeclared(NODE_PORT)).as("by a Service, on every node").isTrue();
        assertThat(view.nodes().get("node-of-" + namespace).orElseThrow().labels())
                .containsEntry("a", "1");
        assertThat(view.namespaceLabels(namespace).orElseThrow())
                .containsEntry("kubernetes.io/metadata.name", namespace);
        assertThat(view.namespaceLabels("unknown")).isEmpty();
        assertThat(view.isHealthy()).isTrue();
        client.nodes().withName("node-of-" + namespace).delete();
        client.services().inNamespace(namespace).withName("web").delete();
    }

    @Test
    void waitsUntilWhatWasListedHasBeenDealtWith() throws TimeoutException {
        listener.namespacesMayChange = new CountDownLatch(1);
        view.start();

        assertThatThrownBy(() -> view.awaitFirstLists(Duration.ofSeconds(5)))
                .isInstanceOf(TimeoutException.class)
                .hasMessageContaining("Namespace")
                .hasMessageContaining("5 s");
        assertThat(view.isHealthy()).isFalse();

        listener.namespacesMayChange.countDown();
        view.awaitFirstLists(PATIENCE);
        assertThat(listener.namespaces).contains(namespace);
        assertThat(view.isHealthy()).isTrue();
    }

    @Test
    void hearsWhatHappensLater() throws TimeoutException {
        createPod("first", listening(21000));
        view.start();
        view.awaitFirstLists(PATIENCE);
        assertThat(isDeclared(21000)).isTrue();

        createPod("second", listening(21001));
        client.pods()
                .inNamespace(namespace)
                .withName("first")
                .withGracePeriod(0)
                .delete();
        client.namespaces()
                .withName(namespace)
                .edit(found -> found.edit()
                        .editMetadata()
                        .addToLabels("a", "1")
                        .endMetadata()
                        .build());

        await().atMost(PATIENCE).untilAsserted(() -> {
            assertThat(isDeclared(21001)).isTrue();
            assertThat(isDeclared(21000)).isFalse();
            assertThat(view.namespaceLabels(namespace).orElse(Map.of())).containsEntry("a", "1");
        });
    }

    @Test
    void isHealthyOnceItIsStartedAndUntilItIsClosed() throws TimeoutException {
        assertThat(view.isHealthy()).as("not started").isFalse();

        view.start();
        view.awaitFirstLists(PATIENCE);
        assertThat(view.isHealthy()).isTrue();

        view.close();
        assertThat(view.isHealthy()).isFalse();
    }
}
