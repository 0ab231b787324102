package io.portclaim.operator.chart;

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

    /** What the log says that a user has asked, each thing once; also when somebody acted for the user. */
    static Set<AuditedRequest> of(Path log, String user) {
        return of(log, 0, user);
    }

    /** As the other, from the line of this number on. */
    public static Set<AuditedRequest> of(Path log, long since, String user) {
        try (Stream<String> lines = Files.lines(log)) {
            return lines.skip(since)
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

    /** How many lines the log has by now. */
    public static long lines(Path log) throws IOException {
        try (Stream<String> lines = Files.lines(log)) {
            return lines.count();
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
