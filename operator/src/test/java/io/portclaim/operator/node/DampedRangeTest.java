package io.portclaim.operator.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.operator.node.DampedRange.Settings;
import io.portclaim.ports.PortSet;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class DampedRangeTest {
    private static final Settings WIDE = settings("15000-60999", "");
    private static final Settings NARROW = settings("32768-60999", "");

    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private final DampedRange range = new DampedRange(NARROW);

    private static Settings settings(String ephemeral, String reserved) {
        return new Settings(PortSet.parse(ephemeral), PortSet.parse(reserved));
    }

    private Settings say(Settings settings) {
        now = now.plusSeconds(2);
        return range.say(settings, now);
    }

    private void fight() {
        for (int change = 0; change < DampedRange.FREE_CHANGES; change++) {
            Settings said = change % 2 == 0 ? WIDE : NARROW;
            assertThat(say(said)).isEqualTo(said);
            assertThat(say(said)).as("the same again is no change").isEqualTo(said);
        }
        assertThat(range.isFlapping()).isFalse();
    }

    @Test
    void aFewChangesCountAtOnceAndTheNextIsTheWidest() {
        fight();
        assertThat(say(WIDE)).isEqualTo(WIDE);
        assertThat(range.isFlapping()).isTrue();
        assertThat(say(NARROW)).isEqualTo(WIDE);
        assertThat(say(WIDE)).isEqualTo(WIDE);
    }

    @Test
    void changesThatAreFarApartCountAtOnceForEver() {
        for (int change = 0; change < 100; change++) {
            now = now.plus(DampedRange.STILL.dividedBy(DampedRange.FREE_CHANGES));
            Settings said = change % 2 == 0 ? WIDE : NARROW;
            assertThat(range.say(said, now)).isEqualTo(said);
        }
    }

    @Test
    void aFlappingOneSettlesOnWhatWasSaidLastAndMayThenChangeAgain() {
        fight();
        say(WIDE);
        say(NARROW);
        now = now.plus(DampedRange.STILL).minusSeconds(1);
        assertThat(range.settle(now)).isFalse();
        assertThat(range.counted()).isEqualTo(WIDE);
        now = now.plusSeconds(1);
        assertThat(range.settle(now)).isTrue();
        assertThat(range.counted()).isEqualTo(NARROW);
        assertThat(range.settle(now)).as("once").isFalse();
        fight();
    }

    @Test
    void withNobodyToLetTimePassTheNextWordDoes() {
        fight();
        say(WIDE);
        say(NARROW);
        now = now.plus(DampedRange.STILL);
        assertThat(say(NARROW)).isEqualTo(NARROW);
    }

    @Test
    void whatIsReservedOnlyNowAndThenIsLentNowAndThen() {
        DampedRange reserving = new DampedRange(settings("15000-60999", "21000,21001"));
        Settings lends = settings("15000-60999", "21001,21002");
        Settings keeps = settings("15000-60999", "21000,21001");
        Settings counted = keeps;
        for (int change = 0; change <= DampedRange.FREE_CHANGES; change++) {
            counted = reserving.say(change % 2 == 0 ? lends : keeps, now);
        }
        assertThat(counted).isEqualTo(settings("15000-60999", "21001"));
    }

    @Test
    void allThatItHasBeenLatelyCountsAndNotOnlyTheLastTwo() {
        Settings other = settings("20000-25000", "");
        say(WIDE);
        say(other);
        say(NARROW);
        say(other);
        assertThat(say(NARROW)).isEqualTo(WIDE);
    }

    @Test
    void whatIsReservedOutsideTheRangeLendsNothing() {
        Settings last = NARROW;
        for (int port = 20000; port < 20100; port++) {
            last = settings("32768-60999", "20000-" + port);
            assertThat(say(last)).isEqualTo(last);
        }
        assertThat(range.isFlapping()).isFalse();
        fight();
        assertThat(say(WIDE)).isEqualTo(WIDE);
        for (int port = 20100; port < 20200; port++) {
            say(settings("32768-60999", "10000-" + (port - 8000)));
        }
        assertThat(range.counted()).as("flapping, and has not grown").isEqualTo(WIDE);
    }

    @Test
    void oneThatGrowsAndGrowsIsAllPortsAfterAFewChanges() {
        int others = 0;
        Settings before = NARROW;
        for (int first = 30000; first > 20000; first--) {
            Settings counted = say(settings(first + "-60999", ""));
            others += Objects.equals(counted, before) ? 0 : 1;
            before = counted;
        }
        assertThat(before).isEqualTo(settings("1-65535", ""));
        assertThat(others).isEqualTo(2 * DampedRange.FREE_CHANGES + 1);
        now = now.plus(Duration.ofMinutes(10));
        assertThat(range.settle(now)).isTrue();
        assertThat(range.counted()).isEqualTo(settings("20001-60999", ""));
    }
}
