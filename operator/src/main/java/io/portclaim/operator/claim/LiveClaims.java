package io.portclaim.operator.claim;

import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortClaimApi;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.kube.Requests;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;

/** Claims as the quorum has them now. Thread-safe. */
final class LiveClaims {
    private final Requests requests;
    private final KubernetesSerialization serialization;

    LiveClaims(Requests requests, KubernetesSerialization serialization) {
        this.requests = requests;
        this.serialization = serialization;
    }

    static String path(ClaimKey key) {
        return PortClaimApi.PATH + "/namespaces/%s/portclaims/%s".formatted(key.namespace(), key.name());
    }

    /**
     * The claim that bears the name now; empty only where the API server says that none does.
     *
     * @throws IllegalStateException when nothing can be said of it now
     */
    Optional<Claim> named(ClaimKey key) {
        try {
            Requests.Answer answer = requests.get(path(key));
            if (answer.isSuccess()) {
                return Optional.of(
                        Claim.of(serialization.unmarshal(new ByteArrayInputStream(answer.body()), PortClaim.class)));
            }
            if (answer.saysAbsent(key.name())) {
                return Optional.empty();
            }
            throw new IllegalStateException("PortClaim %s can't be read now: %s".formatted(key, answer.message()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The claim of this UID; empty when it is gone, also where another has its name. */
    Optional<Claim> of(String uid, ClaimKey key) {
        return named(key).filter(live -> live.uid().equals(uid));
    }
}
