package io.portclaim.operator.claim;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortClaimApi;
import io.portclaim.operator.cache.PackedStore;
import io.portclaim.operator.kube.CachePositions;

/**
 * What the informers keep.
 *
 * @param claims all claims
 * @param maps the ConfigMaps with the operator's label
 */
public record ClaimCaches(PackedStore<PortClaim> claims, PackedStore<ConfigMap> maps) {
    static final String CLAIMS = PortClaimApi.PATH + "/portclaims";
    static final String MAPS = "/api/v1/configmaps";

    /** Empty caches, for informers of the client of which {@code positions} notices the requests. */
    public static ClaimCaches empty(KubernetesSerialization json, CachePositions positions) {
        return new ClaimCaches(
                KnownObjects.claims(json, positions.of(CLAIMS)), KnownObjects.maps(json, positions.of(MAPS)));
    }
}
