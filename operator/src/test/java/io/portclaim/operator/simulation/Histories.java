package io.portclaim.operator.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongFunction;

/** Many histories, several at once, until one breaks the promise. */
final class Histories {
    private final LongFunction<Play> history;
    private final long end;
    private final AtomicLong next;
    private final ConcurrentSkipListMap<Long, String> violations = new ConcurrentSkipListMap<>();

    private Histories(LongFunction<Play> history, long first, long end) {
        this.history = history;
        this.end = end;
        this.next = new AtomicLong(first);
    }

    /** Plays those from {@code first} on, {@code count} at most; what is wrong, by seed. */
    static Map<Long, String> play(LongFunction<Play> history, long first, int count) throws Exception {
        Histories all = new Histories(history, first, first + count);
        int workers = Runtime.getRuntime().availableProcessors();
        ExecutorService executor = Executors.newFixedThreadPool(workers);
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < workers; i++) {
                running.add(executor.submit(all::runUntilOver));
            }
            for (Future<?> one : running) {
                one.get();
            }
        } finally {
            executor.shutdownNow();
        }
        return all.violations;
    }

    private void runUntilOver() {
        for (long seed = next.getAndIncrement(); seed < end && violations.isEmpty(); seed = next.getAndIncrement()) {
            long which = seed;
            if (history.apply(which).run() != null) {
                violations.put(which, new Shrinker(() -> history.apply(which)).shrink());
            }
        }
    }
}
