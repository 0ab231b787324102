package io.portclaim.agent.api;

import io.portclaim.agent.report.Report;
import org.jspecify.annotations.Nullable;

/**
 * A report as the API server has it.
 *
 * @param resourceVersion the version that a write is to be based on; empty for a report that is not there
 * @param ownerUid the UID of the node that owns it; empty for none
 * @param report what it says; null while it says nothing
 */
record Standing(
        String resourceVersion, String ownerUid, @Nullable Report report) {
    static final Standing ABSENT = new Standing("", "", null);

    boolean exists() {
        return !resourceVersion.isEmpty();
    }
}
