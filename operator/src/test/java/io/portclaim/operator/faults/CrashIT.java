package io.portclaim.operator.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.portclaim.operator.testing.RunningOperator;
import io.portclaim.testing.LocalCluster;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * An operator dies just before or just after each of the writes that a decision takes; the next one finishes the work, and
 * everybody has the ports that they would have had anyway.
 */
@ExtendWith(LocalCluster.class)
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class CrashIT {
    private static final String ALONE = "--leader-election=false";
    private static final Duration DEATH = Duration.ofSeconds(60);
    /** Beyond the Lease: what a standby does then takes a few seconds, on a machine that does nothing else. */
    private static final Duration TAKING_OVER = Duration.ofSeconds(60);

    private static final AtomicInteger CASES = new AtomicInteger();
    private static final Map<Work, Map<String, Map<String, Map<String, Integer>>>> UNDISTURBED =
            new EnumMap<>(Work.class);

    /** What is under way when the operator dies. */
    enum Work {
        FRESH_CLAIM(cluster -> cluster.claim("new", null, "http", "game"), 1, "old", "new"),
        EDIT(cluster -> cluster.edit("old", "game", "db"), 1, "old"),
        NODE_JOIN(cluster -> cluster.join("b"), 2, "old"),
        WITHDRAWN_PORT(cluster -> cluster.edit("old", "game"), 1, "old");

        private final Consumer<CrashCase> change;
        private final int nodes;
        private final String[] claims;

        Work(Consumer<CrashCase> change, int nodes, String... claims) {
            this.change = change;
            this.nodes = nodes;
            this.claims = claims;
        }

        void prepare(CrashCase cluster) {
            cluster.claim("old", null, "http", "game");
            cluster.awaitBound(1, "old");
        }

        void change(CrashCase cluster) {
            change.accept(cluster);
        }

        void await(CrashCase cluster) {
            cluster.awaitBound(nodes, claims);
        }
    }

    /** Each write from either side, and each work; the simulation crashes at every call of every work. */
    static Stream<Arguments> points() {
        return Stream.of(
                Arguments.of(Work.FRESH_CLAIM, new CrashPoint(CrashPoint.Write.DECISION, CrashPoint.Side.BEFORE)),
                Arguments.of(Work.NODE_JOIN, new CrashPoint(CrashPoint.Write.DECISION, CrashPoint.Side.AFTER)),
                Arguments.of(Work.EDIT, new CrashPoint(CrashPoint.Write.CONFIG_MAP, CrashPoint.Side.BEFORE)),
                Arguments.of(Work.FRESH_CLAIM, new CrashPoint(CrashPoint.Write.CONFIG_MAP, CrashPoint.Side.AFTER)),
                Arguments.of(Work.WITHDRAWN_PORT, new CrashPoint(CrashPoint.Write.STATUS, CrashPoint.Side.BEFORE)),
                Arguments.of(Work.NODE_JOIN, new CrashPoint(CrashPoint.Write.STATUS, CrashPoint.Side.AFTER)));
    }

    @ParameterizedTest
    @MethodSource("points")
    void theNextOperatorFinishesTheWork(Work work, CrashPoint point, LocalCluster cluster, KubernetesClient client) {
        undisturbed(work, cluster, client);
        InvariantsChecker checker = new InvariantsChecker(Duration.ofMinutes(10));
        try (ClusterHistory history = new ClusterHistory(client, Clock.systemUTC());
                CrashCase here = new CrashCase(client, cluster.newNamespace(), CASES.incrementAndGet())) {
            try (ChildOperator first = ChildOperator.start(cluster.kubeconfig(), ALONE)) {
                first.awaitServing();
                work.prepare(here);
                first.arm(point, here.namespace());
                work.change(here);
                assertThat(first.exitCode(DEATH)).as("%s", first).contains(CrashPoint.EXIT_CODE);
            }
            try (RunningOperator next = RunningOperator.start(client.getConfiguration(), ALONE)) {
                next.awaitServing();
                work.await(here);
                awaitQuiet(client, history, checker);
                assertThat(here.outcome()).isEqualTo(UNDISTURBED.get(work));
            }
        }
    }

    /** What the work comes to when nobody dies. */
    private static void undisturbed(Work work, LocalCluster cluster, KubernetesClient client) {
        UNDISTURBED.computeIfAbsent(work, key -> {
            try (CrashCase here = new CrashCase(client, cluster.newNamespace(), CASES.incrementAndGet());
                    RunningOperator operator = RunningOperator.start(client.getConfiguration(), ALONE)) {
                operator.awaitServing();
                work.prepare(here);
                work.change(here);
                work.await(here);
                return here.outcome();
            }
        });
    }

    private static void awaitQuiet(KubernetesClient client, ClusterHistory history, InvariantsChecker checker) {
        await("quiet").atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
            checker.judge(history.all());
            assertThat(QuietCluster.problems(client, checker)).isEmpty();
        });
        assertThat(checker.violations()).isEmpty();
    }

    /** With a Lease, the next one waits no longer than the dead one's may still be good. */
    @Test
    void aStandbyTakesOverFromAKilledLeader(LocalCluster cluster, KubernetesClient client) {
        try (CrashCase here = new CrashCase(client, cluster.newNamespace(), CASES.incrementAndGet());
                ChildOperator leader = ChildOperator.start(cluster.kubeconfig(), SteadyLease.FLAGS)) {
            leader.awaitServing();
            try (RunningOperator standby = RunningOperator.start(client.getConfiguration(), SteadyLease.FLAGS)) {
                Work.FRESH_CLAIM.prepare(here);
                assertThat(standby.operator().isServing()).isFalse();
                leader.kill();
                long killed = System.nanoTime();
                standby.awaitServing();
                here.claim("new", null, "http");
                here.awaitBound(1, "new");
                assertThat(Duration.ofNanos(System.nanoTime() - killed))
                        .isLessThan(SteadyLease.DURATION.plus(TAKING_OVER));
            }
        }
    }
}
