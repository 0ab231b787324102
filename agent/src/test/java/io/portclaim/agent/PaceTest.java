package io.portclaim.agent;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PaceTest {
    private static final long HOUR = 3_600_000;

    private long looks;
    private long longestPause;

    /** The CPU time of looks that cost so much each, over an hour. */
    private double anHour(double millis) {
        Pace pace = new Pace(0);
        long last = 0;
        for (long now = 0; now < HOUR; now += Pace.SHORTEST_MILLIS) {
            if (pace.isDue(now)) {
                pace.looked(now, (long) (millis * 1e6));
                looks++;
                longestPause = Math.max(longestPause, now - last);
                last = now;
            }
        }
        return looks * millis;
    }

    @Test
    void cheapLooksComeEveryTwoSeconds() {
        anHour(1);
        assertThat(looks).isEqualTo(HOUR / Pace.SHORTEST_MILLIS);
    }

    @ParameterizedTest
    @ValueSource(doubles = {11, 20, 50, 90})
    void dearLooksAreSpacedOut(double millis) {
        double share = anHour(millis) / HOUR;
        assertThat(share).isBetween(Pace.SHARE * 0.85, Pace.SHARE * 1.05);
    }

    @Test
    void thereIsALongestPause() {
        anHour(5000);
        assertThat(longestPause).isBetween(Pace.LONGEST_MILLIS, Pace.LONGEST_MILLIS + Pace.SHORTEST_MILLIS);
    }

    @Test
    void oneDearLookIsPaidFromWhatWasSaved() {
        Pace pace = new Pace(0);
        pace.looked(0, 90_000_000);
        assertThat(pace.isDue(Pace.SHORTEST_MILLIS)).isTrue();
    }

    @Test
    void aClockThatIsSetBackDoesNotStopIt() {
        Pace pace = new Pace(HOUR);
        pace.looked(HOUR, 1);
        assertThat(pace.isDue(0)).isTrue();
    }
}
