package io.portclaim.operator.claim;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.kube.ListPages;
import io.portclaim.operator.kube.Pages;
import io.portclaim.operator.kube.Requests;
import io.portclaim.operator.node.ClusterView;
import io.portclaim.operator.node.PrunedStore;
import io.portclaim.operator.protocol.Claim;
import io.portclaim.operator.protocol.ClaimApi;
import io.portclaim.operator.protocol.ConfigMapApi;
import io.portclaim.operator.protocol.PresentMap;
import io.portclaim.operator.publish.ConfigMapIdentity;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Lists claims and ConfigMaps from the quorum, page by page. Thread-safe. */
final class ClaimListing {
    private static final long PAGE = ClusterView.LIST_PAGE;
    private static final String NAMES_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final KubernetesClient client;
    private final Requests requests;

    ClaimListing(KubernetesClient client, Requests requests) {
        this.client = client;
        this.requests = requests;
    }

    /** See {@link ClaimApi#list}. */
    void claims(Consumer<Claim> visitor) throws IOException {
        ListPages.forEach(
                PAGE,
                (PortClaim claim) -> visitor.accept(Claims.of(PrunedStore.withoutManagedFields(claim))),
                options -> client.resources(PortClaim.class).inAnyNamespace().list(options));
    }

    /**
     * Calls {@code visitor} with every ConfigMap that bears the operator's label, as {@link KnownMap} has it, without the data, and
     * keeps none.
     */
    void configMaps(Consumer<PresentMap> visitor) throws IOException {
        ListPages.forEach(
                KnownMap.LIST_PAGE,
                (ConfigMap map) ->
                        visitor.accept(new KubernetesMap(KnownMap.of(PrunedStore.withoutManagedFields(map)))),
                options -> client.configMaps()
                        .inAnyNamespace()
                        .withLabel(ConfigMapIdentity.CLAIM_UID_LABEL)
                        .list(options));
    }

    /** See {@link ConfigMapApi#names}. */
    Set<ClaimKey> configMapNames() throws IOException {
        Set<ClaimKey> names = new HashSet<>();
        Pages.forEach(this::pageOfNames, names::add);
        return names;
    }

    private Pages.Page<ClaimKey> pageOfNames(@Nullable String token) throws IOException {
        Requests.Answer answer = requests.list(
                "/api/v1/configmaps?limit=%d&continue=%s"
                        .formatted(PAGE, URLEncoder.encode(token == null ? "" : token, StandardCharsets.UTF_8)),
                NAMES_ONLY);
        if (!answer.isSuccess()) {
            throw new IOException("the names of ConfigMaps can't be listed: " + answer.message());
        }
        JsonNode page = JSON.readTree(answer.body());
        List<ClaimKey> names = new ArrayList<>();
        page.path("items")
                .forEach(item -> names.add(new ClaimKey(
                        item.path("metadata").path("namespace").asText(),
                        item.path("metadata").path("name").asText())));
        return new Pages.Page<>(names, page.path("metadata").path("continue").asText(""));
    }
}
