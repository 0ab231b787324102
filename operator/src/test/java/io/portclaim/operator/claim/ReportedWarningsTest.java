package io.portclaim.operator.claim;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.api.v1alpha1.Reason;
import org.junit.jupiter.api.Test;

class ReportedWarningsTest {
    private final ReportedWarnings reported = new ReportedWarnings();

    @Test
    void eachClaimGenerationAndReasonIsNewOnce() {
        assertThat(reported.add("a", 1, Reason.OUTSIDE_POOL)).isTrue();
        assertThat(reported.add("a", 1, Reason.OUTSIDE_POOL)).isFalse();
        assertThat(reported.add("a", 1, Reason.HELD_BY_OTHERS)).isTrue();
        assertThat(reported.add("a", 2, Reason.OUTSIDE_POOL)).isTrue();
        assertThat(reported.add("b", 1, Reason.OUTSIDE_POOL)).isTrue();
        assertThat(reported.add("a", 1, Reason.OUTSIDE_POOL)).isFalse();
    }

    @Test
    void aBoundedNumberIsRemembered() {
        reported.add("first", 1, Reason.OUTSIDE_POOL);
        for (int i = 0; i < ReportedWarnings.REMEMBERED; i++) {
            reported.add("claim-" + i, 1, Reason.OUTSIDE_POOL);
        }
        assertThat(reported.add("first", 1, Reason.OUTSIDE_POOL))
                .as("forgotten")
                .isTrue();
        assertThat(reported.add("claim-" + (ReportedWarnings.REMEMBERED - 1), 1, Reason.OUTSIDE_POOL))
                .as("remembered")
                .isFalse();
    }
}
