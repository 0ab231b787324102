package io.portclaim.testing;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.opentest4j.TestAbortedException;

/**
 * A cluster with real nodes, which run pods, for tests that need more than the API server of {@link LocalCluster}. Each
 * start is a cluster of its own: it takes about 10 seconds and 1.2 GiB, so the tests of a class should share one.
 *
 * <p>It needs root and Linux. Elsewhere the test that starts it is aborted with the reason, unless the environment variable
 * {@value #REQUIRED_VARIABLE} says that it must run. It dies with the JVM.
 *
 * <p>Thread-safe. PortClaim is not installed there.
 */
public final class NodesCluster implements AutoCloseable {
    /** Set to {@code required}, a machine that can't run real nodes makes tests fail instead of being skipped. */
    public static final String REQUIRED_VARIABLE = "PORTCLAIM_TEST_NODES";

    /** An image with busybox, which every node has. */
    public static final String BUSYBOX = "portclaim.local/busybox:1";

    /** The exit code of dev/cluster where real nodes can't run. */
    private static final int CANNOT_RUN = 3;

    private static final Duration KUBECTL_DEADLINE = Duration.ofMinutes(6);

    private static final AtomicInteger STARTED = new AtomicInteger();

    private final String name;
    private final Path kubeconfig;
    private final KubernetesClient client;

    private NodesCluster(String name) {
        this.name = name;
        this.kubeconfig =
                Path.of(run(LocalCluster.COMMAND_DEADLINE, "kubeconfig").strip());
        this.client = LocalCluster.connect(LocalCluster.config(kubeconfig));
    }

    /**
     * Starts a cluster and returns when pods can run on all its nodes.
     *
     * @throws TestAbortedException where real nodes can't run
     * @throws IllegalStateException if the start fails
     */
    public static NodesCluster start(NodesOptions options) {
        String pid = String.valueOf(ProcessHandle.current().pid());
        String name = "test-" + pid + "-nodes-" + STARTED.incrementAndGet();
        List<String> words = new ArrayList<>(
                List.of("up", "--name", name, "--watch-parent", pid, "--nodes", String.valueOf(options.nodes())));
        words.addAll(LocalCluster.version());
        words.addAll(options.words());
        orAborted(() -> LocalCluster.devCluster(LocalCluster.START_DEADLINE, words.toArray(String[]::new)));
        return new NodesCluster(name);
    }

    /**
     * Skips the test where real nodes can't run, unless they must.
     *
     * @throws TestAbortedException with the reason
     */
    public static void assumeCanRun() {
        orAborted(() -> LocalCluster.devCluster(LocalCluster.COMMAND_DEADLINE, "can-run-nodes"));
    }

    private static void orAborted(Runnable command) {
        try {
            command.run();
        } catch (Command.Failure e) {
            if (e.exitValue == CANNOT_RUN && !"required".equals(System.getenv(REQUIRED_VARIABLE))) {
                throw new TestAbortedException(
                        e.errors.isBlank() ? "dev/cluster can-run-nodes says why not" : e.errors.strip());
            }
            throw e;
        }
    }

    /** The administrator's client, closed with the cluster. */
    public KubernetesClient client() {
        return client;
    }

    /** The administrator's kubeconfig. */
    public Path kubeconfig() {
        return kubeconfig;
    }

    /** Whether MutatingAdmissionPolicies are served by default, as they are from Kubernetes 1.36 on. */
    public boolean hasMutatingPolicies() {
        return LocalCluster.hasMutatingPolicies(client);
    }

    /** Where everything of the cluster lies; gone when it is closed. */
    public Path directory() {
        return kubeconfig.resolveSibling("");
    }

    /** One line of JSON for each request, written before it is answered. Needs {@link NodesOptions#audit()}. */
    public Path auditLog() {
        return directory().resolve("audit.log");
    }

    /** The address of a node, which this machine and all pods reach. */
    public String address(String node) {
        return client.nodes().withName(node).get().getStatus().getAddresses().stream()
                .filter(address -> address.getType().equals("InternalIP"))
                .findFirst()
                .orElseThrow()
                .getAddress();
    }

    /**
     * Runs kubectl as administrator, which may wait for something up to five minutes.
     *
     * @return its standard output
     * @throws IllegalStateException with its standard error, if it fails
     */
    public String kubectl(String... arguments) {
        return run(KUBECTL_DEADLINE, "kubectl", arguments);
    }

    /**
     * Runs helm as administrator; the first time, it is built.
     *
     * @return its standard output
     * @throws IllegalStateException with its standard error, if it fails
     */
    public String helm(String... arguments) {
        List<String> words = new ArrayList<>(List.of(LocalCluster.script(), "helm", "--name", name, "--"));
        words.addAll(List.of(arguments));
        return new Command(words, Map.of(), LocalCluster.START_DEADLINE).run();
    }

    /**
     * Brings an image to every node, for pods whose imagePullPolicy is {@code Never} or {@code IfNotPresent}.
     *
     * @param archive an OCI archive, or one as {@code docker save} writes it
     */
    public void load(Path archive) {
        LocalCluster.devCluster(LocalCluster.COMMAND_DEADLINE, "load", "--name", name, archive.toString());
    }

    /**
     * Brings an image to every node under a name of its own.
     *
     * @param archive of one image
     * @param image like {@code example.test/operator:1}
     */
    public void loadAs(String image, Path archive) {
        LocalCluster.devCluster(
                LocalCluster.COMMAND_DEADLINE, "load", "--name", name, "--as", image, archive.toString());
    }

    /**
     * Runs a command on a node, as root in its namespaces.
     *
     * @return its standard output
     * @throws IllegalStateException with its standard error, if it fails
     */
    public String exec(String node, String... command) {
        List<String> words = new ArrayList<>(List.of("exec", "--name", name, node, "--"));
        words.addAll(List.of(command));
        return LocalCluster.devCluster(LocalCluster.COMMAND_DEADLINE, words.toArray(String[]::new));
    }

    /** As {@link #exec}, for a command that goes on while the test does. It should end when its standard input does. */
    public ProcessBuilder command(String node, String... command) {
        List<String> words = new ArrayList<>(List.of(LocalCluster.script(), "exec", "--name", name, node, "--"));
        words.addAll(List.of(command));
        return new ProcessBuilder(words);
    }

    /**
     * Sets a parameter of a node's kernel, while it runs.
     *
     * @param parameter like {@code net.ipv4.ip_local_port_range}
     * @throws IllegalStateException if the kernel refuses the value
     */
    public void sysctl(String node, String parameter, String value) {
        String path = "/proc/sys/" + parameter.replace('.', '/');
        exec(node, "sh", "-c", "echo \"$1\" > \"$2\"", "sh", value, path);
    }

    /**
     * Kills a component as a crash would, starts it again and waits until it works.
     *
     * @param component one of the control plane, one of a node such as {@code kubelet-node-1}, or a whole node such as
     *     {@code node-1}, which ends all of its pods
     * @param downFor how long it stays dead
     */
    public void restart(String component, Duration downFor) {
        LocalCluster.devCluster(
                LocalCluster.COMMAND_DEADLINE.plus(downFor),
                "restart",
                "--name",
                name,
                "--down-for",
                downFor.toMillis() + "ms",
                component);
    }

    /** Kills etcd and the API server and starts them again, etcd with what is in {@code data}, as etcdutl restores it. */
    public void restartWith(Path data) {
        LocalCluster.devCluster(
                LocalCluster.COMMAND_DEADLINE,
                "restart",
                "--name",
                name,
                "--etcd-data",
                data.toString(),
                "etcd",
                "kube-apiserver");
    }

    /** Stops all of it and removes the data. Safe to call again. */
    @Override
    public void close() {
        client.close();
        run(LocalCluster.COMMAND_DEADLINE, "down");
    }

    /** Runs a command of dev/cluster on this cluster. What is given goes behind a double dash. */
    private String run(Duration deadline, String command, String... arguments) {
        List<String> words = new ArrayList<>(List.of(command, "--name", name));
        if (arguments.length > 0) {
            words.add("--");
            words.addAll(List.of(arguments));
        }
        return LocalCluster.devCluster(deadline, words.toArray(String[]::new));
    }
}
