package io.portclaim.operator.docs;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A counterexample as TLC prints it, made readable: each step's action and only the variables that it changes. */
final class Trace {
    private static final Pattern STEP = Pattern.compile(
            "^State \\d+: <(?:Initial predicate|(\\w+)[^>\\n]*)>\\n(.*?)(?=^\\s*$)",
            Pattern.MULTILINE | Pattern.DOTALL);
    private static final Pattern VARIABLE =
            Pattern.compile("^/\\\\ (\\w+) = (.*?)(?=^/\\\\ |\\z)", Pattern.MULTILINE | Pattern.DOTALL);

    private Trace() {}

    /** One step a paragraph; the first is the initial state, which the specification's Init describes. */
    static String readable(String output) {
        StringBuilder text = new StringBuilder();
        Map<String, String> before = Map.of();
        int step = 0;
        for (Matcher found = STEP.matcher(output); found.find(); step++) {
            Map<String, String> now = variables(found.group(2));
            text.append("\n%2d. %s\n".formatted(step + 1, step == 0 ? "Init" : found.group(1)));
            if (step > 0) {
                for (Map.Entry<String, String> variable : now.entrySet()) {
                    if (!variable.getValue().equals(before.get(variable.getKey()))) {
                        text.append("    %s = %s\n".formatted(variable.getKey(), variable.getValue()));
                    }
                }
            }
            before = now;
        }
        return text.toString();
    }

    /** How many states it has. */
    static long length(String output) {
        return STEP.matcher(output).results().count();
    }

    private static Map<String, String> variables(String state) {
        Map<String, String> all = new LinkedHashMap<>();
        VARIABLE.matcher(state)
                .results()
                .forEach(
                        variable -> flatten(variable.group(1), variable.group(2).replaceAll("\\s+", " "), all));
        return all;
    }

    /** A function is one entry for each argument, a record one for each field. */
    private static void flatten(String name, String value, Map<String, String> all) {
        String text = value.strip();
        String inside = text.length() < 2 ? "" : text.substring(1, text.length() - 1);
        if (text.startsWith("(")) {
            parts(inside, "@@").forEach(entry -> {
                List<String> sides = parts(entry, ":>");
                flatten(name + "[" + sides.get(0).strip() + "]", sides.get(1), all);
            });
        } else if (text.startsWith("[")) {
            parts(inside, ",").forEach(field -> {
                List<String> sides = parts(field, "|->");
                flatten(name + "." + sides.get(0).strip(), sides.get(1), all);
            });
        } else {
            all.put(name, text);
        }
    }

    /** Splits where no bracket is open. */
    private static List<String> parts(String text, String separator) {
        List<String> parts = new ArrayList<>();
        int depth = 0;
        int from = 0;
        for (int i = 0; i < text.length(); i++) {
            if ("([{".indexOf(text.charAt(i)) >= 0 || text.startsWith("<<", i)) {
                depth++;
            } else if (")]}".indexOf(text.charAt(i)) >= 0 || text.startsWith(">>", i)) {
                depth--;
            } else if (depth == 0 && text.startsWith(separator, i)) {
                parts.add(text.substring(from, i));
                from = i + separator.length();
                i = from - 1;
            }
            // The second character of << and >> opens and closes nothing.
            if (text.startsWith("<<", i) || text.startsWith(">>", i)) {
                i++;
            }
        }
        parts.add(text.substring(from));
        return parts;
    }
}
