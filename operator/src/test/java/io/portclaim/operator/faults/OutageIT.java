package io.portclaim.operator.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.portclaim.testing.LocalCluster;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The API server goes away under load, longer than a lease lasts; when it is back, everything goes on by itself. */
@ExtendWith(LocalCluster.class)
class OutageIT {
    private static final Duration PATIENCE = Duration.ofSeconds(120);

    @ParameterizedTest
    @CsvSource({"kube-apiserver, 20, 23800", "etcd, 5, 24200"})
    @Timeout(value = 6, unit = TimeUnit.MINUTES)
    void everythingConvergesAfterwards(
            String component, int seconds, int ports, LocalCluster cluster, KubernetesClient client) {
        try (Witness witness = new Witness(client, Clock.systemUTC());
                Load load = new Load(client, cluster.newNamespace(), ports);
                Restarting operator =
                        new Restarting(client.getConfiguration(), Duration.ofSeconds(1), 100, ShortLease.FLAGS)) {
            await("load").atMost(PATIENCE).until(() -> load.bound() > 10);
            cluster.restart(component, Duration.ofSeconds(seconds));
            int before = load.created();
            await("load again").atMost(PATIENCE).untilAsserted(() -> {
                witness.nothingIsWrong();
                assertThat(load.created()).isGreaterThan(before + 30);
            });
            load.stop();
            load.awaitAllBound(PATIENCE);
            witness.awaitQuiet(PATIENCE);
            assertThat(operator.starts()).isLessThan(100);
        }
        awaitControllers(cluster, client);
    }

    /** Who comes next needs them. */
    private static void awaitControllers(LocalCluster cluster, KubernetesClient client) {
        String namespace = cluster.newNamespace();
        await("a new namespace has its service account")
                .atMost(PATIENCE)
                .until(() -> client.serviceAccounts()
                                .inNamespace(namespace)
                                .withName("default")
                                .get()
                        != null);
    }
}
