package io.portclaim.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The nodes of a cluster for tests are what its tests take them for. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class NodesClusterIT {
    private static final Duration DEADLINE = Duration.ofMinutes(3);

    /** On each node, a pod on the node's own network and one with a host port; both tell where they run. */
    private static final String PODS = """
            apiVersion: apps/v1
            kind: DaemonSet
            metadata: {name: host}
            spec:
              selector: {matchLabels: {app: host}}
              template:
                metadata: {labels: {app: host}}
                spec:
                  hostNetwork: true
                  terminationGracePeriodSeconds: 0
                  containers:
                  - name: httpd
                    image: portclaim.local/busybox:1
                    command: [sh, -c, 'hostname > /tmp/index.html; exec httpd -f -p 21000 -h /tmp']
            ---
            apiVersion: apps/v1
            kind: DaemonSet
            metadata: {name: pod}
            spec:
              selector: {matchLabels: {app: pod}}
              template:
                metadata: {labels: {app: pod}}
                spec:
                  terminationGracePeriodSeconds: 0
                  containers:
                  - name: httpd
                    image: portclaim.local/busybox:1
                    command: [sh, -c, 'echo "$NODE" > /tmp/index.html; exec httpd -f -p 80 -h /tmp']
                    env:
                    - {name: NODE, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}
                    ports: [{containerPort: 80, hostPort: 21080}]
            """;

    private NodesCluster cluster;

    @BeforeAll
    void start(@TempDir Path folder) throws IOException {
        cluster = NodesCluster.start(NodesOptions.of(2)
                .ephemeralRange("node-2", "15000-25000")
                .reservedPorts("node-2", "15080")
                .label("node-1", "workload", "games")
                .audit());
        Path pods = Files.writeString(folder.resolve("pods.yaml"), PODS);
        cluster.kubectl("apply", "-f", pods.toString());
        cluster.kubectl("rollout", "status", "daemonset/host", "--timeout=180s");
        cluster.kubectl("rollout", "status", "daemonset/pod", "--timeout=180s");
    }

    @AfterAll
    void close() {
        if (cluster != null) {
            cluster.close();
        }
    }

    @Test
    void tellTheirOwnSettings() {
        assertThat(kernelSettings("node-1")).isEqualTo("32768\t60999\n\n");
        assertThat(kernelSettings("node-2")).isEqualTo("15000\t25000\n15080\n");
        assertThat(node("node-1").getAnnotations()).containsEntry("portclaim.io/ephemeral-port-range", "32768-60999");
        assertThat(node("node-2").getAnnotations())
                .containsEntry("portclaim.io/ephemeral-port-range", "15000-25000")
                .containsEntry("portclaim.io/reserved-ports", "15080");
        assertThat(node("node-1").getLabels()).containsEntry("workload", "games");
    }

    @Test
    void reachEachOther() {
        for (String from : List.of("node-1", "node-2")) {
            for (String to : List.of("node-1", "node-2")) {
                assertThat(read("host", from, cluster.address(to) + ":21000")).isEqualTo(to + "\n");
                assertThat(read("host", from, cluster.address(to) + ":21080")).isEqualTo(to + "\n");
                assertThat(read("pod", from, cluster.address(to) + ":21080")).isEqualTo(to + "\n");
                assertThat(read("pod", from, pod("pod", to).getStatus().getPodIP()))
                        .isEqualTo(to + "\n");
            }
        }
    }

    @Test
    void reachTheApiByItsService() {
        // Without TLS it refuses to talk, in words of its own.
        String answer = execute(
                "pod",
                "node-2",
                "sh",
                "-c",
                "printf 'GET / HTTP/1.0\\r\\n\\r\\n' | timeout 30 nc $KUBERNETES_SERVICE_HOST $KUBERNETES_SERVICE_PORT");
        assertThat(answer).contains("Client sent an HTTP request to an HTTPS server");
    }

    @Test
    void runImagesThatAreLoaded() {
        cluster.loadAs("example.test/loaded:2", cluster.directory().resolve("images/busybox.tar"));
        cluster.kubectl(
                "run",
                "loaded",
                "--image=example.test/loaded:2",
                "--image-pull-policy=Never",
                "--restart=Never",
                "--",
                "echo",
                "it runs");
        cluster.kubectl("wait", "pod/loaded", "--for=jsonpath={.status.phase}=Succeeded", "--timeout=180s");
        assertThat(cluster.kubectl("logs", "loaded")).isEqualTo("it runs\n");
    }

    @Test
    void areUsedByHelm() {
        assertThat(cluster.helm("list", "--all-namespaces", "--output", "json").strip())
                .isEqualTo("[]");
    }

    @Test
    void areAudited() throws IOException {
        assertThat(Files.readString(cluster.auditLog())).contains("system:node:node-1", "system:node:node-2");
    }

    @Test
    void comeBackWithTheirPods() {
        cluster.restart("node-1", Duration.ofSeconds(1));
        await().atMost(DEADLINE)
                .ignoreExceptions()
                .until(() -> read("host", "node-2", cluster.address("node-1") + ":21000")
                        .equals("node-1\n"));
        await().atMost(DEADLINE)
                .ignoreExceptions()
                .until(() -> read("pod", "node-1", cluster.address("node-2") + ":21080")
                        .equals("node-2\n"));
    }

    private ObjectMeta node(String name) {
        Node node = cluster.client().nodes().withName(name).get();
        return node.getMetadata();
    }

    private String kernelSettings(String node) {
        return execute(
                "host",
                node,
                "cat",
                "/proc/sys/net/ipv4/ip_local_port_range",
                "/proc/sys/net/ipv4/ip_local_reserved_ports");
    }

    private Pod pod(String app, String node) {
        return cluster.client().pods().inNamespace("default").withLabel("app", app).list().getItems().stream()
                .filter(pod -> node.equals(pod.getSpec().getNodeName()))
                .findFirst()
                .orElseThrow();
    }

    private String execute(String app, String node, String... command) {
        String[] words = new String[command.length + 3];
        words[0] = "exec";
        words[1] = pod(app, node).getMetadata().getName();
        words[2] = "--";
        System.arraycopy(command, 0, words, 3, command.length);
        return cluster.kubectl(words);
    }

    /** What a pod reads from an address. */
    private String read(String app, String node, String address) {
        return execute(app, node, "timeout", "30", "wget", "-qO-", "http://" + address + "/");
    }
}
