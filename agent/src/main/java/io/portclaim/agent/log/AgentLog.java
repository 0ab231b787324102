package io.portclaim.agent.log;

import java.io.PrintStream;
import java.time.Clock;
import java.time.temporal.ChronoUnit;

/**
 * The agent's log, in the operator's form: a line for each fact, of text or of JSON, about the report of a node. Thread-safe.
 */
public final class AgentLog {
    private static final String KIND = "PortReport";
    private static final int LEVEL_WIDTH = 5;
    private static final int FIRST_PRINTABLE = 0x20;

    private final PrintStream out;
    private final boolean json;
    private final LogLevel level;
    private final Clock clock;

    /**
     * A log.
     *
     * @param json whether lines are JSON objects
     * @param level the least that is logged
     */
    public AgentLog(PrintStream out, boolean json, LogLevel level, Clock clock) {
        this.out = out;
        this.json = json;
        this.level = level;
        this.clock = clock;
    }

    /** Says what was done; {@code node} is empty while it is not known. */
    public void info(String node, String message) {
        log(LogLevel.INFO, node, message);
    }

    /** Says what someone should look at. */
    public void warn(String node, String message) {
        log(LogLevel.WARN, node, message);
    }

    /** Says why something was done. */
    public void debug(String node, String message) {
        log(LogLevel.DEBUG, node, message);
    }

    private void log(LogLevel of, String node, String message) {
        if (of.compareTo(level) <= 0) {
            String time = clock.instant().truncatedTo(ChronoUnit.MILLIS).toString();
            out.println(json ? object(time, of, node, message) : line(time, of, node, message));
        }
    }

    private static String line(String time, LogLevel of, String node, String message) {
        StringBuilder line = new StringBuilder(time).append(' ').append(of.name());
        for (int i = of.name().length(); i <= LEVEL_WIDTH; i++) {
            line.append(' ');
        }
        line.append("Agent - ");
        if (!node.isEmpty()) {
            line.append(KIND).append(' ').append(node).append(": ");
        }
        // One line for each fact, and nobody's input can fake a line.
        return line.append(message.replace("\r", "\\r").replace("\n", "\\n")).toString();
    }

    private static String object(String time, LogLevel of, String node, String message) {
        StringBuilder object = new StringBuilder("{\"time\":\"").append(time);
        object.append("\",\"level\":\"").append(of.name()).append("\",\"logger\":\"io.portclaim.agent\"");
        if (!node.isEmpty()) {
            object.append(",\"kind\":\"").append(KIND).append("\",\"name\":");
            quote(object, node);
        }
        quote(object.append(",\"message\":"), message);
        return object.append('}').toString();
    }

    /** As RFC 8259, section 7, has strings. */
    private static void quote(StringBuilder text, String value) {
        text.append('"');
        for (int i = 0; i < value.length(); i++) {
            char next = value.charAt(i);
            if (next == '"' || next == '\\') {
                text.append('\\').append(next);
            } else if (next < FIRST_PRINTABLE) {
                String hex = Integer.toHexString(next);
                text.append("\\u").append("0000", hex.length(), 4).append(hex);
            } else {
                text.append(next);
            }
        }
        text.append('"');
    }
}
