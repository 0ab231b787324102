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
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Users do anything, one of them to spoil it for the others, operators come, crash and haunt, and what is published is
 * judged at every revision. The seed is printed; {@code -Dportclaim.seed=…} plays the
 * same operations again ({@code -Dportclaim.operations=…}: how many), though not the same interleaving with the operator's
 * threads.
 */
@ExtendWith(LocalCluster.class)
class RandomOperationsIT {
    private static final int OPERATIONS = Integer.getInteger("portclaim.operations", 1_500);
    private static final long SEED = Long.getLong("portclaim.seed", System.nanoTime());
    private static final int QUIET_EVERY = 500;
    private static final int VICTIM_EVERY = 100;
    /** Longer than any rest: ports of which only the number is known rest for five minutes. */
    private static final Duration BEYOND_ANY_COOLDOWN = Duration.ofMinutes(6);

    private static final Duration NODE_GRACE = Duration.ofMinutes(10);

    private final Random random = new Random(SEED);
    private final ShiftedClock clock = new ShiftedClock();
    private final Set<String> hostile = new HashSet<>();
    private final InvariantsChecker checker = new InvariantsChecker(NODE_GRACE, hostile);

    /** Who does something. */
    private record Actors(RandomCluster users, HostileTenant tenant, Victim victim, RollingUpdate rolling) {}

    @Test
    @Timeout(value = 30, unit = TimeUnit.MINUTES)
    void nothingIsDoubledMovedOrLost(LocalCluster cluster, KubernetesClient client) {
        List<String> namespaces = List.of(cluster.newNamespace(), cluster.newNamespace());
        String hostileNamespace = cluster.newNamespace();
        hostile.add(hostileNamespace);
        System.out.println("portclaim.seed=" + SEED);
        try (ClusterHistory history = new ClusterHistory(client, clock);
                Succession operators = new Succession(client.getConfiguration(), clock)) {
            Dice dice = new Dice(random, namespaces);
            Actors actors = new Actors(
                    new RandomCluster(client, history, dice, checker::disown),
                    new HostileTenant(client, history, dice, hostileNamespace, checker::disown),
                    new Victim(client, cluster.newNamespace()),
                    new RollingUpdate(client, cluster.newNamespace()));
            try {
                actors.users.putEverything();
                actors.victim.begin();
                actors.rolling.begin();
                operate(client, history, operators, actors);
                everythingCanBeGivenAgain(client, namespaces, actors);
            } finally {
                // What is left would fail the tests that share the cluster.
                leave(client, namespaces, actors);
                removeSurroundings(client, actors);
            }
            checker.judge(history.all());
            assertThat(checker.violations()).as("seed %d, at the end", SEED).isEmpty();
        }
    }

    private void operate(KubernetesClient client, ClusterHistory history, Succession operators, Actors actors) {
        long started = System.nanoTime();
        for (int i = 1; i <= OPERATIONS; i++) {
            if (i % VICTIM_EVERY == 1) {
                actors.victim.claim();
            }
            actors.rolling.step(i);
            step(actors, operators, history);
            nothingIsWrong(operators, actors, "seed %d, operation %d".formatted(SEED, i));
            if (i % QUIET_EVERY == 0) {
                awaitQuiet(client, history, actors, "seed %d, operation %d".formatted(SEED, i));
                operators.bury();
                System.out.printf("operation %d after %d s%n", i, seconds(started));
            }
        }
        System.out.printf(
                "%d operations in %d s: %s; %s; %s; %s; %d versions judged%n",
                OPERATIONS,
                seconds(started),
                actors.users.statistics(),
                actors.tenant,
                actors.victim,
                operators,
                checker.judged());
    }

    private void nothingIsWrong(Succession operators, Actors actors, String when) {
        assertThat(checker.violations()).as(when).isEmpty();
        assertThat(operators.isWorking()).as(when).isTrue();
        assertThat(actors.victim.tooLate()).as(when).isEmpty();
    }

    private static long seconds(long since) {
        return Duration.ofNanos(System.nanoTime() - since).toSeconds();
    }

    private void step(Actors actors, Succession operators, ClusterHistory history) {
        int dice = random.nextInt(1000);
        if (dice < 4) {
            // A status is the truth at a take-over: one that a user has made up would be believed.
            awaitRepair(history);
            checker.operatorStops();
            switch (dice) {
                case 0, 1 -> operators.restart(() -> whileNobodyLeads(actors));
                case 2 -> operators.crash();
                default -> operators.usurp();
            }
        } else if (dice < 12) {
            jump(history, actors);
        } else if (dice < 180) {
            actors.tenant.step();
        } else {
            actors.users.step();
        }
        checker.judge(history.next());
    }

    /** Nothing that makes up a status: it would be believed. */
    private void whileNobodyLeads(Actors actors) {
        if (random.nextBoolean()) {
            actors.tenant.overwriteAll();
        }
        for (int i = random.nextInt(8); i > 0; i--) {
            switch (random.nextInt(3)) {
                case 0 -> actors.tenant.step();
                case 1 -> actors.users.deleteClaimThatIsRead();
                default -> actors.users.stepWithoutFalsehood();
            }
        }
    }

    /** What came before is seen before: how long a node was away is judged by this clock. */
    private void jump(ClusterHistory history, Actors actors) {
        awaitVictim(history, actors);
        checker.judge(history.all());
        clock.goOn(BEYOND_ANY_COOLDOWN);
    }

    private void awaitVictim(ClusterHistory history, Actors actors) {
        await("victim").atMost(Duration.ofSeconds(60)).until(() -> {
            checker.judge(history.next());
            assertThat(actors.victim.tooLate()).as("seed %d", SEED).isEmpty();
            return !actors.victim.isWaiting();
        });
    }

    private void awaitRepair(ClusterHistory history) {
        await("repair").atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
            checker.judge(history.all());
            assertThat(checker.unrepaired())
                    .as("seed %d: overwritten and not repaired", SEED)
                    .isEmpty();
        });
    }

    private void awaitQuiet(KubernetesClient client, ClusterHistory history, Actors actors, String when) {
        awaitVictim(history, actors);
        await(when)
                .atMost(Duration.ofSeconds(90))
                .pollInterval(Duration.ofMillis(300))
                .untilAsserted(() -> {
                    clock.goOn(BEYOND_ANY_COOLDOWN);
                    checker.judge(history.all());
                    assertThat(checker.violations()).isEmpty();
                    assertThat(checker.unrepaired()).isEmpty();
                    assertThat(QuietCluster.problems(client, checker)).isEmpty();
                });
    }

    private static void leave(KubernetesClient client, List<String> namespaces, Actors actors) {
        actors.tenant.leave();
        actors.victim.leave();
        actors.rolling.end();
        for (String namespace : namespaces) {
            client.resources(PortClaim.class).inNamespace(namespace).delete();
            client.pods().inNamespace(namespace).withGracePeriod(0).delete();
            client.services().inNamespace(namespace).delete();
            client.configMaps()
                    .inNamespace(namespace)
                    .withLabel("foreign", "true")
                    .delete();
        }
    }

    private static void removeSurroundings(KubernetesClient client, Actors actors) {
        actors.victim.end();
        Dice.NODES.forEach(node -> client.nodes().withName(node).delete());
        Stream.concat(Dice.POOLS.stream(), Stream.of("r-all"))
                .forEach(pool -> client.resources(PortPool.class).withName(pool).delete());
    }

    /** Without claims and pods, blocks as large as the pools must be there on every node. */
    private void everythingCanBeGivenAgain(KubernetesClient client, List<String> namespaces, Actors actors) {
        leave(client, namespaces, actors);
        PortPool all = new PortPool();
        all.setMetadata(new ObjectMetaBuilder().withName("r-all").build());
        all.setSpec(new PortPoolSpec(
                List.of(new IntOrString("20000-20199"), new IntOrString("20300-20399"), new IntOrString("30100-30149")),
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
                List.of(
                        new PortRequest("low", protocol, 20000, 200),
                        new PortRequest("roomy", protocol, Victim.FIRST, Victim.PORTS),
                        new PortRequest("high", protocol, 30100, 50)),
                null));
        client.resource(claim).create();
    }
}
