package io.portclaim.agent;

import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;

/**
 * Time that goes on evenly, whatever is done to the machine's clock, which may be wrong until the node has heard of a better
 * one. It begins at 0, so it is good for durations only. Thread-safe.
 */
public final class SteadyClock implements InstantSource {
    private final long begun = System.nanoTime();

    @Override
    public Instant instant() {
        return Instant.ofEpochMilli(millis());
    }

    @Override
    public long millis() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
    }
}
