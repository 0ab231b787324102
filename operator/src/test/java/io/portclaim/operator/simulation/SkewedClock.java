package io.portclaim.operator.simulation;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.function.Supplier;

/** A process's clock, which is ahead of the API server's or behind it. */
final class SkewedClock extends Clock {
    private final Supplier<Instant> now;
    private final Duration skew;

    SkewedClock(Supplier<Instant> now, Duration skew) {
        this.now = now;
        this.skew = skew;
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        return this;
    }

    @Override
    public Instant instant() {
        return now.get().plus(skew);
    }
}
