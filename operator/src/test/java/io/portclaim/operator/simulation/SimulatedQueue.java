package io.portclaim.operator.simulation;

import io.portclaim.operator.allocation.ClaimKey;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** JOSDK's part: a queue of names without doubles, and one reconciliation at a time for each name. */
final class SimulatedQueue {
    private final Baton baton;
    private final Set<ClaimKey> queue = new LinkedHashSet<>();
    private final Set<ClaimKey> beingServed = new LinkedHashSet<>();
    private CompletableFuture<Void> somethingQueued = new CompletableFuture<>();

    SimulatedQueue(Baton baton) {
        this.baton = baton;
    }

    void add(ClaimKey key) {
        queue.add(key);
        CompletableFuture<Void> waiting = somethingQueued;
        somethingQueued = new CompletableFuture<>();
        waiting.complete(null);
    }

    /** What each of its workers does, until it is killed. */
    void work(Runnable gate, Consumer<ClaimKey> serve) {
        while (true) {
            ClaimKey key = next();
            if (key == null) {
                baton.await(somethingQueued);
            } else {
                gate.run();
                serve(key, serve);
            }
        }
    }

    private @Nullable ClaimKey next() {
        for (ClaimKey key : queue) {
            if (!beingServed.contains(key)) {
                queue.remove(key);
                beingServed.add(key);
                return key;
            }
        }
        return null;
    }

    private void serve(ClaimKey key, Consumer<ClaimKey> serve) {
        try {
            serve.accept(key);
        } finally {
            beingServed.remove(key);
            if (queue.contains(key)) {
                add(key);
            }
        }
    }
}
