package io.portclaim.operator.faults;

import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortClaimSpec;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A live claim as it is known so far. */
final class TrackedClaim {
    private static final int TRAIL = 12;

    final PortClaim first;
    final Instant since;
    final TreeMap<Long, PortClaimSpec> specs = new TreeMap<>();
    Published status = Published.NOTHING;
    long observed;

    @Nullable
    Object foreignStatus;

    boolean isForeign;

    private final Deque<String> trail = new ArrayDeque<>();

    TrackedClaim(PortClaim first, Instant since) {
        this.first = first;
        this.since = since;
    }

    void seen(ClusterHistory.Entry entry, PortClaim claim) {
        PortClaimStatus now = claim.getStatus();
        trail.addLast("%d at %s: generation %d %s; %s"
                .formatted(
                        entry.revision(),
                        Duration.ofNanos(entry.nanos()),
                        claim.getMetadata().getGeneration(),
                        claim.getSpec().ports().stream()
                                .map(port -> port.name() + "=" + port.port() + "x" + port.count())
                                .toList(),
                        now == null
                                ? null
                                : now.phase() + " "
                                        + Published.in(claim.getSpec().scope(), now)));
        if (trail.size() > TRAIL) {
            trail.removeFirst();
        }
    }

    /** Namespace and name. */
    String name() {
        return first.getMetadata().getNamespace() + "/" + first.getMetadata().getName();
    }

    @Override
    public String toString() {
        ObjectMeta metadata = first.getMetadata();
        return "%s/%s (%s)".formatted(metadata.getNamespace(), metadata.getName(), metadata.getUid());
    }

    /** What became of it lately, a version to a line. */
    String trail() {
        return String.join("\n", trail);
    }
}
