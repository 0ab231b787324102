package io.portclaim.operator.faults;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.portclaim.api.v1alpha1.AssignedPort;
import io.portclaim.api.v1alpha1.NodeAssignment;
import io.portclaim.api.v1alpha1.Phase;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortClaimSpec;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.api.v1alpha1.PortPool;
import io.portclaim.api.v1alpha1.PortPoolSpec;
import io.portclaim.api.v1alpha1.PortRequest;
import io.portclaim.api.v1alpha1.Scope;
import io.portclaim.api.v1alpha1.TransportProtocol;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Users who do anything that the API allows to a few claims, pools, nodes, pods and Services. */
final class RandomCluster {
    static final List<String> NODES = List.of("r-a", "r-b", "r-c", "r-d", "r-e", "r-f");
    static final List<String> POOLS = List.of("r-wide", "r-narrow");
    private static final List<String> PORT_NAMES = List.of("http", "game", "db", "x");
    private static final int CLAIMS = 60;

    private final KubernetesClient client;
    private final ClusterHistory history;
    private final Random random;
    private final List<String> namespaces;
    /** Is told the version of everything that is written in the operator's place. */
    private final Consumer<String> disown;

    private final Map<String, Integer> counts = new TreeMap<>();
    private int refused;
    private int names;

    RandomCluster(
            KubernetesClient client,
            ClusterHistory history,
            Random random,
            List<String> namespaces,
            Consumer<String> disown) {
        this.client = client;
        this.history = history;
        this.random = random;
        this.namespaces = namespaces;
        this.disown = disown;
    }

    private interface Operation {
        void run();
    }

    /** Does something; that the API server refuses it is no failure. */
    void step() {
        int dice = random.nextInt(1000);
        if (dice < 250) {
            run("create claim", this::createClaim);
        } else if (dice < 430) {
            run("delete claim", this::deleteClaim);
        } else if (dice < 580) {
            run("edit claim", this::editClaim);
        } else if (dice < 620) {
            run("replace claim", this::replaceClaim);
        } else if (dice < 720) {
            run("create pod", this::createPod);
        } else if (dice < 800) {
            run("delete pod", this::deletePod);
        } else if (dice < 820) {
            run("create Service", this::createService);
        } else if (dice < 840) {
            run("delete Service", this::deleteService);
        } else {
            stepOfOthers(dice);
        }
    }

    private void stepOfOthers(int dice) {
        if (dice < 860) {
            run("edit pool", () -> putPool(pick(POOLS)));
        } else if (dice < 864) {
            run(
                    "delete pool",
                    () -> client.resources(PortPool.class).withName(pick(POOLS)).delete());
        } else if (dice < 874) {
            run("delete node", () -> client.nodes().withName(pick(NODES)).delete());
        } else if (dice < 904) {
            run("put node", () -> putNode(pick(NODES)));
        } else if (dice < 930) {
            run("delete ConfigMap", () -> withMap(map -> client.resource(map).delete()));
        } else if (dice < 950) {
            run("edit ConfigMap", () -> withMap(this::spoil));
        } else if (dice < 960) {
            run("foreign ConfigMap", this::createForeignMap);
        } else if (dice < 975) {
            run("delete foreign ConfigMap", this::deleteForeignMap);
        } else if (dice < 988) {
            run("spoof status", () -> overwriteStatus(this::spoofed));
        } else {
            run("wipe status", () -> overwriteStatus(claim -> null));
        }
    }

    private void run(String name, Operation operation) {
        counts.merge(name, 1, Integer::sum);
        try {
            operation.run();
        } catch (KubernetesClientException e) {
            if (e.getCode() == 0 || e.getCode() >= 500) {
                throw e;
            }
            refused++;
        }
    }

    /** How often each operation ran. */
    String statistics() {
        return counts + ", refused by the API server: " + refused;
    }

    private <T> T pick(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    private boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }

    void putEverything() {
        NODES.forEach(this::putNode);
        POOLS.forEach(this::putPool);
    }

    private void putNode(String name) {
        Map<String, String> labels = Map.of("zone", chance(50) ? "a" : "b", "kubernetes.io/os", "linux");
        Map<String, String> annotations = switch (random.nextInt(4)) {
            case 0 -> Map.of("portclaim.io/ephemeral-port-range", "20020-20035");
            case 1 ->
                Map.of(
                        "portclaim.io/ephemeral-port-range", "20010-20030",
                        "portclaim.io/reserved-ports", "20012,20015-20018");
            default -> Map.of();
        };
        client.resource(new NodeBuilder()
                        .withMetadata(new ObjectMetaBuilder()
                                .withName(name)
                                .withLabels(labels)
                                .withAnnotations(annotations)
                                .build())
                        .build())
                .createOr(existing -> existing.update());
    }

    private void putPool(String name) {
        boolean wide = name.equals("r-wide");
        int first = wide ? 20000 : 20100;
        int last = first + (wide ? 59 : 29) + random.nextInt(20);
        List<IntOrString> ranges = new ArrayList<>(List.of(new IntOrString(first + "-" + last)));
        if (!wide) {
            ranges.add(new IntOrString("30100-30109"));
        }
        List<IntOrString> exclude =
                chance(50) ? List.of(new IntOrString(first + random.nextInt(20)), new IntOrString(first + 25)) : null;
        PortPool pool = new PortPool();
        pool.setMetadata(new ObjectMetaBuilder()
                .withName(name)
                .withAnnotations(wide ? Map.of(PortPool.DEFAULT_ANNOTATION, "true") : Map.of())
                .build());
        LabelSelector nodes = wide || chance(70) ? null : labels("zone", "a");
        pool.setSpec(new PortPoolSpec(
                ranges,
                exclude,
                null,
                new PortPoolSpec.NodePorts(PortPoolSpec.Policy.EXCLUDE, new IntOrString("31000-32767")),
                nodes,
                PortPoolSpec.Strategy.SEQUENTIAL,
                chance(50) ? 8 : null,
                new PortPoolSpec.Cooldown("1s", "2s", "1s"),
                null,
                null));
        client.resource(pool).createOr(existing -> existing.update());
    }

    private static LabelSelector labels(String key, String value) {
        return new LabelSelectorBuilder().addToMatchLabels(key, value).build();
    }

    private List<PortClaim> claims() {
        List<PortClaim> claims = new ArrayList<>();
        namespaces.forEach(namespace -> claims.addAll(history.present(PortClaim.class, namespace)));
        return claims;
    }

    private void withClaim(Consumer<PortClaim> action) {
        List<PortClaim> claims = claims();
        if (!claims.isEmpty()) {
            action.accept(client.getKubernetesSerialization().clone(pick(claims)));
        }
    }

    private void createClaim() {
        if (claims().size() >= CLAIMS) {
            deleteClaim();
            return;
        }
        // Few names, so that they come back while their ports still rest.
        create(pick(namespaces), "c" + random.nextInt(CLAIMS + 20));
    }

    private void create(String namespace, String name) {
        PortClaim claim = new PortClaim();
        claim.setMetadata(
                new ObjectMetaBuilder().withNamespace(namespace).withName(name).build());
        String pool = chance(60) ? null : pick(POOLS);
        String map = chance(10) ? "shared-" + random.nextInt(3) : null;
        List<PortRequest> ports = ports(1 + random.nextInt(3));
        claim.setSpec(
                switch (random.nextInt(10)) {
                    case 0, 1, 2, 3, 4 -> new PortClaimSpec(pool, Scope.NODE, pick(NODES), null, null, ports, map);
                    case 5, 6 ->
                        new PortClaimSpec(
                                pool, Scope.NODE, null, labels("zone", chance(50) ? "a" : "b"), null, ports, map);
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
        TransportProtocol protocol = pick(
                List.of(TransportProtocol.TCP, TransportProtocol.TCP, TransportProtocol.UDP, TransportProtocol.TCPUDP));
        return new PortRequest(name, protocol, chance(12) ? number() : null, chance(85) ? 1 : 2 + random.nextInt(3));
    }

    private int number() {
        return chance(80) ? 20000 + random.nextInt(60) : pick(List.of(20100, 30100)) + random.nextInt(30);
    }

    private void deleteClaim() {
        withClaim(claim -> client.resource(claim).delete());
    }

    private void replaceClaim() {
        withClaim(claim -> {
            client.resource(claim).delete();
            create(claim.getMetadata().getNamespace(), claim.getMetadata().getName());
        });
    }

    private void editClaim() {
        withClaim(claim -> {
            PortClaimSpec spec = claim.getSpec();
            List<PortRequest> ports = new ArrayList<>(spec.ports());
            int at = random.nextInt(ports.size());
            PortRequest old = ports.get(at);
            switch (random.nextInt(4)) {
                case 0 -> ports.remove(at);
                case 1 -> ports.set(at, new PortRequest(old.name(), old.protocol(), number(), old.count()));
                case 2 -> ports.set(at, new PortRequest(old.name(), old.protocol(), null, old.count()));
                default ->
                    PORT_NAMES.stream()
                            .filter(name ->
                                    ports.stream().noneMatch(port -> port.name().equals(name)))
                            .findFirst()
                            .ifPresent(name -> ports.add(port(name)));
            }
            if (ports.isEmpty()) {
                ports.add(port(pick(PORT_NAMES)));
            }
            LabelSelector selector = spec.nodeSelector() != null && chance(30)
                    ? labels("zone", chance(50) ? "a" : "b")
                    : spec.nodeSelector();
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

    private void createPod() {
        String namespace = pick(namespaces);
        PodBuilder pod = new PodBuilder()
                .withMetadata(new ObjectMetaBuilder()
                        .withNamespace(namespace)
                        .withName("p" + names++)
                        .build())
                .withNewSpec()
                .withNodeName(chance(80) ? pick(NODES) : null)
                .addNewContainer()
                .withName("c")
                .withImage("registry.example/none")
                .endContainer()
                .endSpec();
        if (chance(50)) {
            int port = number();
            pod.editSpec()
                    .editContainer(0)
                    .addNewPort()
                    .withContainerPort(port)
                    .withHostPort(port)
                    .withProtocol(chance(70) ? "TCP" : "UDP")
                    .endPort()
                    .endContainer()
                    .withHostNetwork(false)
                    .endSpec();
        } else {
            pod.editSpec()
                    .editContainer(0)
                    .addNewEnvFrom()
                    .withNewConfigMapRef("c" + random.nextInt(CLAIMS + 20) + "-ports", true)
                    .endEnvFrom()
                    .endContainer()
                    .endSpec();
        }
        client.resource(pod.build()).create();
        if (history.present(Pod.class, namespace).size() > 10) {
            deletePod(namespace);
        }
    }

    private void deletePod() {
        deletePod(pick(namespaces));
    }

    private void deletePod(String namespace) {
        List<Pod> pods = history.present(Pod.class, namespace);
        if (!pods.isEmpty()) {
            client.resource(pick(pods)).withGracePeriod(0).delete();
        }
    }

    private void createService() {
        int port = 30100 + random.nextInt(10);
        client.resource(new ServiceBuilder()
                        .withMetadata(new ObjectMetaBuilder()
                                .withNamespace(pick(namespaces))
                                .withName("s" + random.nextInt(4))
                                .build())
                        .withNewSpec()
                        .withType("NodePort")
                        .addNewPort()
                        .withPort(80)
                        .withNodePort(port)
                        .endPort()
                        .endSpec()
                        .build())
                .create();
    }

    private void deleteService() {
        client.services()
                .inNamespace(pick(namespaces))
                .withName("s" + random.nextInt(4))
                .delete();
    }

    private void withMap(Consumer<ConfigMap> action) {
        List<ConfigMap> maps = history.present(ConfigMap.class, pick(namespaces)).stream()
                .filter(ClusterHistory::isPortClaims)
                .toList();
        if (!maps.isEmpty()) {
            action.accept(pick(maps));
        }
    }

    private void spoil(ConfigMap map) {
        ConfigMap spoilt = new ConfigMapBuilder(map)
                .withData(Map.of("HTTP_PORT", "20001", "r-a.env", "HTTP_PORT=20001\n"))
                .build();
        disown.accept(client.resource(spoilt).update().getMetadata().getResourceVersion());
    }

    private void createForeignMap() {
        String name = chance(50) ? "shared-" + random.nextInt(3) : "c" + random.nextInt(CLAIMS + 20) + "-ports";
        client.resource(new ConfigMapBuilder()
                        .withMetadata(new ObjectMetaBuilder()
                                .withNamespace(pick(namespaces))
                                .withName(name)
                                .withLabels(Map.of("foreign", "true"))
                                .build())
                        .withData(Map.of("mine", "yes"))
                        .build())
                .create();
    }

    void deleteForeignMap() {
        client.configMaps()
                .inNamespace(pick(namespaces))
                .withLabel("foreign", "true")
                .delete();
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
                .map(port -> new AssignedPort(port.name(), port.protocol(), 20000 + random.nextInt(60), null))
                .toList();
        return new PortClaimStatus(
                Phase.BOUND,
                1L,
                chance(50) ? "r-narrow" : "r-wide",
                "spoofed",
                "spoofed",
                1,
                1,
                ports,
                List.of(new NodeAssignment(List.of(pick(NODES)), ports, null)),
                null);
    }
}
