package io.portclaim.operator.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.portclaim.api.v1alpha1.Scope;
import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.Place;
import io.portclaim.operator.allocation.PortGrant;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigMapDataTest {
    private static final PortGrant HTTP = new PortGrant("http", TransportProtocol.TCP, 21080, 1);
    private static final PortGrant GAME = new PortGrant("game-udp", TransportProtocol.UDP, 21100, 4);
    private static final Assignment EVERYWHERE = Assignment.at(Place.EVERYWHERE, List.of(HTTP, GAME));

    @Test
    void clusterScopeHasKeysAndBothFiles() {
        assertThat(ConfigMapData.render(Scope.CLUSTER, null, EVERYWHERE))
                .containsExactly(
                        entry("GAME_UDP_PORT", "21100"),
                        entry("GAME_UDP_PORT_END", "21103"),
                        entry("GAME_UDP_PORT_PROTOCOL", "UDP"),
                        entry("HTTP_PORT", "21080"),
                        entry(
                                "ports.env",
                                "HTTP_PORT=21080\nGAME_UDP_PORT=21100\nGAME_UDP_PORT_END=21103\nGAME_UDP_PORT_PROTOCOL=UDP\n"),
                        entry(
                                "ports.json",
                                "[{\"name\":\"http\",\"protocol\":\"TCP\",\"port\":21080},{\"name\":\"game-udp\",\"protocol\":\"UDP\",\"port\":21100,\"endPort\":21103}]\n"));
    }

    @Test
    void oneNodeHasItsFileToo() {
        assertThat(ConfigMapData.render(Scope.NODE, "node-a", Assignment.at("node-a", List.of(HTTP))))
                .containsOnlyKeys("HTTP_PORT", "node-a.env", "ports.env", "ports.json")
                .containsEntry("node-a.env", "HTTP_PORT=21080\n")
                .containsEntry("ports.env", "HTTP_PORT=21080\n");
    }

    @Test
    void severalNodesHaveAFileEachAndNoNumberForAll() {
        Assignment assignment = new Assignment(
                new TreeMap<>(Map.of("node-a", List.of(HTTP), "node-b.lan", List.of(HTTP), "ports", List.of(GAME))));

        assertThat(ConfigMapData.render(Scope.NODE, null, assignment))
                .containsOnlyKeys("node-a.env", "node-b.lan.env", "ports.env")
                .containsEntry("node-b.lan.env", "HTTP_PORT=21080\n");
        assertThat(ConfigMapData.parse(
                        Scope.NODE, null, ConfigMapData.render(Scope.NODE, null, assignment), Believed.ALL))
                .contains(assignment);
    }

    @Test
    void aNodeKeptBesideTheNamedOneChangesNoSingleValue() {
        PortGrant other = new PortGrant("http", TransportProtocol.TCP, 21090, 1);
        Assignment assignment =
                new Assignment(new TreeMap<>(Map.of("a-node", List.of(other), "node-a", List.of(HTTP))));

        Map<String, String> data = ConfigMapData.render(Scope.NODE, "node-a", assignment);

        assertThat(data).containsEntry("HTTP_PORT", "21080").containsEntry("a-node.env", "HTTP_PORT=21090\n");
        assertThat(ConfigMapData.parse(Scope.NODE, "node-a", data, Believed.ALL))
                .contains(assignment);
    }

    @Test
    void aNodeNamedPortsIsReadFromTheFileThatIsBoth() {
        Assignment assignment = Assignment.at("ports", List.of(HTTP, GAME));
        Map<String, String> data = ConfigMapData.render(Scope.NODE, "ports", assignment);

        assertThat(ConfigMapData.parse(Scope.NODE, "ports", data, Believed.ALL)).contains(assignment);
    }

    @Test
    void nothingHeldIsNoData() {
        assertThat(ConfigMapData.render(Scope.CLUSTER, null, Assignment.NONE)).isEmpty();
        assertThat(ConfigMapData.render(Scope.NODE, "node-a", Assignment.NONE)).isEmpty();
        assertThat(ConfigMapData.parse(Scope.CLUSTER, null, Map.of(), Believed.ALL))
                .isEmpty();
        assertThat(ConfigMapData.parse(Scope.NODE, null, null, Believed.ALL)).isEmpty();
    }

    @Test
    void keysThatContradictEachOtherAreAllHeld() {
        Map<String, String> data = ConfigMapData.render(Scope.CLUSTER, null, EVERYWHERE);
        data.put("HTTP_PORT", "21999");

        assertThat(ConfigMapData.parse(Scope.CLUSTER, null, data, Believed.ALL))
                .contains(Assignment.at(
                        Place.EVERYWHERE, List.of(HTTP, GAME, new PortGrant("http", TransportProtocol.TCP, 21999, 1))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTP_PORT", "ports.env", "ports.json"})
    void anyKeyIsEnough(String kept) {
        Map<String, String> data =
                ConfigMapData.render(Scope.CLUSTER, null, Assignment.at(Place.EVERYWHERE, List.of(HTTP)));
        data.keySet().removeIf(key -> !key.equals(kept));

        assertThat(ConfigMapData.parse(Scope.CLUSTER, null, data, Believed.ALL))
                .contains(Assignment.at(Place.EVERYWHERE, List.of(HTTP)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "{}",
                "[null]",
                "[{}]",
                "[1]",
                "[{\"name\":\"http\"",
                "[{\"name\":\"http\",\"protocol\":\"ICMP\",\"port\":1}]"
            })
    void unreadableJsonLeavesTheOtherKeys(String json) {
        assertThat(ConfigMapData.parse(
                        Scope.CLUSTER, null, Map.of("ports.json", json, "HTTP_PORT", "21080"), Believed.ALL))
                .contains(Assignment.at(Place.EVERYWHERE, List.of(HTTP)));
    }

    @ParameterizedTest
    @CsvSource({
        "HTTP_PORT, 0",
        "HTTP_PORT, 65536",
        "HTTP_PORT, 99999",
        "HTTP_PORT, 21080x",
        "HTTP_PORT, ' 21080'",
        "HTTP_PORT, ''",
        "http_port, 21080",
        "_PORT, 21080",
        "1_PORT, 21080",
        "A_VERY_LONG_NAME_PORT, 21080",
        "HTTP-PORT, 21080",
        "HTTP_PORT_END, 21080"
    })
    void whatIsNoPortIsLeftOut(String key, String value) {
        assertThat(ConfigMapData.parse(Scope.CLUSTER, null, Map.of(key, value), Believed.ALL))
                .isEmpty();
        assertThat(ConfigMapData.parse(Scope.NODE, null, Map.of("node-a.env", key + "=" + value + "!"), Believed.ALL))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"HTTP_PORT_END, 21079", "HTTP_PORT_END, many", "HTTP_PORT_END, 70000", "HTTP_PORT_PROTOCOL, ICMP"})
    void aPortWithAnEndOrProtocolThatMakesNoSenseIsLeftOut(String key, String value) {
        assertThat(ConfigMapData.parse(
                        Scope.CLUSTER,
                        null,
                        Map.of("HTTP_PORT", "21080", key, value, "SQL_PORT", "21128"),
                        Believed.ALL))
                .contains(Assignment.at(
                        Place.EVERYWHERE, List.of(new PortGrant("sql", TransportProtocol.TCP, 21128, 1))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"*.env", ".env", "Node.env", "a/b.env", "node-a", "node-a.txt"})
    void aKeyThatIsNoNodesFileIsLeftOut(String key) {
        assertThat(ConfigMapData.parse(Scope.NODE, null, Map.of(key, "HTTP_PORT=21080"), Believed.ALL))
                .isEmpty();
    }

    @Test
    void commentsAndBlanksInAFileArePassedOver() {
        assertThat(ConfigMapData.parse(
                        Scope.NODE,
                        null,
                        Map.of("node-a.env", "# by hand\r\n\n  HTTP_PORT=21080  \nnonsense\n=1\n"),
                        Believed.ALL))
                .isEqualTo(Optional.of(Assignment.at("node-a", List.of(HTTP))));
    }

    @Test
    void aShellReadsTheFile(@TempDir Path directory) throws IOException, InterruptedException {
        Path file = directory.resolve("ports.env");
        Files.writeString(
                file, ConfigMapData.render(Scope.CLUSTER, null, EVERYWHERE).get("ports.env"));
        Process shell = new ProcessBuilder(
                        "sh",
                        "-euc",
                        ". \"$0\"; echo \"$HTTP_PORT $GAME_UDP_PORT-$GAME_UDP_PORT_END\"",
                        file.toString())
                .redirectErrorStream(true)
                .start();

        assertThat(shell.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .isEqualTo("21080 21100-21103\n");
    }
}
