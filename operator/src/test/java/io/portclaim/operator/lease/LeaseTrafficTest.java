package io.portclaim.operator.lease;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.StandardHttpRequest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** An earlier version of the Lease than was read before is noticed. */
class LeaseTrafficTest {
    private static final String PATH = "/apis/coordination.k8s.io/v1/namespaces/ports/leases/portclaim";

    private final List<String> noticed = new ArrayList<>();
    private final LeaseTraffic traffic = new LeaseTraffic(
            new LeaseName("ports", "portclaim"), System::nanoTime, (before, now) -> noticed.add(before + " " + now));
    private final StringBuilder passedOn = new StringBuilder();

    private static String lease(long version) {
        return """
                {"kind": "Lease", "metadata": {"name": "portclaim", "uid": "1", "resourceVersion": "%d",
                "annotations": {"a": "\\"resourceVersion\\": \\"1\\""}}, "spec": {"holderIdentity": "ä"}}
                """.formatted(version);
    }

    private AsyncBody.Consumer<List<ByteBuffer>> request(String method, String path) {
        HttpRequest request = new StandardHttpRequest.Builder()
                .uri("https://10.0.0.1:6443" + path)
                .method(method, "application/json", "GET".equals(method) ? null : "{}")
                .build();
        return traffic.consumer(
                (bytes, body) -> bytes.forEach(buffer -> passedOn.append(StandardCharsets.UTF_8.decode(buffer))),
                request);
    }

    private static void answer(AsyncBody.Consumer<List<ByteBuffer>> request, String body, int chunk) throws Exception {
        byte[] all = body.getBytes(StandardCharsets.UTF_8);
        for (int from = 0; from < all.length; from += chunk) {
            request.consume(List.of(ByteBuffer.wrap(all, from, Math.min(chunk, all.length - from))), new NoBody());
        }
    }

    private void read(long version) throws Exception {
        answer(request("GET", PATH), lease(version), 1_000);
    }

    @Test
    void anEarlierVersionIsNoticed() throws Exception {
        read(100);
        read(100);
        read(2_000);
        assertThat(noticed).isEmpty();
        read(1_999);
        assertThat(noticed).containsExactly("2000 1999");
    }

    @Test
    void theAnswerIsPassedOnAsItIs() throws Exception {
        read(7);
        assertThat(passedOn.toString()).isEqualTo(lease(7));
    }

    @Test
    void aVersionThatComesInPartsIsReadWhole() throws Exception {
        answer(request("GET", PATH), lease(1_234_567), 60);
        answer(request("GET", PATH), lease(1_234_566), 60);
        assertThat(noticed).containsExactly("1234567 1234566");
    }

    /** The later request may be answered first. */
    @Test
    void answersOfRequestsThatOverlapSayNothing() throws Exception {
        AsyncBody.Consumer<List<ByteBuffer>> early = request("GET", PATH);
        read(100);
        answer(early, lease(99), 1_000);
        assertThat(noticed).isEmpty();
    }

    @Test
    void whatIsNoReadOfTheLeaseSaysNothing() throws Exception {
        read(100);
        answer(request("PATCH", PATH), lease(1), 1_000);
        answer(request("GET", PATH + "-other"), lease(1), 1_000);
        answer(request("GET", PATH), "{\"kind\": \"Status\", \"metadata\": {}, \"code\": 403}", 1_000);
        assertThat(noticed).isEmpty();
    }

    private static final class NoBody implements AsyncBody {
        @Override
        public void consume() {}

        @Override
        public CompletableFuture<Void> done() {
            return new CompletableFuture<>();
        }

        @Override
        public void cancel() {}
    }
}
