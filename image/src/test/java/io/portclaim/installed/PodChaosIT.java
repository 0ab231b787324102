package io.portclaim.installed;

import static io.portclaim.installed.Installation.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Config;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.portclaim.operator.faults.ChildOperator;
import io.portclaim.operator.faults.CrashPoint;
import io.portclaim.operator.faults.CrashPoint.Effect;
import io.portclaim.operator.faults.CrashPoint.Side;
import io.portclaim.operator.faults.CrashPoint.Write;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pods with ports of their own come and go on real nodes while operators die and pause: no number is twice on a node, none
 * changes, and no pod runs without its own. A watch sees it, and the sockets of the pods' processes.
 */
@ExtendWith(Installation.class)
class PodChaosIT {
    private static final Logger LOG = LoggerFactory.getLogger(PodChaosIT.class);
    private static final Duration RANDOM_KILLS = Duration.ofSeconds(25);
    private static final int KILLS = 6;
    /** More pods than the pool has slots, so numbers were given again. A slow machine needs longer than the kills take. */
    private static final int MANY = 26;

    private static final String[] LEASE = {
        "--lease-duration=4s", "--renew-deadline=3s", "--retry-period=1s", "--ledger-request-timeout=2s"
    };
    /** An operator takes over from a dead one within its lease, and writes of each kind once a second or so. */
    private static final Duration TO_CRASH = Duration.ofMinutes(2);

    private static Installation installation;
    private static PodWorkloads workloads;

    private String namespace;
    private PodHistory history;

    @BeforeAll
    static void install(Installation given) {
        installation = given;
        workloads = new PodWorkloads(given);
        installation.upgradeTo(
                Installation.chart(),
                "--set",
                "podScope.enabled=true,extraArgs={--min-cooldown=1s,%s}".formatted(String.join(",", LEASE)));
        workloads.pool("chaos", "29210-29219", "cooldown: {tcp: 5s}");
    }

    @AfterAll
    static void restore() {
        installation.run("kubectl delete portpool chaos");
        installation.install();
    }

    @BeforeEach
    void createPods() {
        namespace = installation.newNamespace();
        workloads.claim(namespace, "chaos", "chaos");
        workloads.awaitPolicies(namespace, "chaos");
        history = new PodHistory(installation.client(), namespace);
        workloads.workload(namespace, "Deployment", "churn", "chaos", 8);
        workloads.workload(namespace, "StatefulSet", "named", "chaos", 4);
        workloads.ready(namespace, "churn", 8);
        workloads.ready(namespace, "named", 4);
    }

    @AfterEach
    void deletePods() {
        history.close();
        installation.client().apps().deployments().inNamespace(namespace).delete();
        installation.client().apps().statefulSets().inNamespace(namespace).delete();
        installation.cluster().kubectl("delete", "pod", "--all", "--namespace", namespace, "--now");
    }

    /** What pods carry, answer on and listen on is the same, and nothing wrong has been seen. */
    private void everyPodServesOnItsNumber() {
        assertThat(history.faults()).isEmpty();
        List<Pod> all = Stream.of(
                        workloads.ready(namespace, "churn", 8).stream(),
                        workloads.ready(namespace, "named", 4).stream())
                .flatMap(pods -> pods)
                .toList();
        workloads.answer(all, "http", "name");
        for (String node : List.of("node-1", "node-2")) {
            Set<Integer> carried = new TreeSet<>();
            all.stream()
                    .filter(pod -> node.equals(pod.getSpec().getNodeName()))
                    .forEach(pod -> carried.add(Pods.port(pod, "http")));
            await("processes listen where pods say so")
                    .atMost(SOON)
                    .untilAsserted(() -> assertThat(Pods.listened(installation, node, 29210, 29219))
                            .isEqualTo(carried));
        }
        LOG.info("{} pods were served", history.served());
        assertThat(history.faults()).isEmpty();
    }

    @Test
    void theInstalledOperatorsAreKilledAtRandom() throws InterruptedException {
        int killed;
        try (PodChaos chaos = new PodChaos(installation, namespace, System.nanoTime())) {
            killed = chaos.killOperators(RANDOM_KILLS, KILLS);
            awaitServed(MANY);
        }
        assertThat(killed).isGreaterThanOrEqualTo(KILLS / 2);
        everyPodServesOnItsNumber();
    }

    /** Two operators of which one leads. */
    private static final class Rivals implements AutoCloseable {
        private final Supplier<ChildOperator> start;
        private final List<ChildOperator> both = new ArrayList<>();

        Rivals(Supplier<ChildOperator> start) {
            this.start = start;
        }

        /** The one that serves, once one of two that live does. */
        ChildOperator leader() {
            both.removeIf(ChildOperator::hasEnded);
            while (both.size() < 2) {
                both.add(start.get());
            }
            await("one serves: %s".formatted(both))
                    .atMost(SOON)
                    .until(() -> serving().isPresent());
            return serving().orElseThrow();
        }

        /** The one that has not served. */
        ChildOperator standby() {
            return both.stream()
                    .filter(operator -> !operator.hasServed())
                    .findFirst()
                    .orElseThrow();
        }

        private Optional<ChildOperator> serving() {
            return both.stream().filter(ChildOperator::hasServed).findFirst();
        }

        @Override
        public void close() {
            both.forEach(ChildOperator::close);
        }
    }

    /** Another operator stands by each time. */
    @Test
    void aLeaderDiesBeforeAndAfterEachWriteAndOneSleepsAfterItsCommit(@TempDir Path folder)
            throws IOException, InterruptedException {
        installation.scale(0);
        Path kubeconfig = Files.writeString(folder.resolve("kubeconfig"), kubeconfigOfTheOperator());
        try (PodChaos chaos = new PodChaos(installation, namespace, System.nanoTime());
                Rivals rivals = new Rivals(() -> start(kubeconfig))) {
            for (Write write : Write.values()) {
                for (Side side : Side.values()) {
                    ChildOperator leader = rivals.leader();
                    leader.arm(new CrashPoint(write, side), namespace);
                    assertThat(leader.exitCode(TO_CRASH))
                            .as("%s %s: %s", side, write, leader)
                            .contains(CrashPoint.EXIT_CODE);
                    assertThat(history.faults()).as("%s %s", side, write).isEmpty();
                }
            }
            ChildOperator sleeper = rivals.leader();
            sleeper.arm(new CrashPoint(Write.DECISION, Side.AFTER, Effect.PAUSE), namespace);
            sleeper.awaitPaused(TO_CRASH);
            rivals.standby().awaitServing();
            awaitServed(history.served() + 3);
            sleeper.resume();
            assertThat(sleeper.exitCode(TO_CRASH))
                    .as("it is no leader any more: %s", sleeper)
                    .isPresent();
            awaitServed(history.served() + 3);
        } finally {
            installation.scale(2);
        }
        everyPodServesOnItsNumber();
    }

    private static ChildOperator start(Path kubeconfig) {
        return ChildOperator.start(
                kubeconfig,
                Stream.concat(
                                Stream.of(
                                        "--lease-namespace=" + Installation.NAMESPACE,
                                        "--pod-scope-in=*",
                                        "--min-cooldown=1s"),
                                Stream.of(LEASE))
                        .toArray(String[]::new));
    }

    private void awaitServed(int pods) {
        await("%d pods have been served".formatted(pods)).atMost(SOON).until(() -> history.served() >= pods);
    }

    /** The rights of the chart's service account, by which the policies know the operator. */
    private static String kubeconfigOfTheOperator() throws IOException {
        Config config =
                Serialization.unmarshal(Files.readString(installation.cluster().kubeconfig()), Config.class);
        String token = installation
                .cluster()
                .kubectl("create", "token", "portclaim", "--namespace", Installation.NAMESPACE, "--duration=1h")
                .strip();
        config.getUsers().forEach(user -> {
            user.getUser().setClientCertificateData(null);
            user.getUser().setClientKeyData(null);
            user.getUser().setToken(token);
        });
        return Serialization.asYaml(config);
    }
}
