package io.portclaim.agent.api;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** JSON as maps and lists, by Jackson's streaming part alone: data binding takes memory that an agent does not have. */
final class Json {
    /** Jackson's own tables are shared by all agents of a process. */
    static final JsonFactory FACTORY = new JsonFactory();

    private Json() {}

    /**
     * Reads an object.
     *
     * @throws IOException if the text is none
     */
    static Map<String, Object> read(String text) throws IOException {
        try (JsonParser parser = FACTORY.createParser(text)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new IOException("a JSON object is expected, and this is none");
            }
            return object(parser);
        } catch (JsonProcessingException e) {
            // Its message quotes the text, which may be a token.
            throw new IOException("a JSON object is expected, and this is none", e.getCause());
        }
    }

    private static Map<String, Object> object(JsonParser parser) throws IOException {
        Map<String, Object> object = new LinkedHashMap<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            Object value = value(parser, parser.nextToken());
            if (value != null) {
                object.put(name, value);
            }
        }
        return object;
    }

    private static @Nullable Object value(JsonParser parser, JsonToken token) throws IOException {
        return switch (token) {
            case START_OBJECT -> object(parser);
            case START_ARRAY -> array(parser);
            case VALUE_NULL -> null;
            default -> parser.getText();
        };
    }

    private static List<Object> array(JsonParser parser) throws IOException {
        List<Object> array = new ArrayList<>();
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            if (token == null) {
                throw new IOException("a JSON array has no end");
            }
            Object value = value(parser, token);
            if (value != null) {
                array.add(value);
            }
        }
        return array;
    }

    /** The object of this name; an empty one if there is none. */
    @SuppressWarnings("unchecked")
    static Map<String, Object> object(Map<String, Object> object, String name) {
        return object.get(name) instanceof Map<?, ?> found ? (Map<String, Object>) found : Map.of();
    }

    /** The objects of the array of this name; none if there is no array. */
    @SuppressWarnings("unchecked")
    static List<Map<String, Object>> objects(Map<String, Object> object, String name) {
        List<Map<String, Object>> objects = new ArrayList<>();
        if (object.get(name) instanceof List<?> found) {
            for (Object item : found) {
                if (item instanceof Map<?, ?> map) {
                    objects.add((Map<String, Object>) map);
                }
            }
        }
        return objects;
    }

    /** The text, number or truth value of this name as text; null if there is none. */
    static @Nullable String textOrNull(Map<String, Object> object, String name) {
        return object.get(name) instanceof String text ? text : null;
    }

    /** As {@link #textOrNull}, empty if there is none. */
    static String text(Map<String, Object> object, String name) {
        String text = textOrNull(object, name);
        return text == null ? "" : text;
    }

    /** The whole number of this name; -1 if there is none. */
    static int number(Map<String, Object> object, String name) {
        try {
            return Integer.parseInt(text(object, name));
        } catch (NumberFormatException e) {
            return -1;
        }
    }
}
