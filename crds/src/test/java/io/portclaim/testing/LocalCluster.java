package io.portclaim.testing;

import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.opentest4j.TestAbortedException;

/**
 * A real API server for tests, with PortClaim's CustomResourceDefinitions installed:
 *
 * <pre>{@code
 * @ExtendWith(LocalCluster.class)
 * class SomethingIT {
 *     @Test
 *     void works(LocalCluster cluster, KubernetesClient client) { … }
 * }
 * }</pre>
 *
 * <p>The first test that asks for it starts it with {@code dev/cluster up}; it lasts until the JVM's tests are done and
 * dies with the JVM. Its name has the JVM's pid, so runs side by side do not meet. With the environment variable
 * {@value #VERSION_VARIABLE} it runs another version of Kubernetes. When the environment variable
 * {@value #KUBECONFIG_VARIABLE} names a kubeconfig, that cluster is used instead, tests that restart components or add
 * nodes are aborted, and at the end what the tests have left there is deleted.
 *
 * <p>Thread-safe. All tests share the objects in it: take {@link #newNamespace()}, and names of your own for what has none.
 */
public final class LocalCluster implements ParameterResolver {
    /** Names the kubeconfig, with an administrator's rights, of a cluster to use instead of a new one. */
    public static final String KUBECONFIG_VARIABLE = "PORTCLAIM_TEST_KUBECONFIG";

    /**
     * Names the version of Kubernetes, like v1.34.2, that clusters of tests run, real nodes too, instead of the one of
     * dev/controlplane/go.mod. The first start of another version compiles it.
     */
    public static final String VERSION_VARIABLE = "PORTCLAIM_TEST_KUBERNETES";

    private static final Namespace STORE = Namespace.create(LocalCluster.class);
    /** The first start ever compiles the control plane. */
    static final Duration START_DEADLINE = Duration.ofMinutes(20);

    static final Duration COMMAND_DEADLINE = Duration.ofMinutes(2);

    private final @Nullable Started started;

    /** For JUnit. Tests take the cluster as a parameter. */
    public LocalCluster() {
        this.started = null;
    }

    private LocalCluster(Started started) {
        this.started = started;
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        return type == LocalCluster.class || type == KubernetesClient.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        Started running =
                context.getRoot().getStore(STORE).computeIfAbsent(Started.class, key -> Started.start(), Started.class);
        return parameter.getParameter().getType() == LocalCluster.class ? new LocalCluster(running) : running.client;
    }

    /**
     * Starts a cluster beside the shared one, without the definitions, to be {@link #stop stopped}; dies with the JVM too.
     *
     * @param word tells its name from those of others
     * @param flags more of them for {@code dev/cluster up}
     * @throws TestAbortedException when the tests are to use a cluster that is not ours
     */
    public static LocalCluster startBare(String word, String... flags) {
        if (System.getenv(KUBECONFIG_VARIABLE) != null) {
            throw new TestAbortedException(
                    KUBECONFIG_VARIABLE + " is set, and a cluster without the definitions is needed");
        }
        return new LocalCluster(Started.up(prefix() + word, flags));
    }

    /** As {@link #startBare}, with the definitions, and their types served. */
    public static LocalCluster startApart(String word, String... flags) {
        LocalCluster cluster = startBare(word, flags);
        cluster.started().installDefinitions();
        return cluster;
    }

    /** Ends a cluster from {@link #startBare} or {@link #startApart}. */
    public void stop() {
        started().close();
    }

    /** The API server's audit log, a line for each request, where the cluster was started with {@code --audit}. */
    public Path auditLog() {
        return kubeconfig().resolveSibling("audit.log");
    }

    /** The administrator's client, shared by all tests; not to be closed. */
    public KubernetesClient client() {
        return started().client;
    }

    /** The administrator's kubeconfig. */
    public Path kubeconfig() {
        return started().kubeconfig;
    }

    /** Whether MutatingAdmissionPolicies are served by default, as they are from Kubernetes 1.36 on. */
    public boolean hasMutatingPolicies() {
        return hasMutatingPolicies(client());
    }

    static boolean hasMutatingPolicies(KubernetesClient client) {
        String minor = client.getKubernetesVersion().getMinor();
        return Integer.parseInt(minor.replaceAll("\\D.*", "")) >= 36;
    }

    /** A client that acts as another user, by impersonation; closed with the cluster. */
    public KubernetesClient clientAs(String user, String... groups) {
        Config config = new ConfigBuilder(started().client.getConfiguration())
                .withImpersonateUsername(user)
                .withImpersonateGroups(groups)
                .build();
        return started().keep(connect(config));
    }

    /** A client of whoever has this bearer token, and nobody's certificate; closed with the cluster. */
    public KubernetesClient clientWithToken(String token) {
        Config admin = started().client.getConfiguration();
        Config config = new ConfigBuilder(Config.empty())
                .withMasterUrl(admin.getMasterUrl())
                .withCaCertData(admin.getCaCertData())
                .withOauthToken(token)
                .withRequestTimeout(admin.getRequestTimeout())
                .build();
        return started().keep(connect(config));
    }

    /** A client with its own connections that is configured by a kubeconfig; closed with the cluster. */
    public KubernetesClient clientFrom(Path kubeconfig) {
        return started().keep(connect(config(kubeconfig)));
    }

    /** Makes a namespace that no other test uses, and returns its name. */
    public String newNamespace() {
        String name = prefix() + started().namespaces.incrementAndGet();
        client().namespaces()
                .resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .endMetadata()
                        .build())
                .create();
        return name;
    }

    /** What the names of this JVM's namespaces begin with. */
    private static String prefix() {
        return "test-" + ProcessHandle.current().pid() + "-";
    }

    /**
     * Runs kubectl as administrator.
     *
     * @return its standard output
     * @throws IllegalStateException with its standard error, if it fails
     */
    public String kubectl(String... arguments) {
        List<String> words = new ArrayList<>();
        String name = started().name;
        words.addAll(name == null ? List.of("kubectl") : List.of(script(), "kubectl", "--name", name, "--"));
        words.addAll(List.of(arguments));
        Map<String, String> environment = Map.of("KUBECONFIG", kubeconfig().toString());
        return new Command(words, environment, COMMAND_DEADLINE).run();
    }

    /**
     * Runs helm as administrator; the first time, it is built.
     *
     * @return its standard output
     * @throws IllegalStateException with its standard error, if it fails
     * @throws TestAbortedException on a cluster that is not ours
     */
    public String helm(String... arguments) {
        List<String> words = new ArrayList<>(List.of("helm", "--name", "", "--"));
        words.addAll(List.of(arguments));
        return own(START_DEADLINE, words.toArray(String[]::new));
    }

    /**
     * Kills a component as a crash would, starts it again and waits until the cluster can be used.
     *
     * @param component etcd, kube-apiserver or kube-controller-manager
     * @param downFor how long it stays dead
     * @throws TestAbortedException on a cluster that is not ours
     */
    public void restart(String component, Duration downFor) {
        own(
                COMMAND_DEADLINE.plus(downFor),
                "restart",
                "--name",
                "",
                "--down-for",
                downFor.toMillis() + "ms",
                component);
    }

    /**
     * Adds Node objects that look ready and have no kubelet.
     *
     * @return their names
     * @throws TestAbortedException on a cluster that is not ours
     */
    public List<String> addNodes(int count) {
        return own(COMMAND_DEADLINE, "nodes", "--name", "", "add", String.valueOf(count))
                .lines()
                .toList();
    }

    /**
     * Adds a Node object that looks ready and has no kubelet.
     *
     * @throws TestAbortedException on a cluster that is not ours
     */
    public void addNode(String node, Map<String, String> labels) {
        List<String> words = new ArrayList<>(List.of("nodes", "--name", "", "add", "--node", node));
        labels.forEach((key, value) -> words.addAll(List.of("--label", key + "=" + value)));
        own(COMMAND_DEADLINE, words.toArray(String[]::new));
    }

    /**
     * Removes Node objects.
     *
     * @throws TestAbortedException on a cluster that is not ours
     */
    public void removeNodes(String... nodes) {
        List<String> words = new ArrayList<>(List.of("nodes", "--name", "", "remove"));
        words.addAll(List.of(nodes));
        own(COMMAND_DEADLINE, words.toArray(String[]::new));
    }

    /** The root of the source tree, found by walking up from the working directory to {@code dev/cluster}. */
    public static Path repository() {
        for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
            if (Files.isExecutable(at.resolve("dev/cluster"))) {
                return at;
            }
        }
        throw new IllegalStateException("no dev/cluster in " + Path.of("").toAbsolutePath()
                + " or above it: run the tests in the source tree, or set " + KUBECONFIG_VARIABLE);
    }

    /** Runs dev/cluster with the cluster's name put in the third place. */
    private String own(Duration deadline, String... words) {
        String name = started().name;
        if (name == null) {
            throw new TestAbortedException(KUBECONFIG_VARIABLE + " is set: \"dev/cluster " + words[0]
                    + "\" works on the tests' own cluster only");
        }
        words[2] = name;
        return devCluster(deadline, words);
    }

    private Started started() {
        return Objects.requireNonNull(started, "take the LocalCluster as a parameter of the test");
    }

    /** The words of {@code dev/cluster up} that choose the version of Kubernetes; none for the usual one. */
    static List<String> version() {
        String version = System.getenv(VERSION_VARIABLE);
        return version == null || version.isEmpty() ? List.of() : List.of("--version", version);
    }

    static String script() {
        return repository().resolve("dev/cluster").toString();
    }

    static String devCluster(Duration deadline, String... arguments) {
        List<String> words = new ArrayList<>(List.of(script()));
        words.addAll(List.of(arguments));
        return new Command(words, Map.of(), deadline).run();
    }

    /** Waits for an answer longer than is the default, for a POST that is tried again finds what the first has made. */
    static Config config(Path kubeconfig) {
        Config config = Config.fromKubeconfig(kubeconfig.toFile());
        config.setRequestTimeout(60_000);
        return config;
    }

    static KubernetesClient connect(Config config) {
        return new KubernetesClientBuilder()
                .withConfig(config)
                .withHttpClientFactory(new JdkHttpClientFactory())
                .build();
    }

    /** The cluster of this JVM; the store closes it. */
    private static final class Started implements AutoCloseable {
        final @Nullable String name;
        final Path kubeconfig;
        final KubernetesClient client;
        final AtomicInteger namespaces = new AtomicInteger();
        private final ConcurrentLinkedQueue<KubernetesClient> others = new ConcurrentLinkedQueue<>();
        /** On a cluster that is not ours. */
        private @Nullable Leftovers leftovers;

        private Started(@Nullable String name, Path kubeconfig) {
            this.name = name;
            this.kubeconfig = kubeconfig;
            this.client = connect(config(kubeconfig));
        }

        static Started start() {
            String given = System.getenv(KUBECONFIG_VARIABLE);
            Started started;
            if (given != null) {
                started = new Started(null, Path.of(given));
            } else {
                started = up("test-" + ProcessHandle.current().pid());
            }
            started.installDefinitions();
            if (given != null) {
                started.leftovers = Leftovers.since(started.client, namespace -> namespace.startsWith(prefix()));
            }
            return started;
        }

        void installDefinitions() {
            Definitions.install(client, repository().resolve("crds"));
        }

        static Started up(String name, String... flags) {
            List<String> words = new ArrayList<>(List.of(
                    "up",
                    "--name",
                    name,
                    "--watch-parent",
                    String.valueOf(ProcessHandle.current().pid())));
            words.addAll(version());
            words.addAll(List.of(flags));
            devCluster(START_DEADLINE, words.toArray(String[]::new));
            return new Started(
                    name,
                    Path.of(devCluster(COMMAND_DEADLINE, "kubeconfig", "--name", name)
                            .strip()));
        }

        KubernetesClient keep(KubernetesClient other) {
            others.add(other);
            return other;
        }

        @Override
        public void close() {
            others.forEach(KubernetesClient::close);
            if (leftovers != null) {
                leftovers.delete();
            }
            client.close();
            if (name != null) {
                devCluster(COMMAND_DEADLINE, "down", "--name", name);
            }
        }
    }
}
