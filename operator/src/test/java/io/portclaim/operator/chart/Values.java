package io.portclaim.operator.chart;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The values of values.yaml: each that the schema does not go further into, with its default and its comment. */
final class Values {
    private static final Pattern COMMENT = Pattern.compile("^ *# (.*)$");
    private static final Pattern KEY = Pattern.compile("^( *)([\\w./-]+):.*$");

    private Values() {}

    /**
     * A value.
     *
     * @param path where it stands, with dots
     * @param fallback its default
     * @param schema what the schema says of it
     * @param comment what values.yaml says of it, in one line
     */
    record Value(String path, JsonNode fallback, JsonNode schema, String comment) {}

    /** In the order of values.yaml. */
    static List<Value> all() {
        List<Value> all = new ArrayList<>();
        collect("", Chart.defaults(), Chart.schema(), comments(), all);
        return all;
    }

    private static void collect(
            String path, JsonNode value, JsonNode schema, Map<String, String> comments, List<Value> all) {
        if (!schema.has("properties")) {
            all.add(new Value(path, value, schema, comments.getOrDefault(path, "")));
            return;
        }
        value.properties()
                .forEach(entry -> collect(
                        path.isEmpty() ? entry.getKey() : path + "." + entry.getKey(),
                        entry.getValue(),
                        schema.path("properties").path(entry.getKey()),
                        comments,
                        all));
    }

    /** The comment above each key. */
    private static Map<String, String> comments() {
        Map<String, String> comments = new TreeMap<>();
        List<String> above = new ArrayList<>();
        List<String> path = new ArrayList<>();
        for (String line : Chart.text("values.yaml").split("\n")) {
            Matcher comment = COMMENT.matcher(line);
            Matcher key = KEY.matcher(line);
            if (comment.matches()) {
                above.add(comment.group(1));
                continue;
            }
            if (key.matches()) {
                path.subList(Math.min(path.size(), key.group(1).length() / 2), path.size())
                        .clear();
                path.add(key.group(2));
                comments.put(String.join(".", path), String.join(" ", above));
            }
            above.clear();
        }
        return comments;
    }
}
