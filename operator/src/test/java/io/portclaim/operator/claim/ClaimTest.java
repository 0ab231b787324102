package io.portclaim.operator.claim;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.api.v1alpha1.Phase;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ClaimTest {
    private static PortClaim object(@Nullable PortClaimStatus status) {
        PortClaim claim = Samples.object(Samples.WEB, "u", 7, "{scope: Cluster, ports: [{name: http}]}");
        claim.setStatus(status);
        return claim;
    }

    private static PortClaimStatus status(@Nullable Phase phase, long observed, @Nullable String pool) {
        return new PortClaimStatus(phase, observed, pool, null, null, null, null, null, null, null);
    }

    @Test
    void theSchemasDefaultIsNoStatus() {
        assertThat(Claims.of(object(status(null, 0, null))).status()).isNull();
        assertThat(Claims.of(object(status(null, 0, null))))
                .as("as of an object from before there was a default")
                .isEqualTo(Claims.of(object(null)));
    }

    @Test
    void whateverElseStandsThereIsOne() {
        assertThat(Claims.of(object(status(null, 1, null))).status()).isEqualTo(status(null, 1, null));
        assertThat(Claims.of(object(status(null, 0, "games"))).poolName()).isEqualTo("games");
        assertThat(Claims.of(object(status(Phase.CONFLICTED, 0, null))).status())
                .isNotNull();
    }
}
