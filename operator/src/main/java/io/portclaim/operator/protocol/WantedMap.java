package io.portclaim.operator.protocol;

import io.portclaim.api.v1alpha1.PortClaimApi;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.publish.ConfigMapData;
import io.portclaim.operator.publish.ConfigMapIdentity;
import io.portclaim.operator.publish.DataDigest;
import java.util.Map;
import java.util.Objects;

/**
 * What a claim's ConfigMap should be. Nothing is copied from the claim's own labels or annotations.
 *
 * @param name its name
 * @param identity which claim it belongs to
 * @param owner the claim, as its owner
 * @param data its data
 */
public record WantedMap(ClaimKey name, ConfigMapIdentity identity, PresentMap.Owner owner, Map<String, String> data) {
    /** The ConfigMap of {@code claim} when it holds {@code assignment}. */
    public static WantedMap of(Claim claim, Assignment assignment) {
        return new WantedMap(
                claim.configMap(),
                claim.identity(),
                new PresentMap.Owner(
                        PortClaimApi.API_VERSION, "PortClaim", claim.key().name(), claim.uid(), true, false),
                ConfigMapData.render(claim.spec().scope(), claim.spec().nodeName(), assignment));
    }

    /** Whether {@code present} is the claim's own and says exactly this. */
    public boolean standsIn(PresentMap present) {
        return digest().equals(present.digest())
                && present.identity().filter(identity::equals).isPresent()
                && identity.claimUid().equals(present.uidLabel())
                && present.owners().contains(owner);
    }

    /** The digest of its data, as {@link PresentMap#digest}. */
    public String digest() {
        return DataDigest.of(data);
    }

    /** A hash of what others may alter. */
    int content() {
        return Objects.hash(digest(), identity);
    }
}
