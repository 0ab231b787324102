package io.portclaim.operator.simulation.pods;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;

/** A JSON patch (RFC 6902) as the API server carries it out: all of it, or nothing where a test fails. */
final class PatchedPod {
    private static final ObjectMapper JSON = new ObjectMapper();

    private PatchedPod() {}

    /** The patch does not fit the object. */
    static final class Refused extends Exception {
        private static final long serialVersionUID = 1L;

        Refused(String why) {
            super(why, null, false, false);
        }
    }

    static Pod of(Pod pod, JsonNode patch) throws Refused {
        try {
            JsonNode object = JSON.readTree(Serialization.asJson(pod));
            for (JsonNode operation : patch) {
                carryOut(object, operation);
            }
            return Serialization.unmarshal(object.toString(), Pod.class);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void carryOut(JsonNode object, JsonNode operation) throws Refused {
        String path = operation.get("path").asText();
        switch (operation.get("op").asText()) {
            case "test" -> {
                JsonNode present = object.at(path);
                JsonNode wanted = operation.get("value");
                if (wanted.isNull() ? !present.isMissingNode() && !present.isNull() : !wanted.equals(present)) {
                    throw new Refused("the test of %s failed".formatted(path));
                }
            }
            case "add" -> parent(object, path).set(key(path), operation.get("value"));
            case "remove" -> {
                if (parent(object, path).remove(key(path)) == null) {
                    throw new Refused("%s is missing".formatted(path));
                }
            }
            default -> throw new IllegalStateException("no operation of the operator's: " + operation);
        }
    }

    private static ObjectNode parent(JsonNode object, String path) throws Refused {
        if (object.at(path.substring(0, path.lastIndexOf('/'))) instanceof ObjectNode parent) {
            return parent;
        }
        throw new Refused("nothing is above %s".formatted(path));
    }

    private static String key(String path) {
        return path.substring(path.lastIndexOf('/') + 1).replace("~1", "/").replace("~0", "~");
    }
}
