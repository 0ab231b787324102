package io.portclaim.operator.logging;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.portclaim.operator.options.LogFormat;
import io.portclaim.operator.options.LogLevel;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

class LoggingTest {
    private static final Subject CLAIM = new Subject("PortClaim", "games", "web");
    private static final Logger log = LoggerFactory.getLogger(LoggingTest.class);
    private static final Logger libraryLog = LoggerFactory.getLogger("io.fabric8.kubernetes.client.Something");

    @AfterEach
    void backToDefaults() {
        Logging.apply(LogFormat.PLAIN, LogLevel.INFO);
    }

    @Test
    void aPlainLineHasTimeLevelLoggerAndFact() {
        List<String> lines = logged(LogFormat.PLAIN, LogLevel.INFO, () -> log.info("{}: assigned http=21080", CLAIM));

        assertThat(lines)
                .singleElement()
                .asString()
                .matches(
                        "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z INFO  LoggingTest - PortClaim games/web: assigned http=21080");
    }

    @Test
    void aLineBreakInAMessageStartsNoNewLine() {
        List<String> lines =
                logged(LogFormat.PLAIN, LogLevel.INFO, () -> log.info("{}: reported\n2026 ERROR forged", CLAIM));

        assertThat(lines).singleElement().asString().endsWith("PortClaim games/web: reported\\n2026 ERROR forged");
    }

    @Test
    void aStackTraceFollowsItsLine() {
        List<String> lines = logged(
                LogFormat.PLAIN, LogLevel.INFO, () -> log.warn("{}: failed", CLAIM, new IllegalStateException("why")));

        assertThat(lines.get(0)).endsWith("PortClaim games/web: failed");
        assertThat(lines.get(1)).isEqualTo("java.lang.IllegalStateException: why");
    }

    @Test
    void aJsonLineCarriesTheSubjectInFields() {
        List<String> lines = logged(LogFormat.JSON, LogLevel.INFO, () -> {
            CLAIM.inLog(() -> log.info("{}: assigned http=21080", CLAIM));
            log.warn("failed", new IllegalStateException("why"));
        });

        assertThat(lines).hasSize(2);
        JsonNode first = json(lines.get(0));
        assertThat(first.get("level").textValue()).isEqualTo("INFO");
        assertThat(first.get("logger").textValue()).isEqualTo(LoggingTest.class.getName());
        assertThat(first.get("kind").textValue()).isEqualTo("PortClaim");
        assertThat(first.get("namespace").textValue()).isEqualTo("games");
        assertThat(first.get("name").textValue()).isEqualTo("web");
        assertThat(first.get("message").textValue()).isEqualTo("PortClaim games/web: assigned http=21080");
        assertThat(first.get("time").textValue()).endsWith("Z");
        assertThat(first.has("error")).isFalse();
        assertThat(json(lines.get(1)).has("kind")).isFalse();
        assertThat(json(lines.get(1)).get("error").textValue()).contains("IllegalStateException: why", "\tat ");
    }

    @Test
    void aSubjectWithinASubjectGivesWayAgain() {
        Subject pool = new Subject("PortPool", null, "default");
        List<String> lines = logged(
                LogFormat.JSON,
                LogLevel.INFO,
                () -> CLAIM.inLog(() -> {
                    pool.inLog(() -> log.info("{}: inner", pool));
                    log.info("outer");
                }));

        assertThat(json(lines.get(0)).get("name").textValue()).isEqualTo("default");
        assertThat(json(lines.get(0)).has("namespace")).isFalse();
        assertThat(json(lines.get(0)).get("message").textValue()).isEqualTo("PortPool default: inner");
        assertThat(json(lines.get(1)).get("namespace").textValue()).isEqualTo("games");
    }

    @Test
    void librariesLogFromWarnUp() {
        Runnable talk = () -> {
            log.debug("own debug");
            log.warn("own warn");
            libraryLog.info("library info");
            libraryLog.warn("library warn");
        };

        assertThat(logged(LogFormat.PLAIN, LogLevel.DEBUG, talk))
                .extracting(line -> line.substring(line.indexOf(" - ") + 3))
                .containsExactly("own debug", "own warn", "library warn");
        assertThat(logged(LogFormat.PLAIN, LogLevel.ERROR, talk)).isEmpty();
    }

    private static List<String> logged(LogFormat format, LogLevel level, Runnable action) {
        PrintStream before = System.out;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try {
            Logging.apply(format, level);
            action.run();
        } finally {
            System.setOut(before);
        }
        return bytes.toString(StandardCharsets.UTF_8).lines().toList();
    }

    private static JsonNode json(String line) {
        try {
            return new ObjectMapper().readTree(line);
        } catch (JsonProcessingException e) {
            throw new AssertionError(line, e);
        }
    }
}
