package io.portclaim.installed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.image.ImageTar;
import io.portclaim.testing.LocalCluster;
import io.portclaim.testing.NodesCluster;
import io.portclaim.testing.NodesOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Two real nodes and the chart on them, shared by all tests of this package, which take it as a parameter. node-2 lends
 * 15000-25000 to outgoing connections, node-1 what Linux does by default.
 */
public final class Installation implements BeforeAllCallback, ParameterResolver, AutoCloseable {
    /** Enough on a machine that does other things too. */
    static final Duration SOON = Duration.ofMinutes(2);

    static final String RELEASE = "portclaim";
    static final String NAMESPACE = "portclaim";
    /** The operators, as the API server knows them. */
    static final String USER = "system:serviceaccount:" + NAMESPACE + ":portclaim";

    private static final Namespace STORE = Namespace.create(Installation.class);
    private static final AtomicInteger NAMESPACES = new AtomicInteger();

    private final HttpClient http = HttpClient.newHttpClient();
    private final NodesCluster cluster;

    /** What JUnit makes; it is the one it resolves that has a cluster. */
    @SuppressWarnings("NullAway")
    public Installation() {
        this.cluster = null;
    }

    private Installation(NodesCluster cluster) {
        this.cluster = cluster;
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        of(context);
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Installation.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return of(context);
    }

    private static Installation of(ExtensionContext context) {
        return context.getRoot()
                .getStore(STORE)
                .computeIfAbsent(Installation.class, key -> begin(), Installation.class);
    }

    private static Installation begin() {
        Path image = ImageTar.file();
        NodesCluster cluster = NodesCluster.start(
                NodesOptions.of(2).ephemeralRange("node-2", "15000-25000").audit());
        cluster.load(image);
        return new Installation(cluster);
    }

    @Override
    public void close() {
        cluster.close();
    }

    NodesCluster cluster() {
        return cluster;
    }

    KubernetesClient client() {
        return cluster.client();
    }

    // --- The release

    static Path chart() {
        return LocalCluster.repository().resolve("helm/portclaim");
    }

    /** See {@link Shell#run}. */
    void run(String commands) {
        new Shell(cluster).run(commands);
    }

    /** Installs the chart, or brings what is installed to its defaults, and waits until all its pods are ready. */
    void install() {
        upgradeTo(chart());
    }

    /** As {@link #install}, from {@code folder} and with {@code flags} of Helm's. */
    void upgradeTo(Path folder, String... flags) {
        List<String> words = new ArrayList<>(List.of(
                "upgrade",
                RELEASE,
                folder.toString(),
                "--install",
                "--namespace",
                NAMESPACE,
                "--create-namespace",
                "--reset-values",
                "--wait",
                "--timeout",
                "3m"));
        words.addAll(List.of(flags));
        cluster.helm(words.toArray(String[]::new));
    }

    /** Goes back to the revision before, and waits until all its pods are ready. */
    void rollback() {
        cluster.helm("rollback", RELEASE, "--namespace", NAMESPACE, "--wait", "--timeout", "3m");
    }

    /** Uninstalls it, and waits until no operator runs. */
    void uninstall() {
        cluster.helm("uninstall", RELEASE, "--namespace", NAMESPACE, "--wait", "--timeout", "3m");
        await("no operator runs").atMost(SOON).until(() -> operators().isEmpty());
    }

    /** The operator's pods. */
    List<Pod> operators() {
        return client().pods()
                .inNamespace(NAMESPACE)
                .withLabel("app.kubernetes.io/component", "operator")
                .list()
                .getItems();
    }

    /** Has so many of them run. */
    void scale(int replicas) {
        cluster.kubectl("scale", "deployment/portclaim", "--namespace", NAMESPACE, "--replicas=" + replicas);
        await("%d operators run".formatted(replicas))
                .atMost(SOON)
                .until(() -> operators().size() == replicas);
    }

    /** Who holds the Lease, as an operator calls itself; empty when nobody does. */
    String leader() {
        Lease lease =
                client().leases().inNamespace(NAMESPACE).withName("portclaim").get();
        String holder = lease == null ? null : lease.getSpec().getHolderIdentity();
        return holder == null ? "" : holder;
    }

    // --- What users do

    /** A namespace that is new. */
    String newNamespace() {
        String name = "installed-" + NAMESPACES.incrementAndGet();
        client().resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .endMetadata()
                        .build())
                .create();
        return name;
    }

    /** Applies YAML as a user does. */
    void apply(String namespace, String yaml) {
        try {
            Path file = Files.createTempFile("portclaim-", ".yaml");
            try {
                Files.writeString(file, yaml);
                cluster.kubectl("apply", "--namespace", namespace, "-f", file.toString());
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The pool that serves both nodes with these ranges. */
    void pool(String name, String ranges) {
        apply("default", """
                apiVersion: portclaim.io/v1alpha1
                kind: PortPool
                metadata: {name: %s}
                spec: {ranges: [%s], staticBand: 0}
                """.formatted(name, ranges));
    }

    /** A claim with this spec. */
    void claim(String namespace, String name, String spec) {
        apply(namespace, """
                apiVersion: portclaim.io/v1alpha1
                kind: PortClaim
                metadata: {name: %s}
                spec: %s
                """.formatted(name, spec));
    }

    /** The claim once it is Ready. */
    PortClaim ready(String namespace, String name) {
        Resource<PortClaim> claim =
                client().resources(PortClaim.class).inNamespace(namespace).withName(name);
        await("claim %s/%s is Ready".formatted(namespace, name))
                .atMost(SOON)
                .untilAsserted(() -> assertThat(claim.require().getStatus())
                        .isNotNull()
                        .satisfies(status -> assertThat(status.conditions())
                                .anyMatch(condition -> condition.type().equals("Ready")
                                        && condition.status().equals("True"))));
        return claim.require();
    }

    /** Waits until every pod of the namespace with this label is ready. */
    void podsReady(String namespace, String app, int count) {
        await("the pods of " + app + " are ready")
                .atMost(SOON)
                .untilAsserted(() -> assertThat(client().pods()
                                .inNamespace(namespace)
                                .withLabel("app", app)
                                .list()
                                .getItems())
                        .hasSize(count)
                        .allMatch(pod -> pod.getStatus().getConditions().stream()
                                .anyMatch(condition -> condition.getType().equals("Ready")
                                        && condition.getStatus().equals("True"))));
    }

    /** What listens on this port of the node answers to {@code GET /path}, once it does. */
    String requested(String node, int port, String path) {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://%s:%d/%s".formatted(cluster.address(node), port, path)))
                .timeout(Duration.ofSeconds(5))
                .build();
        return await("an answer on port %d of %s".formatted(port, node))
                .atMost(SOON)
                .ignoreExceptionsInstanceOf(IOException.class)
                .until(
                        () -> http.send(request, HttpResponse.BodyHandlers.ofString()),
                        answer -> answer.statusCode() == 200)
                .body()
                .strip();
    }
}
