package io.portclaim.operator.node;

import io.fabric8.kubernetes.api.model.LoadBalancerIngress;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.portclaim.operator.allocation.ForeignPorts;
import io.portclaim.operator.allocation.Place;
import io.portclaim.operator.allocation.Slot;
import io.portclaim.ports.PortRange;
import io.portclaim.ports.Protocol;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The ports on which Services make nodes answer: their nodePorts on every node, and their own ports on a node that has one of
 * their external IPs, or of their load balancer's, as an address. Neither where the Service sends its traffic nor who
 * answers for the load balancer matters: that node's port is not another's.
 *
 * <p>Thread-safe: every event locks the object for as long as the Services take that it concerns.
 */
public final class ServicePorts implements ResourceEventHandler<Service> {
    /**
     * The most slots of one Service on nodes by themselves. A Service of a mebibyte may have the addresses of all nodes and ports by
     * ten thousands, and anybody who may create Services may write them.
     */
    static final int MOST_SLOTS = 20_000;

    private final ForeignPorts foreign;
    private final Consumer<Set<Slot>> changed;
    private final Addresses nodes = new Addresses();
    private final Map<String, Answering> services = new HashMap<>();
    /** The UIDs of the Services that have an address, whether or not a node has it too. */
    private final Map<InetAddress, Set<String>> servicesAt = new HashMap<>();

    private final Map<InetAddress, Set<String>> nodesAt = new HashMap<>();
    private final Map<String, Set<InetAddress>> addressesOf = new HashMap<>();

    /**
     * A Service as far as nodes answer for it.
     *
     * @param everywhere what it has on every node
     * @param addresses on which it answers
     * @param ports what it has there, as of every node
     */
    private record Answering(
            ForeignPorts.Owner owner, Set<Slot> everywhere, Set<InetAddress> addresses, Set<Slot> ports) {}

    /** Services whose ports go to {@code foreign}; {@code changed} gets the slots that they began or ceased to have. */
    public ServicePorts(ForeignPorts foreign, Consumer<Set<Slot>> changed) {
        this.foreign = foreign;
        this.changed = changed;
    }

    /** Handles the events of the cluster's nodes, with the addresses in their status. */
    public ResourceEventHandler<Node> nodes() {
        return nodes;
    }

    @Override
    public void onAdd(Service service) {
        Set<Slot> touched;
        synchronized (this) {
            String uid = service.getMetadata().getUid();
            Answering answering = answering(service);
            Answering before = services.put(uid, answering);
            if (before != null) {
                unlink(servicesAt, before.addresses, uid);
            }
            link(servicesAt, answering.addresses, uid);
            touched = declare(uid);
        }
        announce(touched);
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
        Set<Slot> touched;
        synchronized (this) {
            String uid = service.getMetadata().getUid();
            Answering before = services.remove(uid);
            if (before != null) {
                unlink(servicesAt, before.addresses, uid);
            }
            touched = foreign.withdraw(uid);
        }
        announce(touched);
    }

    private final class Addresses implements ResourceEventHandler<Node> {
        @Override
        public void onAdd(Node node) {
            move(node.getMetadata().getName(), addresses(node));
        }

        @Override
        public void onUpdate(Node before, Node node) {
            onAdd(node);
        }

        @Override
        public void onDelete(Node node, boolean finalStateUnknown) {
            move(node.getMetadata().getName(), Set.of());
        }
    }

    private void move(String node, Set<InetAddress> now) {
        Set<Slot> touched = new HashSet<>();
        synchronized (this) {
            Set<InetAddress> before = addressesOf.getOrDefault(node, Set.of());
            if (before.equals(now)) {
                return;
            }
            Set<String> concerned = Stream.concat(before.stream(), now.stream())
                    .flatMap(address -> servicesAt.getOrDefault(address, Set.of()).stream())
                    .collect(Collectors.toSet());
            unlink(nodesAt, before, node);
            link(nodesAt, now, node);
            if (now.isEmpty()) {
                addressesOf.remove(node);
            } else {
                addressesOf.put(node, now);
            }
            concerned.forEach(uid -> touched.addAll(declare(uid)));
        }
        announce(touched);
    }

    private Set<Slot> declare(String uid) {
        Answering service = services.get(uid);
        if (service == null) {
            return Set.of();
        }
        Set<Slot> slots = new HashSet<>(service.everywhere);
        Set<String> nodes = service.addresses.stream()
                .flatMap(address -> nodesAt.getOrDefault(address, Set.of()).stream())
                .collect(Collectors.toSet());
        if ((long) nodes.size() * service.ports.size() > MOST_SLOTS) {
            // More than it has, but no node that has it is left out.
            slots.addAll(service.ports);
        } else {
            nodes.forEach(
                    node -> service.ports.forEach(port -> slots.add(new Slot(node, port.protocol(), port.port()))));
        }
        return foreign.declare(uid, service.owner, slots);
    }

    private void announce(Set<Slot> touched) {
        if (!touched.isEmpty()) {
            changed.accept(touched);
        }
    }

    private static Answering answering(Service service) {
        Set<Slot> everywhere = new HashSet<>();
        Set<Slot> ports = new HashSet<>();
        service.getSpec().getPorts().forEach(port -> {
            add(port.getProtocol(), port.getNodePort(), everywhere);
            add(port.getProtocol(), port.getPort(), ports);
        });
        add(Protocol.TCP.name(), service.getSpec().getHealthCheckNodePort(), everywhere);
        return new Answering(
                new ForeignPorts.Owner(
                        "Service",
                        service.getMetadata().getNamespace(),
                        service.getMetadata().getName()),
                everywhere,
                addresses(service),
                ports);
    }

    private static void add(@Nullable String protocolName, @Nullable Integer port, Set<Slot> into) {
        if (port != null && PortRange.isPort(port)) {
            Protocol.named(protocolName).ifPresent(protocol -> into.add(new Slot(Place.EVERYWHERE, protocol, port)));
        }
    }

    /** Nothing answers for a Service that is headless, or only a name for something elsewhere. */
    private static Set<InetAddress> addresses(Service service) {
        boolean isAnswered = !"None".equals(service.getSpec().getClusterIP())
                && !"ExternalName".equals(service.getSpec().getType());
        List<@Nullable String> texts = new ArrayList<>();
        if (isAnswered) {
            texts.addAll(service.getSpec().getExternalIPs());
            if (service.getStatus() != null && service.getStatus().getLoadBalancer() != null) {
                service.getStatus().getLoadBalancer().getIngress().stream()
                        .map(LoadBalancerIngress::getIp)
                        .forEach(texts::add);
            }
        }
        return parsed(texts.stream());
    }

    /** Of whatever type: an address may also stand as a hostname. */
    private static Set<InetAddress> addresses(Node node) {
        return node.getStatus() == null
                ? Set.of()
                : parsed(node.getStatus().getAddresses().stream().map(address -> address.getAddress()));
    }

    private static Set<InetAddress> parsed(Stream<@Nullable String> texts) {
        return texts.filter(Objects::nonNull)
                .flatMap(text -> IpAddresses.parse(text).stream())
                .collect(Collectors.toUnmodifiableSet());
    }

    private static void link(Map<InetAddress, Set<String>> into, Set<InetAddress> addresses, String name) {
        addresses.forEach(
                address -> into.computeIfAbsent(address, key -> new HashSet<>()).add(name));
    }

    private static void unlink(Map<InetAddress, Set<String>> from, Set<InetAddress> addresses, String name) {
        addresses.forEach(address ->
                from.computeIfPresent(address, (key, names) -> names.remove(name) && names.isEmpty() ? null : names));
    }
}
