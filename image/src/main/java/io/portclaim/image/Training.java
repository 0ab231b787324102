package io.portclaim.image;

import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.authorization.v1.SelfSubjectRulesReviewBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.CustomResourceDefinitionContext;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import io.fabric8.kubernetes.client.server.mock.KubernetesMixedDispatcher;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import io.fabric8.mockwebserver.ServerRequest;
import io.fabric8.mockwebserver.ServerResponse;
import io.portclaim.api.v1alpha1.Phase;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortClaimSpec;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.api.v1alpha1.PortLedger;
import io.portclaim.api.v1alpha1.PortPool;
import io.portclaim.api.v1alpha1.PortReport;
import io.portclaim.api.v1alpha1.PortRequest;
import io.portclaim.api.v1alpha1.Scope;
import io.portclaim.api.v1alpha1.TransportProtocol;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;

/**
 * Runs the operator as the image will, for some seconds, so that its JVM can write down which classes it loads and which
 * methods are worth compiling (JEP 483, 515). The API server is a mock in this process, over TLS and HTTP/2 on loopback:
 * the build needs no cluster and no network.
 */
public final class Training {
    private static final int CLAIMS = 100;

    private static final Duration DEADLINE = Duration.ofMinutes(2);
    private static final String NAMESPACE = "training";

    private final KubernetesClient client;

    private Training(KubernetesClient client) {
        this.client = client;
    }

    /** The argument is the folder with the image's layers, in which the cache is made. */
    public static void main(String[] arguments) throws Exception {
        // The mock of the API server logs every request.
        Logger.getLogger("").setLevel(Level.WARNING);
        Map<ServerRequest, Queue<ServerResponse>> answers = new HashMap<>();
        KubernetesMockServer server = new KubernetesMockServer(
                new Context(),
                new MockWebServer(),
                answers,
                new KubernetesMixedDispatcher(
                        answers,
                        Stream.of(PortClaim.class, PortPool.class, PortLedger.class, PortReport.class)
                                .map(CustomResourceDefinitionContext::fromCustomResourceType)
                                .toList()),
                false);
        mayDoAnything(server);
        server.init(InetAddress.getLoopbackAddress(), 0);
        try (TlsFront front = new TlsFront(server.getPort());
                KubernetesClient client =
                        server.createClient(builder -> builder.withHttpClientFactory(new JdkHttpClientFactory()))) {
            new Training(client).run(new Trainee(Path.of(arguments[0]), front));
            try (AgentTrainee agent = new AgentTrainee(Path.of(arguments[0]), front)) {
                new Training(client).run(agent);
            }
        } finally {
            server.destroy();
        }
    }

    /** The SDK asks whether it may use Leases; everything else that is asked is a matter of reading and writing objects. */
    private static void mayDoAnything(KubernetesMockServer server) {
        server.expect()
                .post()
                .withPath("/apis/authorization.k8s.io/v1/selfsubjectrulesreviews")
                .andReturn(
                        HttpURLConnection.HTTP_CREATED,
                        new SelfSubjectRulesReviewBuilder()
                                .withNewStatus()
                                .addNewResourceRule()
                                .withApiGroups("*")
                                .withResources("*")
                                .withVerbs("*")
                                .endResourceRule()
                                .endStatus()
                                .build())
                .always();
    }

    private void run(Trainee trainee) throws IOException, InterruptedException {
        try (InputStream manifest =
                Objects.requireNonNull(Training.class.getResourceAsStream("training.yaml"), "training.yaml")) {
            client.load(manifest).create();
        }
        trainee.start();
        awaitThat(trainee, "the first claims have their answers", () -> bound() == 3 && refused() == 1);
        for (int i = 0; i < CLAIMS; i++) {
            client.resource(claim("claim-" + i)).create();
        }
        awaitThat(trainee, "all claims have ports", () -> bound() == 3 + CLAIMS);
        trainee.get("/metrics");
        trainee.get("/readyz");
        trainee.get("/livez");
        trainee.stop();
    }

    /** The agent writes its report, and its endpoints are asked. */
    private void run(AgentTrainee agent) throws IOException, InterruptedException {
        agent.start();
        await("the agent has written its report")
                .atMost(DEADLINE)
                .failFast(agent::requireAlive)
                .until(() -> client.resources(PortReport.class).list().getItems().stream()
                        .anyMatch(report -> report.getStatus() != null));
        agent.get("/metrics");
        agent.get("/livez");
        agent.stop();
    }

    private void awaitThat(Trainee trainee, String what, Callable<Boolean> condition) {
        await(what)
                .atMost(DEADLINE)
                .pollInterval(Duration.ofMillis(100))
                .failFast(() -> {
                    if (!trainee.isAlive()) {
                        throw new IllegalStateException("the operator has ended, see " + trainee.log());
                    }
                })
                .until(condition);
    }

    private long bound() {
        return count(status -> status.phase() == Phase.BOUND);
    }

    private long refused() {
        return count(status -> status.phase() == Phase.PENDING);
    }

    private long count(Predicate<PortClaimStatus> predicate) {
        return client.resources(PortClaim.class).inNamespace(NAMESPACE).list().getItems().stream()
                .map(PortClaim::getStatus)
                .filter(Objects::nonNull)
                .filter(predicate)
                .count();
    }

    private static PortClaim claim(String name) {
        PortClaim claim = new PortClaim();
        claim.setMetadata(
                new ObjectMetaBuilder().withNamespace(NAMESPACE).withName(name).build());
        claim.setSpec(new PortClaimSpec(
                null,
                Scope.CLUSTER,
                null,
                null,
                null,
                List.of(new PortRequest("http", TransportProtocol.TCP, null, 1)),
                null));
        return claim;
    }
}
