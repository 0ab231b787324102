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
    @ValueSource(
            strings = {
                "",
                "portclaim",
                "/portclaim",
                "ports/",
                "a/b/c",
                "not/a/lease",
                "Ports/portclaim",
                "ports/PORTCLAIM",
                "ports/..",
                "ports/a..b",
                "ports.all/portclaim",
                "ports/portclaim?watch=true",
                "ports/port%2fclaim",
                " ports/portclaim",
                "ports/-",
                "ports/port\nclaim"
            })
    void refusesTheRest(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LeaseName.parse(text))
                .withMessageContaining("write namespace/name")
                .withMessageNotContaining("\n");
    }

    @Test
    void namesMayHaveDotsAndAreAsLongAsKubernetesHasThem() {
        String label = "a".repeat(63);
        String longest = label + "." + label + "." + label + "." + "a".repeat(61);
        assertThat(LeaseName.parse(label + "/" + longest)).isEqualTo(new LeaseName(label, longest));
        assertThatIllegalArgumentException().isThrownBy(() -> LeaseName.parse(label + "a/b"));
        assertThatIllegalArgumentException().isThrownBy(() -> LeaseName.parse("a/" + longest + "a"));
    }

    @Test
    void theMessageIsShortWhateverTheTextIs() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LeaseName.parse("a/" + "b".repeat(10_000)))
                .satisfies(refusal -> assertThat(refusal.getMessage()).hasSizeLessThan(150));
    }
}
