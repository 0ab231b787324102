package io.portclaim.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portclaim.agent.log.AgentLog;
import io.portclaim.agent.log.LogLevel;
import io.portclaim.testing.SetClock;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AgentOptionsTest {
    @Test
    void hasDefaults() {
        assertThat(AgentOptions.parse()).isEqualTo(AgentOptions.DEFAULTS);
        assertThat(AgentOptions.DEFAULTS.metricsPort()).isEqualTo(10371);
    }

    @Test
    void takesEachOption() {
        assertThat(AgentOptions.parse(
                        "--metrics-port=0",
                        "--metrics-address=127.0.0.1",
                        "--pressure-percent=90",
                        "--pressure-clear-percent=50",
                        "--top-destinations=3",
                        "--service-account=/secrets",
                        "--log-format=json",
                        "--log-level=warn"))
                .isEqualTo(new AgentOptions(0, "127.0.0.1", 90, 50, 3, Path.of("/secrets"), true, LogLevel.WARN));
        assertThat(AgentOptions.parse("--log-format=json", "--log-format=plain"))
                .isEqualTo(AgentOptions.DEFAULTS);
    }

    @Test
    void namesEveryOption() {
        assertThat(AgentOptions.NAMES).hasSameSizeAs(AgentOptions.class.getRecordComponents());
        assertThat(AgentOptions.NAMES).allSatisfy(name -> {
            try {
                AgentOptions.parse(name + "=?");
            } catch (IllegalArgumentException e) {
                assertThat(e).hasMessageStartingWith("the value of " + name + " is \"?\"");
            }
        });
    }

    @ParameterizedTest
    @CsvSource({
        "--metrics-port, is no option: write --name=value",
        "--colour=red, there is no option --colour; there are --metrics-port",
        "--metrics-port=65536, must be a whole number from 0 to 65535",
        "--pressure-percent=1, must be a whole number from 2 to 100",
        "--pressure-clear-percent=100, must be a whole number from 1 to 99",
        "--top-destinations=x, must be a whole number from 0 to 16",
        "--pressure-percent=50, --pressure-clear-percent is 60 and must be less than --pressure-percent",
        "--pressure-percent=60, '--pressure-clear-percent is 60 and must be less than --pressure-percent, which is 60'",
        "--log-format=text, must be plain or json",
        "--log-level=loud, 'must be error, warn, info or debug'",
    })
    void saysWhatWouldWork(String argument, String message) {
        assertThatThrownBy(() -> AgentOptions.parse(argument))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    @Test
    void runsInPodsOnly() {
        assertThatThrownBy(() -> Main.server(Map.of(), Path.of("/x")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("KUBERNETES_SERVICE_HOST");
        assertThat(Main.server(
                        Map.of("KUBERNETES_SERVICE_HOST", "fd00::1", "KUBERNETES_SERVICE_PORT", "443"), Path.of("/x")))
                .isNotNull();
    }

    private static String logged(boolean json, String message) {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        AgentLog log = new AgentLog(
                new PrintStream(printed, true, StandardCharsets.UTF_8), json, LogLevel.INFO, new SetClock());
        log.debug("node-a", "not this");
        log.info("node-a", message);
        return printed.toString(StandardCharsets.UTF_8);
    }

    @Test
    void logsALineForEachFact() {
        assertThat(logged(false, "a\nfake line"))
                .isEqualTo(
                        "2026-11-23T09:30:00Z INFO  Agent - PortReport node-a: a\\nfake line" + System.lineSeparator());
        assertThat(logged(true, "say \"a\"\n\\b"))
                .isEqualTo("{\"time\":\"2026-11-23T09:30:00Z\",\"level\":\"INFO\",\"logger\":\"io.portclaim.agent\","
                        + "\"kind\":\"PortReport\",\"name\":\"node-a\","
                        + "\"message\":\"say \\\"a\\\"\\u000a\\\\b\"}" + System.lineSeparator());
    }
}
