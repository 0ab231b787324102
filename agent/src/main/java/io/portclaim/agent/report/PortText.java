package io.portclaim.agent.report;

import io.portclaim.ports.PortRange;
import io.portclaim.ports.PortSet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Sets of ports as a report has them: at most {@link #MOST_RANGES} ranges, so that it stays small on any node. */
final class PortText {
    /** What fits into the 16,384 characters that the definition of PortReport allows, at 12 for the longest range. */
    static final int MOST_RANGES = 1000;

    private PortText() {}

    /** More ports rather than fewer: ranges nearest to each other are joined. Null for no ports. */
    static @Nullable String atLeast(PortSet ports) {
        List<PortRange> ranges = ports.ranges();
        int surplus = ranges.size() - MOST_RANGES;
        return text(surplus > 0 ? joined(ranges, surplus) : ranges);
    }

    /** Fewer ports rather than more: the smallest ranges are left out. Null for no ports. */
    static @Nullable String atMost(PortSet ports) {
        List<PortRange> ranges = ports.ranges();
        int surplus = ranges.size() - MOST_RANGES;
        return text(surplus > 0 ? withoutSmallest(ranges, surplus) : ranges);
    }

    private static List<PortRange> joined(List<PortRange> ranges, int surplus) {
        int[] gaps = new int[ranges.size() - 1];
        for (int i = 0; i < gaps.length; i++) {
            gaps[i] = ranges.get(i + 1).first() - ranges.get(i).last();
        }
        int widest = smallest(gaps, surplus);
        int ties = surplus - smallerThan(widest, gaps);
        List<PortRange> joined = new ArrayList<>();
        PortRange open = ranges.get(0);
        for (int i = 0; i < gaps.length; i++) {
            PortRange next = ranges.get(i + 1);
            if (gaps[i] < widest || (gaps[i] == widest && ties-- > 0)) {
                open = new PortRange(open.first(), next.last());
            } else {
                joined.add(open);
                open = next;
            }
        }
        joined.add(open);
        return joined;
    }

    private static List<PortRange> withoutSmallest(List<PortRange> ranges, int surplus) {
        int[] sizes = new int[ranges.size()];
        for (int i = 0; i < sizes.length; i++) {
            sizes[i] = ranges.get(i).size();
        }
        int largest = smallest(sizes, surplus);
        int ties = surplus - smallerThan(largest, sizes);
        List<PortRange> kept = new ArrayList<>();
        for (PortRange range : ranges) {
            if (range.size() > largest || (range.size() == largest && ties-- <= 0)) {
                kept.add(range);
            }
        }
        return kept;
    }

    private static int smallerThan(int bound, int[] numbers) {
        int count = 0;
        for (int number : numbers) {
            count += number < bound ? 1 : 0;
        }
        return count;
    }

    /** The {@code rank}th smallest number, from 1. */
    private static int smallest(int[] numbers, int rank) {
        int[] sorted = numbers.clone();
        Arrays.sort(sorted);
        return sorted[rank - 1];
    }

    private static @Nullable String text(List<PortRange> ranges) {
        if (ranges.isEmpty()) {
            return null;
        }
        StringBuilder text = new StringBuilder();
        for (PortRange range : ranges) {
            text.append(text.length() == 0 ? "" : ",").append(range.first());
            if (range.size() > 1) {
                text.append('-').append(range.last());
            }
        }
        return text.toString();
    }
}
