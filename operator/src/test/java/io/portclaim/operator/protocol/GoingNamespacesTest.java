package io.portclaim.operator.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class GoingNamespacesTest {
    private final SimulatedTime time = new SimulatedTime();
    private final GoingNamespaces namespaces = new GoingNamespaces(time);

    @Test
    void eachIsNewsOnceUntilAnotherOfItsNameMayGo() {
        assertThat(namespaces.refuses("shop")).isTrue();
        assertThat(namespaces.refuses("games")).isTrue();
        time.pass(Duration.ofMinutes(10));
        assertThat(namespaces.refuses("shop")).isFalse();
        time.pass(Duration.ofNanos(1));
        assertThat(namespaces.refuses("shop")).isTrue();
        assertThat(namespaces.refuses("shop")).isFalse();
    }

    @Test
    void nothingIsTriedInItForTenMinutes() {
        namespaces.refuses("shop");
        assertThat(namespaces.pause("games")).isEmpty();
        time.pass(Duration.ofMinutes(4));
        namespaces.refuses("shop");
        Duration pause = namespaces.pause("shop").orElseThrow();
        assertThat(pause).isGreaterThanOrEqualTo(Duration.ofMinutes(6));
        time.pass(pause);
        assertThat(namespaces.pause("shop")).isEmpty();
    }

    @Test
    void nothingIsKnownOfAnotherOfItsName() {
        namespaces.refuses("shop");
        namespaces.creates("shop");
        assertThat(namespaces.pause("shop")).isEmpty();
        assertThat(namespaces.refuses("shop")).isTrue();
    }
}
