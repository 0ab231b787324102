package io.portclaim.operator.behaviour;

import static io.portclaim.operator.behaviour.OperatorFixture.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.Interceptor;
import io.portclaim.operator.testing.RunningOperator;
import io.portclaim.testing.LocalCluster;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** An operator that is stopped writes down first what it knows and the ledger does not. */
@ExtendWith(LocalCluster.class)
class StopIT {
    private OperatorFixture fixture;

    @BeforeEach
    void begin(LocalCluster cluster) {
        fixture = OperatorFixture.on(cluster);
        fixture.node("stop-a", "{labels: {row: stop}}");
        fixture.pool(
                "stop",
                "{ranges: [21000-21009], staticBand: 0, cooldown: {tcp: 10m}, nodeSelector: {matchLabels: {row: stop}}}");
    }

    @AfterEach
    void end() {
        fixture.close();
    }

    private ClaimProbe claim(String name, String ports) {
        return fixture.claim(name, "{poolName: stop, scope: Cluster, ports: [%s]}".formatted(ports));
    }

    /** Holds up the question whether the claim "gone" is still there. */
    private static final class SlowAnswer implements Interceptor {
        private final CountDownLatch asked = new CountDownLatch(1);
        private final CountDownLatch answered = new CountDownLatch(1);

        @Override
        public void before(BasicBuilder builder, HttpRequest request, RequestTags tags) {
            if (request.method().equals("GET") && request.uri().getPath().endsWith("/portclaims/gone")) {
                asked.countDown();
                await(answered);
            }
        }

        static void await(CountDownLatch latch) {
            try {
                assertThat(latch.await(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted", e);
            }
        }
    }

    @Test
    void whatIsBeingLookedUpWhenItStopsIsReleasedAndKnownToTheNext(LocalCluster cluster) {
        SlowAnswer answer = new SlowAnswer();
        try (RunningOperator operator = RunningOperator.start(
                cluster.client().getConfiguration(),
                Clock.systemUTC(),
                http -> http.addOrReplaceInterceptor("slow-answer", answer))) {
            operator.awaitServing();
            ClaimProbe gone = given();
            gone.delete();
            SlowAnswer.await(answer.asked);

            CompletableFuture<Void> stop = CompletableFuture.runAsync(operator::stop);
            await("its controllers have stopped")
                    .atMost(SOON)
                    .ignoreExceptions()
                    .until(() ->
                            stop.isDone() || Endpoint.get(operator, "/metrics").contains("portclaim_leading 0.0"));
            answer.answered.countDown();
            stop.join();
            assertThat(operator.halted()).isEmpty();
        }
        goesBackToItsNameOnly();
    }

    @Test
    void whatIsDeletedJustBeforeItStopsIsReleasedAndKnownToTheNext() {
        fixture.startOperator("--sweep-interval=1h");
        ClaimProbe gone = given();
        gone.delete();
        await("the operator has heard of it")
                .pollInterval(Duration.ofMillis(5))
                .atMost(SOON)
                .until(() -> fixture.metrics().contains("portclaim_claims{phase=\"Bound\"} 1.0"));
        fixture.stopOperator();
        goesBackToItsNameOnly();
    }

    /** The claim "gone" has 21000, and the ledger does not speak of it any more: another decision was committed since. */
    private ClaimProbe given() {
        ClaimProbe gone = claim("gone", "{name: a}");
        assertThat(gone.ports()).isEqualTo("a=21000");
        assertThat(claim("stays", "{name: a}").ports()).isEqualTo("a=21001");
        return gone;
    }

    private void goesBackToItsNameOnly() {
        fixture.startOperator();
        assertThat(claim("other", "{name: a, port: 21000}").refusal("PortTaken"))
                .containsPattern("^21000/TCP on every node is (cooling after its release|released, and blocked)");
        assertThat(claim("next", "{name: a}").ports()).isEqualTo("a=21002");
        assertThat(claim("gone", "{name: a}").ports())
                .as("the ledger knows whose it was")
                .isEqualTo("a=21000");
    }
}
