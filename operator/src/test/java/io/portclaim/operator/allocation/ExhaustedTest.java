package io.portclaim.operator.allocation;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.ports.CompactPorts;
import io.portclaim.ports.PortSet;
import io.portclaim.testing.SetClock;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class ExhaustedTest {
    private final IndexFixture fixture = new IndexFixture();

    @Test
    void aPoolWithoutAPortForTheNodeSaysSo() {
        List<NodeFacts> nodes = List.of(IndexFixture.node("a", "50-200", ""));

        assertThat(fixture.refused(
                                fixture.request("1", "n/web", List.of(IndexFixture.any("http")), nodes),
                                Reason.POOL_EXHAUSTED)
                        .message())
                .startsWith("pool default has no port that can be assigned on node a: ")
                .contains("net.ipv4.ip_local_reserved_ports");
    }

    @Test
    void aPoolWhosePortsAreAllTakenSaysThatOneWillCome() {
        fixture.pool = IndexFixture.pool("100");
        fixture.bound(fixture.request("1", "n/web", List.of(IndexFixture.any("http")), "a"));

        assertThat(fixture.refused(
                                fixture.request("2", "n/api", List.of(IndexFixture.any("http")), "a"),
                                Reason.POOL_EXHAUSTED)
                        .message())
                .isEqualTo(
                        "no port is free for 'http' (TCP) in pool default on node a; the claim is served as soon as one is released; to get one sooner, widen the pool's ranges");
    }

    private String whyNowhere(int count) {
        Request wide = new Request(
                "9",
                IndexFixture.key("n/wide"),
                SetClock.START,
                1,
                fixture.pool,
                "cm",
                List.of(IndexFixture.any("http", TransportProtocol.TCP, count)),
                List.of(new Request.Target(Place.EVERYWHERE, List.of(IndexFixture.node("some")), 12)));
        return fixture.refused(wide, Reason.POOL_EXHAUSTED).message();
    }

    @Test
    void onEveryNodeItSaysHowManyNodesThereAreAndWhichBlocksTheMost() {
        fixture.pool = IndexFixture.pool("100-105");
        fixture.bound(fixture.request("1", "n/wide", List.of(IndexFixture.port("x", 100)), "*"));
        fixture.bound(fixture.request("2", "n/a", List.of(IndexFixture.port("x", 101)), "a"));
        fixture.bound(
                fixture.request("3", "n/b", List.of(IndexFixture.port("x", 101), IndexFixture.port("y", 102)), "b"));
        fixture.declare("pod", "Pod", "n", IndexFixture.tcp("b", 103));
        fixture.declare("service", "Service", "n", IndexFixture.tcp("*", 104));
        fixture.listeners.report("c", CompactPorts.of(PortSet.parse("105,200")), CompactPorts.EMPTY);

        assertThat(whyNowhere(2))
                .isEqualTo(
                        "no 2 consecutive ports are free for 'http' (TCP) in pool default on every node (12 nodes): 2"
                                + " of its 6 ports are taken on every node, and node b blocks the most of the"
                                + " others (3); the claim is served as soon as one is released; to get one sooner,"
                                + " widen the pool's ranges");
    }

    @Test
    void whereOnlySomeOrOnlyAllNodesBlockNothingIsSaidOfTheOthers() {
        fixture.pool = IndexFixture.pool("100-101");
        fixture.bound(fixture.request("1", "n/b", List.of(IndexFixture.any("x"), IndexFixture.any("y")), "b"));
        assertThat(whyNowhere(1)).contains("on every node (12 nodes): node b blocks the most of its 2 ports (2);");

        fixture.pool = IndexFixture.pool("200-201");
        fixture.bound(fixture.request("2", "n/w", List.of(IndexFixture.any("x"), IndexFixture.any("y")), "*"));
        assertThat(whyNowhere(1)).contains("on every node (12 nodes): all of its 2 ports are taken on every node;");
    }

    /** Each time that a figure changes, a thousand claims that wait would have their statuses written. */
    @Test
    void whatIsSaidOfNodesStandsForHalfAMinute() {
        fixture.pool = IndexFixture.pool("100-101");
        fixture.bound(fixture.request("1", "n/a", List.of(IndexFixture.any("x")), "a"));
        fixture.bound(fixture.request("2", "n/b", List.of(IndexFixture.port("x", 101)), "b"));
        String first = whyNowhere(1);
        assertThat(first).contains("node a blocks the most of its 2 ports (1);");
        fixture.bound(fixture.request("3", "n/c", List.of(IndexFixture.port("x", 100)), "b"));

        fixture.clock.goOn(Blockers.STANDS.minusMillis(1));
        assertThat(whyNowhere(1)).isEqualTo(first);

        fixture.clock.goOn(Duration.ofMillis(1));
        assertThat(whyNowhere(1)).contains("node b blocks the most of its 2 ports (2);");
    }

    @Test
    void anEditedPoolIsCountedAnewAtOnce() {
        fixture.pool = IndexFixture.pool("100");
        fixture.bound(fixture.request("1", "n/a", List.of(IndexFixture.any("x")), "a"));
        assertThat(whyNowhere(1)).contains("node a blocks the most of its 1 port (1);");

        fixture.pool = IndexFixture.pool("100-101");
        assertThat(whyNowhere(3)).contains("node a blocks the most of its 2 ports (1);");
    }
}
