package io.portclaim.installed;

import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.authentication.TokenRequest;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.portclaim.api.v1alpha1.Condition;
import io.portclaim.api.v1alpha1.PortReport;
import io.portclaim.api.v1alpha1.PortReportStatus;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** The agents of an {@link Installation}. */
record Agents(Installation installation) {
    /** As the API server knows them. */
    static final String USER = "system:serviceaccount:" + Installation.NAMESPACE + ":portclaim-agent";

    /** Upgrades to a release with agents, and waits until every node has a report. */
    void install() {
        installation.upgradeTo(Installation.chart(), "--set", "agent.enabled=true");
        await("both nodes have a report")
                .atMost(Installation.SOON)
                .until(() -> Stream.of("node-1", "node-2")
                        .allMatch(node -> report(node).isPresent()));
    }

    /** Goes back to one without, and to nodes without reports. */
    void uninstall() {
        installation.install();
        await("no agent runs")
                .atMost(Installation.SOON)
                .until(() -> installation
                        .client()
                        .apps()
                        .daemonSets()
                        .inNamespace(Installation.NAMESPACE)
                        .list()
                        .getItems()
                        .isEmpty());
        installation
                .cluster()
                .kubectl(
                        "wait",
                        "pods",
                        "--namespace",
                        Installation.NAMESPACE,
                        "--selector=app.kubernetes.io/component=agent",
                        "--for=delete",
                        "--timeout=120s");
        installation.cluster().kubectl("delete", "portreports", "--all");
    }

    /** What this node's says. */
    Optional<PortReportStatus> report(String node) {
        return Optional.ofNullable(installation
                        .client()
                        .resources(PortReport.class)
                        .withName(node)
                        .get())
                .map(PortReport::getStatus);
    }

    /** The condition EphemeralPortPressure of this node. */
    Condition pressure(String node) {
        return Objects.requireNonNull(report(node).orElseThrow().conditions()).stream()
                .filter(condition -> condition.type().equals("EphemeralPortPressure"))
                .findFirst()
                .orElseThrow();
    }

    /** The lines of this node's metrics. */
    List<String> metrics(String node) {
        return installation.requested(node, 10371, "metrics").lines().toList();
    }

    /** The sum of the series of this name with these labels, on this node. */
    double metric(String node, String name, String... labels) {
        Predicate<String> wanted =
                line -> line.startsWith(name + "{") && Stream.of(labels).allMatch(line::contains);
        return metrics(node).stream()
                .filter(wanted)
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    /** Their pods, one on each node. */
    List<Pod> pods() {
        return installation
                .client()
                .pods()
                .inNamespace(Installation.NAMESPACE)
                .withLabel("app.kubernetes.io/component", "agent")
                .list()
                .getItems();
    }

    private List<ContainerProcess> processes() {
        return pods().stream()
                .map(pod -> {
                    try {
                        return ContainerProcess.of(pod);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                })
                .toList();
    }

    /** What all of them have used. */
    Duration cpuTime() {
        return processes().stream()
                .map(process -> process.handle().info().totalCpuDuration().orElseThrow())
                .reduce(Duration.ZERO, Duration::plus);
    }

    /** Resident memory of each, in KiB. */
    List<Integer> resident() {
        return processes().stream().map(ContainerProcess::resident).toList();
    }

    /** Someone who has got hold of the token of the agent on this node. */
    KubernetesClient thief(String node) {
        Pod pod = pods().stream()
                .filter(agent -> agent.getSpec().getNodeName().equals(node))
                .findFirst()
                .orElseThrow();
        TokenRequest request = new TokenRequestBuilder()
                .withNewSpec()
                .withExpirationSeconds(600L)
                .withNewBoundObjectRef()
                .withApiVersion("v1")
                .withKind("Pod")
                .withName(pod.getMetadata().getName())
                .withUid(pod.getMetadata().getUid())
                .endBoundObjectRef()
                .endSpec()
                .build();
        String token = installation
                .client()
                .serviceAccounts()
                .inNamespace(Installation.NAMESPACE)
                .withName(pod.getSpec().getServiceAccountName())
                .tokenRequest(request)
                .getStatus()
                .getToken();
        Config admin = installation.client().getConfiguration();
        Config config = new ConfigBuilder(Config.empty())
                .withMasterUrl(admin.getMasterUrl())
                .withCaCertFile(admin.getCaCertFile())
                .withCaCertData(admin.getCaCertData())
                .withOauthToken(token)
                .withRequestRetryBackoffLimit(0)
                .build();
        return new KubernetesClientBuilder().withConfig(config).build();
    }
}
