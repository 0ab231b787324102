package io.portclaim.operator.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LeaseNameTest {
    @Test
    void readsWhatItWrites() {
        LeaseName name = new LeaseName("ports", "portclaim");

        assertThat(LeaseName.parse(name.toString())).isEqualTo(name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "portclaim", "/portclaim", "ports/", "a/b/c"})
    void refusesTheRest(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LeaseName.parse(text))
                .withMessageContaining("write namespace/name");
    }
}
