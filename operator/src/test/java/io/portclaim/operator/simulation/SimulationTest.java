package io.portclaim.operator.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Random histories of the production code: no number is held or readable by two, none moves, and nothing leaks. A failing one
 * is shrunk and printed, and comes again with {@code -Dportclaim.seed=… -Dportclaim.histories=1}.
 */
@ExtendWith(LogsOff.class)
class SimulationTest {
    /** On platform threads, before Java 21, a history takes longer. */
    private static final int HISTORIES =
            Integer.getInteger("portclaim.histories", Runtime.version().feature() < 21 ? 1_000 : 20_000);

    private static final long FIRST = Long.getLong("portclaim.seed", 0);

    @Test
    void nothingIsDoubledMovedOrLost() throws Exception {
        AtomicLong next = new AtomicLong(FIRST);
        ConcurrentSkipListMap<Long, String> violations = new ConcurrentSkipListMap<>();
        int workers = Runtime.getRuntime().availableProcessors();
        ExecutorService executor = Executors.newFixedThreadPool(workers);
        try {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < workers; i++) {
                all.add(executor.submit(() -> runUntilOver(next, violations)));
            }
            for (Future<?> one : all) {
                one.get();
            }
        } finally {
            executor.shutdownNow();
        }
        assertThat(violations).isEmpty();
    }

    private static void runUntilOver(AtomicLong next, ConcurrentSkipListMap<Long, String> violations) {
        for (long seed = next.getAndIncrement();
                seed < FIRST + HISTORIES && violations.isEmpty();
                seed = next.getAndIncrement()) {
            if (new History(seed).run() != null) {
                violations.put(seed, new Shrinker(seed).shrink());
            }
        }
    }
}
