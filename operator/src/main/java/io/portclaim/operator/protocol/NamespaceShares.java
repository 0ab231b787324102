package io.portclaim.operator.protocol;

import java.util.HashMap;
import java.util.Map;

/**
 * How the workers are shared by namespace: each may have half of what the others leave, and at least one. Somebody's webhook may
 * take ten seconds for each ConfigMap of a namespace, and a tenant may create claims as fast as the API server lets it: what they
 * keep waiting is their own. One namespace that fills its share leaves half of the workers, a second one a quarter. Thread-safe.
 */
public final class NamespaceShares {
    private final int workers;
    private final Map<String, Integer> busy = new HashMap<>();
    private int all;

    /** Shares so many workers. */
    public NamespaceShares(int workers) {
        this.workers = workers;
    }

    /** Takes a worker for the namespace, until {@link #leave}; returns false where it has its share. */
    public synchronized boolean enter(String namespace) {
        if (left(namespace) == 0) {
            return false;
        }
        busy.merge(namespace, 1, Integer::sum);
        all++;
        return true;
    }

    /** How many more workers the namespace may have now; none also where it has more than its share, which was larger before. */
    public synchronized int left(String namespace) {
        int own = busy.getOrDefault(namespace, 0);
        return Math.max(0, Math.max(1, (workers - (all - own)) / 2) - own);
    }

    /** Gives the worker back. */
    public synchronized void leave(String namespace) {
        busy.computeIfPresent(namespace, (name, own) -> own == 1 ? null : own - 1);
        all--;
    }
}
