package io.portclaim.operator.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.portclaim.operator.lease.Halt;
import io.portclaim.operator.testing.RunningOperator;
import io.portclaim.testing.LocalCluster;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** More than one operator on one cluster, by a pause, by a mistake, by two installs. */
@ExtendWith(LocalCluster.class)
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class RivalsIT {
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    @Test
    void aPausedLeaderThatGoesOnHaltsAndDoesNoHarm(LocalCluster cluster, KubernetesClient client) {
        try (Witness witness = new Witness(client, Clock.systemUTC());
                ChildOperator paused = ChildOperator.start(cluster.kubeconfig(), SteadyLease.FLAGS)) {
            paused.awaitServing();
            try (Load load = new Load(client, cluster.newNamespace(), 23000)) {
                awaitMore(load, 30, witness);
                paused.pause();
                try (RunningOperator next = RunningOperator.start(client.getConfiguration(), SteadyLease.FLAGS)) {
                    next.awaitServing();
                    awaitMore(load, 30, witness);
                    paused.resume();
                    assertThat(paused.exitCode(PATIENCE).orElse(-1))
                            .as("%s", paused)
                            .isIn(Halt.LEASE_LOST, Halt.FENCED_OFF);
                    awaitMore(load, 10, witness);
                    load.stop();
                    load.awaitAllBound(PATIENCE);
                    witness.awaitQuiet(PATIENCE);
                    assertThat(next.halted()).isEmpty();
                }
            }
        }
    }

    @Test
    void twoLeadersWithoutAnElectionNeverGiveASlotTwice(LocalCluster cluster, KubernetesClient client) {
        String[] flags = {"--leader-election=false", "--reconcile-threads=16"};
        try (Witness witness = new Witness(client, Clock.systemUTC());
                Load load = new Load(client, cluster.newNamespace(), 23400)) {
            try (Restarting one = new Restarting(client.getConfiguration(), Duration.ofMillis(1_500), 60, flags)) {
                try (Restarting other =
                        new Restarting(client.getConfiguration(), Duration.ofMillis(2_300), 60, flags)) {
                    await("both were fenced off, again and again")
                            .atMost(PATIENCE)
                            .until(() -> one.starts() > 3 && other.starts() > 3);
                    awaitMore(load, 50, witness);
                    await("claims are bound meanwhile").atMost(PATIENCE).until(() -> load.bound() > 0);
                }
                load.stop();
                load.awaitAllBound(PATIENCE);
                witness.awaitQuiet(PATIENCE);
            }
        }
    }

    @Test
    void aSecondInstallWaitsAndSaysForWhom(LocalCluster cluster, KubernetesClient client) throws Exception {
        try (RunningOperator first =
                RunningOperator.start(client.getConfiguration(), "--lease-name=first", "--identity=the-first")) {
            first.awaitServing();
            try (RunningOperator second = RunningOperator.start(client.getConfiguration(), "--lease-name=second")) {
                await("its word")
                        .atMost(PATIENCE)
                        .untilAsserted(() -> assertThat(readiness(second)).contains("the-first", "default/first"));
                assertThat(second.operator().isServing()).isFalse();
                first.stop();
                await("the second serves").atMost(PATIENCE).until(second.operator()::isServing);
                assertThat(second.halted()).isEmpty();
            }
        }
    }

    private static String readiness(RunningOperator operator) throws IOException, InterruptedException {
        HttpResponse<String> answer = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:"
                                        + operator.operator().httpPort() + "/readyz"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        return answer.statusCode() + " " + answer.body();
    }

    private static void awaitMore(Load load, int claims, Witness witness) {
        int before = load.created();
        await(claims + " more claims").atMost(PATIENCE).untilAsserted(() -> {
            witness.nothingIsWrong();
            assertThat(load.created()).isGreaterThan(before + claims);
        });
    }
}
