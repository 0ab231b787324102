package io.portclaim.operator.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.portclaim.operator.allocation.ForeignPorts;
import io.portclaim.operator.allocation.Place;
import io.portclaim.operator.allocation.Slot;
import io.portclaim.operator.ports.Protocol;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class NodePortServicesTest {
    private final ForeignPorts foreign = new ForeignPorts();
    private final List<Set<Slot>> told = new ArrayList<>();
    private final NodePortServices services = new NodePortServices(foreign, told::add);

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

        assertThat(told)
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

        assertThat(told).isEmpty();
    }

    @Test
    void freesThemWhenItsTypeChanges() {
        Service before = service("u", "{type: NodePort, ports: [{port: 80, nodePort: 30080}]}");
        services.onAdd(before);

        services.onUpdate(before, service("u", "{type: ClusterIP, ports: [{port: 80}]}"));

        assertThat(foreign.isDeclared(everywhere(Protocol.TCP, 30080))).isFalse();
        assertThat(told).hasSize(2);
    }

    @Test
    void anUpdateThatChangesNoPortIsNoNews() {
        Service service = service("u", "{type: NodePort, ports: [{port: 80, nodePort: 30080}]}");
        services.onAdd(service);
        services.onUpdate(service, service);

        assertThat(told).hasSize(1);
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
}
