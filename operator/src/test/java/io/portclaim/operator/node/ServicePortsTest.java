package io.portclaim.operator.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeAddress;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceStatus;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.portclaim.operator.allocation.ForeignPorts;
import io.portclaim.operator.allocation.Place;
import io.portclaim.operator.allocation.Slot;
import io.portclaim.ports.Protocol;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ServicePortsTest {
    private final ForeignPorts foreign = new ForeignPorts();
    private final List<Set<Slot>> announced = new ArrayList<>();
    private final ServicePorts services = new ServicePorts(foreign, announced::add);

    private static Service service(String uid, String spec) {
        return Serialization.unmarshal(
                "---\n{metadata: {name: web, namespace: team, uid: %s}, spec: %s}".formatted(uid, spec), Service.class);
    }

    private static Slot everywhere(Protocol protocol, int port) {
        return new Slot(Place.EVERYWHERE, protocol, port);
    }

    @Test
    void takesItsNodePortsOnEveryNode() {
        services.onAdd(service(
                "u",
                "{type: LoadBalancer, healthCheckNodePort: 31999, ports: [{port: 80, nodePort: 30080},"
                        + " {port: 53, nodePort: 30053, protocol: UDP}, {port: 9, protocol: SCTP, nodePort: 0},"
                        + " {port: 10}]}"));

        assertThat(announced)
                .containsExactly(Set.of(
                        everywhere(Protocol.TCP, 30080),
                        everywhere(Protocol.UDP, 30053),
                        everywhere(Protocol.TCP, 31999)));
        assertThat(foreign.isDeclared(new Slot("any-node", Protocol.TCP, 30080)))
                .isTrue();
        assertThat(foreign.declaredByOthers(everywhere(Protocol.TCP, 30080), "team"))
                .as("a Service of the own namespace is in the way too")
                .contains(new ForeignPorts.Owner("Service", "team", "web"));
    }

    @Test
    void aServiceWithoutNodePortsIsInNobodysWay() {
        services.onAdd(service("u", "{type: ClusterIP, healthCheckNodePort: 0, ports: [{port: 80}]}"));
        services.onAdd(service("v", "{type: ExternalName, externalName: example.org}"));

        assertThat(announced).isEmpty();
    }

    @Test
    void freesThemWhenItsTypeChanges() {
        Service before = service("u", "{type: NodePort, ports: [{port: 80, nodePort: 30080}]}");
        services.onAdd(before);

        services.onUpdate(before, service("u", "{type: ClusterIP, ports: [{port: 80}]}"));

        assertThat(foreign.isDeclared(everywhere(Protocol.TCP, 30080))).isFalse();
        assertThat(announced).hasSize(2);
    }

    @Test
    void anUpdateThatChangesNoPortIsNoNews() {
        Service service = service("u", "{type: NodePort, ports: [{port: 80, nodePort: 30080}]}");
        services.onAdd(service);
        services.onUpdate(service, service);

        assertThat(announced).hasSize(1);
    }

    @Test
    void anotherServiceOfTheNameTakesItsPlace() {
        Service before = service("u", "{type: NodePort, ports: [{port: 80, nodePort: 30080}]}");
        services.onAdd(before);

        services.onUpdate(before, service("v", "{type: NodePort, ports: [{port: 80, nodePort: 30081}]}"));

        assertThat(foreign.isDeclared(everywhere(Protocol.TCP, 30080))).isFalse();
        assertThat(foreign.isDeclared(everywhere(Protocol.TCP, 30081))).isTrue();
        services.onDelete(service("v", "{type: NodePort}"), true);
        assertThat(foreign.isDeclared(everywhere(Protocol.TCP, 30081))).isFalse();
    }

    /** By ports times nodes one object would take more memory than the operator has. */
    @Test
    void oneThatHasManyPortsOnManyNodesHasThemEverywhere() {
        int nodes = 100;
        List<String> addresses =
                IntStream.range(0, nodes).mapToObj(i -> "10.0.0." + i).toList();
        for (int i = 0; i < nodes; i++) {
            services.nodes().onAdd(node("n" + i, addresses.get(i)));
        }
        int ports = ServicePorts.MOST_SLOTS / nodes;
        services.onAdd(manyPorts("few", addresses, 1000, ports));
        services.onAdd(manyPorts("many", addresses.subList(0, nodes - 1), 40_000, ports + 3));

        assertThat(announced.get(0)).hasSize(ServicePorts.MOST_SLOTS).contains(on("n7", Protocol.TCP, 1000));
        assertThat(announced.get(1)).hasSize(ports + 3).contains(everywhere(Protocol.TCP, 40_000));
        assertThat(foreign.isDeclared(on("n7", Protocol.TCP, 40_000))).isTrue();
        services.onDelete(manyPorts("many", addresses, 40_000, 1), false);
        assertThat(foreign.isDeclared(on("n7", Protocol.TCP, 40_000))).isFalse();
    }

    private static Service manyPorts(String uid, List<String> addresses, int first, int ports) {
        return service(
                uid,
                "{type: ClusterIP, externalIPs: %s, ports: [%s]}"
                        .formatted(
                                addresses,
                                IntStream.range(first, first + ports)
                                        .mapToObj(port -> "{port: " + port + "}")
                                        .collect(Collectors.joining(", "))));
    }

    private static Slot on(String node, Protocol protocol, int port) {
        return new Slot(node, protocol, port);
    }

    private static Node node(String name, String... addresses) {
        return new NodeBuilder()
                .withNewMetadata()
                .withName(name)
                .endMetadata()
                .withNewStatus()
                .withAddresses(Stream.of(addresses)
                        .map(address -> new NodeAddress(address, "InternalIP"))
                        .toList())
                .endStatus()
                .build();
    }

    /** What is declared on this node and not on every one, of the ports of these tests. */
    private Set<Slot> declaredOn(String node) {
        return Stream.of(53, 80, 443)
                .flatMap(port -> Stream.of(Protocol.values()).map(protocol -> on(node, protocol, port)))
                .filter(foreign::isDeclared)
                .collect(Collectors.toSet());
    }

    @Test
    void anExternalIpThatIsANodesAddressTakesThePortsOnThatNode() {
        services.nodes().onAdd(node("a", "10.0.0.1", "a.example"));
        services.nodes().onAdd(node("b", "10.0.0.2"));

        services.onAdd(service(
                "u",
                "{type: ClusterIP, clusterIP: 10.96.0.9, externalIPs: [10.0.0.1, 192.0.2.7],"
                        + " externalTrafficPolicy: Local, ports: [{port: 80, targetPort: 8080}, {port: 53, protocol: UDP},"
                        + " {port: 443, protocol: SCTP}]}"));

        assertThat(declaredOn("a"))
                .containsExactlyInAnyOrder(
                        on("a", Protocol.TCP, 80), on("a", Protocol.UDP, 53), on("a", Protocol.SCTP, 443));
        assertThat(announced).containsExactly(declaredOn("a"));
        assertThat(declaredOn("b")).isEmpty();
        assertThat(foreign.isDeclared(everywhere(Protocol.TCP, 80)))
                .as("no number of every node any more")
                .isTrue();
        assertThat(foreign.declaredByOthers(on("a", Protocol.TCP, 80), "team"))
                .contains(new ForeignPorts.Owner("Service", "team", "web"));
    }

    @Test
    void aLoadBalancersAddressCountsAsWell() {
        services.nodes().onAdd(node("a", "10.0.0.1"));
        Service service = service("u", "{type: LoadBalancer, ports: [{port: 443, nodePort: 30443}]}");
        services.onAdd(service);
        assertThat(declaredOn("a")).isEmpty();

        Service served = service("u", "{type: LoadBalancer, ports: [{port: 443, nodePort: 30443}]}");
        served.setStatus(Serialization.unmarshal(
                "---\n{loadBalancer: {ingress: [{hostname: lb.example}, {ip: 10.0.0.1, ipMode: Proxy}]}}",
                ServiceStatus.class));
        services.onUpdate(service, served);

        assertThat(declaredOn("a")).containsExactly(on("a", Protocol.TCP, 443));
        services.onUpdate(served, service);
        assertThat(declaredOn("a")).isEmpty();
        assertThat(foreign.isDeclared(on("a", Protocol.TCP, 30443))).isTrue();
    }

    @Test
    void addressesOfNodesComeChangeAndGo() {
        services.onAdd(service("u", "{externalIPs: [10.0.0.1], ports: [{port: 80}]}"));
        assertThat(announced).isEmpty();

        services.nodes().onAdd(node("a", "10.0.0.1"));
        assertThat(declaredOn("a")).containsExactly(on("a", Protocol.TCP, 80));
        services.nodes().onUpdate(node("a", "10.0.0.1"), node("a", "10.0.0.3"));
        assertThat(declaredOn("a")).isEmpty();
        services.nodes().onAdd(node("b", "10.0.0.1", "10.0.0.2"));
        services.nodes().onAdd(node("c", "10.0.0.1"));
        assertThat(declaredOn("b")).containsExactly(on("b", Protocol.TCP, 80));
        assertThat(declaredOn("c")).containsExactly(on("c", Protocol.TCP, 80));
        services.nodes().onDelete(node("b"), true);
        assertThat(declaredOn("b")).isEmpty();
        assertThat(announced)
                .containsExactly(
                        Set.of(on("a", Protocol.TCP, 80)),
                        Set.of(on("a", Protocol.TCP, 80)),
                        Set.of(on("b", Protocol.TCP, 80)),
                        Set.of(on("c", Protocol.TCP, 80)),
                        Set.of(on("b", Protocol.TCP, 80)));
    }

    @Test
    void aNodesHeartbeatIsNoNews() {
        services.nodes().onAdd(node("a", "10.0.0.1"));
        services.onAdd(service("u", "{externalIPs: [10.0.0.1], ports: [{port: 80}]}"));
        services.nodes().onUpdate(node("a", "10.0.0.1"), node("a", "10.0.0.1"));
        assertThat(announced).hasSize(1);
    }

    @Test
    void whatAServiceHasOnANodeGoesWithIt() {
        services.nodes().onAdd(node("a", "10.0.0.1"));
        Service first = service("u", "{externalIPs: [10.0.0.1], ports: [{port: 80}]}");
        services.onAdd(first);
        services.onAdd(service("v", "{externalIPs: [10.0.0.1], ports: [{port: 80}, {port: 443}]}"));

        services.onDelete(service("v", "{}"), true);
        assertThat(declaredOn("a")).containsExactly(on("a", Protocol.TCP, 80));
        services.onUpdate(first, service("u", "{ports: [{port: 80}]}"));
        assertThat(declaredOn("a")).isEmpty();
        services.nodes().onUpdate(node("a", "10.0.0.1"), node("a", "10.0.0.1", "10.0.0.2"));
        assertThat(declaredOn("a")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.1, 10.0.0.1, true",
        "2001:db8::1, 2001:DB8:0:0:0:0:0:1, true",
        "::ffff:10.0.0.1, 10.0.0.1, true",
        "10.0.0.1, 10.0.0.10, false",
        "2001:db8::1, 2001:db8::1:1, false",
        "10.0.0.999, 10.0.0.999, false",
        "beef, beef, false",
        "1:2, 1:2, false",
        "a.example, a.example, false",
    })
    void oneAddressMayBeWrittenInSeveralWays(String ofService, String ofNode, boolean same) {
        services.nodes().onAdd(node("a", ofNode));
        services.onAdd(service("u", "{externalIPs: ['" + ofService + "'], ports: [{port: 80}]}"));
        assertThat(declaredOn("a").isEmpty()).isNotEqualTo(same);
    }

    @ParameterizedTest
    @ValueSource(strings = {"clusterIP: None", "type: ExternalName, externalName: example.org"})
    void nothingAnswersForSuchAService(String kind) {
        services.nodes().onAdd(node("a", "10.0.0.1"));
        services.onAdd(service("u", "{" + kind + ", externalIPs: [10.0.0.1], ports: [{port: 80}]}"));
        assertThat(declaredOn("a")).isEmpty();
    }
}
