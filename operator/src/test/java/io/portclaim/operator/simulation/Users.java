package io.portclaim.operator.simulation;

import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortClaimSpec;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.protocol.Claim;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;

/** What users do, at random. */
public final class Users {
    /** The node that comes and goes. */
    private static final String UNSTEADY = "c";

    /**
     * How old at most what a kubelet reads may be. A cooldown is longer than this, and a late request, news that come late and a leader
     * that stands still, all together.
     */
    static final Duration LONGEST_LAG = Duration.ofSeconds(1);

    static final String POOL = """
            apiVersion: portclaim.io/v1alpha1
            kind: PortPool
            metadata: {name: main, uid: pool, generation: 1, creationTimestamp: "2026-01-01T00:00:00Z"}
            spec: {ranges: [1000-1002], staticBand: 0, cooldown: {tcp: 9s}}
            """;

    /** The numbers of the pool. */
    static final List<Integer> NUMBERS = List.of(1000, 1001, 1002);

    private static final KubernetesSerialization YAML = new KubernetesSerialization();
    private static final List<ClaimKey> NAMES =
            List.of(new ClaimKey("n", "x"), new ClaimKey("n", "y"), new ClaimKey("n", "z"));
    /** Specs by kind: of one kind, the user may edit one into another. */
    private static final List<List<PortClaimSpec>> SPECS = List.of(
            List.of(
                    spec("{poolName: main, scope: Node, nodeName: a, ports: [{name: http}]}"),
                    spec("{poolName: main, scope: Node, nodeName: a, ports: [{name: http}, {name: admin}]}")),
            List.of(
                    spec("{poolName: main, scope: Cluster, ports: [{name: http}]}"),
                    spec("{poolName: main, scope: Cluster, ports: [{name: http}, {name: admin}]}")),
            List.of(spec("{poolName: main, scope: Node, nodeName: b, ports: [{name: http, port: 1000}]}")),
            List.of(
                    spec("{poolName: main, scope: Node, ports: [{name: http}]}"),
                    spec("{poolName: main, scope: Node, ports: [{name: http}, {name: admin}]}")));

    static final PortClaimSpec WHOLE_POOL = spec(
            "{poolName: main, scope: Cluster, ports: [{name: a, port: 1000}, {name: b, port: 1001}, {name: c, port: 1002}]}");

    /** What users do, and how often. */
    private enum Action {
        CREATE(4),
        DELETE(2),
        EDIT(3),
        DELETE_MAP(1),
        EDIT_MAP(1),
        CREATE_POD(3),
        END_POD(2),
        FLAP(1),
        CHANGE_POLICY(1);

        private final int weight;

        Action(int weight) {
            this.weight = weight;
        }
    }

    private final Random random;
    private final SimulatedCluster cluster;
    private final List<Action> actions = new ArrayList<>();
    private final List<ClaimKey> names;
    private final List<List<PortClaimSpec>> specs;
    private final Consumer<SimulatedPod> created;
    private final Consumer<SimulatedPod> ended;
    private final Runnable nodesChanged;

    /** {@code created} and {@code ended} hear of pods, {@code nodesChanged} of nodes. */
    public Users(
            Random random,
            SimulatedCluster cluster,
            Consumer<SimulatedPod> created,
            Consumer<SimulatedPod> ended,
            Runnable nodesChanged) {
        this.random = random;
        this.cluster = cluster;
        this.created = created;
        this.ended = ended;
        this.nodesChanged = nodesChanged;
        // Users who do fewer things do them more often (Groce and others, Swarm Testing, 2012).
        boolean all = random.nextBoolean();
        for (Action action : Action.values()) {
            if (all || action == Action.CREATE || random.nextInt(3) > 0) {
                actions.addAll(Collections.nCopies(action.weight, action));
            }
        }
        this.names = new ArrayList<>(all ? NAMES : some(NAMES));
        this.specs = all ? SPECS : some(SPECS);
    }

    /** At least one of them. */
    private <T> List<T> some(List<T> all) {
        List<T> shuffled = new ArrayList<>(all);
        Collections.shuffle(shuffled, random);
        return List.copyOf(shuffled.subList(0, 1 + random.nextInt(all.size())));
    }

    public static PortClaimSpec spec(String yaml) {
        return YAML.unmarshal("apiVersion: portclaim.io/v1alpha1\nkind: PortClaim\nspec: " + yaml, PortClaim.class)
                .getSpec();
    }

    private <T> T any(Collection<T> all) {
        return new ArrayList<>(all).get(random.nextInt(all.size()));
    }

    /** Does something. */
    public void step() {
        ClaimKey key = any(names);
        switch (any(actions)) {
            case CREATE -> cluster.claim(key).ifPresentOrElse(claim -> {}, () -> cluster.create(key, any(any(specs))));
            case DELETE -> cluster.claim(key).ifPresent(this::delete);
            case EDIT -> cluster.claim(key).ifPresent(this::edit);
            case DELETE_MAP -> map(key).ifPresent(map -> cluster.maps().delete(map, "a user"));
            case EDIT_MAP -> map(key).ifPresent(map -> cluster.maps().edit(map, Map.of("HTTP_PORT", "1001")));
            case CREATE_POD -> createPod(random.nextBoolean() ? key : lastChangedMap(key));
            case END_POD -> {
                if (!cluster.pods().isEmpty()) {
                    end(any(cluster.pods()));
                }
            }
            case FLAP -> flap();
            case CHANGE_POLICY -> {
                // It stays for some time, so that something happens under it.
                if (!cluster.maps().areRefused() || random.nextInt(3) == 0) {
                    cluster.maps().refuse(!cluster.maps().areRefused(), random.nextBoolean());
                }
            }
        }
    }

    private Optional<StoredMap> map(ClaimKey claim) {
        return cluster.map(new ClaimKey(claim.namespace(), claim.name() + "-ports"));
    }

    private void delete(Claim claim) {
        cluster.delete(claim);
        if (random.nextBoolean()) {
            cluster.create(claim.key(), any(any(specs)));
        }
    }

    /** The claim that the ConfigMap which has changed last belongs to: a kubelet may still have it as it was. */
    private ClaimKey lastChangedMap(ClaimKey other) {
        return cluster.maps().lastChanged().map(StoredMap::claim).orElse(other);
    }

    private void createPod(ClaimKey key) {
        List<StoredMap> known = cluster.maps().ofKubelets(new ClaimKey(key.namespace(), key.name() + "-ports"));
        if (!known.isEmpty()) {
            StoredMap map = random.nextBoolean() ? known.get(known.size() - 1) : any(known);
            String place = cluster.placeOf(map.uid());
            boolean isAnywhere = place.equals("*") || place.isEmpty();
            created.accept(cluster.createPod(isAnywhere ? any(cluster.nodes().names()) : place, map));
        }
    }

    private void flap() {
        if (cluster.nodes().names().contains(UNSTEADY)) {
            cluster.nodes().leave(UNSTEADY);
            cluster.pods().stream().filter(pod -> pod.node().equals(UNSTEADY)).forEach(this::end);
        } else {
            cluster.nodes().join(UNSTEADY);
        }
        nodesChanged.run();
    }

    private void edit(Claim claim) {
        for (List<PortClaimSpec> kind : SPECS) {
            if (kind.contains(claim.spec())) {
                kind.stream()
                        .filter(spec -> !spec.equals(claim.spec()))
                        .findAny()
                        .ifPresent(other -> cluster.edit(claim, other));
            }
        }
    }

    private void end(SimulatedPod pod) {
        cluster.endPod(pod);
        ended.accept(pod);
    }

    /** They have a claim of this name, too. */
    void alsoUse(ClaimKey name) {
        if (!names.contains(name)) {
            names.add(name);
        }
    }

    /** Ends all pods. */
    public void endPods() {
        endPods(cluster.pods());
    }

    /** Ends these pods. */
    void endPods(Collection<SimulatedPod> pods) {
        List.copyOf(pods).forEach(this::end);
    }

    /** Deletes everything. */
    public void leave() {
        cluster.claims().forEach(cluster::delete);
        // No garbage collector deletes what a backup brought, and as long as it is there it blocks what it names.
        cluster.maps().all().stream()
                .filter(map -> map.owners().isEmpty())
                .forEach(map -> cluster.maps().delete(map, "a user"));
        endPods();
    }
}
