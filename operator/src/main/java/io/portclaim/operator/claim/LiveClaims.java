package io.portclaim.operator.claim;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortClaimApi;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.kube.Requests;
import io.portclaim.operator.kube.StatusPut;
import io.portclaim.operator.protocol.Claim;
import io.portclaim.operator.protocol.ClaimApi;
import io.portclaim.operator.protocol.Listing;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.function.Function;

/** Claims over HTTP. Thread-safe. */
final class LiveClaims implements ClaimApi {
    private final Requests requests;
    private final KubernetesSerialization serialization;
    private final ClaimListing listing;

    LiveClaims(Requests requests, KubernetesClient client, ClaimListing listing) {
        this.requests = requests;
        this.serialization = client.getKubernetesSerialization();
        this.listing = listing;
    }

    static String path(ClaimKey key) {
        return PortClaimApi.PATH + "/namespaces/%s/portclaims/%s".formatted(key.namespace(), key.name());
    }

    @Override
    public Optional<Claim> named(ClaimKey key) {
        try {
            Requests.Answer answer = requests.get(path(key));
            if (answer.isSuccess()) {
                return Optional.of(
                        Claims.of(serialization.unmarshal(new ByteArrayInputStream(answer.body()), PortClaim.class)));
            }
            if (answer.saysAbsent(key.name())) {
                return Optional.empty();
            }
            throw new IllegalStateException("PortClaim %s can't be read now: %s".formatted(key, answer.message()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public <V> Listing<V> list(Function<Claim, V> convert) {
        return listing.claims(convert);
    }

    /** A minimal PUT of the status subresource: the cheapest write there is, and the only one that checks the UID. */
    @Override
    public Answer writeStatus(Claim at, PortClaimStatus status) {
        String namespace = at.key().namespace();
        Requests.Answer answer = new StatusPut(
                        "PortClaim", path(at.key()), namespace, at.key().name(), at.uid(), at.version())
                .send(requests, status);
        if (answer.isSuccess()) {
            return new Answer.Written(answer.resourceVersion());
        }
        return answer.code() == 409 || answer.code() == 404 ? new Answer.Moved() : new Answer.Failed(answer.message());
    }
}
