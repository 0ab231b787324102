package io.portclaim.operator.claim;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.operator.kube.Requests;
import io.portclaim.operator.kube.StatusPut;
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
        String namespace = at.key().namespace();
        String name = at.key().name();
        String path = "/apis/portclaim.io/v1alpha1/namespaces/%s/portclaims/%s".formatted(namespace, name);
        return new StatusPut("PortClaim", path, namespace, name, at.uid(), at.version()).send(requests, status);
    }
}
