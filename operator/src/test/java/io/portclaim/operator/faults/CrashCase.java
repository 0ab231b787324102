package io.portclaim.operator.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.portclaim.api.v1alpha1.Phase;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortClaimSpec;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.api.v1alpha1.PortPool;
import io.portclaim.api.v1alpha1.PortPoolSpec;
import io.portclaim.api.v1alpha1.PortRequest;
import io.portclaim.api.v1alpha1.Scope;
import io.portclaim.api.v1alpha1.TransportProtocol;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/** A namespace, a pool and nodes of its own, so that what is given can be compared from run to run. */
final class CrashCase implements AutoCloseable {
    private static final int SIZE = 20;

    private final KubernetesClient client;
    private final String namespace;
    private final int first;
    private final String prefix;

    /** {@code number} is another one in each run. */
    CrashCase(KubernetesClient client, String namespace, int number) {
        this.client = client;
        this.namespace = namespace;
        this.first = 22000 + SIZE * number;
        this.prefix = "crash-" + number + "-";
        PortPool pool = new PortPool();
        pool.setMetadata(new ObjectMetaBuilder().withName(prefix + "pool").build());
        pool.setSpec(new PortPoolSpec(
                List.of(new IntOrString(first + "-" + (first + SIZE - 1))),
                null,
                null,
                null,
                new LabelSelectorBuilder()
                        .addToMatchLabels("crash", prefix + "node")
                        .build(),
                PortPoolSpec.Strategy.SEQUENTIAL,
                0,
                new PortPoolSpec.Cooldown("1s", "1s", "1s"),
                null,
                null));
        client.resource(pool).create();
        join("a");
    }

    void join(String node) {
        client.resource(new NodeBuilder()
                        .withMetadata(new ObjectMetaBuilder()
                                .withName(prefix + node)
                                .withLabels(Map.of("crash", prefix + "node"))
                                .build())
                        .build())
                .create();
    }

    void claim(String name, Integer port, String... ports) {
        PortClaim claim = new PortClaim();
        claim.setMetadata(
                new ObjectMetaBuilder().withNamespace(namespace).withName(name).build());
        claim.setSpec(new PortClaimSpec(prefix + "pool", Scope.NODE, null, null, true, requests(port, ports), null));
        client.resource(claim).create();
    }

    void edit(String name, String... ports) {
        client.resources(PortClaim.class).inNamespace(namespace).withName(name).edit(claim -> {
            PortClaimSpec spec = claim.getSpec();
            claim.setSpec(
                    new PortClaimSpec(spec.poolName(), spec.scope(), null, null, true, requests(null, ports), null));
            return claim;
        });
    }

    void delete(String name) {
        client.resources(PortClaim.class).inNamespace(namespace).withName(name).delete();
    }

    String namespace() {
        return namespace;
    }

    /** The full name of a node. */
    String node(String node) {
        return prefix + node;
    }

    int first() {
        return first;
    }

    private static List<PortRequest> requests(Integer port, String... ports) {
        return Stream.of(ports)
                .map(name -> new PortRequest(name, TransportProtocol.TCP, port, 1))
                .toList();
    }

    /** Waits until the claims are bound on {@code nodes} and say so of their present spec. */
    void awaitBound(int nodes, String... names) {
        for (String name : names) {
            await(name)
                    .atMost(Duration.ofSeconds(90))
                    .pollInterval(Duration.ofMillis(50))
                    .untilAsserted(() -> {
                        PortClaim claim = client.resources(PortClaim.class)
                                .inNamespace(namespace)
                                .withName(name)
                                .get();
                        PortClaimStatus status = claim.getStatus();
                        assertThat(status).isNotNull();
                        assertThat(status.phase()).as("%s", status).isEqualTo(Phase.BOUND);
                        assertThat(status.observedGeneration())
                                .isEqualTo(claim.getMetadata().getGeneration());
                        assertThat(status.nodesAssigned()).isEqualTo(nodes);
                        assertThat(published(claim).values())
                                .allSatisfy(ports -> assertThat(ports.keySet())
                                        .isEqualTo(Set.copyOf(claim.getSpec().ports().stream()
                                                .map(PortRequest::name)
                                                .toList())));
                    });
        }
    }

    /** Node, port name and number of every claim; nodes and numbers as if they were the same in every run. */
    Map<String, Map<String, Map<String, Integer>>> outcome() {
        Map<String, Map<String, Map<String, Integer>>> outcome = new TreeMap<>();
        client.resources(PortClaim.class)
                .inNamespace(namespace)
                .list()
                .getItems()
                .forEach(claim -> outcome.put(claim.getMetadata().getName(), published(claim)));
        return outcome;
    }

    private Map<String, Map<String, Integer>> published(PortClaim claim) {
        Map<String, Map<String, Integer>> places = new TreeMap<>();
        Published.in(Scope.NODE, Objects.requireNonNull(claim.getStatus()))
                .byPlace()
                .forEach((place, grants) -> {
                    Map<String, Integer> ports = new TreeMap<>();
                    grants.forEach((name, grant) -> ports.put(name, grant.first() - first));
                    places.put(place.replace(prefix, ""), ports);
                });
        return places;
    }

    @Override
    public void close() {
        client.resources(PortClaim.class).inNamespace(namespace).delete();
        client.resources(PortPool.class).withName(prefix + "pool").delete();
        client.nodes().withLabel("crash", prefix + "node").delete();
    }
}
