package io.portclaim.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.authentication.TokenRequest;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.portclaim.api.v1alpha1.PortClaimApi;
import io.portclaim.api.v1alpha1.PortReport;
import io.portclaim.api.v1alpha1.PortReportStatus;
import io.portclaim.testing.LocalCluster;
import io.portclaim.testing.Rights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An agent with a pod's token, against a real API server. */
class AgentIT {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final String NODE = "agent-node";

    @TempDir
    static Path folder;

    /** Null where the tests use a cluster that is not ours: then they are skipped. */
    private static @Nullable LocalCluster cluster;

    private static KubernetesClient client;
    private static String namespace;
    private static Node node;

    private final FakeProc proc = new FakeProc(folder);

    @BeforeAll
    static void start() {
        cluster = LocalCluster.startApart("agent", "--audit");
        client = cluster.client();
        namespace = cluster.newNamespace();
        node = client.resource(client.getKubernetesSerialization()
                        .unmarshal("apiVersion: v1\nkind: Node\nmetadata: {name: %s}".formatted(NODE), Node.class))
                .create();
        for (String yaml : List.of("""
                apiVersion: v1
                kind: ServiceAccount
                metadata: {name: agent, namespace: "%1$s"}
                """, """
                apiVersion: v1
                kind: Pod
                metadata: {name: agent-x, namespace: "%1$s"}
                spec:
                  nodeName: %2$s
                  serviceAccountName: agent
                  containers: [{name: agent, image: registry.example/agent:1}]
                """, """
                apiVersion: rbac.authorization.k8s.io/v1
                kind: ClusterRole
                metadata: {name: agent}
                rules:
                - {apiGroups: [portclaim.io], resources: [portreports], verbs: [get, create]}
                - {apiGroups: [portclaim.io], resources: [portreports/status], verbs: [update]}
                """, """
                apiVersion: rbac.authorization.k8s.io/v1
                kind: ClusterRoleBinding
                metadata: {name: agent}
                roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: agent}
                subjects: [{kind: ServiceAccount, name: agent, namespace: "%1$s"}]
                """)) {
            client.resource(yaml.formatted(namespace, NODE)).create();
        }
        Rights rights = new Rights(client, "system:serviceaccount:" + namespace + ":agent", List.of());
        rights.await("get", PortClaimApi.GROUP, "portreports", "");
        rights.await("create", PortClaimApi.GROUP, "portreports", "");
    }

    @AfterAll
    static void stop() {
        if (cluster != null) {
            cluster.stop();
        }
    }

    /** As the kubelet asks for it. */
    private static String token() {
        Pod pod = client.pods().inNamespace(namespace).withName("agent-x").require();
        TokenRequest request = client.serviceAccounts()
                .inNamespace(namespace)
                .withName("agent")
                .tokenRequest(new TokenRequestBuilder()
                        .withNewSpec()
                        .withExpirationSeconds(3600L)
                        .withNewBoundObjectRef()
                        .withApiVersion("v1")
                        .withKind("Pod")
                        .withName("agent-x")
                        .withUid(pod.getMetadata().getUid())
                        .endBoundObjectRef()
                        .endSpec()
                        .build());
        return request.getStatus().getToken();
    }

    private static RunningAgent agent() {
        return RunningAgent.with(folder, client.getConfiguration(), token());
    }

    private static PortReport report() {
        return client.resources(PortReport.class).withName(NODE).get();
    }

    /** The requests that the API server has had from the agent's service account. */
    private static List<String> requests() throws IOException {
        try (Stream<String> lines = Files.lines(cluster.auditLog())) {
            return lines.filter(line -> line.contains("serviceaccount:" + namespace + ":agent") && line.endsWith("}"))
                    .map(line -> line.replaceAll(".*\"verb\":\"(\\w+)\".*", "$1"))
                    .toList();
        }
    }

    private void listen(String... ports) {
        proc.tcp(Stream.of(ports)
                .map(port -> FakeProc.row("0A", "0.0.0.0:" + port, "0.0.0.0:0"))
                .toArray(String[]::new));
    }

    @Test
    void writesItsReportOnce() throws IOException {
        proc.sysctls("40000\t40099", "", 1024);
        listen("22");
        proc.udp();
        RunningAgent running = agent();
        Agent agent = running.agent();
        agent.step();

        PortReport report = report();
        assertThat(report).as(running::log).isNotNull();
        assertThat(report.getMetadata().getOwnerReferences()).singleElement().satisfies(owner -> {
            assertThat(owner.getKind()).isEqualTo("Node");
            assertThat(owner.getUid()).isEqualTo(node.getMetadata().getUid());
            assertThat(owner.getController()).isNull();
            assertThat(owner.getBlockOwnerDeletion()).isNull();
        });
        PortReportStatus status = Objects.requireNonNull(report.getStatus());
        assertThat(status.ephemeralRange()).isEqualTo("40000-40099");
        assertThat(status.listeners().tcp()).isEqualTo("22");
        assertThat(status.reporter().name()).isEqualTo("agent-x");
        assertThat(requests()).containsExactly("get", "create", "update");

        for (int i = 0; i < 10; i++) {
            agent.step();
        }
        await("what an agent reads at its start is up to date")
                .atMost(SOON)
                .until(() -> client.raw(PortClaimApi.PATH + "/portreports/" + NODE + "?resourceVersion=0")
                        .contains("40000-40099"));
        Agent restarted = agent().agent();
        restarted.step();
        assertThat(requests()).as("a restart reads").containsExactly("get", "create", "update", "get");

        proc.sysctls("40000\t40199", "40100", 1024);
        restarted.step();
        assertThat(report().getStatus().ephemeralPorts()).isEqualTo(199);
        assertThat(report().getStatus().reservedPorts()).isEqualTo("40100");
        assertThat(requests()).endsWith("get", "update");

        String[] rows = new String[90];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = FakeProc.row("06", "10.0.0.5:" + (40000 + i), "10.0.0.9:443");
        }
        proc.tcp(rows);
        proc.sysctls("40000\t40089", "", 1024);
        restarted.step();
        assertThat(report().getStatus().conditions()).singleElement().satisfies(condition -> {
            assertThat(condition.status()).isEqualTo("True");
            assertThat(condition.message()).startsWith("10.0.0.9:443 from 10.0.0.5 uses 90 of 90 ephemeral ports");
        });

        client.resources(PortReport.class).withName(NODE).delete();
        proc.sysctls("40000\t40299", "", 1024);
        await("the report is created again").atMost(SOON).untilAsserted(() -> {
            restarted.step();
            assertThat(report()).isNotNull();
            assertThat(report().getStatus()).isNotNull();
        });
    }
}
