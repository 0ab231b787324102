package io.portclaim.operator.protocol;

import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.publish.ConfigMapIdentity;
import org.jspecify.annotations.Nullable;

/**
 * What a take-over keeps of a ConfigMap until it has all of them.
 *
 * @param name its name
 * @param version its version
 * @param identity the claim that it says it belongs to; null where it does not say
 * @param digest a digest of its data
 * @param whole the ConfigMap; null where its data is not there
 */
public record FoundMap(
        ClaimKey name,
        long version,
        @Nullable ConfigMapIdentity identity,
        String digest,
        @Nullable PresentMap whole) {

    /** Of {@code map}. */
    public static FoundMap of(PresentMap map) {
        return new FoundMap(
                map.name(),
                ListedMaps.revision(map),
                map.identity().orElse(null),
                map.digest(),
                map.hasData() ? map : null);
    }
}
