package io.portclaim.operator.options;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/** Durations as people write them: {@code 500ms}, {@code 65s}, {@code 10m}, {@code 1h30m}. */
public final class DurationText {
    private static final Pattern WHOLE = Pattern.compile("([0-9]{1,9}(ms|s|m|h))+");
    private static final Pattern PART = Pattern.compile("([0-9]+)(ms|s|m|h)");
    private static final Map<String, Duration> UNITS = units();

    private DurationText() {}

    /**
     * Reads a duration.
     *
     * @param text one or more pairs of a number and a unit (ms, s, m, h), without spaces
     * @return their sum, 0 or more
     * @throws IllegalArgumentException if the text is anything else
     */
    public static Duration parse(String text) {
        if (!WHOLE.matcher(text).matches()) {
            throw new IllegalArgumentException(
                    "is not a duration; write a number with a unit, as in 500ms, 65s, 10m or 1h30m");
        }
        return PART.matcher(text)
                .results()
                .map(part ->
                        UNITS.getOrDefault(part.group(2), Duration.ZERO).multipliedBy(Long.parseLong(part.group(1))))
                .reduce(Duration.ZERO, Duration::plus);
    }

    /**
     * Writes a duration so that {@link #parse} reads it back, cut to milliseconds.
     *
     * @param duration 0 or more
     * @return one number, in the largest unit that divides it: {@code 65s}, {@code 90m}; {@code 0s} for nothing
     */
    public static String format(Duration duration) {
        long millis = duration.toMillis();
        if (millis == 0) {
            return "0s";
        }
        return UNITS.entrySet().stream()
                .filter(unit -> millis % unit.getValue().toMillis() == 0)
                .findFirst()
                .map(unit -> millis / unit.getValue().toMillis() + unit.getKey())
                .orElseThrow();
    }

    private static Map<String, Duration> units() {
        Map<String, Duration> units = new LinkedHashMap<>();
        units.put("h", Duration.ofHours(1));
        units.put("m", Duration.ofMinutes(1));
        units.put("s", Duration.ofSeconds(1));
        units.put("ms", Duration.ofMillis(1));
        return units;
    }
}
