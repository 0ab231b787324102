package io.portclaim.operator.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.IntOrString;
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
import io.portclaim.testing.LocalCluster;
import io.portclaim.testing.ShiftedClock;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Users do anything, operators come, crash and haunt, and what is published is judged at every revision. The seed is
 * printed; {@code -Dportclaim.seed=…} plays the same operations again ({@code -Dportclaim.operations=…}: how many), though
 * not the same interleaving with the operator's threads.
 */
@ExtendWith(LocalCluster.class)
class RandomOperationsIT {
    private static final int OPERATIONS = Integer.getInteger("portclaim.operations", 10_000);
    private static final long SEED = Long.getLong("portclaim.seed", System.nanoTime());
    private static final int QUIET_EVERY = 500;
    /** Longer than any rest: ports of which only the number is known rest for five minutes. */
    private static final Duration BEYOND_ANY_COOLDOWN = Duration.ofMinutes(6);

    private static final Duration NODE_GRACE = Duration.ofMinutes(10);

    private final Random random = new Random(SEED);
    private final ShiftedClock clock = new ShiftedClock();
    private final InvariantsChecker checker = new InvariantsChecker(NODE_GRACE);

    @Test
    @Timeout(value = 30, unit = TimeUnit.MINUTES)
    void nothingIsDoubledMovedOrLost(LocalCluster cluster, KubernetesClient client) {
        List<String> namespaces = List.of(cluster.newNamespace(), cluster.newNamespace());
        System.out.println("portclaim.seed=" + SEED);
        try (ClusterHistory history = new ClusterHistory(client, clock);
                Succession operators = new Succession(client.getConfiguration(), clock)) {
            RandomCluster users = new RandomCluster(client, history, new Dice(random, namespaces), checker::disown);
            users.putEverything();
            long started = System.nanoTime();
            for (int i = 1; i <= OPERATIONS; i++) {
                step(users, operators, history);
                assertThat(checker.violations())
                        .as("seed %d, operation %d", SEED, i)
                        .isEmpty();
                assertThat(operators.isWorking())
                        .as("seed %d, operation %d", SEED, i)
                        .isTrue();
                if (i % QUIET_EVERY == 0) {
                    awaitQuiet(client, history, "seed %d, operation %d".formatted(SEED, i));
                    operators.bury();
                    System.out.printf("operation %d after %d s%n", i, seconds(started));
                }
            }
            System.out.printf(
                    "%d operations in %d s: %s; %s; %d versions judged%n",
                    OPERATIONS, seconds(started), users.statistics(), operators, checker.judged());
            everythingCanBeGivenAgain(client, namespaces);
            checker.judge(history.all());
            assertThat(checker.violations()).as("seed %d, at the end", SEED).isEmpty();
        }
    }

    private static long seconds(long since) {
        return Duration.ofNanos(System.nanoTime() - since).toSeconds();
    }

    private void step(RandomCluster users, Succession operators, ClusterHistory history) {
        int dice = random.nextInt(1000);
        if (dice < 4) {
            // A status is the truth at a take-over: one that a user has made up would be believed.
            awaitRepair(history);
            checker.operatorStops();
            switch (dice) {
                case 0, 1 -> operators.restart();
                case 2 -> operators.crash();
                default -> operators.usurp();
            }
        } else if (dice < 12) {
            jump(history);
        } else {
            users.step();
        }
        checker.judge(history.next());
    }

    /** What came before is seen before: how long a node was away is judged by this clock. */
    private void jump(ClusterHistory history) {
        checker.judge(history.all());
        clock.goOn(BEYOND_ANY_COOLDOWN);
    }

    private void awaitRepair(ClusterHistory history) {
        await("repair").atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
            checker.judge(history.all());
            assertThat(checker.unrepaired())
                    .as("seed %d: overwritten and not repaired", SEED)
                    .isEmpty();
        });
    }

    private void awaitQuiet(KubernetesClient client, ClusterHistory history, String when) {
        await(when)
                .atMost(Duration.ofSeconds(90))
                .pollInterval(Duration.ofMillis(300))
                .untilAsserted(() -> {
                    clock.goOn(BEYOND_ANY_COOLDOWN);
                    checker.judge(history.all());
                    assertThat(checker.violations()).isEmpty();
                    assertThat(checker.unrepaired()).isEmpty();
                    assertThat(QuietCluster.problems(client, checker::everIn)).isEmpty();
                });
    }

    /** Without claims and pods, blocks as large as the pools must be there on every node. */
    private void everythingCanBeGivenAgain(KubernetesClient client, List<String> namespaces) {
        for (String namespace : namespaces) {
            client.resources(PortClaim.class).inNamespace(namespace).delete();
            client.pods().inNamespace(namespace).withGracePeriod(0).delete();
            client.services().inNamespace(namespace).delete();
            client.configMaps()
                    .inNamespace(namespace)
                    .withLabel("foreign", "true")
                    .delete();
        }
        PortPool all = new PortPool();
        all.setMetadata(new ObjectMetaBuilder().withName("r-all").build());
        all.setSpec(new PortPoolSpec(
                List.of(new IntOrString("20000-20199"), new IntOrString("30100-30149")),
                null,
                new PortPoolSpec.EphemeralPorts(PortPoolSpec.Policy.IGNORE, null),
                new PortPoolSpec.NodePorts(PortPoolSpec.Policy.IGNORE, null),
                null,
                PortPoolSpec.Strategy.SEQUENTIAL,
                0,
                new PortPoolSpec.Cooldown("1s", "1s", "1s"),
                null,
                new PortPoolSpec.Limits(0, 0)));
        client.resource(all).create();
        create(client, namespaces.get(0), "all-tcp-udp", TransportProtocol.TCPUDP);
        create(client, namespaces.get(0), "all-sctp", TransportProtocol.SCTP);
        await("seed " + SEED + ": the whole pool")
                .atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> {
                    clock.goOn(BEYOND_ANY_COOLDOWN);
                    assertThat(client.resources(PortClaim.class)
                                    .inNamespace(namespaces.get(0))
                                    .list()
                                    .getItems())
                            .hasSize(2)
                            .allSatisfy(claim -> assertThat(claim.getStatus()).isNotNull())
                            .allSatisfy(claim -> assertThat(claim.getStatus().phase())
                                    .as("%s", claim.getStatus())
                                    .isEqualTo(Phase.BOUND));
                });
        client.resources(PortClaim.class).inNamespace(namespaces.get(0)).delete();
        client.resource(all).delete();
        Dice.NODES.forEach(node -> client.nodes().withName(node).delete());
        Dice.POOLS.forEach(
                pool -> client.resources(PortPool.class).withName(pool).delete());
    }

    private static void create(KubernetesClient client, String namespace, String name, TransportProtocol protocol) {
        PortClaim claim = new PortClaim();
        claim.setMetadata(
                new ObjectMetaBuilder().withNamespace(namespace).withName(name).build());
        claim.setSpec(new PortClaimSpec(
                "r-all",
                Scope.NODE,
                null,
                null,
                true,
                List.of(new PortRequest("low", protocol, 20000, 200), new PortRequest("high", protocol, 30100, 50)),
                null));
        client.resource(claim).create();
    }
}
