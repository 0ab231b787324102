package io.portclaim.crds;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.portclaim.api.v1alpha1.AssignedPort;
import io.portclaim.api.v1alpha1.Condition;
import io.portclaim.api.v1alpha1.NodeAssignment;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.api.v1alpha1.PortLedger;
import io.portclaim.api.v1alpha1.PortLedgerSpec;
import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.testing.LocalCluster;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Every bounded list full: the rules stay within the API server's cost budget, and one more is refused. */
@ExtendWith(LocalCluster.class)
class FullListsIT {
    private static final String ACCEPTED = "accepted";

    @Test
    void takesAFullClaim(LocalCluster cluster, KubernetesClient client) {
        Manifest claim = Manifest.claim(cluster.newNamespace(), "web", claimWith(64, 64));
        assertThat(Manifest.refusal(() -> claim.create(client))).isEqualTo(ACCEPTED);
        assertThat(Manifest.refusal(() -> claim.checkUpdate(client))).isEqualTo(ACCEPTED);

        assertThat(Manifest.refusal(() -> claim.withSpec(claimWith(65, 1)).checkUpdate(client)))
                .contains("spec.ports: Too many: 65: must have at most 64 items");
        assertThat(Manifest.refusal(() -> claim.withSpec(claimWith(1, 65)).checkUpdate(client)))
                .contains("spec.nodeSelector.matchExpressions: Too many: 65: must have at most 64 items");
    }

    @Test
    void takesAFullPool(KubernetesClient client) {
        IntFunction<String> range = i -> "10%03d-60%03d".formatted(i, i);
        Manifest pool = Manifest.pool("full", "{ranges: " + list(64, range) + ", exclude: " + list(64, range) + "}");
        assertThat(Manifest.refusal(() -> pool.check(client))).isEqualTo(ACCEPTED);

        assertThat(Manifest.refusal(
                        () -> pool.withSpec("{ranges: " + list(65, range) + "}").check(client)))
                .contains("spec.ranges: Too many: 65: must have at most 64 items");
        assertThat(Manifest.refusal(() -> pool.withSpec("{ranges: [1], exclude: " + list(65, range) + "}")
                        .check(client)))
                .contains("spec.exclude: Too many: 65: must have at most 64 items");
    }

    @Test
    void saysWhatIsWrongWithAFullPool(KubernetesClient client) {
        IntFunction<String> backwards = i -> "60%03d-10%03d".formatted(i, i);
        Manifest pool = Manifest.pool("full", "{ranges: " + list(64, backwards) + "}");
        assertThat(Manifest.refusal(() -> pool.check(client)))
                .contains("\"60000-10000\" runs backwards; write its lower port first, \"10000-60000\"");
    }

    @Test
    void takesAFullStatus(LocalCluster cluster, KubernetesClient client) {
        PortClaim claim = claim(cluster, client);
        assertThat(write(client, claim, status(64, List.of(group(5000, 64)), 16)))
                .isEqualTo(ACCEPTED);
        assertThat(write(client, claim, status(64, groups(1000), 16))).isEqualTo(ACCEPTED);
    }

    @Test
    void boundsAStatus(LocalCluster cluster, KubernetesClient client) {
        PortClaim claim = claim(cluster, client);
        assertThat(write(client, claim, status(65, null, 1))).contains("status.ports: Too many: 65");
        assertThat(write(client, claim, status(1, null, 17))).contains("status.conditions: Too many: 17");
        assertThat(write(client, claim, status(1, groups(1001), 1))).contains("status.nodes: Too many: 1001");
        assertThat(write(client, claim, status(1, List.of(group(5001, 1)), 1)))
                .contains("status.nodes[0].names: Too many: 5001");
        assertThat(write(client, claim, status(1, List.of(group(1, 65)), 1)))
                .contains("status.nodes[0].ports: Too many: 65");
    }

    @Test
    void boundsTheLedger(KubernetesClient client) {
        assertThat(Manifest.refusal(() -> ledger(client, 600_000))).isEqualTo(ACCEPTED);
        assertThat(Manifest.refusal(() -> ledger(client, 600_001)))
                .contains("spec.data: Too long: may not be more than 600000 bytes");
    }

    private static String claimWith(int ports, int requirements) {
        String values = list(64, i -> "v%062d".formatted(i));
        return "{scope: Node, poolName: " + "p".repeat(253) + ", configMapName: " + "c".repeat(253)
                + ", nodeSelector: {matchExpressions: "
                + list(requirements, i -> "{key: k%d, operator: In, values: %s}".formatted(i, values))
                + "}, ports: "
                + list(ports, i -> "{name: a%014d, protocol: TCPUDP, port: %d, count: 9}".formatted(i, 20_000 + 10 * i))
                + "}";
    }

    private static String list(int size, IntFunction<String> element) {
        return IntStream.range(0, size).mapToObj(element).collect(joining(", ", "[", "]"));
    }

    private static PortClaim claim(LocalCluster cluster, KubernetesClient client) {
        String namespace = cluster.newNamespace();
        Manifest.claim(namespace, "web", "{scope: Node, allNodes: true, ports: [{name: a}]}")
                .create(client);
        return client.resources(PortClaim.class)
                .inNamespace(namespace)
                .withName("web")
                .get();
    }

    private static String write(KubernetesClient client, PortClaim claim, PortClaimStatus status) {
        PortClaim written = new PortClaim();
        written.setMetadata(new ObjectMetaBuilder()
                .withNamespace(claim.getMetadata().getNamespace())
                .withName(claim.getMetadata().getName())
                .build());
        written.setSpec(claim.getSpec());
        written.setStatus(status);
        return Manifest.refusal(() -> client.resource(written).updateStatus());
    }

    private static PortClaimStatus status(int ports, @Nullable List<NodeAssignment> nodes, int conditions) {
        return new PortClaimStatus(null, 1L, null, null, null, null, null, ports(ports), nodes, conditions(conditions));
    }

    private static List<NodeAssignment> groups(int count) {
        return IntStream.range(0, count).mapToObj(i -> group(1, 4)).toList();
    }

    private static NodeAssignment group(int names, int ports) {
        return new NodeAssignment(
                IntStream.range(0, names)
                        .mapToObj("ip-10-0-%d.eu-central-1.compute.internal"::formatted)
                        .toList(),
                ports(ports),
                null);
    }

    private static List<AssignedPort> ports(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> new AssignedPort("a%014d".formatted(i), TransportProtocol.TCP, 20_000 + i, 20_000 + i))
                .toList();
    }

    private static List<Condition> conditions(int count) {
        return IntStream.range(0, count)
                .mapToObj(i ->
                        new Condition("Type" + i, "True", 1L, "2026-11-23T09:30:00Z", "Assigned", "m".repeat(1000)))
                .toList();
    }

    private static void ledger(KubernetesClient client, int length) {
        PortLedger ledger = new PortLedger();
        ledger.setMetadata(new ObjectMetaBuilder().withName(PortLedger.NAME).build());
        ledger.setSpec(new PortLedgerSpec(1, "c", "portclaim-system/portclaim", "h", "A".repeat(length)));
        client.resource(ledger).dryRun(true).create();
    }
}
