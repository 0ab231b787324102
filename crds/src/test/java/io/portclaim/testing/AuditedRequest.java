package io.portclaim.testing;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What was asked of the API server about a resource.
 *
 * @param verb as roles have it
 * @param group the API group, empty for the core's
 * @param resource the resource, with its subresource after a slash
 * @param namespace empty for none, and for all
 * @param name empty where the request names none
 * @param code the answer's
 */
public record AuditedRequest(String verb, String group, String resource, String namespace, String name, int code) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** How many lines the log has, for {@link #since} to begin there. */
    public static long end(Path log) {
        try (Stream<String> lines = Files.lines(log)) {
            return lines.count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What the log says after so many lines that a user has asked, each thing once; also when somebody acted for the user. */
    public static Set<AuditedRequest> since(long start, Path log, String user) {
        try (Stream<String> lines = Files.lines(log)) {
            return lines.skip(start)
                    .filter(line -> line.contains(user) && line.endsWith("}"))
                    .map(AuditedRequest::parse)
                    .filter(line -> line.at("/impersonatedUser/username")
                            .asText(line.at("/user/username").asText())
                            .equals(user))
                    .flatMap(line -> request(line).stream())
                    .collect(Collectors.toSet());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JsonNode parse(String line) {
        try {
            return JSON.readTree(line);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Empty for a path that is no resource, such as /version. */
    private static Optional<AuditedRequest> request(JsonNode line) {
        JsonNode object = line.path("objectRef");
        String subresource = object.path("subresource").asText();
        return Optional.of(object)
                .filter(present -> !present.isMissingNode())
                .map(present -> new AuditedRequest(
                        line.path("verb").asText(),
                        object.path("apiGroup").asText(),
                        object.path("resource").asText() + (subresource.isEmpty() ? "" : "/" + subresource),
                        object.path("namespace").asText(),
                        object.path("name").asText(),
                        line.at("/responseStatus/code").asInt()));
    }
}
