package io.portclaim.operator.protocol;

import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.publish.Believed;
import io.portclaim.operator.publish.ConfigMapData;
import io.portclaim.operator.publish.ConfigMapIdentity;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the ConfigMap says that an earlier claim of a name has left, or that a backup tool has brought back: to the next claim of the
 * name it is a wish, and pods may have read it. Thread-safe.
 *
 * @param api reads ConfigMaps of which only the digest is known
 * @param named keeps what they say from others
 * @param believed what is believed of one, as tenants can write it
 */
record EarlierPorts(ConfigMapApi api, NamedPorts named, Function<Claim, Believed> believed) {
    private static final Logger LOG = LoggerFactory.getLogger(EarlierPorts.class);

    /** Keeps from others what is free of what {@code present} says; its data must be there. */
    void keep(Claim claim, PresentMap present) {
        Assignment said = said(claim, present);
        if (!said.isEmpty()) {
            named.keepNamed(claim, said);
        }
    }

    private Assignment said(Claim claim, PresentMap present) {
        return ConfigMapData.parse(claim.spec().scope(), claim.spec().nodeName(), present.data(), believed.apply(claim))
                .orElse(Assignment.NONE);
    }

    /**
     * What {@code claim}, which holds nothing, should get where it is free and allowed. A copy of a ConfigMap whose claim still holds
     * ports, under this name or another, says nothing.
     *
     * @param cached the claim's ConfigMap as it was known before; null when there was none
     */
    Assignment wished(Claim claim, @Nullable PresentMap cached) {
        if (cached == null || !isLeft(claim, cached)) {
            return Assignment.NONE;
        }
        // Only its digest is in the cache, and no other claim needs the data.
        PresentMap present =
                cached.hasData() ? cached : api.read(claim.configMap()).map();
        if (present == null || !isLeft(claim, present)) {
            return Assignment.NONE;
        }
        // Kept for its readers only once the claim adopts it: a claim that is refused must not keep what it can't get.
        Assignment said = said(claim, present);
        if (!said.isEmpty()) {
            LOG.info(
                    "{}: ConfigMap {} is an earlier claim's and says {}; that is assigned where it is free and allowed",
                    claim,
                    claim.configMapName(),
                    said.byPlace());
        }
        return said;
    }

    private boolean isLeft(Claim claim, PresentMap map) {
        Optional<ConfigMapIdentity> identity = map.identity();
        return !Ownership.isOwn(claim, map)
                && Ownership.isEarlier(claim, map)
                && identity.filter(found -> named.isHolder(found.claimUid())).isEmpty();
    }
}
