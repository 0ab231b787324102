package io.portclaim.operator.protocol;

import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.operator.publish.RenderedStatus;
import java.time.Duration;

/** Is called with what becomes of claims, for metrics and events. Thread-safe. */
public interface ServingObserver {
    /** A claim got or lost ports of the pool; the empty string where it has no pool. */
    void assigned(String pool);

    /** A claim is ready for the first time. */
    void ready(Duration afterCreation);

    /** A claim waits. */
    void refused(Reason reason);

    /** A claim was looked at, and keeps what it holds. */
    void kept();

    /** A claim could not be served now. */
    void failed();

    /** {@code now} was written; {@code claim} has the status that was written before. */
    void reported(Claim claim, RenderedStatus now);
}
