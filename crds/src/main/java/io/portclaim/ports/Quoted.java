package io.portclaim.ports;

import java.util.stream.Collectors;

/** Text that somebody else wrote, as it stands in a message: on one line, and short. */
public final class Quoted {
    /** More than any range has; of longer text the beginning is enough to find it again. */
    private static final int MAX_LENGTH = 60;

    private Quoted() {}

    /** The text in double quotes, what can't be seen as an escape, cut to 60 characters. */
    public static String of(String text) {
        String shown =
                text.codePoints().limit(MAX_LENGTH).mapToObj(Quoted::visible).collect(Collectors.joining());
        return '"' + shown + (text.codePointCount(0, text.length()) > MAX_LENGTH ? "…" : "") + '"';
    }

    private static String visible(int codePoint) {
        return switch (codePoint) {
            case '\t' -> "\\t";
            case '\n' -> "\\n";
            case '"' -> "\\\"";
            case '\\' -> "\\\\";
            default ->
                codePoint >= ' ' && codePoint < 0x7f ? Character.toString(codePoint) : "\\u{%x}".formatted(codePoint);
        };
    }
}
