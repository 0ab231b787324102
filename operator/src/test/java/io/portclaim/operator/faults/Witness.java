package io.portclaim.operator.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;
import java.time.Duration;

/** Watches a cluster while a test disturbs it. */
final class Witness implements AutoCloseable {
    private final KubernetesClient client;
    private final InvariantsChecker checker = new InvariantsChecker(Duration.ofMinutes(10));
    private final ClusterHistory history;

    Witness(KubernetesClient client, Clock clock) {
        this.client = client;
        this.history = new ClusterHistory(client, clock);
    }

    /** Nothing forbidden has happened so far. */
    void nothingIsWrong() {
        checker.judge(history.next());
        assertThat(checker.violations()).isEmpty();
    }

    /** Within {@code patience} all claims stand as they should, and nothing forbidden happened on the way. */
    void awaitQuiet(Duration patience) {
        await("quiet").atMost(patience).pollInterval(Duration.ofMillis(300)).untilAsserted(() -> {
            checker.judge(history.all());
            assertThat(QuietCluster.problems(client, checker)).isEmpty();
        });
        assertThat(checker.violations()).isEmpty();
    }

    @Override
    public void close() {
        history.close();
    }
}
