package io.portclaim.operator.faults;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Users who do anything that the API allows to a few claims, pools, nodes, pods and Services. */
final class RandomCluster {
    private static final Set<String> TRUTHFUL =
            Set.of("create claim", "delete claim", "edit claim", "replace claim", "create pod", "delete pod");

    private final Dice dice;
    private final RandomClaims claims;
    private final RandomSurroundings surroundings;
    private final NavigableMap<Integer, Operation> operations = new TreeMap<>();
    private final List<Operation> truthful;
    private final Map<String, Integer> counts = new TreeMap<>();
    private int weights;
    private int refused;

    private record Operation(String name, Runnable action) {}

    /** {@code disown} is called with the version of everything that is written in the operator's place. */
    RandomCluster(KubernetesClient client, ClusterHistory history, Dice dice, Consumer<String> disown) {
        this.dice = dice;
        this.claims = new RandomClaims(client, history, dice, disown);
        this.surroundings = new RandomSurroundings(client, history, dice, disown);
        add(250, "create claim", claims::createClaim);
        add(180, "delete claim", claims::deleteClaim);
        add(150, "edit claim", claims::editClaim);
        add(40, "replace claim", claims::replaceClaim);
        add(13, "spoof status", claims::spoofStatus);
        add(12, "wipe status", claims::wipeStatus);
        add(60, "create pod", surroundings::createPod);
        add(30, "delete pod", surroundings::deletePod);
        add(20, "create Service", surroundings::createService);
        add(20, "delete Service", surroundings::deleteService);
        add(20, "edit pool", surroundings::putSomePool);
        add(4, "delete pool", surroundings::deletePool);
        add(30, "put node", surroundings::putSomeNode);
        add(10, "delete node", surroundings::deleteNode);
        add(26, "delete ConfigMap", surroundings::deleteMap);
        add(20, "spoil ConfigMap", surroundings::spoilMap);
        add(10, "create foreign ConfigMap", surroundings::createForeignMap);
        add(15, "delete foreign ConfigMap", surroundings::deleteForeignMap);
        truthful = operations.values().stream()
                .filter(operation -> TRUTHFUL.contains(operation.name))
                .toList();
    }

    private void add(int weight, String name, Runnable action) {
        operations.put(weights, new Operation(name, action));
        weights += weight;
    }

    void putEverything() {
        surroundings.putEverything();
    }

    /** Does something; that the API server refuses it is no failure. */
    void step() {
        run(operations.floorEntry(dice.roll(weights)).getValue());
    }

    /** Does something, but writes nothing in the operator's place. */
    void stepWithoutFalsehood() {
        run(dice.pick(truthful));
    }

    /** Deletes a claim that a live pod has read the ports of. */
    void deleteClaimThatIsRead() {
        run(new Operation("delete claim that is read", claims::deleteClaimThatIsRead));
    }

    private void run(Operation operation) {
        counts.merge(operation.name, 1, Integer::sum);
        try {
            operation.action.run();
        } catch (KubernetesClientException e) {
            if (e.getCode() <= 0 || e.getCode() >= 500) {
                throw e;
            }
            refused++;
        }
    }

    /** How often each operation ran. */
    String statistics() {
        return counts + ", refused by the API server: " + refused;
    }
}
