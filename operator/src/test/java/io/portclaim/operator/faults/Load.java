package io.portclaim.operator.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.portclaim.api.v1alpha1.Phase;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortClaimSpec;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.api.v1alpha1.PortPool;
import io.portclaim.api.v1alpha1.PortPoolSpec;
import io.portclaim.api.v1alpha1.PortRequest;
import io.portclaim.api.v1alpha1.Scope;
import io.portclaim.api.v1alpha1.TransportProtocol;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A user who makes claims and deletes the oldest, all the time, whatever becomes of the API server. Takes {@value #PORTS} ports. */
final class Load implements AutoCloseable {
    static final int CLAIMS = 20;
    /** After a take-over, ports of which only the number is known rest for five minutes: there must be others. */
    static final int PORTS = 400;

    private final KubernetesClient client;
    private final String namespace;
    private final String name;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final AtomicInteger created = new AtomicInteger();
    private final Thread user = new Thread(this::run, "load");

    Load(KubernetesClient client, String namespace, int firstPort) {
        this.client = client;
        this.namespace = namespace;
        this.name = "load-" + firstPort;
        for (String node : List.of("a", "b")) {
            client.resource(new NodeBuilder()
                            .withMetadata(new ObjectMetaBuilder()
                                    .withName(name + "-" + node)
                                    .withLabels(Map.of("load", name))
                                    .build())
                            .build())
                    .create();
        }
        PortPool pool = new PortPool();
        pool.setMetadata(new ObjectMetaBuilder().withName(name).build());
        pool.setSpec(new PortPoolSpec(
                List.of(new IntOrString(firstPort + "-" + (firstPort + PORTS - 1))),
                null,
                null,
                null,
                new LabelSelectorBuilder().addToMatchLabels("load", name).build(),
                PortPoolSpec.Strategy.SEQUENTIAL,
                0,
                new PortPoolSpec.Cooldown("1s", "1s", "1s"),
                null,
                null));
        client.resource(pool).create();
        user.setDaemon(true);
        user.start();
    }

    private void run() {
        Deque<String> present = new ArrayDeque<>();
        do {
            try {
                String next = "load-" + created.incrementAndGet();
                client.resource(claim(next)).create();
                present.addLast(next);
                if (present.size() > CLAIMS) {
                    client.resources(PortClaim.class)
                            .inNamespace(namespace)
                            .withName(present.getFirst())
                            .delete();
                    present.removeFirst();
                }
            } catch (KubernetesClientException e) {
                // An API server that is away: the user tries again.
            }
        } while (!isStoppedAfter(100));
    }

    private boolean isStoppedAfter(long millis) {
        try {
            return stopped.await(millis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    private PortClaim claim(String claimName) {
        PortClaim claim = new PortClaim();
        claim.setMetadata(new ObjectMetaBuilder()
                .withNamespace(namespace)
                .withName(claimName)
                .build());
        int number = created.get();
        List<PortRequest> ports = List.of(
                new PortRequest("http", TransportProtocol.TCP, null, 1),
                new PortRequest("game", TransportProtocol.TCPUDP, null, 2));
        claim.setSpec(
                number % 5 == 0
                        ? new PortClaimSpec(name, Scope.CLUSTER, null, null, null, ports, null)
                        : number % 5 == 1
                                ? new PortClaimSpec(name, Scope.NODE, null, null, true, ports, null)
                                : new PortClaimSpec(name, Scope.NODE, name + "-a", null, null, ports, null));
        return claim;
    }

    /** How many claims were made so far. */
    int created() {
        return created.get();
    }

    /** How many of the claims that are there are bound. */
    long bound() {
        return client.resources(PortClaim.class).inNamespace(namespace).list().getItems().stream()
                .filter(claim -> claim.getStatus() != null && claim.getStatus().phase() == Phase.BOUND)
                .count();
    }

    /** Waits until all the claims that are there are bound; there are {@value #CLAIMS}, or a few more after an outage. */
    void awaitAllBound(Duration patience) {
        await("all bound")
                .atMost(patience)
                .pollInterval(Duration.ofMillis(200))
                .untilAsserted(() -> assertThat(client.resources(PortClaim.class)
                                .inNamespace(namespace)
                                .list()
                                .getItems())
                        .hasSizeGreaterThanOrEqualTo(CLAIMS)
                        .extracting(PortClaim::getStatus)
                        .allSatisfy(status -> assertThat(status)
                                .isNotNull()
                                .extracting(PortClaimStatus::phase)
                                .as("%s", status)
                                .isEqualTo(Phase.BOUND)));
    }

    /** Makes no more claims. */
    void stop() {
        stopped.countDown();
        try {
            user.join(TimeUnit.MINUTES.toMillis(1));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Removes everything. */
    @Override
    public void close() {
        stop();
        client.resources(PortClaim.class).inNamespace(namespace).delete();
        client.resources(PortPool.class).withName(name).delete();
        client.nodes().withLabel("load", name).delete();
    }
}
