package io.portclaim.operator.kube;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class HttpDatesTest {
    private final HttpDates dates = new HttpDates();

    @Test
    void eachAnswerHasItsOwnDate() {
        Instant first = Instant.parse("2026-11-30T04:08:49Z");

        for (int i = 0; i < 2; i++) {
            assertThat(dates.of("Mon, 30 Nov 2026 04:08:49 GMT")).contains(first);
            assertThat(dates.of("Mon, 30 Nov 2026 04:08:50 GMT")).contains(first.plusSeconds(1));
        }
        assertThat(dates.of(" Mon, 30 Nov 2026 04:08:49 GMT ")).contains(first);
    }

    @Test
    void oneThatCannotBeReadIsNone() {
        dates.of("Mon, 30 Nov 2026 04:08:49 GMT");

        assertThat(dates.of("yesterday")).isEmpty();
        assertThat(dates.of(null)).isEmpty();
        assertThat(dates.of("")).isEmpty();
    }
}
