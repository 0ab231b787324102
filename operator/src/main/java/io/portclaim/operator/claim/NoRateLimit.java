package io.portclaim.operator.claim;

import io.javaoperatorsdk.operator.processing.event.rate.RateLimiter;
import java.time.Duration;
import java.util.Optional;

/** Limits nothing. JOSDK's own limiter, when it is off, still keeps a state with two times for each resource. */
public enum NoRateLimit implements RateLimiter<NoRateLimit>, RateLimiter.RateLimitState {
    /** For all resources. */
    INSTANCE;

    @Override
    public Optional<Duration> isLimited(RateLimitState state) {
        return Optional.empty();
    }

    @Override
    public NoRateLimit initState() {
        return this;
    }
}
