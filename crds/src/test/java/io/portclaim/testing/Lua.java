package io.portclaim.testing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** A Lua interpreter of this machine. Thread-safe. */
public final class Lua {
    /** Set to {@code required}, a machine without Lua fails the tests that need it, which are skipped otherwise. */
    private static final String REQUIRED = "PORTCLAIM_TEST_LUA";

    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final List<String> NAMES = List.of("lua5.4", "lua5.3", "lua5.1", "lua");

    private final Path program;

    private Lua(Path program) {
        this.program = program;
    }

    /** The one that is in PATH; the test that asks is skipped where there is none. */
    public static Lua find() {
        Optional<Path> found = NAMES.stream()
                .flatMap(name -> Stream.of(
                                System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                        .map(folder -> Path.of(folder, name)))
                .filter(Files::isExecutable)
                .findFirst();
        String missing = "there is no Lua in PATH: install lua5.4 (Debian: apt-get install lua5.4)";
        if (found.isEmpty() && "required".equals(System.getenv(REQUIRED))) {
            throw new IllegalStateException(missing);
        }
        assumeTrue(found.isPresent(), missing);
        return new Lua(found.orElseThrow());
    }

    /**
     * Runs an Argo CD health check.
     *
     * @param check the file, which finds the object in the variable {@code obj} and returns a table
     * @return status and message, as in {@code Healthy: all is well}
     */
    public String health(Path check, JsonNode object) throws IOException {
        Path script = Files.createTempFile("portclaim-health", ".lua");
        try {
            Files.writeString(script, """
                    obj = %s
                    local hs = assert(loadfile(%s))()
                    io.write(hs.status, ": ", hs.message)
                    """.formatted(
                            literal(object), quoted(check.toAbsolutePath().toString())));
            return new Command(List.of(program.toString(), script.toString()), Map.of(), DEADLINE).run();
        } finally {
            Files.delete(script);
        }
    }

    private static String literal(JsonNode value) {
        if (value.isObject()) {
            return value.properties().stream()
                    .map(field -> "[" + quoted(field.getKey()) + "]=" + literal(field.getValue()))
                    .collect(Collectors.joining(",", "{", "}"));
        }
        if (value.isArray()) {
            return StreamSupport.stream(value.spliterator(), false)
                    .map(Lua::literal)
                    .collect(Collectors.joining(",", "{", "}"));
        }
        if (value.isNull()) {
            return "nil";
        }
        return value.isTextual() ? quoted(value.asText()) : value.asText();
    }

    /** Bytes as decimal escapes, which every Lua reads. */
    private static String quoted(String text) {
        StringBuilder literal = new StringBuilder("\"");
        for (byte octet : text.getBytes(StandardCharsets.UTF_8)) {
            literal.append("\\%03d".formatted(octet & 0xff));
        }
        return literal.append('"').toString();
    }
}
