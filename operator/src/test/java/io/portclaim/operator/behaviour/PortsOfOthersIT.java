package io.portclaim.operator.behaviour;

import static io.portclaim.operator.behaviour.OperatorFixture.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Service;
import io.portclaim.testing.LocalCluster;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Ports that pods and Services have without a claim. */
@ExtendWith(LocalCluster.class)
class PortsOfOthersIT {
    private static OperatorFixture fixture;

    @BeforeAll
    static void begin(LocalCluster cluster) {
        fixture = OperatorFixture.withOperator(cluster);
    }

    @AfterAll
    static void end() {
        fixture.close();
    }

    private static ClaimProbe onNode(String namespace, String name, String node, String pool, String ports) {
        return fixture.claim(
                namespace, name, "{poolName: %s, scope: Node, nodeName: %s, ports: [%s]}".formatted(pool, node, ports));
    }

    @Test
    void aHostPortOfAPodIsLeftOutOnItsNode() {
        fixture.node("others-a", "{}");
        fixture.node("others-b", "{}");
        fixture.pool("others-1", "{ranges: [21000-21001], staticBand: 0}");
        String theirs = fixture.newNamespace("{}");
        fixture.pod(theirs, "secret-name", "others-a", "ports: [{containerPort: 80, hostPort: 21000}]");
        fixture.awaitTaken("others-1", "others-a", 21000);

        assertThat(onNode(fixture.namespace(), "left-out", "others-a", "others-1", "{name: a}")
                        .ports())
                .isEqualTo("a=21001");
        assertThat(onNode(fixture.namespace(), "other-node", "others-b", "others-1", "{name: a, port: 21000}")
                        .ports())
                .isEqualTo("a=21000");
        String refusal = onNode(fixture.namespace(), "very", "others-a", "others-1", "{name: a, port: 21000}")
                .refusal("PortTaken");
        assertThat(refusal)
                .isEqualTo("21000/TCP on node others-a is declared by a Pod of another namespace; request another port,"
                        + " or leave port out and let the pool choose")
                .doesNotContain(theirs, "secret-name");
        assertThat(onNode(fixture.namespace(), "udp", "others-a", "others-1", "{name: a, port: 21000, protocol: UDP}")
                        .ports())
                .as("the pod has it on TCP only")
                .isEqualTo("a=21000/UDP");
    }

    @Test
    void aPodOfTheClaimsOwnNamespaceDoesNotStandInTheWayOfAVeryNumber() {
        fixture.node("others-c", "{}");
        fixture.pool("others-2", "{ranges: [21100-21101], staticBand: 0}");
        fixture.pod(fixture.namespace(), "legacy", "others-c", "ports: [{containerPort: 80, hostPort: 21100}]");
        String theirs = fixture.newNamespace("{}");
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(fixture.whyTaken(theirs, "others-2", "others-c", 21100))
                        .contains("is declared by a Pod of another namespace"));
        assertThat(onNode(fixture.namespace(), "chosen", "others-c", "others-2", "{name: a}")
                        .ports())
                .as("yet it is not chosen for anyone")
                .isEqualTo("a=21101");
        ClaimProbe very = onNode(fixture.namespace(), "brought", "others-c", "others-2", "{name: a, port: 21100}");
        assertThat(very.ports()).isEqualTo("a=21100");
        very.message("Usable", "True Usable");
    }

    @Test
    void aPodThatDeclaresAHeldPortIsReportedForAsLongAsItDoes() {
        fixture.node("others-d", "{}");
        fixture.pool("others-3", "{ranges: [21200-21209], staticBand: 0}");
        ClaimProbe claim = onNode(fixture.namespace(), "held", "others-d", "others-3", "{name: a}");
        assertThat(claim.ports()).isEqualTo("a=21200");
        String theirs = fixture.newNamespace("{}");
        var pod = fixture.pod(theirs, "squatter", "others-d", "ports: [{containerPort: 80, hostPort: 21200}]");
        assertThat(claim.message("Usable", "False HeldByOthers"))
                .isEqualTo("port 21200/TCP is also declared by a Pod of another namespace; the claim keeps it, and"
                        + " the two cannot listen on the same node");
        assertThat(claim.ports()).isEqualTo("a=21200");
        fixture.removePod(pod);
        claim.message("Usable", "True Usable");
    }

    @Test
    void theNodePortRangeAndTheNodePortsOfServicesAreLeftOut() {
        fixture.node("others-e", "{}");
        fixture.pool("others-4", "{ranges: [29999-30001], staticBand: 0}");
        assertThat(onNode(fixture.namespace(), "below", "others-e", "others-4", "{name: a}")
                        .ports())
                .isEqualTo("a=29999");
        assertThat(onNode(fixture.namespace(), "inside", "others-e", "others-4", "{name: a, port: 30000}")
                        .refusal("PortNotUsable"))
                .isEqualTo("port 30000 lies in the NodePort range 30000-32767, which pool others-4 excludes");

        // A pool whose range is set otherwise: a Service's nodePort counts wherever it lies.
        fixture.pool("others-5", "{ranges: [31500-31501], staticBand: 0, nodePorts: {range: 32000-32767}}");
        var service =
                fixture.service(fixture.namespace(), "web", "{type: NodePort, ports: [{port: 80, nodePort: 31500}]}");
        fixture.awaitTaken("others-5", "others-e", 31500);
        assertThat(onNode(fixture.namespace(), "chosen-5", "others-e", "others-5", "{name: a}")
                        .ports())
                .isEqualTo("a=31501");
        ClaimProbe very = onNode(fixture.namespace(), "very-5", "others-e", "others-5", "{name: a, port: 31500}");
        assertThat(very.refusal("PortTaken")).startsWith("31500/TCP on node others-e is declared by Service web; ");
        assertThat(fixture.whyTaken(fixture.newNamespace("{}"), "others-5", "others-e", 31500))
                .contains("31500/TCP on node others-e is declared by a Service of another namespace; ");
        fixture.pool("others-6", "{ranges: [31500-31501], staticBand: 0, nodePorts: {policy: Ignore}}");
        fixture.awaitTaken("others-6", "others-e", 31500);
        assertThat(fixture.whyTaken(fixture.newNamespace("{}"), "others-6", "others-e", 31500))
                .as("to ignore the range is not to hand out what a Service has")
                .contains("31500/TCP on node others-e is declared by a Service of another namespace; ");
        fixture.client().resource(service).delete();
        assertThat(very.ports()).as("free as soon as the Service is gone").isEqualTo("a=31500");
        assertThat(onNode(fixture.namespace(), "ask-4", "others-e", "others-5", "{name: a, port: 31501, protocol: UDP}")
                        .ports())
                .isEqualTo("a=31501/UDP");
    }

    /** As the node's kubelet does. */
    private static void giveAddresses(String node, String... addresses) {
        String list = Stream.of(addresses)
                .map("{type: InternalIP, address: '%s'}"::formatted)
                .collect(Collectors.joining(", "));
        fixture.client()
                .nodes()
                .withName(node)
                .subresource("status")
                .patch(OperatorFixture.merge(), fixture.json("status: {addresses: [%s]}".formatted(list)));
    }

    @Test
    void aServiceThatHasTheNodesAddressHasItsPortThere() {
        fixture.node("others-f", "{}");
        fixture.node("others-g", "{}");
        giveAddresses("others-f", "198.51.100.6");
        giveAddresses("others-g", "198.51.100.7", "2001:db8::7");
        fixture.pool("others-7", "{ranges: [21300-21309], staticBand: 0}");
        Service service = fixture.service(
                fixture.namespace(),
                "external",
                "{externalIPs: [198.51.100.6], ports: [{name: a, port: 21300, targetPort: 80}, {name: b, port: 21301, protocol: UDP}]}");
        fixture.awaitTaken("others-7", "others-f", 21300);

        ClaimProbe very = onNode(fixture.namespace(), "ext-f", "others-f", "others-7", "{name: a, port: 21300}");
        assertThat(very.refusal("PortTaken"))
                .startsWith("21300/TCP on node others-f is declared by Service external; request another port");
        assertThat(onNode(
                                fixture.namespace(),
                                "ext-udp",
                                "others-f",
                                "others-7",
                                "{name: a, port: 21300, protocol: UDP}")
                        .ports())
                .as("the Service has it on TCP only")
                .isEqualTo("a=21300/UDP");
        ClaimProbe other = onNode(fixture.namespace(), "ext-g", "others-g", "others-7", "{name: a, port: 21300}");
        assertThat(other.ports()).as("on a node without the address").isEqualTo("a=21300");
        ClaimProbe wide = fixture.claim(
                "ext-wide", "{poolName: others-7, scope: Cluster, ports: [{name: a, port: 21301, protocol: UDP}]}");
        assertThat(wide.refusal("PortTaken")).startsWith("21301/UDP on every node is declared by Service external; ");

        // It comes later to the other node: by the Service's load balancer, written in another way.
        fixture.client()
                .services()
                .inNamespace(fixture.namespace())
                .withName("external")
                .patch(OperatorFixture.merge(), fixture.json("spec: {type: LoadBalancer}"));
        fixture.client()
                .services()
                .inNamespace(fixture.namespace())
                .withName("external")
                .subresource("status")
                .patch(
                        OperatorFixture.merge(),
                        fixture.json("status: {loadBalancer: {ingress: [{ip: '2001:db8:0:0:0:0:0:7', ipMode: VIP}]}}"));
        assertThat(other.message("Usable", "False HeldByOthers"))
                .isEqualTo("port 21300/TCP is also declared by Service external; the claim keeps it, and the two cannot"
                        + " listen on the same node");
        assertThat(other.ports()).isEqualTo("a=21300");

        // Nodes may change their addresses.
        giveAddresses("others-g", "198.51.100.7");
        other.message("Usable", "True Usable");
        giveAddresses("others-f", "198.51.100.8");
        assertThat(very.ports()).isEqualTo("a=21300");
        assertThat(wide.ports()).isEqualTo("a=21301/UDP");
        fixture.client().resource(service).delete();
    }
}
