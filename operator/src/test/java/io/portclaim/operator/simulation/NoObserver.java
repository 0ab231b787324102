package io.portclaim.operator.simulation;

import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.operator.protocol.Claim;
import io.portclaim.operator.protocol.ServingObserver;
import io.portclaim.operator.publish.RenderedStatus;
import java.time.Duration;

/** Nobody measures. */
final class NoObserver implements ServingObserver {
    @Override
    public void assigned(String pool) {}

    @Override
    public void ready(Duration afterCreation) {}

    @Override
    public void refused(Reason reason) {}

    @Override
    public void kept() {}

    @Override
    public void failed() {}

    @Override
    public void reported(Claim claim, RenderedStatus now) {}
}
