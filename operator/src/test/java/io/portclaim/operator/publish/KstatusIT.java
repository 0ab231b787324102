package io.portclaim.operator.publish;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.testing.GoModule;
import org.junit.jupiter.api.Test;

/** The library by which Helm and Flux wait for objects reads every reason as docs/reasons.md says. */
class KstatusIT {
    @Test
    void readsEveryReason() {
        assertThat(GoModule.test("dev/kstatus"))
                .contains("--- PASS: TestEveryReason", "PortClaim/NotSeen", "PortPool/NotSeen");
    }
}
