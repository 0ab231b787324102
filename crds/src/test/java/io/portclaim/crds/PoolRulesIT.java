package io.portclaim.crds;

import static io.portclaim.crds.Row.accepted;
import static io.portclaim.crds.Row.refused;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.portclaim.testing.LocalCluster;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the API server lets through as a PortPool or PortLedger, and what it says to the rest. */
@ExtendWith(LocalCluster.class)
class PoolRulesIT {
    private static final String WRITE =
            "write a port, such as 21000, or a range with both ends, such as \"21000-28999\"";
    private static final String WRITE_RANGE = "write both ends, the lower first, such as \"32768-60999\"";
    private static final String DURATION =
            "not a duration: write whole hours, minutes or seconds with their unit, such as 120s, 5m or 1h30m";
    private static final String NOT_NEGATIVE = "should be greater than or equal to 0";

    private record Range(String what, String text, String shown, String refusal) {}

    /** Every mistake, in every field that holds a set of ports. */
    static Stream<Row> badRanges() {
        return Stream.of(
                        new Range("words", "some", "\"some\"", WRITE),
                        new Range("empty", "''", "\"\"", WRITE),
                        new Range("half a range", "'21000-'", "\"21000-\"", WRITE),
                        new Range("blanks", "21000 - 21009", "\"21000 - 21009\"", WRITE),
                        new Range("a list in a text", "'21000,21001'", "\"21000,21001\"", WRITE),
                        new Range("a sign", "'-5'", "\"-5\"", WRITE),
                        new Range("zero", "0", "\"0\"", "ports go from 1 to 65535"),
                        new Range("a negative number", "-1", "\"-1\"", "ports go from 1 to 65535"),
                        new Range("a number too great", "65536", "\"65536\"", "ports go from 1 to 65535"),
                        new Range("a text too great", "'65536'", "\"65536\"", "ports go from 1 to 65535"),
                        new Range("from zero", "0-10", "\"0-10\"", "ports go from 1 to 65535"),
                        new Range("to 70000", "21000-70000", "\"21000-70000\"", "ports go from 1 to 65535"),
                        new Range(
                                "backwards",
                                "200-100",
                                "\"200-100\"",
                                "runs backwards; write its lower port first, \"100-200\""))
                .flatMap(bad -> Stream.of("{ranges: [100, %s]}", "{ranges: [100], exclude: [100, %s]}")
                        .map(field -> refused(
                                bad.what + " in " + field, field.formatted(bad.text), bad.shown + "|" + bad.refusal)));
    }

    /** Every mistake where one range is meant; a single port is half of one. */
    static Stream<Row> badSingleRanges() {
        return Stream.of(
                        new Range("words", "some", "\"some\"", WRITE_RANGE),
                        new Range("empty", "''", "\"\"", WRITE_RANGE),
                        new Range("a number", "32768", "\"32768\"", WRITE_RANGE),
                        new Range("a number as text", "'32768'", "\"32768\"", WRITE_RANGE),
                        new Range("zero", "0", "\"0\"", WRITE_RANGE),
                        new Range("a negative number", "-1", "\"-1\"", WRITE_RANGE),
                        new Range("half a range", "'21000-'", "\"21000-\"", WRITE_RANGE),
                        new Range("blanks", "21000 - 21009", "\"21000 - 21009\"", WRITE_RANGE),
                        new Range("a list in a text", "'32768,60999'", "\"32768,60999\"", WRITE_RANGE),
                        new Range("two ranges", "1-2-3", "\"1-2-3\"", WRITE_RANGE),
                        new Range("too many digits", "1-100000", "\"1-100000\"", WRITE_RANGE),
                        new Range("from zero", "0-10", "\"0-10\"", "ports go from 1 to 65535"),
                        new Range("to 70000", "21000-70000", "\"21000-70000\"", "ports go from 1 to 65535"),
                        new Range(
                                "backwards",
                                "200-100",
                                "\"200-100\"",
                                "runs backwards; write its lower port first, \"100-200\""))
                .flatMap(bad -> Stream.of(
                                "{ranges: [100], ephemeralPorts: {assumed: %s}}",
                                "{ranges: [100], nodePorts: {range: %s}}")
                        .map(field -> refused(
                                bad.what + " in " + field, field.formatted(bad.text), bad.shown + "|" + bad.refusal)));
    }

    static List<Row> goodRanges() {
        return List.of(
                accepted("a number", "{ranges: [21000]}"),
                accepted("a number as text", "{ranges: ['21000']}"),
                accepted("a range", "{ranges: [21000-28999]}"),
                accepted("all there are", "{ranges: [1-65535]}"),
                accepted("a range of one", "{ranges: [80-80]}"),
                accepted("several", "{ranges: [21000-28999, 31999, 100-200], exclude: [22623-22625, 27017]}"),
                accepted("assumed", "{ranges: [1], ephemeralPorts: {policy: Ignore, assumed: 15000-25000}}"),
                accepted("nodePorts", "{ranges: [1], nodePorts: {policy: Ignore, range: 30000-32000}}"),
                refused("none", "{ranges: []}", "spec.ranges in body should have at least 1 items"),
                refused("left out", "{exclude: [1]}", "spec.ranges: Required value"));
    }

    static List<Row> others() {
        return List.of(
                accepted("all of it", "{ranges: [1], strategy: Sequential, staticBand: 0, limits: {portsPerClaim: 0}}"),
                accepted("durations", "{ranges: [1], cooldown: {tcp: 65s, udp: 5m, sctp: 1h30m10s}}"),
                accepted("short, for tests", "{ranges: [1], cooldown: {tcp: 0s}}"),
                accepted("nodes", "{ranges: [1], nodeSelector: {matchLabels: {a: b}}}"),
                accepted("namespaces", "{ranges: [1], allowedNamespaces: {matchLabels: {a: b}}}"),
                refused("no unit", "{ranges: [1], cooldown: {tcp: '120'}}", DURATION),
                refused("a unit too small", "{ranges: [1], cooldown: {udp: 65000ms}}", DURATION),
                refused("days", "{ranges: [1], cooldown: {sctp: 1d}}", DURATION),
                refused("units in disorder", "{ranges: [1], cooldown: {tcp: 5s1m}}", DURATION),
                refused("an empty duration", "{ranges: [1], cooldown: {tcp: ''}}", DURATION),
                refused("a negative duration", "{ranges: [1], cooldown: {tcp: -65s}}", DURATION),
                refused("another strategy", "{ranges: [1], strategy: Random}", "supported values: \"Sequential\""),
                refused(
                        "policy",
                        "{ranges: [1], ephemeralPorts: {policy: Off}}",
                        "supported values: \"Exclude\", \"Ignore\""),
                refused("staticBand", "{ranges: [1], staticBand: -1}", NOT_NEGATIVE),
                refused("portsPerClaim", "{ranges: [1], limits: {portsPerClaim: -1}}", NOT_NEGATIVE),
                refused("portsPerNamespace", "{ranges: [1], limits: {portsPerNamespace: -1}}", NOT_NEGATIVE),
                refused(
                        "an empty nodeSelector",
                        "{ranges: [1], nodeSelector: {}}",
                        "nodeSelector must not be empty (is matchLabels spelt correctly?): for every node, leave it out"),
                refused(
                        "a misspelt allowedNamespaces",
                        "{ranges: [1], allowedNamespaces: {matchLabel: {a: b}}}",
                        "allowedNamespaces must not be empty (is matchLabels spelt correctly?): for every namespace,"
                                + " leave it out"));
    }

    @ParameterizedTest
    @MethodSource({"goodRanges", "badRanges", "badSingleRanges", "others"})
    void checksThePool(Row row, KubernetesClient client) {
        Manifest pool = Manifest.pool("games", row.spec());
        String[] parts = row.refusal() == null
                ? new String[] {"accepted"}
                : row.refusal().split("\\|");
        assertThat(Manifest.refusal(() -> pool.check(client))).contains(parts);
    }

    @Test
    void hasOneLedger(KubernetesClient client) {
        String spec = "{format: 1, commitId: c, lease: a/b, holder: h}";
        assertThat(Manifest.refusal(() -> Manifest.ledger("cluster", spec).check(client)))
                .isEqualTo("accepted");
        assertThat(Manifest.refusal(() -> Manifest.ledger("other", spec).check(client)))
                .contains("there is only one PortLedger, with the name cluster");
        assertThat(Manifest.refusal(() -> Manifest.ledger("cluster", "{}").check(client)))
                .contains(
                        "spec.commitId: Required",
                        "spec.format: Required",
                        "spec.holder: Required",
                        "spec.lease: Required");
    }
}
