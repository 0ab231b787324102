package io.portclaim.operator.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.Interceptor;
import io.portclaim.operator.testing.RunningOperator;
import io.portclaim.testing.LocalCluster;
import java.time.Clock;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What fails more often than a framework would try by itself is tried on. */
@ExtendWith(LocalCluster.class)
class EndlessRetryIT {
    /** JOSDK gives up after five attempts. */
    private static final int FAILURES = 6;

    private static final AtomicInteger CASES = new AtomicInteger(100);

    @Test
    @Timeout(value = 3, unit = TimeUnit.MINUTES)
    void aWriteThatFailsSixTimesIsTriedASeventh(LocalCluster cluster, KubernetesClient client) {
        AtomicInteger sent = new AtomicInteger();
        String namespace = cluster.newNamespace();
        Interceptor fault = new Interceptor() {
            @Override
            public void before(BasicBuilder builder, HttpRequest request, RequestTags tags) {
                if (CrashPoint.Write.STATUS.isSeenIn(request, namespace) && sent.incrementAndGet() <= FAILURES) {
                    throw new IllegalStateException("the test lets this request fail");
                }
            }
        };
        try (CrashCase here = new CrashCase(client, namespace, CASES.incrementAndGet());
                RunningOperator operator = RunningOperator.start(
                        client.getConfiguration(),
                        Clock.systemUTC(),
                        builder -> builder.addOrReplaceInterceptor("fault", fault),
                        "--leader-election=false")) {
            operator.awaitServing();
            here.claim("patient", null, "http");
            here.awaitBound(1, "patient");
            assertThat(sent.get()).isGreaterThan(FAILURES);
        }
    }
}
