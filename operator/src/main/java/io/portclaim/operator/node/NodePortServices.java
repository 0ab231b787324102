package io.portclaim.operator.node;

import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.portclaim.operator.allocation.ForeignPorts;
import io.portclaim.operator.allocation.Place;
import io.portclaim.operator.allocation.Slot;
import io.portclaim.operator.ports.Protocol;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** The nodePorts of Services, which are taken on every node. Thread-safe. */
public final class NodePortServices implements ResourceEventHandler<Service> {
    private final ForeignPorts foreign;
    private final Consumer<Set<Slot>> changed;

    /** Services whose nodePorts go to {@code foreign}. */
    public NodePortServices(ForeignPorts foreign, Consumer<Set<Slot>> changed) {
        this.foreign = foreign;
        this.changed = changed;
    }

    @Override
    public void onAdd(Service service) {
        List<Slot> slots = new ArrayList<>();
        service.getSpec().getPorts().forEach(port -> {
            if (Nodes.isPort(port.getNodePort())) {
                Pods.protocol(port.getProtocol())
                        .forEach(protocol -> slots.add(everywhere(protocol, port.getNodePort())));
            }
        });
        Integer health = service.getSpec().getHealthCheckNodePort();
        if (Nodes.isPort(health)) {
            slots.add(everywhere(Protocol.TCP, health));
        }
        tell(foreign.declare(
                service.getMetadata().getUid(),
                new ForeignPorts.Owner(
                        "Service",
                        service.getMetadata().getNamespace(),
                        service.getMetadata().getName()),
                slots));
    }

    @Override
    public void onUpdate(Service before, Service service) {
        if (!before.getMetadata().getUid().equals(service.getMetadata().getUid())) {
            onDelete(before, false);
        }
        onAdd(service);
    }

    @Override
    public void onDelete(Service service, boolean finalStateUnknown) {
        tell(foreign.withdraw(service.getMetadata().getUid()));
    }

    private void tell(Set<Slot> touched) {
        if (!touched.isEmpty()) {
            changed.accept(touched);
        }
    }

    private static Slot everywhere(Protocol protocol, int port) {
        return new Slot(Place.EVERYWHERE, protocol, port);
    }
}
