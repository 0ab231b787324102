package io.portclaim.operator.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class BackoffTest {
    private final Backoff backoff = new Backoff();

    @Test
    void eachPauseIsTwiceTheLastUpToHalfAMinute() {
        assertThat(Stream.generate(() -> backoff.failed("a")).limit(100).map(Duration::toMillis))
                .startsWith(500L, 1_000L, 2_000L, 4_000L, 8_000L, 16_000L, 30_000L, 30_000L)
                .endsWith(30_000L)
                .isSorted();
    }

    @Test
    void aSuccessBeginsAnewAndClaimsDoNotWaitForEachOther() {
        backoff.failed("a");
        backoff.failed("a");
        assertThat(backoff.failed("b")).isEqualTo(Duration.ofMillis(500));
        backoff.succeeded("a");
        assertThat(backoff.failed("a")).isEqualTo(Duration.ofMillis(500));
        assertThat(backoff.failed("b")).isEqualTo(Duration.ofSeconds(1));
    }
}
