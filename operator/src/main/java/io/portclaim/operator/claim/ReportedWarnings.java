package io.portclaim.operator.claim;

import io.portclaim.api.v1alpha1.Reason;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * The warnings that were reported, so that a problem that comes and goes is reported once. Its condition is gone meanwhile and
 * can't say it. A bounded number of them: one that was forgotten is reported again. Thread-safe.
 */
final class ReportedWarnings {
    static final int REMEMBERED = 10_000;

    private record Warning(String uid, long generation, Reason reason) {}

    private final Set<Warning> reported = Collections.newSetFromMap(new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Warning, Boolean> eldest) {
            return size() > REMEMBERED;
        }
    });

    /** Remembers the warning, and says whether it was unknown. */
    synchronized boolean add(String uid, long generation, Reason reason) {
        return reported.add(new Warning(uid, generation, reason));
    }
}
