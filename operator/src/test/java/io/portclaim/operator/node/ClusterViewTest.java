package io.portclaim.operator.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.portclaim.operator.allocation.ForeignPorts;
import io.portclaim.operator.allocation.Place;
import io.portclaim.operator.allocation.Slot;
import io.portclaim.operator.ports.Protocol;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

@EnableKubernetesMockClient(crud = true, https = false)
class ClusterViewTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    KubernetesClient client;
    KubernetesMockServer server;

    private final ForeignPorts foreign = new ForeignPorts();
    private final Listener listener = new Listener();
    private ClusterView view;

    /** Also lets a watch thread stand still, as a busy machine does. */
    private static final class Listener implements ClusterListener {
        final AtomicInteger podsGone = new AtomicInteger();
        final Set<String> namespaces = ConcurrentHashMap.newKeySet();
        volatile CountDownLatch nodesMayChange = new CountDownLatch(0);

        @Override
        public void nodesChanged() {
            try {
                nodesMayChange.await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public void declarationsChanged(Set<Slot> slots) {}

        @Override
        public void podGone() {
            podsGone.incrementAndGet();
        }

        @Override
        public void namespaceChanged(String namespace) {
            namespaces.add(namespace);
        }
    }

    @AfterEach
    void close() {
        if (view != null) {
            view.close();
        }
    }

    private void start() {
        view = new ClusterView(client, foreign, listener, Clock.systemUTC());
        view.start();
    }

    private void create(String yaml) {
        client.resource("---\n" + yaml).create();
    }

    private void createPod(String name, int port) {
        create("{apiVersion: v1, kind: Pod, metadata: {name: %s, namespace: team}, status: {phase: Running},"
                        .formatted(name)
                + " spec: {nodeName: node-a, containers: [{name: c, ports: [{containerPort: 80, hostPort: %d}]}]}}"
                        .formatted(port));
    }

    private boolean isDeclared(int port) {
        return foreign.isDeclared(new Slot("node-a", Protocol.TCP, port));
    }

    @Test
    void knowsEverythingThatWasThereWhenItWasStarted() throws TimeoutException {
        create("{apiVersion: v1, kind: Node, metadata: {name: node-a, labels: {a: '1'}}}");
        create("{apiVersion: v1, kind: Namespace, metadata: {name: team, labels: {team: games}}}");
        create("{apiVersion: v1, kind: Service, metadata: {name: web, namespace: team},"
                + " spec: {type: NodePort, ports: [{port: 80, nodePort: 30080}]}}");
        createPod("one", 21000);
        createPod("two", 21001);

        start();
        view.awaitFirstLists(PATIENCE);

        assertThat(isDeclared(21000)).isTrue();
        assertThat(isDeclared(21001)).isTrue();
        assertThat(foreign.isDeclared(new Slot(Place.EVERYWHERE, Protocol.TCP, 30080)))
                .isTrue();
        assertThat(view.nodes().get("node-a").orElseThrow().labels()).containsEntry("a", "1");
        assertThat(view.namespaceLabels("team")).contains(Map.of("team", "games"));
        assertThat(view.namespaceLabels("unknown")).isEmpty();
        assertThat(view.isHealthy()).isTrue();
    }

    @Test
    void waitsUntilWhatWasListedHasBeenDealtWith() throws TimeoutException {
        create("{apiVersion: v1, kind: Node, metadata: {name: node-a}}");
        create("{apiVersion: v1, kind: Node, metadata: {name: node-b}}");
        listener.nodesMayChange = new CountDownLatch(1);
        start();

        assertThatThrownBy(() -> view.awaitFirstLists(Duration.ofSeconds(2)))
                .isInstanceOf(TimeoutException.class)
                .hasMessageContaining("did not list Node within 2 s");
        assertThat(view.isHealthy()).isFalse();

        listener.nodesMayChange.countDown();
        view.awaitFirstLists(PATIENCE);
        assertThat(view.nodes().all()).containsOnlyKeys("node-a", "node-b");
        assertThat(view.isHealthy()).isTrue();
    }

    @Test
    void hearsWhatHappensLater() throws TimeoutException {
        createPod("first", 21000);
        start();
        view.awaitFirstLists(PATIENCE);

        createPod("second", 21001);
        create("{apiVersion: v1, kind: Namespace, metadata: {name: later}}");
        create("{apiVersion: v1, kind: Node, metadata: {name: node-b}}");
        client.pods().inNamespace("team").withName("first").delete();

        await().atMost(PATIENCE).untilAsserted(() -> {
            assertThat(isDeclared(21001)).isTrue();
            assertThat(isDeclared(21000)).isFalse();
            assertThat(listener.podsGone).hasValue(1);
            assertThat(listener.namespaces).contains("later");
            assertThat(view.nodes().get("node-b")).isPresent();
        });
        client.namespaces()
                .withName("later")
                .edit(found -> found.edit()
                        .editMetadata()
                        .addToLabels("a", "1")
                        .endMetadata()
                        .build());
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(view.namespaceLabels("later")).contains(Map.of("a", "1")));
        client.namespaces().withName("later").delete();
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(view.namespaceLabels("later")).isEmpty());
    }

    @Test
    void isHealthyOnceItIsStartedAndUntilItIsClosed() throws TimeoutException {
        view = new ClusterView(client, foreign, listener, Clock.systemUTC());
        assertThat(view.isHealthy()).as("not started").isFalse();

        view.start();
        view.awaitFirstLists(PATIENCE);
        assertThat(view.isHealthy()).isTrue();

        view.close();
        assertThat(view.isHealthy()).isFalse();
    }

    @Test
    void saysWhyAFirstListFailed() {
        server.expect()
                .get()
                .withPath("/api/v1/pods?limit=500")
                .andReturn(403, "{\"kind\":\"Status\",\"message\":\"pods is forbidden\",\"code\":403}")
                .once();
        start();

        assertThatThrownBy(() -> view.awaitFirstLists(PATIENCE))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("pods is forbidden");
        assertThat(view.isHealthy()).isFalse();
    }
}
