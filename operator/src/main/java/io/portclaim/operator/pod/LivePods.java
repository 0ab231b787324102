package io.portclaim.operator.pod;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodList;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.portclaim.operator.kube.ListPages;
import io.portclaim.operator.kube.Requests;
import io.portclaim.operator.node.ClusterView;
import io.portclaim.operator.pool.Pool;
import io.portclaim.operator.pool.Pools;
import io.portclaim.operator.protocol.pods.ClaimPod;
import io.portclaim.operator.protocol.pods.PodApi;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.function.Consumer;

/** Pods in the API server. Thread-safe. */
public final class LivePods implements PodApi {
    private final Requests requests;
    private final KubernetesSerialization serialization;
    private final ListPages pages;
    private final Pools pools;
    private final boolean isEnabled;

    /**
     * Reads and patches pods.
     *
     * @param isEnabled whether pods are served anywhere, so that the policies are installed by which labels stay; else only pods
     *     with the label are listed
     */
    public LivePods(Requests requests, KubernetesClient client, Pools pools, boolean isEnabled) {
        this.requests = requests;
        this.serialization = client.getKubernetesSerialization();
        this.pages = new ListPages(requests, serialization);
        this.pools = pools;
        this.isEnabled = isEnabled;
    }

    @Override
    public Optional<ClaimPod> read(String namespace, String name) {
        try {
            Requests.Answer answer = requests.get(path(namespace, name));
            if (answer.isSuccess()) {
                return Optional.of(parse(answer));
            }
            if (answer.saysAbsent(name)) {
                return Optional.empty();
            }
            throw new IllegalStateException(
                    "pod %s/%s can't be read now: %s".formatted(namespace, name, answer.message()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private ClaimPod parse(Requests.Answer answer) {
        return PodReader.read(serialization.unmarshal(new ByteArrayInputStream(answer.body()), Pod.class));
    }

    @Override
    public void list(Consumer<ClaimPod> visitor) throws IOException {
        pages.forEach(
                new ListPages.Query("/api/v1/pods", isEnabled ? null : PodReader.CLAIM_LABEL, ClusterView.LIST_PAGE),
                new TypeReference<PodList>() {},
                pod -> {
                    if (PodReader.concerns(pod)) {
                        visitor.accept(PodReader.read(pod));
                    }
                });
    }

    @Override
    public Answer publish(ClaimPod pod, Ports ports) {
        LabelSelector nodes = pools.get(ports.pool()).map(Pool::nodeSelector).orElse(null);
        JsonNode patch = PodPatch.of(pod, ports, nodes);
        try {
            Requests.Answer answer =
                    requests.send("PATCH", path(pod.namespace(), pod.name()), "application/json-patch+json", patch);
            if (answer.isSuccess()) {
                return new Answer.Published(parse(answer));
            }
            // A test that fails is 422, as is a patch of a pod without the gate; so are changes that the API server
            // refuses.
            boolean hasMoved = answer.code() == 404 || answer.code() == 409 || answer.code() == 422;
            return hasMoved ? new Answer.Moved(answer.message()) : new Answer.Failed(answer.message());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String path(String namespace, String name) {
        return "/api/v1/namespaces/%s/pods/%s".formatted(namespace, name);
    }
}
