package io.portclaim.operator.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.NodeListBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Informable;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.portclaim.operator.allocation.ForeignPorts;
import io.portclaim.operator.allocation.Listeners;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** What comes out of a watch may not be an event: a proxy cut it off, or an object can't be read. */
@EnableKubernetesMockClient(https = false)
class BrokenWatchTest {
    KubernetesClient client;
    KubernetesMockServer server;

    private static Node node(String name) {
        return new NodeBuilder()
                .withNewMetadata()
                .withName(name)
                .withResourceVersion("1")
                .endMetadata()
                .build();
    }

    private void expectList(String version, Node... nodes) {
        server.expect()
                .get()
                .withPath("/api/v1/nodes?limit=50")
                .andReturn(
                        200,
                        new NodeListBuilder()
                                .withNewMetadata()
                                .withResourceVersion(version)
                                .endMetadata()
                                .withItems(nodes)
                                .build())
                .once();
    }

    @Test
    void listsAnewWhenTheFirstListIsRefused() throws TimeoutException {
        server.expect()
                .get()
                .withPath("/api/v1/nodes?limit=50")
                .andReturn(403, "{\"kind\":\"Status\",\"message\":\"nodes is forbidden\",\"code\":403}")
                .once();
        expectList("2", node("node-a"));
        server.expect()
                .withPath("/api/v1/nodes?allowWatchBookmarks=true&resourceVersion=2&timeoutSeconds=600&watch=true")
                .andUpgradeToWebSocket()
                .open()
                .done()
                .always();
        ForeignPorts foreign = new ForeignPorts();
        Nodes nodes = new Nodes(Clock.systemUTC(), change -> {});
        try (ClusterView view = new ClusterView(
                client,
                foreign,
                new Listeners(foreign, Clock.systemUTC()),
                new NoopClusterListener(),
                Clock.systemUTC(),
                Duration.ZERO)) {
            view.watch(client.nodes(), nodes, new PrunedStore<>(UnaryOperator.identity()));
            view.awaitFirstLists(Duration.ofSeconds(30));

            assertThat(nodes.all()).containsOnlyKeys("node-a");
            assertThat(view.isHealthy()).isTrue();
        }
    }

    @Test
    void listsAnewAfterAnEventThatCannotBeRead() throws TimeoutException {
        expectList("1", node("node-a"));
        server.expect()
                .withPath("/api/v1/nodes?allowWatchBookmarks=true&resourceVersion=1&timeoutSeconds=600&watch=true")
                .andUpgradeToWebSocket()
                .open()
                .immediately()
                .andEmit("{\"type\": \"MODIFIED\", \"object\": {\"kind\": \"No")
                .done()
                .once();
        expectList("2", node("node-a"), node("node-b"));
        server.expect()
                .withPath("/api/v1/nodes?allowWatchBookmarks=true&resourceVersion=2&timeoutSeconds=600&watch=true")
                .andUpgradeToWebSocket()
                .open()
                .done()
                .always();
        ForeignPorts foreign = new ForeignPorts();
        Nodes nodes = new Nodes(Clock.systemUTC(), change -> {});
        try (ClusterView view = new ClusterView(
                client,
                foreign,
                new Listeners(foreign, Clock.systemUTC()),
                new NoopClusterListener(),
                Clock.systemUTC(),
                Duration.ZERO)) {
            Informable<Node> kind = client.nodes();
            view.watch(kind, nodes, new PrunedStore<>(UnaryOperator.identity()));
            view.awaitFirstLists(Duration.ofSeconds(30));

            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(nodes.all()).containsOnlyKeys("node-a", "node-b"));
            assertThat(view.isHealthy()).isTrue();
        }
    }
}
