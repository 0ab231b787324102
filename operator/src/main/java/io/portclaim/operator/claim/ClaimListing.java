package io.portclaim.operator.claim;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.ConfigMapList;
import io.fabric8.kubernetes.api.model.DefaultKubernetesResourceList;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortClaimApi;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.kube.ListPages;
import io.portclaim.operator.kube.Requests;
import io.portclaim.operator.node.ClusterView;
import io.portclaim.operator.node.PrunedStore;
import io.portclaim.operator.protocol.Claim;
import io.portclaim.operator.protocol.ClaimApi;
import io.portclaim.operator.protocol.ConfigMapApi;
import io.portclaim.operator.protocol.PresentMap;
import io.portclaim.operator.publish.ConfigMapIdentity;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** Lists claims and ConfigMaps from the quorum, page by page. Thread-safe. */
final class ClaimListing {
    private static final String CONFIG_MAPS = "/api/v1/configmaps";
    private static final String NAMES_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final ListPages pages;

    ClaimListing(KubernetesClient client, Requests requests) {
        this.pages = new ListPages(requests, client.getKubernetesSerialization());
    }

    /** See {@link ClaimApi#list}. */
    void claims(Consumer<Claim> visitor) throws IOException {
        pages.forEach(
                new ListPages.Query(PortClaimApi.PATH + "/portclaims", null, ClusterView.LIST_PAGE),
                new TypeReference<DefaultKubernetesResourceList<PortClaim>>() {},
                claim -> visitor.accept(Claims.of(PrunedStore.withoutManagedFields(claim))));
    }

    /**
     * Calls {@code visitor} with every ConfigMap that bears the operator's label, as {@link KnownMap} has it, without the data, and
     * keeps none.
     */
    void configMaps(Consumer<PresentMap> visitor) throws IOException {
        pages.forEach(
                new ListPages.Query(CONFIG_MAPS, ConfigMapIdentity.CLAIM_UID_LABEL, KnownMap.LIST_PAGE),
                new TypeReference<ConfigMapList>() {},
                map -> visitor.accept(new KubernetesMap(KnownMap.of(PrunedStore.withoutManagedFields(map)))));
    }

    /** See {@link ConfigMapApi#names}. */
    Set<ClaimKey> configMapNames() throws IOException {
        Set<ClaimKey> names = new HashSet<>();
        pages.forEach(
                new ListPages.Query(CONFIG_MAPS, null, ClusterView.LIST_PAGE),
                NAMES_ONLY,
                ClaimListing::names,
                names::add);
        return names;
    }

    private static List<ClaimKey> names(byte[] page) throws IOException {
        List<ClaimKey> names = new ArrayList<>();
        JSON.readTree(page)
                .path("items")
                .forEach(item -> names.add(new ClaimKey(
                        item.path("metadata").path("namespace").asText(),
                        item.path("metadata").path("name").asText())));
        return names;
    }
}
