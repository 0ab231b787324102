package io.portclaim.operator.claim;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class GoingNamespacesTest {
    private final AtomicLong nanos = new AtomicLong();
    private final GoingNamespaces namespaces = new GoingNamespaces(nanos::get);

    @Test
    void eachIsNewsOnceUntilAnotherOfItsNameMayGo() {
        assertThat(namespaces.isNews("shop")).isTrue();
        assertThat(namespaces.isNews("games")).isTrue();
        nanos.addAndGet(Duration.ofMinutes(10).toNanos());
        assertThat(namespaces.isNews("shop")).isFalse();
        nanos.incrementAndGet();
        assertThat(namespaces.isNews("shop")).isTrue();
        assertThat(namespaces.isNews("shop")).isFalse();
    }
}
