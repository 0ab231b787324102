package io.portclaim.operator.installed;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.authentication.TokenRequest;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;

/** The agents of an {@link Installation}. */
record Agents(Installation installation) {
    /** As the API server knows them. */
    static final String USER = "system:serviceaccount:" + Installation.NAMESPACE + ":portclaim-agent";

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
