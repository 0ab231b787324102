package io.portclaim.operator.claim;

import io.javaoperatorsdk.operator.processing.event.Event;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.AbstractEventSource;
import io.javaoperatorsdk.operator.processing.event.source.controller.ResourceAction;
import io.javaoperatorsdk.operator.processing.event.source.controller.ResourceEvent;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.operator.allocation.ClaimKey;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has JOSDK reconcile a claim that none of its watches has news of. Thread-safe. */
public final class RequeueSource extends AbstractEventSource<Void, PortClaim> implements Consumer<ClaimKey> {
    private static final Logger LOG = LoggerFactory.getLogger(RequeueSource.class);

    /** One for a controller. */
    public RequeueSource() {
        super(Void.class, "requeue-triggers");
    }

    /** Of a claim that JOSDK has had news of; it ignores any other (5.2, ResourceStateManager#getOrCreateOnResourceEvent). */
    @Override
    public void accept(ClaimKey claim) {
        send(new Event(id(claim)));
    }

    /** Of a claim that the cache has, whether JOSDK has had news of it or not. */
    void anew(ClaimKey claim) {
        send(new ResourceEvent(ResourceAction.UPDATED, id(claim), null));
    }

    private void send(Event event) {
        LOG.debug("PortClaim {}: requeued", event.getRelatedCustomResourceID());
        if (isRunning()) {
            getEventHandler().handleEvent(event);
        }
    }

    private static ResourceID id(ClaimKey claim) {
        return new ResourceID(claim.name(), claim.namespace());
    }

    @Override
    public Set<Void> getSecondaryResources(PortClaim claim) {
        return Set.of();
    }
}
