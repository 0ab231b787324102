package io.portclaim.ports;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Ports from {@code first} to {@code last}, both included.
 *
 * @param first 0 to 65535
 * @param last {@code first} to 65535
 */
public record PortRange(int first, int last) {
    /** The highest port number (RFC 9293, RFC 768, RFC 9260: 16 bits). */
    public static final int MAX_PORT = 65535;

    /** Two numbers with a dash between, or white space as the kernel writes {@code net.ipv4.ip_local_port_range}. */
    private static final Pattern TWO_ENDS = Pattern.compile("\\s*(\\d{1,5})(?:\\s*-\\s*|\\s+)(\\d{1,5})\\s*");

    private static final Pattern TEXT = Pattern.compile("\\s*(\\d{1,5})\\s*(?:-\\s*(\\d{1,5})\\s*)?");

    public PortRange {
        if (first < 0 || last > MAX_PORT || first > last) {
            throw new IllegalArgumentException("%d-%d is no port range: write FIRST-LAST with 0 <= FIRST <= LAST <= %d"
                    .formatted(first, last, MAX_PORT));
        }
    }

    /**
     * Reads {@code "21000"} or {@code "21000-28999"}.
     *
     * @throws IllegalArgumentException when the text is neither; the message says what to write
     */
    public static PortRange parse(String text) {
        Matcher matcher = TEXT.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "'%s' is no port range: write one port (21000) or two ends (21000-28999)".formatted(text));
        }
        int first = Integer.parseInt(matcher.group(1));
        return new PortRange(first, matcher.group(2) == null ? first : Integer.parseInt(matcher.group(2)));
    }

    /**
     * Reads one range where a range is meant, and not any set of ports: {@code "32768-60999"}, or {@code "32768\t60999"} as
     * the kernel writes it.
     *
     * @throws IllegalArgumentException when the text is anything but two ends from 1 to 65535, the lower first; the message
     *     has the text and says what to write
     */
    public static PortRange parseTwoEnds(String text) {
        Matcher matcher = TWO_ENDS.matcher(text);
        if (matcher.matches()) {
            int first = Integer.parseInt(matcher.group(1));
            int last = Integer.parseInt(matcher.group(2));
            if (first >= 1 && first <= last && last <= MAX_PORT) {
                return new PortRange(first, last);
            }
        }
        throw new IllegalArgumentException(
                "%s is not a range: write two ends from 1 to %d, the lower first, such as 32768-60999"
                        .formatted(Quoted.of(text), MAX_PORT));
    }

    /** Whether software can listen on {@code number}: 1 to 65535; null is no port. */
    public static boolean isPort(@Nullable Integer number) {
        return number != null && number > 0 && number <= MAX_PORT;
    }

    /** How many ports it spans, at least 1. */
    public int size() {
        return last - first + 1;
    }

    @Override
    public String toString() {
        return first == last ? Integer.toString(first) : first + "-" + last;
    }
}
