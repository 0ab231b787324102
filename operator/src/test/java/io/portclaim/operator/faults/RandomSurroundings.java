package io.portclaim.operator.faults;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortPool;
import io.portclaim.api.v1alpha1.PortPoolSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Users who change everything around the claims: pools, nodes, pods, Services, ConfigMaps. */
final class RandomSurroundings {
    private final KubernetesClient client;
    private final ClusterHistory history;
    private final Dice dice;
    /** Is called with the version of everything that is written in the operator's place. */
    private final Consumer<String> disown;

    /** In each namespace: so many that some live long. */
    private static final int PODS = 16;

    private int pods;

    RandomSurroundings(KubernetesClient client, ClusterHistory history, Dice dice, Consumer<String> disown) {
        this.client = client;
        this.history = history;
        this.dice = dice;
        this.disown = disown;
    }

    void putEverything() {
        Dice.NODES.forEach(this::putNode);
        Dice.POOLS.forEach(this::putPool);
    }

    void putNode(String name) {
        Map<String, String> labels = Map.of("zone", dice.chance(50) ? "a" : "b", "kubernetes.io/os", "linux");
        Map<String, String> annotations = switch (dice.roll(4)) {
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

    void putPool(String name) {
        boolean wide = name.equals("r-wide");
        int first = wide ? 20000 : 20100;
        int last = first + (wide ? 59 : 29) + dice.roll(20);
        List<IntOrString> ranges = new ArrayList<>(List.of(new IntOrString(first + "-" + last)));
        if (!wide) {
            ranges.add(new IntOrString("30100-30109"));
        }
        List<IntOrString> exclude =
                dice.chance(50) ? List.of(new IntOrString(first + dice.roll(20)), new IntOrString(first + 25)) : null;
        PortPool pool = new PortPool();
        pool.setMetadata(new ObjectMetaBuilder()
                .withName(name)
                .withAnnotations(wide ? Map.of(PortPool.DEFAULT_ANNOTATION, "true") : Map.of())
                .build());
        LabelSelector nodes = wide || dice.chance(70) ? null : Dice.zone("a");
        pool.setSpec(new PortPoolSpec(
                ranges,
                exclude,
                null,
                new PortPoolSpec.NodePorts(PortPoolSpec.Policy.EXCLUDE, new IntOrString("31000-32767")),
                nodes,
                PortPoolSpec.Strategy.SEQUENTIAL,
                dice.chance(50) ? 8 : null,
                new PortPoolSpec.Cooldown("1s", "2s", "1s"),
                null,
                null));
        client.resource(pool).createOr(existing -> existing.update());
    }

    void createPod() {
        String namespace = dice.namespace();
        List<PortClaim> claims = history.present(PortClaim.class, namespace);
        if (dice.chance(40) && !claims.isEmpty()) {
            createReader(dice.pick(claims));
            return;
        }
        PodBuilder pod = new PodBuilder()
                .withMetadata(new ObjectMetaBuilder()
                        .withNamespace(namespace)
                        .withName("p" + pods++)
                        .build())
                .withNewSpec()
                .withNodeName(dice.chance(80) ? dice.pick(Dice.NODES) : null)
                .addNewContainer()
                .withName("c")
                .withImage("registry.example/none")
                .endContainer()
                .endSpec();
        if (dice.chance(50)) {
            int port = dice.number();
            pod.editSpec()
                    .editContainer(0)
                    .addNewPort()
                    .withContainerPort(port)
                    .withHostPort(port)
                    .withProtocol(dice.chance(70) ? "TCP" : "UDP")
                    .endPort()
                    .endContainer()
                    .withHostNetwork(false)
                    .endSpec();
        } else {
            pod.editSpec()
                    .editContainer(0)
                    .addNewEnvFrom()
                    .withNewConfigMapRef(dice.claimName() + "-ports", true)
                    .endEnvFrom()
                    .endContainer()
                    .endSpec();
        }
        create(pod);
    }

    /** A pod that reads what a claim has, where it has it if that is one node. */
    private void createReader(PortClaim claim) {
        String node = claim.getSpec().nodeName();
        String map = claim.getSpec().configMapName();
        create(new PodBuilder()
                .withNewMetadata()
                .withNamespace(claim.getMetadata().getNamespace())
                .withName("p" + pods++)
                .endMetadata()
                .withNewSpec()
                .withNodeName(node == null ? dice.pick(Dice.NODES) : node)
                .addNewContainer()
                .withName("c")
                .withImage("registry.example/none")
                .addNewEnvFrom()
                .withNewConfigMapRef(map == null ? claim.getMetadata().getName() + "-ports" : map, true)
                .endEnvFrom()
                .endContainer()
                .endSpec());
    }

    private void create(PodBuilder builder) {
        Pod pod = client.resource(builder.build()).create();
        String namespace = pod.getMetadata().getNamespace();
        if (history.present(Pod.class, namespace).size() > PODS) {
            deletePod(namespace);
        }
    }

    void deletePod() {
        deletePod(dice.namespace());
    }

    void deletePod(String namespace) {
        List<Pod> pods = history.present(Pod.class, namespace);
        if (!pods.isEmpty()) {
            client.resource(dice.pick(pods)).withGracePeriod(0).delete();
        }
    }

    void createService() {
        int port = 30100 + dice.roll(10);
        client.resource(new ServiceBuilder()
                        .withMetadata(new ObjectMetaBuilder()
                                .withNamespace(dice.namespace())
                                .withName("s" + dice.roll(4))
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

    void deleteService() {
        client.services()
                .inNamespace(dice.namespace())
                .withName("s" + dice.roll(4))
                .delete();
    }

    private void withMap(Consumer<ConfigMap> action) {
        List<ConfigMap> maps = history.present(ConfigMap.class, dice.namespace()).stream()
                .filter(ClusterHistory::isPortClaims)
                .toList();
        if (!maps.isEmpty()) {
            action.accept(dice.pick(maps));
        }
    }

    private void spoil(ConfigMap map) {
        ConfigMap spoilt = new ConfigMapBuilder(map)
                .withData(Map.of("HTTP_PORT", "20001", "r-a.env", "HTTP_PORT=20001\n"))
                .build();
        disown.accept(client.resource(spoilt).update().getMetadata().getResourceVersion());
    }

    void createForeignMap() {
        String name = dice.chance(50) ? dice.sharedMap() : dice.claimName() + "-ports";
        client.resource(new ConfigMapBuilder()
                        .withMetadata(new ObjectMetaBuilder()
                                .withNamespace(dice.namespace())
                                .withName(name)
                                .withLabels(Map.of("foreign", "true"))
                                .build())
                        .withData(Map.of("mine", "yes"))
                        .build())
                .create();
    }

    void deleteForeignMap() {
        client.configMaps()
                .inNamespace(dice.namespace())
                .withLabel("foreign", "true")
                .delete();
    }

    void deletePool() {
        client.resources(PortPool.class).withName(dice.pick(Dice.POOLS)).delete();
    }

    void deleteNode() {
        client.nodes().withName(dice.pick(Dice.NODES)).delete();
    }

    void putSomeNode() {
        putNode(dice.pick(Dice.NODES));
    }

    void putSomePool() {
        putPool(dice.pick(Dice.POOLS));
    }

    void deleteMap() {
        withMap(map -> client.resource(map).delete());
    }

    void spoilMap() {
        withMap(this::spoil);
    }
}
