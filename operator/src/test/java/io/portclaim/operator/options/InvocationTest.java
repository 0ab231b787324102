package io.portclaim.operator.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class InvocationTest {
    @TempDir
    Path directory;

    @Test
    void nothingGivenMeansTheDefaults() {
        Options options = run(List.of(), Map.of("HOSTNAME", "portclaim-7f9c"));

        assertThat(options.get(Options.LEASE_NAME)).isEqualTo("portclaim");
        assertThat(options.get(Options.LEASE_NAMESPACE)).isEqualTo("portclaim");
        assertThat(options.get(Options.IDENTITY)).matches("portclaim-7f9c-[a-z0-9]{5}");
        assertThat(options.get(Options.LEADER_ELECTION)).isTrue();
        assertThat(options.get(Options.LEASE_DURATION)).isEqualTo(Duration.ofSeconds(15));
        assertThat(options.get(Options.CONTEXT)).isEmpty();
        assertThat(options.get(Options.LOG_FORMAT)).isEqualTo(LogFormat.PLAIN);
        assertThat(options.describe()).isEqualTo("all defaults");
        for (Setting<?> setting : Options.ALL) {
            assertThat((Object) options.get(setting)).as(setting.name()).isNotNull();
        }
    }

    @Test
    void aProcessThatRestartsInItsPodHasAnotherIdentity() {
        Map<String, String> pod = Map.of("HOSTNAME", "portclaim-7f9c");

        assertThat(run(List.of(), pod).get(Options.IDENTITY))
                .isNotEqualTo(run(List.of(), pod).get(Options.IDENTITY));
    }

    @Test
    void theLeaseLivesInThePodsNamespace() throws IOException {
        Files.writeString(directory.resolve("namespace"), "ports\n");

        assertThat(run(List.of(), Map.of()).get(Options.LEASE_NAMESPACE)).isEqualTo("ports");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--lease-name=mine", "--lease-name mine", "--lease-name=other --lease-name=mine"})
    void aFlagWinsOverTheVariable(String line) {
        Options options = run(List.of(line.split(" ")), Map.of("PORTCLAIM_LEASE_NAME", "theirs"));

        assertThat(options.get(Options.LEASE_NAME)).isEqualTo("mine");
        assertThat(options.describe()).isEqualTo("lease-name=mine");
    }

    @Test
    void aVariableSetsWhatNoFlagSets() {
        Options options = run(
                List.of("--log-format", "json"), Map.of("PORTCLAIM_NODE_GRACE", "1h30m", "PORTCLAIM_CONTEXT", "dev"));

        assertThat(options.get(Options.NODE_GRACE)).isEqualTo(Duration.ofMinutes(90));
        assertThat(options.get(Options.CONTEXT)).isEqualTo(Optional.of("dev"));
        assertThat(options.get(Options.LOG_FORMAT)).isEqualTo(LogFormat.JSON);
        assertThat(options.describe()).isEqualTo("context=dev, node-grace=90m, log-format=json");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            *          | shop  | true
            shop       | shop  | true
            web, shop  | shop  | true
            web        | shop  | false
            """)
    void namespacesAreAListOrAll(String text, String namespace, boolean expected) {
        NamespaceSet namespaces =
                run(List.of("--touch-pods-in=" + text), Map.of()).get(Options.TOUCH_PODS_IN);

        assertThat(namespaces.contains(namespace)).isEqualTo(expected);
        assertThat(namespaces.isEmpty()).isFalse();
        assertThat(run(List.of(), Map.of("PORTCLAIM_TOUCH_PODS_IN", "")).get(Options.TOUCH_PODS_IN))
                .isEqualTo(NamespaceSet.NONE);
    }

    @Test
    void anEmptyVariableIsUnset() {
        assertThat(run(List.of(), Map.of("PORTCLAIM_HTTP_PORT", "")).get(Options.HTTP_PORT))
                .isEqualTo(8080);
    }

    @ParameterizedTest
    @CsvSource({
        "--leader-election=false, false",
        "--leader-election false, false",
        "--leader-election, true",
        "--leader-election --log-level=debug, true",
        "--leader-election=TRUE, true"
    })
    void aSwitchNeedsNoValue(String line, boolean expected) {
        assertThat(run(List.of(line.split(" ")), Map.of()).get(Options.LEADER_ELECTION))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --lease-nam=x                 | Unknown flag --lease-nam. Did you mean --lease-name? --help lists every setting.
            --quite-another=x             | Unknown flag --quite-another. --help lists every setting.
            run                           | Unexpected argument run. --help lists every setting.
            --lease-name                  | --lease-name needs a value (name): --lease-name=VALUE. --help lists every setting.
            --lease-name --log-level=info | --lease-name needs a value (name): --lease-name=VALUE. --help lists every setting.
            --lease-name=                 | --lease-name= is empty; leave it out for the default. The default is portclaim.
            --lease-name=My_Lease         | --lease-name=My_Lease is not a Kubernetes name; use lower-case letters
            --node-grace=10               | --node-grace=10 is not a duration; write a number with a unit, as in 500ms, 65s, 10m or 1h30m. The default is 10m.
            --node-grace=-5s              | --node-grace=-5s is not a duration
            --node-grace=9999999999h      | --node-grace=9999999999h is not a duration
            --sweep-interval=10ms         | --sweep-interval=10ms must be at least 1s. The default is 5m.
            --touch-pods-in=a,B           | --touch-pods-in=a,B is not a Kubernetes name; use lower-case letters
            --http-port=70000             | --http-port=70000 must be a whole number from 0 to 65535. The default is 8080.
            --http-port=http              | --http-port=http must be a whole number from 0 to 65535
            --reconcile-threads=0         | --reconcile-threads=0 must be a whole number from 1 to 1024
            --log-format=xml              | --log-format=xml must be one of plain, json. The default is plain.
            --leader-election=maybe       | --leader-election=maybe must be true or false. The default is true.
            --lease-duration=10s          | --lease-duration (10s) must be longer than --renew-deadline (10s). The defaults are 15s and 10s.
            --retry-period=5s             | --renew-deadline (10s) must be longer than 2.2 times --retry-period (5s). The defaults are 10s and 1s.
            --ledger-request-timeout=10s  | --renew-deadline (10s) must be longer than --ledger-request-timeout (10s). The defaults are 10s and 3s.
            --lease-duration=15500ms      | --lease-duration=15500ms must be whole seconds
            """)
    void whatCannotBeIsRefusedWithASentence(String line, String start) {
        assertThat(read(List.of(line.split(" ")), Map.of()))
                .asInstanceOf(type(Invocation.Refused.class))
                .extracting(Invocation.Refused::message)
                .asString()
                .startsWith(start);
    }

    @Test
    void aBadVariableIsNamedAsSuch() {
        assertThat(read(List.of(), Map.of("PORTCLAIM_NODE_GRACE", "soon")))
                .asInstanceOf(type(Invocation.Refused.class))
                .extracting(Invocation.Refused::message)
                .asString()
                .startsWith("PORTCLAIM_NODE_GRACE=soon is not a duration");
    }

    @Test
    void anUnknownVariableOfOursIsWarnedAbout() {
        Invocation.Run run = (Invocation.Run) read(
                List.of(),
                Map.of(
                        "PORTCLAIM_LEASENAME", "x",
                        "PORTCLAIM_SOMETHING", "y",
                        "OTHER", "z"));

        assertThat(run.warnings())
                .containsExactly(
                        "The environment variable PORTCLAIM_LEASENAME is no setting and is ignored."
                                + " Did you mean PORTCLAIM_LEASE_NAME?",
                        "The environment variable PORTCLAIM_SOMETHING is no setting and is ignored.");
    }

    @Test
    void theKubeletsVariablesForServicesAreNoSettings() {
        Invocation.Run run = (Invocation.Run) read(
                List.of(),
                Map.of(
                        "PORTCLAIM_HTTP_PORT", "tcp://10.0.0.1:80",
                        "PORTCLAIM_SERVICE_HOST", "10.0.0.1",
                        "PORTCLAIM_SERVICE_PORT_HTTP", "80",
                        "PORTCLAIM_PORT_80_TCP_ADDR", "10.0.0.1",
                        "PORTCLAIM_METRICS_PORT", "tcp://10.0.0.2:80"));

        assertThat(run.options().get(Options.HTTP_PORT)).isEqualTo(8080);
        assertThat(run.warnings()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"--help", "-h", "--lease-name=x --help", "--nonsense --help"})
    void helpListsEverySettingWithItsDefault(String line) {
        Invocation.Help help = (Invocation.Help) read(List.of(line.split(" ")), Map.of());

        for (Setting<?> setting : Options.ALL) {
            assertThat(help.text())
                    .contains(setting.flag() + "=" + setting.hint() + "   " + setting.variable() + "   (default: "
                            + setting.defaultText() + ")");
        }
        assertThat(help.text().lines().filter(line1 -> !line1.contains("default:")))
                .allMatch(row -> row.length() <= 100);
    }

    private Options run(List<String> arguments, Map<String, String> variables) {
        Invocation invocation = read(arguments, variables);
        assertThat(invocation).isInstanceOf(Invocation.Run.class);
        return ((Invocation.Run) invocation).options();
    }

    private Invocation read(List<String> arguments, Map<String, String> variables) {
        return Invocation.read(arguments, new Environment(variables, directory.resolve("namespace")));
    }
}
