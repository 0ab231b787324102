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
