package io.portclaim.operator.claim;

import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.operator.metrics.OperatorMetrics;
import io.portclaim.operator.protocol.Claim;
import io.portclaim.operator.protocol.ServingObserver;
import io.portclaim.operator.publish.RenderedStatus;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * Counts what becomes of claims, and records Warning events of it. Thread-safe.
 *
 * @param poolUsed is called with each pool whose use has changed
 */
record ServedClaims(OperatorMetrics metrics, WarningEvents events, Consumer<String> poolUsed)
        implements ServingObserver {
    @Override
    public void assigned(String pool) {
        metrics.assigned();
        poolUsed.accept(pool);
    }

    @Override
    public void ready(Duration afterCreation) {
        metrics.ready(afterCreation);
    }

    @Override
    public void refused(Reason reason) {
        metrics.refused(reason);
    }

    @Override
    public void kept() {
        metrics.kept();
    }

    @Override
    public void failed() {
        metrics.reconcileFailed();
    }

    @Override
    public void reported(Claim claim, RenderedStatus now) {
        events.record(claim, now);
    }
}
