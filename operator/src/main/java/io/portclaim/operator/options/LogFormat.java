package io.portclaim.operator.options;

import java.util.Locale;

/** How log lines look. */
public enum LogFormat {
    /** Text, for people. */
    PLAIN,
    /** One JSON object per line, for programs. */
    JSON;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
