package io.portclaim.operator.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.utils.Serialization;
import io.portclaim.api.v1alpha1.PortPool;
import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.allocation.NodeFacts;
import io.portclaim.operator.allocation.PoolRules;
import io.portclaim.operator.allocation.PortGrant;
import io.portclaim.operator.allocation.Sequential;
import io.portclaim.ports.PortSet;
import io.portclaim.ports.Protocol;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PoolReaderTest {
    private static final NodeFacts NODE = new NodeFacts("n", null, PortSet.EMPTY, false, NodeFacts.Source.ASSUMED);

    private final PoolReader reader = new PoolReader(Duration.ofSeconds(65));

    static PortPool pool(String metadata, String spec) {
        return Serialization.unmarshal("""
                apiVersion: portclaim.io/v1alpha1
                kind: PortPool
                metadata: {name: games, creationTimestamp: "2026-01-01T00:00:00Z", uid: u, generation: 1, %s}
                spec: %s
                """.formatted(metadata, spec), PortPool.class);
    }

    private Pool read(String spec) {
        return reader.read(pool("", spec));
    }

    @Test
    void readsWhatOlderObjectsLackAsTheSchemasDefaults() {
        Pool pool = read("{ranges: ['21000-21099', 21200]}");

        assertThat(pool.name()).isEqualTo("games");
        assertThat(pool.invalid()).isNull();
        assertThat(pool.isDefault()).isFalse();
        assertThat(pool.created()).isEqualTo(Instant.parse("2026-01-01T00:00:00Z"));
        assertThat(pool.nodeSelector()).isNull();
        assertThat(pool.allowedNamespaces()).isNull();
        PoolRules.Spec spec = pool.rules().spec();
        assertThat(spec.ranges()).isEqualTo(PortSet.parse("21000-21099,21200"));
        assertThat(spec.exclude()).isEqualTo(PortSet.EMPTY);
        assertThat(spec.excludeEphemeral()).isTrue();
        assertThat(spec.assumed()).isNull();
        assertThat(spec.nodePorts()).isEqualTo(PortSet.parse("30000-32767"));
        assertThat(spec.strategy()).isEqualTo(new Sequential());
        assertThat(spec.staticBand()).isNull();
        assertThat(spec.cooldown())
                .containsEntry(Protocol.TCP, Duration.ofSeconds(120))
                .containsEntry(Protocol.UDP, Duration.ofSeconds(300))
                .containsEntry(Protocol.SCTP, Duration.ofSeconds(120));
        assertThat(spec.portsPerClaim()).isEqualTo(64);
        assertThat(spec.portsPerNamespace()).isZero();
    }

    @Test
    void readsEverythingThatIsSaid() {
        Pool pool = reader.read(pool(
                "annotations: {portclaim.io/is-default-pool: 'true'}",
                "{ranges: [1000-1999], exclude: [1100, '1200-1299'],"
                        + " ephemeralPorts: {policy: Exclude, assumed: 1500-1599},"
                        + " nodePorts: {policy: Exclude, range: 1600-1699},"
                        + " nodeSelector: {matchLabels: {a: '1'}}, allowedNamespaces: {matchLabels: {b: '2'}},"
                        + " strategy: Sequential, staticBand: 5, cooldown: {tcp: 65s, udp: 1h30m, sctp: 2m},"
                        + " limits: {portsPerClaim: 0, portsPerNamespace: 7}}"));

        assertThat(pool.invalid()).isNull();
        assertThat(pool.isDefault()).isTrue();
        assertThat(pool.nodeSelector().getMatchLabels()).containsEntry("a", "1");
        assertThat(pool.allowedNamespaces().getMatchLabels()).containsEntry("b", "2");
        assertThat(pool.rules().usableOn(NODE)).isEqualTo(PortSet.parse("1000-1099,1101-1199,1300-1499,1700-1999"));
        assertThat(pool.rules().strategy()).isEqualTo(new Sequential());
        assertThat(pool.rules().staticBand()).isEqualTo(PortSet.parse("1000-1004"));
        assertThat(pool.rules().cooldown(new PortGrant("x", TransportProtocol.TCPUDP, 1000, 1)))
                .isEqualTo(Duration.ofMinutes(90));
        assertThat(pool.rules().spec().cooldown()).containsEntry(Protocol.TCP, Duration.ofSeconds(65));
        assertThat(pool.rules().spec().portsPerClaim()).isZero();
        assertThat(pool.rules().spec().portsPerNamespace()).isEqualTo(7);
    }

    @Test
    void leavesOutNothingWherePoliciesSayIgnore() {
        Pool pool = read("{ranges: [30000-40000], ephemeralPorts: {policy: Ignore},"
                + " nodePorts: {policy: Ignore, range: 30000-32767}}");

        assertThat(pool.rules().usableOn(NODE)).isEqualTo(PortSet.parse("30000-40000"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{ranges: [1-2], cooldown: {udp: 64s}} | spec.cooldown.udp is 64s: a closed connection keeps its port busy for a minute, so at least 65 s are needed",
                "{ranges: [1-2], cooldown: {tcp: soon}} | spec.cooldown.tcp: 'soon' is not a duration; write a number with a unit, as in 500ms, 65s, 10m or 1h30m",
                "{ranges: [a-b]} | spec.ranges: 'a-b' is no port range: write one port (21000) or two ends (21000-28999)",
                "{ranges: [1-2], exclude: [x]} | spec.exclude: 'x' is no port range: write one port (21000) or two ends (21000-28999)",
                "{ranges: [1-2], nodePorts: {range: x}} | spec.nodePorts.range: \"x\" is not a range: write two ends from 1 to 65535, the lower first, such as 32768-60999",
                "{ranges: [1-2], ephemeralPorts: {assumed: x}} | spec.ephemeralPorts.assumed: \"x\" is not a range: write two ends from 1 to 65535, the lower first, such as 32768-60999",
                "{ranges: [1-2], ephemeralPorts: {assumed: 32768}} | spec.ephemeralPorts.assumed: \"32768\" is not a range: write two ends from 1 to 65535, the lower first, such as 32768-60999",
                "{ranges: [1-2], nodePorts: {range: 0-32767}} | spec.nodePorts.range: \"0-32767\" is not a range: write two ends from 1 to 65535, the lower first, such as 32768-60999",
                "{ranges: [9-2]} | spec.ranges: 9-2 is no port range: write FIRST-LAST with 0 <= FIRST <= LAST <= 65535",
                "null | it has no spec: set spec.ranges"
            })
    void givesOutNothingWhileTheSpecMakesNoSenseAndSaysWhatWould(String spec, String sentence) {
        Pool pool = read(spec);

        assertThat(pool.invalid()).isEqualTo(sentence);
        assertThat(pool.rules().usableOn(NODE).isEmpty()).isTrue();
        assertThat(pool.rules().cooldown(new PortGrant("x", TransportProtocol.UDP, 1, 1)))
                .as("what it gave out still cools")
                .isEqualTo(Duration.ofMinutes(5));
    }

    @ParameterizedTest
    @CsvSource({"true,true", "True,false", "'',false", "false,false"})
    void isTheDefaultPoolOnlyByTheExactWord(String value, boolean isDefault) {
        Pool pool = reader.read(
                pool("annotations: {portclaim.io/is-default-pool: '%s'}".formatted(value), "{ranges: [1-2]}"));

        assertThat(pool.isDefault()).isEqualTo(isDefault);
    }
}
