package io.portclaim.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.api.v1alpha1.PortClaim;
import org.junit.jupiter.api.Test;

class SharedObjectsTest {
    @Test
    void noObjectIsCopied() {
        PortClaim claim = new PortClaim();
        assertThat(new SharedObjects().clone(claim)).isSameAs(claim);
    }
}
