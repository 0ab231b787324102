package io.portclaim.operator.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What may be said of how far a cache is, and when nothing. */
class CachePositionTest {
    private final CachePosition position = new CachePosition();

    @Test
    void isUnknownUntilAWatchFollowsAList() {
        assertThat(position.now()).isEmpty();
        position.listing();
        position.taken(7);
        assertThat(position.now()).isEmpty();
        position.watching(9);
        assertThat(position.now()).hasValue(9);
    }

    @Test
    void isUnknownAfterTheApiServerWasAway() {
        position.listing();
        position.watching(9);
        position.lost();
        position.watching(9);
        position.taken(12);
        assertThat(position.now()).isEmpty();
        assertThat(position.isLost()).isTrue();
        position.listing();
        position.watching(5);
        assertThat(position.now()).hasValue(5);
        assertThat(position.isLost()).isFalse();
    }

    @Test
    void isKnownWhereTheFirstWatchAfterAListIsRefusedWithItsRetry() {
        position.listing();
        position.watching(9);
        position.failed();
        assertThat(position.now()).isEmpty();
        position.watching(9);
        position.failed();
        assertThat(position.now()).isEmpty();
        position.watching(9);
        assertThat(position.now()).hasValue(9);
    }

    @Test
    void isUnknownWhereItIsRefusedAgain() {
        position.listing();
        for (int i = 0; i < 3; i++) {
            position.watching(9);
            position.failed();
        }
        position.watching(9);
        assertThat(position.now()).isEmpty();
        assertThat(position.isLost()).isTrue();
    }

    @Test
    void isUnknownWhereALaterWatchIsRefused() {
        position.listing();
        position.watching(9);
        position.watching(15);
        position.failed();
        assertThat(position.isLost()).isTrue();
    }

    @Test
    void isUnknownWhereTheApiServerWasAwayWhileAllWasListed() {
        position.listing();
        position.lost();
        position.watching(9);
        assertThat(position.now()).isEmpty();
        assertThat(position.isLost()).isTrue();
    }

    @Test
    void followsTheEvents() {
        position.listing();
        position.watching(9);
        position.taken(12);
        assertThat(position.now()).hasValue(12);
        position.taken(10);
        assertThat(position.now())
                .as("what was on its way from an earlier watch")
                .hasValue(12);
    }

    @Test
    void aWatchThatGoesOnMayBeAheadOfTheCache() {
        position.listing();
        position.watching(9);
        position.watching(20);
        assertThat(position.now()).hasValue(9);
    }

    @Test
    void isUnknownWhileAListReplacesTheCache() {
        position.listing();
        position.watching(9);
        position.listing();
        position.taken(30);
        assertThat(position.now()).isEmpty();
        position.watching(25);
        assertThat(position.now()).as("a list of an etcd that was set back").hasValue(25);
    }

    private static long seconds(long seconds) {
        return Duration.ofSeconds(seconds).toNanos();
    }

    @Test
    void eachWatchBeginsAnewUntilAllIsListed() {
        position.listing();
        position.watching(9);
        assertThat(position.beginsAnew(seconds(0))).isFalse();
        position.lost();
        assertThat(position.beginsAnew(seconds(1))).isTrue();
        assertThat(position.beginsAnew(seconds(2))).as("a retry").isTrue();
        position.listing();
        assertThat(position.beginsAnew(seconds(3))).isFalse();
    }

    /** The API server has run since its etcd was empty. */
    @Test
    void doesNotBeginAnewAgainWhereAWatchHasStoodThatDid() {
        position.lost();
        position.beginsAnew(seconds(0));
        assertThat(position.beginsAnew(seconds(31))).isFalse();
        position.watching(20);
        assertThat(position.now()).as("not known before all is listed").isEmpty();

        position.lost();
        assertThat(position.beginsAnew(seconds(40))).isTrue();
        position.putOff();
        assertThat(position.beginsAnew(seconds(80))).as("it was refused").isTrue();
        position.lost();
        assertThat(position.beginsAnew(seconds(120))).as("lost once more").isTrue();
    }

    @Test
    void aWatchThatIsPutOffCountsAsNone() {
        position.listing();
        position.watching(9);
        position.putOff();
        position.watching(9);
        position.failed();
        position.watching(9);
        assertThat(position.now()).as("a proxy without WebSockets").hasValue(9);
    }
}
