package io.portclaim.operator.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class GoingNamespacesTest {
    private final SimulatedTime time = new SimulatedTime();
    private final GoingNamespaces namespaces = new GoingNamespaces(time);

    @Test
    void eachIsNewsOnceUntilAnotherOfItsNameMayGo() {
        assertThat(namespaces.isNews("shop")).isTrue();
        assertThat(namespaces.isNews("games")).isTrue();
        time.pass(Duration.ofMinutes(10));
        assertThat(namespaces.isNews("shop")).isFalse();
        time.pass(Duration.ofNanos(1));
        assertThat(namespaces.isNews("shop")).isTrue();
        assertThat(namespaces.isNews("shop")).isFalse();
    }
}
