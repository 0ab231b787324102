package io.portclaim.operator.claim;

import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.operator.allocation.ClaimKey;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has JOSDK reconcile a claim that none of its watches has news of. Thread-safe. */
public final class RequeueSource implements Consumer<ClaimKey> {
    private static final Logger LOG = LoggerFactory.getLogger(RequeueSource.class);

    private final SimpleInboundEventSource<PortClaim> source = new SimpleInboundEventSource<>("requeue-triggers");

    @Override
    public void accept(ClaimKey key) {
        LOG.debug("PortClaim {}: requeued", key);
        source.propagateEvent(new ResourceID(key.name(), key.namespace()));
    }

    /** What JOSDK registers. */
    SimpleInboundEventSource<PortClaim> source() {
        return source;
    }
}
