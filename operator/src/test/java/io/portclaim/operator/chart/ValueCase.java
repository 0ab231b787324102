package io.portclaim.operator.chart;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * What a value is for.
 *
 * @param path where it stands in values.yaml, with dots
 * @param values the value set to something else than its default, with whatever must be set beside it to see that
 * @param object what it changes, a kind and the end of a name, as in {@code Deployment/portclaim}
 * @param at what of it, as a JSON pointer
 * @param expected what stands there then, as YAML; {@value #NOTHING} for nothing
 */
record ValueCase(String path, String values, String object, String at, String expected) {
    /** Says that there is nothing. */
    static final String NOTHING = "-";

    /** A value that needs nothing else set beside it. */
    static ValueCase of(String path, String value, String object, String at, String expected) {
        return new ValueCase(path, nested(path, value), object, at, expected);
    }

    /** The values that have this one at its place, as YAML. */
    private static String nested(String path, String value) {
        String[] words = path.split("\\.");
        String values = value;
        for (int i = words.length - 1; i >= 0; i--) {
            values = "{" + words[i] + ": " + values + "}";
        }
        return values;
    }

    /** A value that is only looked at where the part of the values is enabled that it belongs to. */
    static ValueCase ofEnabled(String part, String path, String value, String object, String at, String expected) {
        String inPart = path.substring(part.length() + 1);
        String values = nested(inPart, value).replaceFirst("^\\{", "{enabled: true, ");
        return new ValueCase(path, nested(part, values), object, at, expected);
    }

    /** The values without the one that is looked at. */
    String others() {
        JsonNode values = Chart.yaml(this.values);
        String[] words = path.split("\\.");
        JsonNode holder = values;
        for (int i = 0; i < words.length - 1; i++) {
            holder = holder.path(words[i]);
        }
        if (((ObjectNode) holder).remove(words[words.length - 1]) == null) {
            throw new IllegalStateException("the case of " + path + " does not set it");
        }
        return values.toString();
    }

    /** What stands at the place; {@value #NOTHING} for nothing. */
    String found(Rendering rendering) {
        String[] words = object.split("/");
        JsonNode found = rendering.find(words[0], words[1]).at(at);
        return found.isMissingNode() ? NOTHING : found.toString();
    }

    /** What is to stand there, as {@link #found} says it. */
    String wanted() {
        return expected.equals(NOTHING)
                ? NOTHING
                : Chart.yaml("{x: " + expected + "}").path("x").toString();
    }

    @Override
    public String toString() {
        return path;
    }
}
