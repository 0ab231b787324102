package io.portclaim.agent.report;

/** How often a report may change: a few times at once, then seldom, whatever the node does. For one thread. */
public final class WriteBudget {
    static final int BURST = 5;
    static final long REFILL_MILLIS = 30_000;

    private int left = BURST;
    private long refilledAt;

    /** Starts full. */
    public WriteBudget(long nowMillis) {
        this.refilledAt = nowMillis;
    }

    /** Whether a write is due now; if so, it is paid for. */
    public boolean take(long nowMillis) {
        long refills = Math.max(0, (nowMillis - refilledAt) / REFILL_MILLIS);
        if (left + refills >= BURST) {
            left = BURST;
            refilledAt = nowMillis;
        } else {
            left += (int) refills;
            refilledAt += refills * REFILL_MILLIS;
        }
        if (left == 0) {
            return false;
        }
        left--;
        return true;
    }
}
