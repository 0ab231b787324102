package io.portclaim.operator.claim;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.api.v1alpha1.AssignedPort;
import io.portclaim.api.v1alpha1.Phase;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.Place;
import io.portclaim.operator.allocation.PortGrant;
import io.portclaim.operator.protocol.Claim;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ClaimTest {
    private static final Assignment HTTP =
            Assignment.at(Place.EVERYWHERE, List.of(new PortGrant("http", TransportProtocol.TCP, 21080, 1)));

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

    private static PortClaimStatus of(@Nullable String uid, Phase phase) {
        return new PortClaimStatus(
                phase,
                1L,
                uid,
                "main",
                null,
                null,
                null,
                null,
                List.of(new AssignedPort("http", TransportProtocol.TCP, 21080, null)),
                null,
                null,
                null);
    }

    @Test
    void itsOwnStatusSaysWhatItHolds() {
        for (String uid : Arrays.asList("u", null)) {
            Claim claim = Claims.of(object(of(uid, Phase.CONFLICTED)));
            assertThat(claim.reported()).isEqualTo(HTTP);
            assertThat(claim.wished()).isEqualTo(Assignment.NONE);
            assertThat(claim.isReportedAsConflicted()).isTrue();
        }
    }

    @Test
    void aStatusThatWasWrittenForAnotherClaimIsAWish() {
        Claim claim = Claims.of(object(of("an earlier one", Phase.CONFLICTED)));
        assertThat(claim.reported()).isEqualTo(Assignment.NONE);
        assertThat(claim.wished()).isEqualTo(HTTP);
        assertThat(claim.isReportedAsConflicted()).isFalse();
    }

    @Test
    void whateverElseStandsThereIsOne() {
        assertThat(Claims.of(object(status(null, 1, null))).status()).isEqualTo(status(null, 1, null));
        assertThat(Claims.of(object(status(null, 0, "games"))).poolName()).isEqualTo("games");
        assertThat(Claims.of(object(status(Phase.CONFLICTED, 0, null))).status())
                .isNotNull();
    }
}
