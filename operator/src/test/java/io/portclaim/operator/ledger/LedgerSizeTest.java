package io.portclaim.operator.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.Holding;
import io.portclaim.operator.allocation.PortGrant;
import io.portclaim.operator.allocation.Release;
import io.portclaim.operator.allocation.Snapshot;
import io.portclaim.operator.ports.Protocol;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A ledger is one object that every decision is written to: what it weighs is what it costs. */
class LedgerSizeTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    @Test
    void tenThousandHeldPortsCostLittle() {
        BitSet scattered = new BitSet();
        Random random = new Random(1);
        while (scattered.cardinality() < 10_000) {
            scattered.set(20_000 + random.nextInt(20_000));
        }
        BitSet row = new BitSet();
        row.set(20_000, 30_000);

        int size = size(new Snapshot(List.of(), Map.of(), List.of(), Map.of(Protocol.TCP, scattered)));

        assertThat(size).as("every other port of a wide pool").isLessThan(9_000);
        assertThat(size(new Snapshot(List.of(), Map.of(), List.of(), Map.of(Protocol.TCP, row))))
                .as("one after the other, as they are given")
                .isLessThan(200);
    }

    @Test
    void eightLargeClaimsFitThoughEveryNodeHasItsOwnNumbers() {
        Random random = new Random(1);
        List<Holding> pending = new ArrayList<>();
        for (int claim = 0; claim < 8; claim++) {
            SortedMap<String, List<PortGrant>> byPlace = new TreeMap<>();
            for (int node = 0; node < 500; node++) {
                List<PortGrant> grants = new ArrayList<>();
                for (int port = 0; port < 20; port++) {
                    grants.add(new PortGrant("port-" + port, TransportProtocol.TCP, 1024 + random.nextInt(60_000), 1));
                }
                byPlace.put("ip-10-0-%d-%d.eu-central-1.compute.internal".formatted(node / 250, node % 250), grants);
            }
            pending.add(new Holding(
                    UUID.randomUUID().toString(),
                    new ClaimKey("team", "claim-" + claim),
                    NOW,
                    "default",
                    "claim-" + claim + "-ports",
                    20,
                    Assignment.NONE,
                    new Assignment(byPlace)));
        }

        assertThat(size(claims(pending.subList(0, 1))))
                .as("the largest claim there may be")
                .isLessThan(50_000);
        assertThat(size(claims(pending.subList(0, 8)))).isLessThan(400_000);
    }

    private static Snapshot claims(List<Holding> pending) {
        return new Snapshot(pending, Map.of("default", 20_500), List.of(), Map.of());
    }

    @Test
    void aBusySecondFits() {
        List<Holding> pending = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            pending.add(Ledgers.pending(UUID.randomUUID().toString(), 20_000 + i));
        }
        assertThat(size(claims(pending))).isLessThan(40_000);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void manyReleasesFit(boolean blocked) {
        Random random = new Random(1);
        List<Release> scattered = new ArrayList<>();
        List<Release> onEveryNode = new ArrayList<>();
        for (int i = 0; i < 50_000; i++) {
            Instant until = blocked ? null : NOW.plusSeconds(random.nextInt(120));
            scattered.add(released("claim-" + i / 3, random.nextInt(200), 20_000 + i % 10_000, until));
            onEveryNode.add(released("claim-" + i / 500, i % 500, 20_000 + i / 500, until));
        }
        assertThat(size(released(scattered.subList(0, 5_000)))).isLessThan(100_000);
        assertThat(size(released(onEveryNode))).isLessThan(400_000);
    }

    private static Release released(String claim, int node, int port, @Nullable Instant until) {
        return new Release(
                new ClaimKey("team", claim),
                "default",
                claim + "-ports",
                "ip-10-0-%d-%d.eu-central-1.compute.internal".formatted(node / 250, node % 250),
                new PortGrant("http", TransportProtocol.TCP, port, 1),
                Duration.ofSeconds(120),
                until);
    }

    private static Snapshot released(List<Release> releases) {
        return new Snapshot(List.of(), Map.of(), releases, Map.of());
    }

    private static int size(Snapshot snapshot) {
        return LedgerCodec.encode(snapshot).length();
    }
}
