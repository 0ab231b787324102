package io.portclaim.operator.options;

import java.util.Locale;

/** How much is logged, least first. */
public enum LogLevel {
    /** What stops the operator or keeps it from its promise. */
    ERROR,
    /** What someone should look at. */
    WARN,
    /** What was decided. */
    INFO,
    /** Why it was decided. */
    DEBUG,
    /** Every step. */
    TRACE;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
