package io.portclaim.operator.allocation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * A million random operations, checked after every one.
 *
 * <p>A failing history is printed with its seed, made as short as it gets; {@code -Dportclaim.history.seed=…} runs it
 * alone, {@code -Dportclaim.history.operations=…} sets how many operations there are in all.
 */
class RandomHistoriesTest {
    private static final int LENGTH = 200;

    @Test
    void whatMustAlwaysHoldHolds() {
        Long only = Long.getLong("portclaim.history.seed");
        long first = only != null ? only : System.nanoTime();
        long histories = only != null ? 1 : Long.getLong("portclaim.history.operations", 1_000_000) / LENGTH;
        System.out.printf("%d histories of %d operations, seeds from %d%n", histories, LENGTH, first);
        Optional<String> failure = LongStream.range(first, first + histories)
                .parallel()
                .mapToObj(RandomHistoriesTest::failureOf)
                .flatMap(Optional::stream)
                .findAny();
        assertThat(failure).isEmpty();
    }

    private static Optional<String> failureOf(long seed) {
        List<HistoryStep> steps = HistoryStep.history(seed, LENGTH);
        if (run(steps, null) == null) {
            return Optional.empty();
        }
        List<HistoryStep> shortest = shrink(steps);
        List<String> log = new ArrayList<>();
        Throwable failure = run(shortest, log);
        return Optional.of("history of -Dportclaim.history.seed=%d, %d of its operations:%n%s%n%s"
                .formatted(seed, shortest.size(), String.join(System.lineSeparator(), log), trace(failure)));
    }

    private static @Nullable Throwable run(List<HistoryStep> steps, @Nullable List<String> log) {
        SimulatedCluster cluster = new SimulatedCluster(log);
        try {
            cluster.run(steps);
            cluster.endWithNothingLeaked();
            return null;
        } catch (AssertionError | RuntimeException e) {
            return e;
        }
    }

    /** Leaves out runs of operations, long ones first, for as long as it still fails. */
    private static List<HistoryStep> shrink(List<HistoryStep> steps) {
        List<HistoryStep> best = steps;
        int before;
        do {
            before = best.size();
            for (int size = LENGTH / 2; size > 0; size /= 2) {
                best = without(best, size);
            }
        } while (best.size() < before);
        return best;
    }

    private static List<HistoryStep> without(List<HistoryStep> steps, int size) {
        List<HistoryStep> best = steps;
        for (int from = 0; from + size <= best.size(); ) {
            List<HistoryStep> shorter = new ArrayList<>(best.subList(0, from));
            shorter.addAll(best.subList(from + size, best.size()));
            if (run(shorter, null) != null) {
                best = shorter;
            } else {
                from++;
            }
        }
        return best;
    }

    private static String trace(@Nullable Throwable failure) {
        if (failure == null) {
            return "";
        }
        StringBuilder text = new StringBuilder(failure.toString());
        for (StackTraceElement element : failure.getStackTrace()) {
            if (element.getClassName().startsWith("io.portclaim")) {
                text.append(System.lineSeparator()).append("  at ").append(element);
            }
        }
        return text.toString();
    }
}
