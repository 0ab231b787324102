package io.portclaim.operator.publish;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.api.v1alpha1.AssignedPort;
import io.portclaim.api.v1alpha1.NodeAssignment;
import io.portclaim.api.v1alpha1.Phase;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.api.v1alpha1.Scope;
import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.Place;
import io.portclaim.operator.allocation.PortGrant;
import io.portclaim.operator.allocation.RequestedPort;
import io.portclaim.operator.publish.BelievedPorts.Held;
import io.portclaim.operator.publish.BelievedPorts.Size;
import io.portclaim.ports.PortSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a tenant may write into its claim's ConfigMap, and how little of it is believed. */
class BelievedPortsTest {
    private static final int MEBIBYTE = 1 << 20;
    private static final PortSet POOL = PortSet.parse("21000-28999");
    private static final Predicate<String> NODES = Set.of("node-a", "node-b")::contains;
    private static final RequestedPort B = new RequestedPort("b", TransportProtocol.TCP, null, 1);
    private static final Set<Size> ONE = Size.of(List.of(B), Assignment.NONE);

    private final AtomicInteger asked = new AtomicInteger();
    private final Held anyCounted = (protocol, port) -> asked.incrementAndGet() > 0;

    private BelievedPorts believed(Set<Size> sizes) {
        return new BelievedPorts(sizes, POOL, NODES, anyCounted);
    }

    private static Assignment read(Scope scope, Map<String, String> data, Believed believed) {
        return ConfigMapData.parse(scope, null, data, believed).orElse(Assignment.NONE);
    }

    private static int slots(Assignment assignment) {
        return assignment.byPlace().values().stream()
                .flatMap(List::stream)
                .mapToInt(grant -> grant.count() * grant.protocols().size())
                .sum();
    }

    private static Map<String, String> files(int count, String text) {
        return IntStream.range(0, count).boxed().collect(Collectors.toMap(i -> "x" + i + ".env", i -> text));
    }

    /** The sample: 8.7 kB that say 13 million slots. */
    @Test
    void blocksOfAllNumbersOnNodesThatThereAreNotAreNotBelieved() {
        Map<String, String> data = files(200, "B_PORT=1\nB_PORT_END=65535\n");
        assertThat(slots(read(Scope.NODE, data, Believed.ALL))).isEqualTo(200 * 65_535);
        assertThat(read(Scope.NODE, data, believed(ONE))).isEqualTo(Assignment.NONE);
        assertThat(asked).hasValue(0);
    }

    @Test
    void aBlockOfTheWholePoolIsNotBelievedOfAClaimForOnePort() {
        Map<String, String> data = Map.of("B_PORT", "21000", "B_PORT_END", "28999");
        Predicate<String> everywhere = Place::isEverywhere;
        assertThat(read(Scope.CLUSTER, data, new BelievedPorts(ONE, POOL, everywhere, Held.ANY)))
                .isEqualTo(Assignment.NONE);
    }

    @ParameterizedTest
    @CsvSource({
        "node-a, b, TCP, 21000, 1, true",
        "node-c, b, TCP, 21000, 1, false",
        "node-a, c, TCP, 21000, 1, false",
        "node-a, b, UDP, 21000, 1, false",
        "node-a, b, TCP, 21000, 2, false",
        "node-a, b, TCP, 20999, 1, false",
        "node-a, b, TCP, 29000, 1, false",
        "node-a, b, TCP, 21500, 1, false",
        "node-a, block, TCP, 21000, 4, true",
        "node-a, block, TCP, 21000, 3, true",
        "node-a, block, TCP, 21000, 5, false",
        "node-a, block, TCP, 20998, 4, false",
        "node-a, block, TCP, 28998, 4, false",
        "node-a, block, TCP, 21497, 4, false",
        "node-a, old, SCTP, 21000, 2, true",
    })
    void onlyTheClaimsPortsInItsPoolOnNodesThatThereAreAndNumbersThatWereHeldAreBelieved(
            String node, String name, TransportProtocol transport, int port, int count, boolean expected) {
        Set<Size> sizes = Size.of(
                List.of(B, new RequestedPort("block", TransportProtocol.TCP, null, 4)),
                Assignment.at("node-b", List.of(new PortGrant("old", TransportProtocol.SCTP, 22000, 2))));
        Assignment said = Assignment.at(node, List.of(new PortGrant(name, transport, port, count)));
        Believed believed = new BelievedPorts(sizes, POOL, NODES, (protocol, number) -> number != 21500);
        assertThat(read(Scope.NODE, ConfigMapData.render(Scope.NODE, null, said), believed))
                .isEqualTo(expected ? said : Assignment.NONE);
    }

    @Test
    void withoutAPoolEveryNumberMayBeMeant() {
        Believed believed = new BelievedPorts(ONE, null, NODES, Held.ANY);
        assertThat(read(Scope.NODE, Map.of("node-a.env", "B_PORT=80"), believed))
                .isEqualTo(Assignment.at("node-a", List.of(B.at(80))));
    }

    @Test
    void bothNumbersOfAPortOnTcpAndUdpMustHaveBeenHeld() {
        Set<Size> both = Size.of(List.of(new RequestedPort("b", TransportProtocol.TCPUDP, null, 1)), Assignment.NONE);
        Map<String, String> data = Map.of("node-a.env", "B_PORT=21000\nB_PORT_PROTOCOL=TCPUDP\n");
        Believed onlyTcp = new BelievedPorts(
                both, POOL, NODES, (protocol, port) -> protocol.name().equals("TCP"));
        assertThat(read(Scope.NODE, data, onlyTcp)).isEqualTo(Assignment.NONE);
        assertThat(slots(read(Scope.NODE, data, new BelievedPorts(both, POOL, NODES, Held.ANY))))
                .isEqualTo(2);
    }

    @Test
    void aMebibyteOfLinesInOneFileSaysOnePort() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; text.length() < MEBIBYTE; i++) {
            text.append("P").append(i).append("_PORT=").append(21000 + i % 8000).append('\n');
        }
        text.append("B_PORT=21007\n");
        assertThat(read(Scope.NODE, Map.of("node-a.env", text.toString()), believed(ONE)))
                .isEqualTo(Assignment.at("node-a", List.of(B.at(21007))));
        assertThat(asked).hasValue(1);
    }

    @Test
    void aHundredThousandKeysSayOnePort() {
        Map<String, String> data = new TreeMap<>(Map.of("B_PORT", "21007"));
        for (int i = 0; i < 100_000; i++) {
            data.put("P" + i + "_PORT", "21000");
        }
        Predicate<String> everywhere = Place::isEverywhere;
        assertThat(slots(read(Scope.CLUSTER, data, new BelievedPorts(ONE, POOL, everywhere, anyCounted))))
                .isEqualTo(1);
        assertThat(asked).hasValue(1);
    }

    @Test
    void ofAnArrayThatSaysOnePortAgainAndAgainAFewNumbersAreBelieved() {
        String json = IntStream.range(0, 1000)
                .mapToObj(i -> "{\"name\":\"b\",\"protocol\":\"TCP\",\"port\":%d}".formatted(21000 + i))
                .collect(Collectors.joining(",", "[", "]"));
        Predicate<String> everywhere = Place::isEverywhere;
        Map<String, String> data = Map.of("ports.json", json, "B_PORT", "28000");
        assertThat(slots(read(Scope.CLUSTER, data, new BelievedPorts(ONE, POOL, everywhere, Held.ANY))))
                .isLessThanOrEqualTo(4);
    }

    @Test
    void anArrayOfAMebibyteIsNotRead() {
        String port = "{\"name\":\"b\",\"protocol\":\"TCP\",\"port\":21000}";
        assertThat(slots(read(Scope.CLUSTER, Map.of("ports.json", "[" + port + "]"), Believed.ALL)))
                .isEqualTo(1);
        String json = "[" + port + ",{}".repeat(MEBIBYTE / 3 - 20) + "]";
        assertThat(read(Scope.CLUSTER, Map.of("ports.json", json), Believed.ALL))
                .isEqualTo(Assignment.NONE);
    }

    /** A spec may ask for what its pool will never give, and a full pool's numbers are all known to be held. */
    @Test
    void ofLargeBlocksOnManyNodesOnlySoManyNumbersAreLookedAt() {
        Set<Size> sizes = Size.of(List.of(new RequestedPort("b", TransportProtocol.TCP, null, 8000)), Assignment.NONE);
        Map<String, String> data = files(5000, "B_PORT=21000\nB_PORT_END=28999\n");
        AtomicInteger places = new AtomicInteger();
        Predicate<String> allNodes = node -> places.incrementAndGet() > 0;
        assertThat(slots(read(Scope.NODE, data, new BelievedPorts(sizes, POOL, allNodes, anyCounted))))
                .isEqualTo(8 * 8000);
        assertThat(asked.get()).isLessThanOrEqualTo(BelievedPorts.MOST_NUMBERS);
        assertThat(places.get()).isLessThan(50);
    }

    @Test
    void blocksThatFailAtTheirLastNumberCostNoMoreThanThat() {
        RequestedPort requested = new RequestedPort("b", TransportProtocol.TCP, null, 7000);
        Held notTheLast = (protocol, port) -> asked.incrementAndGet() > 0 && port < 27999;
        String json = IntStream.range(0, 1000)
                .mapToObj(
                        i -> "{\"name\":\"b\",\"protocol\":\"TCP\",\"port\":%d,\"endPort\":%d}".formatted(21000, 27999))
                .collect(Collectors.joining(",", "[", "]"));
        Predicate<String> everywhere = Place::isEverywhere;
        Set<Size> sizes = Size.of(List.of(requested), Assignment.NONE);
        assertThat(read(
                        Scope.CLUSTER,
                        Map.of("ports.json", json),
                        new BelievedPorts(sizes, POOL, everywhere, notTheLast)))
                .isEqualTo(Assignment.NONE);
        assertThat(asked.get()).isLessThanOrEqualTo(4 * 7000);
    }

    /** The largest that the operator writes is believed whole, and what its files repeat of each other costs nothing. */
    @Test
    void allPortsOfALargeClaimAreBelieved() {
        List<RequestedPort> requestedPorts = IntStream.range(0, 64)
                .mapToObj(i -> new RequestedPort("p" + i, TransportProtocol.TCP, null, 1))
                .toList();
        TreeMap<String, List<PortGrant>> byNode = new TreeMap<>();
        for (int node = 0; node < 500; node++) {
            byNode.put(
                    "node-" + node,
                    IntStream.range(0, 64)
                            .mapToObj(i -> requestedPorts.get(i).at(21000 + i))
                            .sorted((one, other) -> one.name().compareTo(other.name()))
                            .toList());
        }
        Assignment assignment = new Assignment(byNode);
        Set<Size> sizes = Size.of(requestedPorts, Assignment.NONE);
        Assignment read = read(
                Scope.NODE,
                ConfigMapData.render(Scope.NODE, null, assignment),
                new BelievedPorts(sizes, POOL, byNode.keySet()::contains, Held.ANY));
        assertThat(read.slots()).isEqualTo(assignment.slots());
    }

    @Test
    void aStatusIsBelievedByTheSameRules() {
        PortClaimStatus status = new PortClaimStatus(
                Phase.BOUND,
                1L,
                "main",
                "web-ports",
                null,
                null,
                null,
                null,
                List.of(
                        new NodeAssignment(
                                List.of("node-a", "node-z"),
                                List.of(new AssignedPort("b", TransportProtocol.TCP, 21000, null)),
                                null),
                        new NodeAssignment(
                                List.of("node-b"),
                                List.of(new AssignedPort("b", TransportProtocol.TCP, 1, 65535)),
                                null)),
                null);
        assertThat(ClaimStatuses.assignmentOf(Scope.NODE, status, believed(ONE)))
                .isEqualTo(Assignment.at("node-a", List.of(B.at(21000))));
    }
}
