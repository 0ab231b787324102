package io.portclaim.operator.allocation;

import static io.portclaim.operator.allocation.IndexFixture.tcp;
import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.testing.SetClock;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class ExcusedListenersTest {
    private final SetClock clock = new SetClock();
    private final ExcusedListeners excused = new ExcusedListeners(clock, slot -> {});
    private final Instant over = clock.instant().plusSeconds(120);

    @Test
    void aReportEndsAnExcuseOnlyOnceItIsLate() {
        excused.add(tcp("a", 100), over);
        excused.add(tcp("b", 100), over);
        clock.goOn(ExcusedListeners.STALE.minusMillis(1));
        excused.reported("a", slot -> true);
        assertThat(excused.has(tcp("a", 100))).isTrue();
        clock.goOn(Duration.ofMillis(1));
        assertThat(excused.has(tcp("a", 100))).as("without a report").isTrue();
        excused.reported("a", slot -> true);
        assertThat(excused.has(tcp("a", 100))).isFalse();
        assertThat(excused.has(tcp("b", 100))).as("on another node").isTrue();
    }

    @Test
    void whatAReportHasNoLongerIsNotExcusedWhenItComesAgain() {
        excused.add(tcp("a", 100), over);
        excused.add(tcp("a", 101), over);
        excused.reported("a", slot -> slot.port() == 101);
        assertThat(excused.on("a")).containsExactly(tcp("a", 101));
    }

    @Test
    void noneIsExcusedOrRememberedForLongerThanItsTime() {
        excused.add(tcp("a", 100), over);
        excused.add(tcp("a", 101), over.plusSeconds(60));
        clock.goOn(Duration.ofSeconds(120));
        assertThat(excused.has(tcp("a", 100))).isFalse();
        assertThat(excused.on("a")).containsExactly(tcp("a", 101));
        excused.advance();
        assertThat(excused.size()).isEqualTo(1);
        clock.goOn(Duration.ofSeconds(60));
        excused.advance();
        assertThat(excused.size()).isZero();
    }

    @Test
    void oneEndsAloneOrWithItsNode() {
        excused.add(tcp("a", 100), over);
        excused.add(tcp("a", 101), over);
        excused.add(tcp("b", 100), over);
        excused.end(tcp("a", 100));
        assertThat(excused.on("a")).containsExactly(tcp("a", 101));
        excused.end("a");
        assertThat(excused.on("a")).isEmpty();
        assertThat(excused.on("b")).containsExactly(tcp("b", 100));
    }
}
