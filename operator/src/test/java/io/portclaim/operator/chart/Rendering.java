package io.portclaim.operator.chart;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a chart has rendered.
 *
 * @param objects in the order of the text
 */
record Rendering(List<JsonNode> objects) {
    /** Reads Helm's output. */
    static Rendering of(String text) {
        return new Rendering(Stream.of(text.split("(?m)^---\\s*$"))
                .filter(document -> document.lines().anyMatch(line -> !line.isBlank() && !line.startsWith("#")))
                .map(Chart::yaml)
                .toList());
    }

    /** The objects of a kind. */
    List<JsonNode> all(String kind) {
        return objects.stream()
                .filter(object -> object.path("kind").asText().equals(kind))
                .toList();
    }

    /** The first object of a kind whose name ends so; missing if there is none. */
    JsonNode find(String kind, String nameEnd) {
        return all(kind).stream()
                .filter(object -> object.path("metadata").path("name").asText().endsWith(nameEnd))
                .findFirst()
                .orElse(MissingNode.getInstance());
    }
}
