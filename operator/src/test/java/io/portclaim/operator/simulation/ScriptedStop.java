package io.portclaim.operator.simulation;

import java.util.concurrent.CompletableFuture;

/** Where a thread of a process stands still, the first time that it comes there, while the process's others go on. */
final class ScriptedStop {
    private final String side;
    private final String call;
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private boolean wasReached;

    /** {@code side} is before or after the {@code call}. */
    ScriptedStop(String side, String call) {
        this.side = side;
        this.call = call;
    }

    /** Whether a thread that is there stops; true once. */
    boolean isAt(String otherSide, String otherCall) {
        boolean stops = !wasReached && side.equals(otherSide) && call.equals(otherCall);
        wasReached |= stops;
        return stops;
    }

    void end() {
        ended.complete(null);
    }

    CompletableFuture<Void> ended() {
        return ended;
    }
}
