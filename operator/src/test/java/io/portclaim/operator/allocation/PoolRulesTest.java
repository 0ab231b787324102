package io.portclaim.operator.allocation;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.ports.PortSet;
import io.portclaim.ports.Protocol;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PoolRulesTest {
    private static final NodeFacts LINUX = IndexFixture.node("tux");
    private static final NodeFacts WINDOWS = new NodeFacts("win", null, PortSet.EMPTY, true, NodeFacts.Source.ASSUMED);

    private static PoolRules rules(String ranges, String exclude, @Nullable String assumed, boolean excludeEphemeral) {
        return new PoolRules(
                "games",
                PoolRules.Spec.of(PortSet.parse(ranges))
                        .exclude(PortSet.parse(exclude))
                        .excludeEphemeral(excludeEphemeral)
                        .assumed(assumed == null ? null : PortSet.parse(assumed))
                        .cooldown(Map.of(
                                Protocol.TCP, Duration.ofSeconds(120),
                                Protocol.UDP, Duration.ofSeconds(300),
                                Protocol.SCTP, Duration.ofSeconds(100)))
                        .build());
    }

    @Test
    void anUnknownEphemeralRangeIsAssumedByTheOperatingSystem() {
        PoolRules rules = rules("29990-65535", "", null, true);

        assertThat(rules.usableOn(LINUX)).hasToString("29990-29999,61000-65535");
        assertThat(rules.usableOn(WINDOWS)).hasToString("29990-29999,32768-49151");
        assertThat(rules.usableOn(List.of(LINUX, WINDOWS))).hasToString("29990-29999");
        assertThat(rules.usableOn(List.of())).isEqualTo(rules.usableOn(LINUX));
    }

    @Test
    void whatThePoolAssumesStandsForNodesWhoseOwnIsNotKnownOnly() {
        PoolRules rules = rules("40000-40009", "", "40000-40004", true);

        assertThat(rules.usableOn(LINUX)).hasToString("40005-40009");
        assertThat(rules.usableOn(IndexFixture.node("annotated", "40008-50000", "")))
                .hasToString("40000-40007");
    }

    /** One report after another that differs is what a stolen token can write; the operator must not grow by it. */
    @Test
    void remembersTheUsablePortsOfSoManyNodeProfilesOnly() {
        PoolRules rules = rules("40000-40009", "", null, true);

        for (int port = 50_000; port < 51_000; port++) {
            assertThat(rules.usableOn(IndexFixture.node("annotated", "40005-60000", String.valueOf(port))))
                    .hasToString("40000-40004");
            assertThat(rules.profilesKnown()).isBetween(1, PoolRules.MOST_PROFILES);
        }
        NodeFacts again = IndexFixture.node("annotated", "40005-60000", "50999");
        assertThat(rules.usableOn(again)).isSameAs(rules.usableOn(again));
    }

    @Test
    void kernelReservedPortsOfTheEphemeralRangeAreUsable() {
        PoolRules rules = rules("40000-40009", "40004", null, true);

        assertThat(rules.usableOn(IndexFixture.node("annotated", "32768-60999", "40003-40005,50000")))
                .hasToString("40003,40005");
    }

    @Test
    void ephemeralRangesCanBeIgnored() {
        assertThat(rules("40000-40009", "", null, false).usableOn(LINUX)).hasToString("40000-40009");
    }

    @Test
    void exclusionsAndNodePortsAreLeftOutEverywhere() {
        PoolRules rules = rules("29998-30001,32766-32767", "29999", null, false);

        assertThat(rules.base()).hasToString("29998");
        assertThat(rules.usableOn(LINUX)).hasToString("29998");
    }

    @ParameterizedTest
    @CsvSource({"10, 16", "512, 16", "513, 16", "544, 17", "4096, 128", "40000, 128"})
    void theDefaultBandIsThatOfNodePorts(int size, int band) {
        assertThat(PoolRules.defaultBand(size)).isEqualTo(band);
        int last = 1000 + size - 1;
        assertThat(rules("1000-" + last, "", null, false).staticBand().size()).isEqualTo(Math.min(size, band));
    }

    @Test
    void theBandIsTheFirstPortsThatAreNotExcluded() {
        assertThat(rules("29990-30009", "29991", null, true).staticBand()).hasToString("29990,29992-30006");
        assertThat(IndexFixture.pool("100-109", 3, 0).staticBand()).hasToString("100-102");
        assertThat(IndexFixture.pool("100-109", 0, 0).staticBand()).isEqualTo(PortSet.EMPTY);
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "1000  | is outside pool games, which assigns 29990,29992-29999,60000-60009",
                "29991 | is excluded by pool games, which assigns 29990,29992-29999,60000-60009",
                "30001 | lies in the NodePort range 30000-32767, which pool games excludes",
                "60001 | lies in the ephemeral range 32768-60999 of node tux (assumed), so the node's kernel may use"
                        + " it for an outgoing connection; choose a port outside that range, or reserve it there"
                        + " with net.ipv4.ip_local_reserved_ports",
            })
    void saysWhyAPortIsNotUsable(int port, String why) {
        assertThat(rules("29990-30009,60000-60009", "29991", null, true).whyNotUsable(port, LINUX))
                .hasValue(why);
    }

    @Test
    void saysWhereTheEphemeralRangeIsKnownFrom() {
        PoolRules rules = rules("60000-60009", "", null, true);

        assertThat(rules.whyNotUsable(60000, IndexFixture.node("annotated", "60000-60001", "")))
                .hasValueSatisfying(why -> assertThat(why)
                        .contains("60000-60001 of node annotated (from its annotation), so the node's kernel"));
        assertThat(rules.whyNotUsable(60000, PoolRules.UNKNOWN_NODE))
                .hasValueSatisfying(
                        why -> assertThat(why).contains("32768-60999 of any node (assumed), so the node's kernel"));
        assertThat(rules.whyNotUsable(60002, IndexFixture.node("annotated", "60000-60001", "")))
                .isEmpty();
    }

    @Test
    void saysWhenAPoolGivesOutNothing() {
        NodeFacts unknown = NodeFacts.unknown(
                "dark", false, List.of(new Unreadable(Unreadable.Fact.EPHEMERAL_RANGE, "its annotation says x")));
        assertThat(rules("60000-60009", "", null, true).whyNotUsable(60000, unknown))
                .contains("cannot be assigned on node dark, and neither can any other port there: its annotation says"
                        + " x");
        assertThat(rules("30000", "", null, true).whyNotUsable(1, LINUX))
                .hasValue("is outside pool games, which assigns nothing");
    }

    @ParameterizedTest
    @CsvSource({"TCP, 120", "UDP, 300", "SCTP, 100", "TCPUDP, 300"})
    void aGrantCoolsAsLongAsTheLongestOfItsProtocols(TransportProtocol transport, int seconds) {
        assertThat(rules("1000", "", null, true).cooldown(new PortGrant("a", transport, 1000, 1)))
                .isEqualTo(Duration.ofSeconds(seconds));
    }

    @Test
    void nodesAreAlikeWhenTheSamePortsAreUsableOnThem() {
        NodeFacts annotated = IndexFixture.node("a", "40000-50000", "41000");

        assertThat(annotated
                        .profile()
                        .equals(IndexFixture.node("b", "40000-50000", "41000").profile()))
                .isTrue();
        assertThat(annotated
                        .profile()
                        .equals(IndexFixture.node("b", "40000-50001", "41000").profile()))
                .isFalse();
        assertThat(annotated
                        .profile()
                        .equals(IndexFixture.node("b", "40000-50000", "").profile()))
                .isFalse();
        assertThat(annotated.profile().equals(LINUX.profile())).isFalse();
        assertThat(LINUX.profile().equals(annotated.profile())).isFalse();
        assertThat(LINUX.profile().equals(WINDOWS.profile())).isFalse();
        assertThat(LINUX.profile().equals(IndexFixture.node("b").profile())).isTrue();
    }
}
