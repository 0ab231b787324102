package io.portclaim.operator.faults;

import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.portclaim.api.v1alpha1.AssignedPort;
import io.portclaim.api.v1alpha1.NodeAssignment;
import io.portclaim.api.v1alpha1.Phase;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortClaimSpec;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.api.v1alpha1.PortRequest;
import io.portclaim.api.v1alpha1.Scope;
import io.portclaim.api.v1alpha1.TransportProtocol;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Users who make, edit, replace and delete claims, and write into statuses. */
final class RandomClaims {
    private final KubernetesClient client;
    private final ClusterHistory history;
    private final Dice dice;
    /** Is called with the version of everything that is written in the operator's place. */
    private final Consumer<String> disown;

    private static final List<String> PORT_NAMES = List.of("http", "game", "db", "x");

    RandomClaims(KubernetesClient client, ClusterHistory history, Dice dice, Consumer<String> disown) {
        this.client = client;
        this.history = history;
        this.dice = dice;
        this.disown = disown;
    }

    private List<PortClaim> claims() {
        List<PortClaim> claims = new ArrayList<>();
        dice.namespaces().forEach(namespace -> claims.addAll(history.present(PortClaim.class, namespace)));
        return claims;
    }

    private void withClaim(Consumer<PortClaim> action) {
        List<PortClaim> claims = claims();
        if (!claims.isEmpty()) {
            action.accept(client.getKubernetesSerialization().clone(dice.pick(claims)));
        }
    }

    void createClaim() {
        if (claims().size() >= Dice.CLAIMS) {
            deleteClaim();
            return;
        }
        // Few names, so that they come back while their ports still rest.
        create(dice.namespace(), dice.claimName());
    }

    private void create(String namespace, String name) {
        PortClaim claim = new PortClaim();
        claim.setMetadata(
                new ObjectMetaBuilder().withNamespace(namespace).withName(name).build());
        String pool = dice.chance(60) ? null : dice.pick(Dice.POOLS);
        String map = dice.chance(10) ? dice.sharedMap() : null;
        List<PortRequest> ports = ports(1 + dice.roll(3));
        claim.setSpec(
                switch (dice.roll(10)) {
                    case 0, 1, 2, 3, 4 ->
                        new PortClaimSpec(pool, Scope.NODE, dice.pick(Dice.NODES), null, null, ports, map);
                    case 5, 6 -> new PortClaimSpec(pool, Scope.NODE, null, dice.zone(), null, ports, map);
                    case 7, 8 -> new PortClaimSpec(pool, Scope.NODE, null, null, true, ports, map);
                    default -> new PortClaimSpec(pool, Scope.CLUSTER, null, null, null, ports, map);
                });
        client.resource(claim).create();
    }

    private List<PortRequest> ports(int count) {
        List<PortRequest> ports = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ports.add(port(PORT_NAMES.get(i)));
        }
        return ports;
    }

    private PortRequest port(String name) {
        TransportProtocol protocol = dice.pick(
                List.of(TransportProtocol.TCP, TransportProtocol.TCP, TransportProtocol.UDP, TransportProtocol.TCPUDP));
        return new PortRequest(
                name, protocol, dice.chance(12) ? dice.number() : null, dice.chance(85) ? 1 : 2 + dice.roll(3));
    }

    void deleteClaim() {
        withClaim(claim -> client.resource(claim).delete());
    }

    void deleteClaimThatIsRead() {
        String namespace = dice.namespace();
        Set<String> read = history.present(Pod.class, namespace).stream()
                .flatMap(pod -> pod.getSpec().getContainers().get(0).getEnvFrom().stream())
                .map(source -> source.getConfigMapRef().getName())
                .collect(Collectors.toSet());
        List<PortClaim> claims = history.present(PortClaim.class, namespace).stream()
                .filter(claim -> read.contains(claim.getMetadata().getName() + "-ports"))
                .toList();
        if (!claims.isEmpty()) {
            client.resource(dice.pick(claims)).delete();
        }
    }

    void replaceClaim() {
        withClaim(claim -> {
            client.resource(claim).delete();
            create(claim.getMetadata().getNamespace(), claim.getMetadata().getName());
        });
    }

    void editClaim() {
        withClaim(claim -> {
            PortClaimSpec spec = claim.getSpec();
            List<PortRequest> ports = new ArrayList<>(spec.ports());
            int at = dice.roll(ports.size());
            PortRequest old = ports.get(at);
            switch (dice.roll(6)) {
                case 0 -> ports.remove(at);
                case 1 -> ports.set(at, new PortRequest(old.name(), old.protocol(), dice.number(), old.count()));
                case 2 -> ports.set(at, new PortRequest(old.name(), old.protocol(), null, old.count()));
                case 3, 4 -> ports.set(at, new PortRequest(old.name(), old.protocol(), old.port(), 1 + dice.roll(4)));
                default ->
                    PORT_NAMES.stream()
                            .filter(name ->
                                    ports.stream().noneMatch(port -> port.name().equals(name)))
                            .findFirst()
                            .ifPresent(name -> ports.add(port(name)));
            }
            if (ports.isEmpty()) {
                ports.add(port(dice.pick(PORT_NAMES)));
            }
            LabelSelector selector = spec.nodeSelector() != null && dice.chance(30) ? dice.zone() : spec.nodeSelector();
            claim.setSpec(new PortClaimSpec(
                    spec.poolName(),
                    spec.scope(),
                    spec.nodeName(),
                    selector,
                    spec.allNodes(),
                    ports,
                    spec.configMapName()));
            client.resource(claim).update();
        });
    }

    /** Writes ports into a status that the claim does not have. */
    void spoofStatus() {
        overwriteStatus(this::spoofed);
    }

    void wipeStatus() {
        overwriteStatus(claim -> null);
    }

    private interface Overwrite {
        @Nullable
        PortClaimStatus of(PortClaim claim);
    }

    private void overwriteStatus(Overwrite status) {
        withClaim(claim -> {
            claim.setStatus(status.of(claim));
            disown.accept(client.resource(claim).updateStatus().getMetadata().getResourceVersion());
        });
    }

    private PortClaimStatus spoofed(PortClaim claim) {
        List<AssignedPort> ports = claim.getSpec().ports().stream()
                .map(port -> new AssignedPort(port.name(), port.protocol(), 20000 + dice.roll(60), null))
                .toList();
        return new PortClaimStatus(
                Phase.BOUND,
                1L,
                dice.chance(50) ? "r-narrow" : "r-wide",
                "spoofed",
                "spoofed",
                1,
                1,
                ports,
                List.of(new NodeAssignment(List.of(dice.pick(Dice.NODES)), ports, null)),
                null);
    }
}
