package io.portclaim.operator.claim;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapList;
import io.fabric8.kubernetes.api.model.DefaultKubernetesResourceList;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.kube.LaterEvents;
import io.portclaim.operator.kube.ListPages;
import io.portclaim.operator.kube.Requests;
import io.portclaim.operator.node.ClusterView;
import io.portclaim.operator.node.PrunedStore;
import io.portclaim.operator.protocol.Claim;
import io.portclaim.operator.protocol.ClaimApi;
import io.portclaim.operator.protocol.ConfigMapApi;
import io.portclaim.operator.protocol.Listing;
import io.portclaim.operator.protocol.PresentMap;
import io.portclaim.operator.publish.ConfigMapIdentity;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** Claims and ConfigMaps as the quorum has them. Thread-safe. */
final class ClaimListing {
    private static final ListPages.Query CLAIMS = new ListPages.Query(ClaimCaches.CLAIMS, null, ClusterView.LIST_PAGE);
    private static final ListPages.Query MAPS =
            new ListPages.Query(ClaimCaches.MAPS, ConfigMapIdentity.CLAIM_UID_LABEL, KnownMap.LIST_PAGE);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final ListPages pages;
    private final CurrentObjects<PortClaim, Claim> claims;
    private final CurrentObjects<ConfigMap, PresentMap> maps;

    ClaimListing(KubernetesClient client, Requests requests, ClaimCaches caches) {
        KubernetesSerialization json = client.getKubernetesSerialization();
        LaterEvents events = new LaterEvents(requests);
        this.pages = new ListPages(requests, json);
        this.claims = new CurrentObjects<>(
                PortClaim.class,
                caches.claims(),
                version -> events.since(CLAIMS, version),
                json,
                claim -> Claims.of(PrunedStore.withoutManagedFields(claim)));
        this.maps = new CurrentObjects<>(
                ConfigMap.class,
                caches.maps(),
                version -> events.since(MAPS, version),
                json,
                map -> new KubernetesMap(KnownMap.of(PrunedStore.withoutManagedFields(map))));
    }

    /** See {@link ClaimApi#list}. */
    <V> Listing<V> claims(Function<Claim, V> convert) {
        return claims.requested(
                visitor -> pages.forEach(
                        CLAIMS, new TypeReference<DefaultKubernetesResourceList<PortClaim>>() {}, visitor),
                convert);
    }

    /** See {@link ConfigMapApi#list}; as {@link KnownMap} has them. */
    <V> Listing<V> configMaps(Function<PresentMap, V> convert) {
        return maps.requested(visitor -> pages.forEach(MAPS, new TypeReference<ConfigMapList>() {}, visitor), convert);
    }

    /** See {@link ConfigMapApi#names}. */
    Set<ClaimKey> configMapNames() throws IOException {
        Set<ClaimKey> names = new HashSet<>();
        pages.forEach(
                new ListPages.Query(ClaimCaches.MAPS, null, ClusterView.LIST_PAGE),
                ListPages.METADATA,
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
