package io.portclaim.operator.claim;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.operator.kube.Requests;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Optional;

/**
 * Writes statuses: a minimal PUT of the status subresource, which is the cheapest write there is and the only one that
 * checks UID and version. Thread-safe.
 */
final class Reports {
    private static final int TRIES = 3;

    private final KubernetesClient client;
    private final Requests requests;
    private final Roster roster;
    private final Pass pass;

    Reports(KubernetesClient client, Requests requests, Roster roster, Pass pass) {
        this.client = client;
        this.requests = requests;
        this.roster = roster;
        this.pass = pass;
    }

    /**
     * Writes {@code status}, at the version at which {@code claim} was known before the last commit. Where the claim has
     * moved on since, it is read again and written after another commit.
     *
     * @return whether the status stands; false when the claim is gone
     */
    boolean write(Claim claim, PortClaimStatus status) {
        Claim at = claim;
        for (int i = 0; i < TRIES; i++) {
            roster.expect(claim, status);
            Requests.Answer answer = put(at, status);
            if (answer.isSuccess()) {
                roster.seen(claim, answer.resourceVersion());
                return true;
            }
            if (answer.code() != 409 && answer.code() != 404) {
                throw new IllegalStateException(
                        "the status of %s can't be written now: %s".formatted(claim, answer.message()));
            }
            Optional<Claim> live = read(claim);
            if (live.isEmpty()) {
                return false;
            }
            at = live.get();
            roster.seen(at);
            if (status.equals(at.status())) {
                return true;
            }
            pass.await();
        }
        throw new IllegalStateException("the status of %s changes faster than it can be written".formatted(claim));
    }

    /** The claim as the quorum has it now; empty when it is gone, also where another has its name. */
    Optional<Claim> read(Claim claim) {
        PortClaim found = client.resources(PortClaim.class)
                .inNamespace(claim.key().namespace())
                .withName(claim.key().name())
                .get();
        return Optional.ofNullable(found)
                .map(Claim::of)
                .filter(live -> live.uid().equals(claim.uid()));
    }

    private Requests.Answer put(Claim at, PortClaimStatus status) {
        Map<String, Object> body = Map.of(
                "apiVersion",
                "portclaim.io/v1alpha1",
                "kind",
                "PortClaim",
                "metadata",
                Map.of(
                        "name", at.key().name(),
                        "namespace", at.key().namespace(),
                        "uid", at.uid(),
                        "resourceVersion", at.version()),
                "status",
                status);
        String path = "/apis/portclaim.io/v1alpha1/namespaces/%s/portclaims/%s/status"
                .formatted(at.key().namespace(), at.key().name());
        try {
            return requests.send("PUT", path, body);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
