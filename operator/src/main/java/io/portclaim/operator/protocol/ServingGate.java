package io.portclaim.operator.protocol;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Nobody is served before every existing assignment has been loaded. Thread-safe. */
public final class ServingGate {
    private final Time time;
    private final CompletableFuture<Void> settled = new CompletableFuture<>();
    private volatile boolean loading;
    private volatile boolean open;
    private volatile boolean loaded;
    private boolean closed;
    private volatile String waitingFor = "waiting to lead";

    public ServingGate(Time time) {
        this.time = time;
    }

    /** Waits until claims may be served. */
    public void await() {
        time.await(settled);
        if (!open) {
            throw new LeadershipLost("the operator is stopping");
        }
    }

    /**
     * Waits until every assignment has been loaded. Unlike {@link #await}, it lets through also those that come when
     * nobody is served any more: what ended must still be written down.
     */
    public void awaitLoaded() {
        time.await(settled);
        if (!loaded) {
            throw new LeadershipLost("the operator is stopping");
        }
    }

    /** From now on the index is being filled: what happens to claims must be heard, and dealt with once it is open. */
    public void beginLoading() {
        loading = true;
    }

    /** Whether the index is filled or being filled. */
    public boolean isLoading() {
        return loading;
    }

    /** Says what is waited for, for people. */
    public void waitFor(String what) {
        waitingFor = what;
    }

    /** Lets claims be served, unless it was closed before. */
    public synchronized void open() {
        open = !closed;
        loaded = open;
        settled.complete(null);
    }

    /** Lets those who wait give up; once closed it does not open. */
    public synchronized void close() {
        closed = true;
        open = false;
        waitingFor = "the operator is stopping";
        settled.complete(null);
    }

    /** Whether claims are served. */
    public boolean isOpen() {
        return open;
    }

    /** What keeps claims from being served; empty when they are. */
    public Optional<String> waitingFor() {
        return open ? Optional.empty() : Optional.of(waitingFor);
    }
}
