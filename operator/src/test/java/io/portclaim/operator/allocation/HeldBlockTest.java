package io.portclaim.operator.allocation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.portclaim.api.v1alpha1.TransportProtocol;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class HeldBlockTest {
    @Test
    void hashesAreTheFirstBytesOfSha256() {
        // printf pool/node-a | sha256sum, and so on.
        assertThat(HeldBlock.placeHash("pool", "node-a")).isEqualTo(0xf15bab3e);
        assertThat(HeldBlock.placeHash("pool", Place.EVERYWHERE)).isEqualTo(0x9cd6a4ab);
        assertThat(HeldBlock.uidHash("node-a")).isEqualTo(0x66570ff0);
        assertThat(ConfigMapId.of("games", "lobby-ports")).isEqualTo(0xc4d7361482550a28L);
        assertThat(ConfigMapId.of("games-lobby", "ports")).isNotEqualTo(0xc4d7361482550a28L);
    }

    @Test
    void everyBlockOfAnAssignmentComesOnce() {
        Assignment assignment = new Assignment(new TreeMap<>(Map.of(
                "a",
                List.of(
                        new PortGrant("http", TransportProtocol.TCP, 21_000, 1),
                        new PortGrant("game", TransportProtocol.TCPUDP, 21_001, 4)),
                "b",
                List.of(new PortGrant("http", TransportProtocol.TCP, 21_000, 1)))));
        int uid = HeldBlock.uidHash("u");
        assertThat(blocks(assignment))
                .containsExactly(
                        new HeldBlock(HeldBlock.placeHash("pool", "a"), uid, 5, TransportProtocol.TCP, 21_000, 1),
                        new HeldBlock(HeldBlock.placeHash("pool", "a"), uid, 5, TransportProtocol.TCPUDP, 21_001, 4),
                        new HeldBlock(HeldBlock.placeHash("pool", "b"), uid, 5, TransportProtocol.TCP, 21_000, 1));
    }

    @Test
    void aLongBlockIsSeveral() {
        Assignment all = Assignment.at("a", List.of(new PortGrant("all", TransportProtocol.UDP, 1, 65_535)));
        List<HeldBlock> blocks = blocks(all);
        assertThat(blocks).extracting(HeldBlock::port).containsExactly(1, 16_385, 32_769, 49_153);
        assertThat(blocks).extracting(HeldBlock::lastPort).containsExactly(16_384, 32_768, 49_152, 65_535);
    }

    private static List<HeldBlock> blocks(Assignment assignment) {
        List<HeldBlock> blocks = new ArrayList<>();
        HeldBlock.forEachBlock("u", "pool", 5, assignment, blocks::add);
        return blocks;
    }

    @Test
    void itsFormGivesItBack() {
        for (TransportProtocol transport : TransportProtocol.values()) {
            for (int port : new int[] {1, 2, 16_383, 16_384, 21_000, 49_152, 65_534, 65_535}) {
                for (int count : new int[] {1, 2, 4, 16_383, 16_384}) {
                    if (port + count - 1 <= 65_535) {
                        HeldBlock block = new HeldBlock(-1, 7, Long.MIN_VALUE, transport, port, count);
                        assertThat(HeldBlock.of(-1, 7, Long.MIN_VALUE, block.form()))
                                .contains(block);
                    }
                }
            }
        }
    }

    @Test
    void aFormOfNoBlockIsEmpty() {
        assertThat(HeldBlock.of(1, 2, 3, 0)).isEmpty();
        assertThat(HeldBlock.of(1, 2, 3, (65_535 << 14) | 1)).isEmpty();
    }

    @Test
    void whatIsNoBlockIsRefused() {
        for (int[] bad :
                new int[][] {{0, 1}, {-1, 1}, {65_536, 1}, {1, 0}, {1, 16_385}, {65_535, 2}, {1, Integer.MIN_VALUE}}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> new HeldBlock(0, 0, 0, TransportProtocol.TCP, bad[0], bad[1]));
        }
    }
}
