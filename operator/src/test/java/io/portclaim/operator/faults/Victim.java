package io.portclaim.operator.faults;

import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.portclaim.api.v1alpha1.Phase;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortClaimSpec;
import io.portclaim.api.v1alpha1.PortPool;
import io.portclaim.api.v1alpha1.PortPoolSpec;
import io.portclaim.api.v1alpha1.PortRequest;
import io.portclaim.api.v1alpha1.Scope;
import io.portclaim.api.v1alpha1.TransportProtocol;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * A tenant who now and then makes a claim and expects to be served within seconds, from a pool with room for all, on a node
 * that is always there.
 */
final class Victim {
    static final String POOL = "r-roomy";
    static final String NODE = "r-victim";
    static final int FIRST = 20300;
    static final int PORTS = 100;

    /** Seconds, on a machine that does other things, and from before a restart to after it. */
    private static final Duration DEADLINE = Duration.ofSeconds(30);

    private static final int KEPT = 10;

    private final KubernetesClient client;
    private final String namespace;
    private final int firstPort;
    private final Deque<String> served = new ArrayDeque<>();
    private final List<Waiting> waiting = new ArrayList<>();
    private int claims;
    private long slowestNanos;

    private record Waiting(String name, long since) {}

    Victim(KubernetesClient client, String namespace) {
        this(client, namespace, FIRST);
    }

    /** With numbers from {@code first} on, which no other test leaves cooling. */
    Victim(KubernetesClient client, String namespace, int first) {
        this.client = client;
        this.namespace = namespace;
        this.firstPort = first;
    }

    /** Makes the node and the pool. */
    void begin() {
        client.resource(new NodeBuilder()
                        .withNewMetadata()
                        .withName(NODE)
                        .endMetadata()
                        .build())
                .create();
        PortPool pool = new PortPool();
        pool.setMetadata(new ObjectMetaBuilder().withName(POOL).build());
        pool.setSpec(new PortPoolSpec(
                List.of(new IntOrString(firstPort + "-" + (firstPort + PORTS - 1))),
                null,
                null,
                null,
                null,
                PortPoolSpec.Strategy.SEQUENTIAL,
                0,
                new PortPoolSpec.Cooldown("1s", "1s", "1s"),
                null,
                new PortPoolSpec.Limits(0, 0)));
        client.resource(pool).create();
    }

    /** Makes another claim, and deletes the oldest that was served when there are many. */
    void claim() {
        String name = "v" + claims++;
        PortClaim claim = new PortClaim();
        claim.setMetadata(
                new ObjectMetaBuilder().withNamespace(namespace).withName(name).build());
        List<PortRequest> ports = List.of(new PortRequest("web", TransportProtocol.TCP, null, 1));
        claim.setSpec(
                claims % 2 == 0
                        ? new PortClaimSpec(POOL, Scope.NODE, NODE, null, null, ports, null)
                        : new PortClaimSpec(POOL, Scope.CLUSTER, null, null, null, ports, null));
        client.resource(claim).create();
        waiting.add(new Waiting(name, System.nanoTime()));
        while (served.size() > KEPT) {
            client.resources(PortClaim.class)
                    .inNamespace(namespace)
                    .withName(served.remove())
                    .delete();
        }
    }

    /** Those of its claims that were not served in time; looks at most at the first that waits. */
    List<String> tooLate() {
        if (waiting.isEmpty()) {
            return List.of();
        }
        Waiting first = waiting.get(0);
        PortClaim claim = client.resources(PortClaim.class)
                .inNamespace(namespace)
                .withName(first.name)
                .get();
        long waited = System.nanoTime() - first.since;
        if (claim.getStatus() != null && claim.getStatus().phase() == Phase.BOUND) {
            slowestNanos = Math.max(slowestNanos, waited);
            served.add(first.name);
            waiting.remove(0);
            return List.of();
        }
        return waited < DEADLINE.toNanos()
                ? List.of()
                : List.of("PortClaim %s/%s is not served after %d s: %s"
                        .formatted(
                                namespace, first.name, Duration.ofNanos(waited).toSeconds(), claim.getStatus()));
    }

    /** Whether it waits for anything: then time must not be made to pass, which would end what keeps it waiting. */
    boolean isWaiting() {
        return !waiting.isEmpty();
    }

    /** Takes its claims away. */
    void leave() {
        client.resources(PortClaim.class).inNamespace(namespace).delete();
    }

    /** Takes its pool and its node away too. */
    void end() {
        client.resources(PortPool.class).withName(POOL).delete();
        client.nodes().withName(NODE).delete();
    }

    @Override
    public String toString() {
        return "victim: %d claims, at most %d ms each"
                .formatted(claims, Duration.ofNanos(slowestNanos).toMillis());
    }
}
