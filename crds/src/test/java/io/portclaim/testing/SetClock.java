package io.portclaim.testing;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** A clock that stands still until a test moves it. Thread-safe. */
public final class SetClock extends Clock {
    /** Where every such clock begins. */
    public static final Instant START = Instant.parse("2026-11-23T09:30:00Z");

    private volatile Instant now = START;

    /** Lets so much time pass; less than none sets it back. */
    public synchronized Instant goOn(Duration time) {
        now = now.plus(time);
        return now;
    }

    @Override
    public Instant instant() {
        return now;
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        return this;
    }
}
