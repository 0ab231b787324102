package io.portclaim.operator.node;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Whether a node's PortReport and the pod of the agent that wrote it are there, and so what of the report counts. Immutable;
 * each method returns the state that follows.
 *
 * @param phase where the two stand
 * @param podGoneSince since when this process has known the pod to be gone; null while it is there
 */
record ReportState(Phase phase, @Nullable Instant podGoneSince) {
    /** The report was written by a pod that is there. */
    static final ReportState CURRENT = new ReportState(Phase.CURRENT, null);

    private static final ReportState AWAITED = new ReportState(Phase.AWAITED, null);

    /** Where a report and its pod stand. */
    enum Phase {
        /** Both are there. */
        CURRENT,
        /** The pod is there and is to write the report, which was deleted or says nothing yet. */
        AWAITED,
        /** The report is there; the pod is gone, for less than the grace. */
        ORPHANED,
        /** Both are gone, the pod for less than the grace: the listeners count, the ephemeral range does not. */
        ENDED,
        /** The report is there; the pod has been gone for the grace: the range counts, the listeners do not. */
        EXPIRED,
        /** Both are gone, the pod for the grace: nothing counts. */
        FORGOTTEN
    }

    /** The report is there. */
    ReportState written() {
        return switch (phase) {
            case CURRENT, AWAITED -> CURRENT;
            case ORPHANED, ENDED -> in(Phase.ORPHANED);
            case EXPIRED, FORGOTTEN -> in(Phase.EXPIRED);
        };
    }

    /** The report is gone, or says nothing yet. */
    ReportState deleted() {
        return switch (phase) {
            case CURRENT, AWAITED -> AWAITED;
            case ORPHANED, ENDED -> in(Phase.ENDED);
            case EXPIRED, FORGOTTEN -> in(Phase.FORGOTTEN);
        };
    }

    /** The pod is there. */
    ReportState podCame() {
        return switch (phase) {
            case CURRENT, ORPHANED, EXPIRED -> CURRENT;
            case AWAITED, ENDED, FORGOTTEN -> AWAITED;
        };
    }

    /** The pod is gone, as is known {@code now}; nothing changes where that was known before. */
    ReportState podWent(Instant now) {
        return switch (phase) {
            case CURRENT -> new ReportState(Phase.ORPHANED, now);
            case AWAITED -> new ReportState(Phase.ENDED, now);
            case ORPHANED, ENDED, EXPIRED, FORGOTTEN -> this;
        };
    }

    /** Time has passed: what follows where the pod has been gone since {@code limit}, or for longer. */
    ReportState advance(Instant limit) {
        if (!isPodGoneSince(limit)) {
            return this;
        }
        return switch (phase) {
            case CURRENT, AWAITED, EXPIRED, FORGOTTEN -> this;
            case ORPHANED -> in(Phase.EXPIRED);
            case ENDED -> in(Phase.FORGOTTEN);
        };
    }

    /** Whether {@link #advance} will change it, sooner or later. */
    boolean changesWithTime() {
        return phase == Phase.ORPHANED || phase == Phase.ENDED;
    }

    private ReportState in(Phase next) {
        return new ReportState(next, podGoneSince);
    }

    /** Whether the pod has been gone since {@code limit}, or for longer. */
    private boolean isPodGoneSince(Instant limit) {
        return podGoneSince != null && !podGoneSince.isAfter(limit);
    }

    boolean isPodGone() {
        return podGoneSince != null;
    }

    /** Whether there is a report of which the pod has been gone since {@code limit}, or for longer. */
    boolean isAbandoned(Instant limit) {
        return isPodGoneSince(limit) && (phase == Phase.ORPHANED || phase == Phase.EXPIRED);
    }

    /** Whether the ephemeral range of the report counts. */
    boolean rangeCounts() {
        return phase != Phase.ENDED && phase != Phase.FORGOTTEN;
    }

    /** Whether the listeners of the report count. */
    boolean listenersCount() {
        return phase != Phase.EXPIRED && phase != Phase.FORGOTTEN;
    }
}
