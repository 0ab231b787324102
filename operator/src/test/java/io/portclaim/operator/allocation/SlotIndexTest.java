package io.portclaim.operator.allocation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.ports.PortSet;
import io.portclaim.ports.Protocol;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SlotIndexTest {
    private static final Holder ONE = new Holder.OfClaim("one");
    private static final Holder OTHER = new Holder.OfClaim("other");

    private final SlotIndex index = new SlotIndex((place, port) -> {});

    private static Holder released(String place) {
        return new Holder.OfRelease(new Release(
                null,
                ConfigMapId.UNKNOWN,
                "",
                place,
                new PortGrant("", TransportProtocol.TCP, 100, 1),
                Duration.ofSeconds(1),
                null,
                null));
    }

    private PortSet taken(String place, Protocol protocol) {
        BitSet bits = new BitSet();
        index.addTaken(place, protocol, bits);
        return PortSet.copyOf(bits);
    }

    private PortSet cooling(String place) {
        BitSet bits = new BitSet();
        index.addCoolingAt(place, Protocol.TCP, bits);
        return PortSet.copyOf(bits);
    }

    @ParameterizedTest
    @CsvSource({"n1, n1", "n1, *", "*, n1", "*, *"})
    void aSlotThatOverlapsIsNeverGivenToAnother(String first, String second) {
        index.take(IndexFixture.tcp(first, 100), ONE);
        index.take(IndexFixture.tcp(first, 100), ONE);

        assertThat(index.obstacles(IndexFixture.tcp(second, 100))).containsExactly(ONE);
        assertThatThrownBy(() -> index.take(IndexFixture.tcp(second, 100), OTHER))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("100/TCP")
                .hasMessageContaining("one");

        index.free(IndexFixture.tcp(first, 100), OTHER);
        assertThat(index.obstacles(IndexFixture.tcp(second, 100))).containsExactly(ONE);
        index.free(IndexFixture.tcp(first, 100), ONE);
        assertThat(index.obstacles(IndexFixture.tcp(second, 100))).isEmpty();
        index.take(IndexFixture.tcp(second, 100), OTHER);
        assertThat(index.holder(IndexFixture.tcp(second, 100))).isEqualTo(OTHER);
    }

    @Test
    void aHolderIsRememberedAsLongAsItHoldsAnything() {
        index.take(IndexFixture.tcp("n1", 100), ONE);
        index.take(IndexFixture.tcp("n1", 100), ONE);
        index.take(IndexFixture.tcp("n2", 101), ONE);
        index.take(IndexFixture.tcp("*", 102), released("*"));
        assertThat(index.holders()).isEqualTo(2);

        index.free(IndexFixture.tcp("n1", 100), ONE);
        index.free(IndexFixture.tcp("n1", 100), ONE);
        assertThat(index.holders()).isEqualTo(2);
        index.free(IndexFixture.tcp("n2", 101), ONE);
        index.free(IndexFixture.tcp("*", 102), released("*"));
        assertThat(index.holders()).isZero();
    }

    @Test
    void nodesAndProtocolsDoNotMeet() {
        index.take(IndexFixture.tcp("n1", 100), ONE);
        index.take(IndexFixture.tcp("n2", 100), OTHER);
        index.take(new Slot("n1", Protocol.UDP, 100), OTHER);

        assertThat(index.holder(IndexFixture.tcp("n1", 100))).isEqualTo(ONE);
        assertThat(index.holder(IndexFixture.tcp("n2", 100))).isEqualTo(OTHER);
        assertThat(index.holder(IndexFixture.tcp("*", 100))).isNull();
        assertThat(index.obstacles(IndexFixture.tcp("*", 100))).containsExactlyInAnyOrder(ONE, OTHER);
        assertThat(index.obstacles(new Slot("*", Protocol.SCTP, 100))).isEmpty();
    }

    @Test
    void everywhereIsTakenWhereAnyNodeIs() {
        index.take(IndexFixture.tcp("n1", 100), ONE);
        index.take(IndexFixture.tcp("n2", 100), ONE);
        index.take(IndexFixture.tcp("*", 105), OTHER);

        assertThat(taken("n1", Protocol.TCP)).hasToString("100,105");
        assertThat(taken("n3", Protocol.TCP)).hasToString("105");
        assertThat(taken("*", Protocol.TCP)).hasToString("100,105");
        assertThat(taken("*", Protocol.UDP)).isEqualTo(PortSet.EMPTY);

        index.free(IndexFixture.tcp("n1", 100), ONE);
        assertThat(taken("*", Protocol.TCP)).hasToString("100,105");
        assertThat(taken("n1", Protocol.TCP)).hasToString("105");
        index.free(IndexFixture.tcp("n2", 100), ONE);
        assertThat(taken("*", Protocol.TCP)).hasToString("105");
        index.free(IndexFixture.tcp("*", 105), OTHER);
        assertThat(taken("*", Protocol.TCP)).isEqualTo(PortSet.EMPTY);
    }

    @Test
    void releasesOnEveryNodeAndOnOneKeepTheSamePortEachForItsOwnTime() {
        index.take(IndexFixture.tcp("n1", 100), released("n1"));
        index.take(IndexFixture.tcp("*", 100), released("*"));

        assertThat(index.obstacles(IndexFixture.tcp("n1", 100)))
                .containsExactlyInAnyOrder(released("*"), released("n1"));
        index.free(IndexFixture.tcp("*", 100), released("*"));
        assertThat(cooling("n1")).hasToString("100");
        assertThat(cooling("n2")).isEqualTo(PortSet.EMPTY);
        assertThatThrownBy(() -> index.take(IndexFixture.tcp("*", 100), ONE)).isInstanceOf(IllegalStateException.class);
        index.free(IndexFixture.tcp("n1", 100), released("n1"));
        index.take(IndexFixture.tcp("*", 100), ONE);
        assertThatThrownBy(() -> index.take(IndexFixture.tcp("n1", 100), released("n1")))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void whatOnlyCoolsIsNotClaimed() {
        index.take(IndexFixture.tcp("n1", 100), released("n1"));
        index.take(IndexFixture.tcp("n1", 101), ONE);
        index.take(IndexFixture.tcp("*", 102), ONE);
        index.take(IndexFixture.tcp("n2", 101), OTHER);

        HeldCounts held = index.claimedCounts();
        assertThat(held.of(Protocol.TCP, 100)).isZero();
        assertThat(held.of(Protocol.TCP, 101)).isEqualTo(2);
        assertThat(held.of(Protocol.TCP, 102)).isEqualTo(1);
        index.free(IndexFixture.tcp("n2", 101), OTHER);
        index.free(IndexFixture.tcp("n1", 101), ONE);
        index.free(IndexFixture.tcp("*", 102), ONE);
        assertThat(index.claimedCounts().isEmpty()).isTrue();
    }

    @Test
    void whereAReleaseOnSomeNodeStandsNobodyIsAdded() {
        index.take(IndexFixture.tcp("?", 100), released("?"));

        for (String place : List.of("n1", "*")) {
            assertThat(taken(place, Protocol.TCP)).hasToString("100");
            assertThat(index.obstacles(IndexFixture.tcp(place, 100))).containsExactly(released("?"));
            assertThat(index.mayTake(IndexFixture.tcp(place, 100), ONE)).isFalse();
            assertThatThrownBy(() -> index.take(IndexFixture.tcp(place, 100), ONE))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("100/TCP");
        }
        assertThat(cooling("*")).hasToString("100");
        assertThat(index.isClaimedAnywhere(IndexFixture.tcp("n1", 100))).isFalse();
        index.free(IndexFixture.tcp("?", 100), released("?"));
        assertThat(taken("n1", Protocol.TCP)).isEqualTo(PortSet.EMPTY);
        index.take(IndexFixture.tcp("n1", 100), ONE);
    }

    @Test
    void aReleaseOnSomeNodeIsAddedThoughClaimsHoldTheNumberAndTheyKeepIt() {
        index.take(IndexFixture.tcp("n1", 100), ONE);
        index.take(IndexFixture.tcp("n2", 100), OTHER);
        assertThat(index.mayTake(IndexFixture.tcp("?", 100), released("?"))).isTrue();
        index.take(IndexFixture.tcp("?", 100), released("?"));

        index.take(IndexFixture.tcp("n1", 100), ONE);
        assertThat(index.holder(IndexFixture.tcp("n1", 100))).isEqualTo(ONE);
        assertThat(index.holder(IndexFixture.tcp("n2", 100))).isEqualTo(OTHER);
        assertThat(index.holder(IndexFixture.tcp("n3", 100))).isEqualTo(released("?"));
        assertThat(index.obstacles(IndexFixture.tcp("n1", 100))).containsExactlyInAnyOrder(ONE, released("?"));
        assertThat(index.obstacles(IndexFixture.tcp("?", 100))).containsExactlyInAnyOrder(ONE, OTHER, released("?"));
        assertThatThrownBy(() -> index.take(IndexFixture.tcp("n3", 100), ONE))
                .isInstanceOf(IllegalStateException.class);
        assertThat(cooling("n1")).isEqualTo(PortSet.EMPTY);
        assertThat(cooling("?")).hasToString("100");

        index.free(IndexFixture.tcp("n1", 100), ONE);
        index.take(IndexFixture.tcp("n1", 100), released("n1"));
        assertThat(cooling("n1")).hasToString("100");
        index.free(IndexFixture.tcp("?", 100), released("?"));
        assertThat(index.holder(IndexFixture.tcp("n1", 100))).isEqualTo(released("n1"));
        assertThat(index.holder(IndexFixture.tcp("n3", 100))).isNull();
    }

    @ParameterizedTest
    @CsvSource({"*, ?", "?, *"})
    void everywhereAndSomewhereAreOneLocationOfOneHolder(String first, String second) {
        index.take(IndexFixture.tcp(first, 100), released(first));

        assertThat(index.mayTake(IndexFixture.tcp(second, 100), released(second)))
                .isFalse();
        assertThatThrownBy(() -> index.take(IndexFixture.tcp(second, 100), released(second)))
                .isInstanceOf(IllegalStateException.class);
        index.free(IndexFixture.tcp(second, 100), released(second));
        assertThat(index.holder(IndexFixture.tcp(first, 100))).isEqualTo(released(first));
    }

    @Test
    void aReleaseOnSomeNodeIsNotAddedWhereAClaimHoldsTheNumberEverywhere() {
        index.take(IndexFixture.tcp("*", 100), ONE);

        assertThat(index.mayTake(IndexFixture.tcp("?", 100), released("?"))).isFalse();
        assertThatThrownBy(() -> index.take(IndexFixture.tcp("?", 100), released("?")))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aSlotSaysWhereItIs() {
        assertThat(IndexFixture.tcp("n1", 100)).hasToString("100/TCP on node n1");
        assertThat(IndexFixture.tcp("*", 100)).hasToString("100/TCP on every node");
        assertThat(IndexFixture.tcp("?", 100)).hasToString("100/TCP on some node");
    }
}
