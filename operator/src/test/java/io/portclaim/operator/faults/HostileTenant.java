package io.portclaim.operator.faults;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.DeletionPropagation;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortClaimSpec;
import io.portclaim.api.v1alpha1.PortRequest;
import io.portclaim.api.v1alpha1.Scope;
import io.portclaim.api.v1alpha1.TransportProtocol;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * A tenant who does, in a namespace of its own, what an editor's rights allow, to spoil it for others: its ConfigMaps say
 * what they like, survive their claims, come back, and can't be written any more. It has few claims and takes few ports.
 */
final class HostileTenant {
    private static final int CLAIMS = 8;
    private static final int PODS = 6;
    private static final int KEPT_COPIES = 40;
    /** Of keys that each name all ports there are: what a tenant's right to ConfigMaps gives it for 8 kB. */
    private static final int KEYS = 200;

    private static final List<String> PORT_NAMES = List.of("a", "b", "c");

    private final KubernetesClient client;
    private final ClusterHistory history;
    private final Dice dice;
    private final String namespace;
    /** Is called with the version of everything that is written in the operator's place. */
    private final Consumer<String> disown;

    private final List<ConfigMap> copies = new ArrayList<>();
    private final Map<String, Integer> counts = new TreeMap<>();
    private int pods;

    HostileTenant(
            KubernetesClient client, ClusterHistory history, Dice dice, String namespace, Consumer<String> disown) {
        this.client = client;
        this.history = history;
        this.dice = dice;
        this.namespace = namespace;
        this.disown = disown;
    }

    /** Overwrites all its ConfigMaps, so that a leader to come finds them so. */
    void overwriteAll() {
        counts.merge("overwrite all ConfigMaps", 1, Integer::sum);
        List<ConfigMap> present = client.configMaps()
                .inNamespace(namespace)
                .withLabel("portclaim.io/claim-uid")
                .list()
                .getItems();
        present.stream()
                .filter(map -> !Boolean.TRUE.equals(map.getImmutable()))
                .map(map -> new ConfigMapBuilder(map).withData(nonsense()).build())
                .forEach(map -> attempt(() -> write(map)));
    }

    /** That the API server refuses it is no failure. */
    private void attempt(Runnable action) {
        try {
            action.run();
        } catch (KubernetesClientException e) {
            if (e.getCode() <= 0 || e.getCode() >= 500) {
                throw e;
            }
            counts.merge("refused", 1, Integer::sum);
        }
    }

    /** Does something. */
    void step() {
        int roll = dice.roll(100);
        attempt(() -> act(roll));
    }

    private void act(int roll) {
        if (roll < 20) {
            count("create claim", this::createClaim);
        } else if (roll < 32) {
            count("delete claim", () -> deleteClaim(DeletionPropagation.BACKGROUND));
        } else if (roll < 40) {
            count("orphan ConfigMap", () -> deleteClaim(DeletionPropagation.ORPHAN));
        } else if (roll < 55) {
            count("overwrite ConfigMap", () -> overwrite(false));
        } else if (roll < 61) {
            count("overwrite ConfigMap, immutable", () -> overwrite(true));
        } else if (roll < 66) {
            count("freeze ConfigMap", this::freeze);
        } else if (roll < 72) {
            count("put finalizer", this::putFinalizer);
        } else if (roll < 78) {
            count("remove finalizers", this::removeFinalizers);
        } else if (roll < 84) {
            count("delete ConfigMap", this::deleteMap);
        } else if (roll < 90) {
            count("restore ConfigMap", this::restore);
        } else {
            count("pod", this::pod);
        }
    }

    private void count(String what, Runnable action) {
        counts.merge(what, 1, Integer::sum);
        action.run();
    }

    private List<PortClaim> claims() {
        return history.present(PortClaim.class, namespace);
    }

    private void createClaim() {
        if (claims().size() >= CLAIMS) {
            deleteClaim(dice.chance(30) ? DeletionPropagation.ORPHAN : DeletionPropagation.BACKGROUND);
            return;
        }
        List<PortRequest> ports = PORT_NAMES.subList(0, 1 + dice.roll(3)).stream()
                .map(name -> new PortRequest(name, TransportProtocol.TCP, null, 1))
                .toList();
        String pool = Victim.POOL;
        PortClaim claim = new PortClaim();
        claim.setMetadata(new ObjectMetaBuilder()
                .withNamespace(namespace)
                .withName("h" + dice.roll(CLAIMS + 2))
                .build());
        claim.setSpec(
                switch (dice.roll(4)) {
                    case 0 -> new PortClaimSpec(pool, Scope.NODE, Victim.NODE, null, null, ports, null);
                    case 1 -> new PortClaimSpec(pool, Scope.CLUSTER, null, null, null, ports, null);
                    default -> new PortClaimSpec(pool, Scope.NODE, null, null, true, ports, null);
                });
        client.resource(claim).create();
    }

    private void deleteClaim(DeletionPropagation dependents) {
        List<PortClaim> claims = claims();
        if (!claims.isEmpty()) {
            client.resource(dice.pick(claims)).withPropagationPolicy(dependents).delete();
        }
    }

    private void withMap(Consumer<ConfigMap> action) {
        List<ConfigMap> maps = history.present(ConfigMap.class, namespace).stream()
                .filter(ClusterHistory::isPortClaims)
                .toList();
        if (!maps.isEmpty()) {
            ConfigMap map = dice.pick(maps);
            copies.add(map);
            if (copies.size() > KEPT_COPIES) {
                copies.remove(0);
            }
            action.accept(map);
        }
    }

    private void write(ConfigMap map) {
        disown.accept(client.resource(map).update().getMetadata().getResourceVersion());
    }

    private void overwrite(boolean immutable) {
        withMap(map -> write(new ConfigMapBuilder(map)
                .withData(nonsense())
                .withImmutable(immutable ? Boolean.TRUE : map.getImmutable())
                .build()));
    }

    private Map<String, String> nonsense() {
        return switch (dice.roll(4)) {
            case 0 -> everyPortOnEveryNode();
            case 1 ->
                Map.of(
                        "A_PORT", "1",
                        "A_PORT_END", "65535",
                        "ports.env", "A_PORT=1\nA_PORT_END=65535\nB_PORT=-1\nC_PORT=x\n",
                        "ports.json", "[{\"name\":\"a\",\"protocol\":\"TCP\",\"port\":1,\"endPort\":65535}]");
            case 2 -> Map.of("ports.json", "[[[{\"name\":", Victim.NODE + ".env", "=\n=\nA_PORT=20300\nA_PORT=20301\n");
            default -> {
                String lines = "A_PORT=%d\nB_PORT=%d\n".formatted(number(), number());
                yield Map.of(Victim.NODE + ".env", lines, "r-a.env", lines, "A_PORT", String.valueOf(number()));
            }
        };
    }

    private int number() {
        return Victim.FIRST + dice.roll(Victim.PORTS);
    }

    private static Map<String, String> everyPortOnEveryNode() {
        Map<String, String> data = new HashMap<>();
        for (int i = 0; i < KEYS; i++) {
            data.put("x" + i + ".env", "B_PORT=1\nB_PORT_END=65535\n");
        }
        data.put(Victim.NODE + ".env", "A_PORT=1\nA_PORT_END=65535\n");
        return data;
    }

    /** What it says stays as it is, for ever. */
    private void freeze() {
        withMap(map -> write(new ConfigMapBuilder(map).withImmutable(true).build()));
    }

    private void putFinalizer() {
        withMap(map -> write(new ConfigMapBuilder(map)
                .editMetadata()
                .withFinalizers("example.com/stay")
                .endMetadata()
                .build()));
    }

    /** The finalizers of all its ConfigMaps, or they would pile up. */
    void removeFinalizers() {
        history.present(ConfigMap.class, namespace).stream()
                .filter(map -> !map.getMetadata().getFinalizers().isEmpty())
                .forEach(map -> write(new ConfigMapBuilder(map)
                        .editMetadata()
                        .withFinalizers(List.of())
                        .endMetadata()
                        .build()));
    }

    private void deleteMap() {
        withMap(map -> client.resource(map).delete());
    }

    /** A ConfigMap as it once was, under its old claim's UID, with that claim as its owner or without. */
    private void restore() {
        if (copies.isEmpty()) {
            return;
        }
        ConfigMap copy = dice.pick(copies);
        ObjectMeta then = copy.getMetadata();
        disown.accept(client.resource(new ConfigMapBuilder()
                        .withNewMetadata()
                        .withNamespace(namespace)
                        .withName(then.getName())
                        .withLabels(then.getLabels())
                        .withAnnotations(then.getAnnotations())
                        .withOwnerReferences(dice.chance(50) ? then.getOwnerReferences() : List.of())
                        .endMetadata()
                        .withData(copy.getData())
                        .build())
                .create()
                .getMetadata()
                .getResourceVersion());
    }

    private void pod() {
        List<Pod> present = history.present(Pod.class, namespace);
        if (present.size() >= PODS) {
            client.resource(dice.pick(present)).withGracePeriod(0).delete();
            return;
        }
        client.resource(new PodBuilder()
                        .withNewMetadata()
                        .withNamespace(namespace)
                        .withName("h" + pods++)
                        .endMetadata()
                        .withNewSpec()
                        .withNodeName(dice.chance(50) ? Victim.NODE : dice.pick(Dice.NODES))
                        .addNewContainer()
                        .withName("c")
                        .withImage("registry.example/none")
                        .addNewEnvFrom()
                        .withNewConfigMapRef("h" + dice.roll(CLAIMS + 2) + "-ports", true)
                        .endEnvFrom()
                        .endContainer()
                        .endSpec()
                        .build())
                .create();
    }

    /** Takes everything of it away. */
    void leave() {
        removeFinalizers();
        client.resources(PortClaim.class).inNamespace(namespace).delete();
        client.pods().inNamespace(namespace).withGracePeriod(0).delete();
        client.configMaps()
                .inNamespace(namespace)
                .withLabel("portclaim.io/claim-uid")
                .delete();
    }

    /** How often it did what. */
    @Override
    public String toString() {
        return "hostile: " + counts;
    }
}
