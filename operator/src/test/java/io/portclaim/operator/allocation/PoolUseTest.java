package io.portclaim.operator.allocation;

import static io.portclaim.operator.allocation.IndexFixture.any;
import static io.portclaim.operator.allocation.IndexFixture.node;
import static io.portclaim.operator.allocation.IndexFixture.port;
import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.ports.CompactPorts;
import io.portclaim.ports.PortSet;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PoolUseTest {
    private final IndexFixture fixture = new IndexFixture();
    private final List<NodeFacts> nodes = List.of(node("n1"), node("n2", "100-103", ""));

    @Test
    void anUnusedPoolHasAllItsUsableNumbersFree() {
        assertThat(fixture.use(nodes)).isEqualTo(new PoolUse(16, 0, 0, 16, 0, "n2", 6, 6, 6));
        assertThat(fixture.use(List.of())).isEqualTo(new PoolUse(0, 0, 0, 0, 0, null, 0, 10, 10));
    }

    @Test
    void numbersCountOncePerNodeAndOnlyWhereTheyAreUsable() {
        fixture.bound(fixture.request("1", "a/node", List.of(any("x", TransportProtocol.TCPUDP, 2)), "n1"));
        fixture.bound(fixture.request("2", "a/wide", List.of(port("x", 109)), "*"));
        fixture.bound(fixture.request("3", "a/gone", List.of(port("x", 108)), "n1"));
        fixture.release("3");
        fixture.declare("pod", "Pod", "b", IndexFixture.tcp("n1", 107), IndexFixture.tcp("n1", 109));
        fixture.declare("svc", "Service", "b", IndexFixture.tcp("*", 103));

        // n1: 10 usable, 100-101 and 109 held, 108 cooling, 103 and 107 declared; n2: 6 usable, 109 held; both: 104-106
        assertThat(fixture.use(nodes)).isEqualTo(new PoolUse(16, 4, 1, 9, 2, "n1", 4, 6, 3));
    }

    @Test
    void aPoolMayHaveManyFreeSlotsAndNoNumberForAllNodes() {
        List<NodeFacts> ten =
                IntStream.range(0, 10).mapToObj(number -> node("n" + number)).toList();
        for (int number = 0; number < 10; number++) {
            fixture.bound(fixture.request("" + number, "a/" + number, List.of(port("x", 100 + number)), "n" + number));
        }

        assertThat(fixture.use(ten)).isEqualTo(new PoolUse(100, 10, 0, 90, 10, "n0", 9, 10, 0));
    }

    @Test
    void whatAnyNodeHoldsOrUsesIsFreeOnNotAll() {
        fixture.bound(fixture.request("1", "a/node", List.of(port("x", 100)), "n1"));
        fixture.bound(fixture.request("2", "a/far", List.of(port("x", 101)), "not of the pool"));
        fixture.bound(fixture.request("3", "a/wide", List.of(port("x", 102)), "*"));
        fixture.bound(
                fixture.request("4", "a/udp", List.of(new RequestedPort("x", TransportProtocol.UDP, 103, 1)), "n2"));
        fixture.bound(fixture.request("5", "a/gone", List.of(port("x", 104)), "n1"));
        fixture.release("5");
        fixture.declare("pod", "Pod", "b", IndexFixture.tcp("n2", 105));
        fixture.listeners.report("n3", CompactPorts.of(PortSet.parse("106")), CompactPorts.EMPTY);

        PoolUse use = fixture.use(List.of(node("n1")));

        assertThat(List.of(use.clusterTotal(), use.clusterAvailable())).isEqualTo(List.of(10, 3));
    }

    @Test
    void aNumberThatOneProtocolHoldsWhileItCoolsOnAnotherIsAssigned() {
        fixture.bound(
                fixture.request("1", "a/udp", List.of(new RequestedPort("x", TransportProtocol.UDP, 100, 1)), "n1"));
        fixture.release("1");
        fixture.bound(fixture.request("2", "a/tcp", List.of(port("x", 100)), "n1"));

        assertThat(fixture.use(nodes)).isEqualTo(new PoolUse(16, 1, 0, 15, 1, "n2", 6, 6, 6));
    }

    @Test
    void claimsOfOtherPoolsTakeNumbersButAreNotCounted() {
        PoolRules other = new PoolRules("other", fixture.pool.spec());
        fixture.bound(fixture.request("1", "a/one", List.of(any("x")), "n1"));

        assertThat(fixture.index.use(other, PoolNodes.of(nodes)))
                .isEqualTo(new PoolUse(16, 1, 0, 15, 0, "n2", 6, 6, 6));
    }

    @Test
    void onlyNodesWhoseOwnPortsHaveChangedAreCountedAnew() {
        PoolNodes many = PoolNodes.of(
                IntStream.range(0, 500).mapToObj(number -> node("n" + number)).toList());
        for (int number = 0; number < 50; number++) {
            fixture.bound(fixture.request("" + number, "a/" + number, List.of(port("x", 100)), "n" + number));
        }
        assertThat(fixture.index.use(fixture.pool, many)).isEqualTo(new PoolUse(5000, 50, 0, 4950, 50, "n0", 9, 10, 9));
        assertThat(fixture.index.nodesCounted()).isEqualTo(50);

        fixture.bound(fixture.request("new", "a/new", List.of(port("x", 101)), "n7"));
        fixture.bound(fixture.request("wide", "a/wide", List.of(port("x", 109)), "*"));
        many.update("n500", node("n500"));
        many.update("n499", null);
        assertThat(fixture.index.use(fixture.pool, many))
                .isEqualTo(new PoolUse(5000, 551, 0, 4449, 52, "n7", 7, 10, 7));
        assertThat(fixture.index.nodesCounted())
                .as("the one with another claim")
                .isEqualTo(51);

        fixture.declare("pod", "Pod", "b", IndexFixture.tcp("n8", 109));
        fixture.index.use(fixture.pool, many);
        fixture.release("wide");
        assertThat(fixture.index.use(fixture.pool, many).cooling()).isEqualTo(500);
        assertThat(fixture.index.nodesCounted())
                .as("the one where a number is declared that was held everywhere")
                .isEqualTo(53);
        assertThat(fixture.cool(Duration.ofMinutes(5))).isTrue();
        assertThat(fixture.index.use(fixture.pool, many)).isEqualTo(new PoolUse(5000, 51, 0, 4948, 51, "n7", 8, 10, 7));
        assertThat(fixture.index.nodesCounted()).isEqualTo(54);
    }

    @Test
    void aListenerThatIsExcusedTakesNothingUntilThatIsOver() {
        PoolNodes one = PoolNodes.of(List.of(node("n1")));
        fixture.listeners.report("n1", CompactPorts.of(PortSet.parse("106")), CompactPorts.EMPTY);
        assertThat(fixture.index.use(fixture.pool, one).available()).isEqualTo(9);

        fixture.listeners.excuse(
                Assignment.at("n1", List.of(new PortGrant("x", TransportProtocol.TCP, 106, 1))),
                fixture.clock.instant().plusSeconds(60));
        assertThat(fixture.index.use(fixture.pool, one).available()).isEqualTo(10);
        fixture.clock.goOn(Duration.ofSeconds(60));
        fixture.index.advance(IndexFixture.NO_PODS);
        assertThat(fixture.index.use(fixture.pool, one).available()).isEqualTo(9);
    }

    @Test
    void whatAClaimHoldsOnANodeDoesNotCoolThereThoughItWasReleasedSomewhere() {
        IndexState state = new IndexState(fixture.clock, fixture.foreign, fixture.listeners, entry -> 1);
        state.index.take(IndexFixture.tcp("n1", 100), new Holder.OfClaim("one"));
        state.index.take(
                IndexFixture.tcp("?", 100),
                new Holder.OfRelease(new Release(
                        null,
                        ConfigMapId.UNKNOWN,
                        "",
                        "?",
                        new PortGrant("", TransportProtocol.TCP, 100, 1),
                        Duration.ofSeconds(1),
                        null,
                        null)));
        PlaceCount places = new PlaceCount(state);
        places.readEverywhere();
        PortSet usable = fixture.pool.base();

        assertThat(places.everywhere(usable)).isEqualTo(new PlaceCount.Numbers(0, 1, 9));
        assertThat(places.everywhere(usable).plus(places.ownOf("n1", usable)))
                .isEqualTo(new PlaceCount.Numbers(1, 0, 9));
    }

    @Test
    void nodesThatComeAndGoWhileNobodyCountsTakeNoRoom() {
        PoolNodes nodes = PoolNodes.of(List.of(node("n1")));
        fixture.index.use(fixture.pool, nodes);
        for (int number = 0; number < 100; number++) {
            nodes.update("m" + number, node("m" + number));
            nodes.update("m" + number, null);
        }
        PoolNodes.News news = nodes.news();
        assertThat(news.isAll()).isTrue();
        assertThat(news.nodes()).containsOnlyKeys("n1");
    }
}
