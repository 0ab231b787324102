package io.portclaim.operator.allocation;

import static io.portclaim.operator.allocation.IndexFixture.any;
import static io.portclaim.operator.allocation.IndexFixture.node;
import static io.portclaim.operator.allocation.IndexFixture.port;
import static io.portclaim.operator.allocation.IndexFixture.tcp;
import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.ports.CompactPorts;
import io.portclaim.ports.PortSet;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ports that processes listen on, and what becomes of them. */
class ListenedPortsTest {
    private final IndexFixture fixture = new IndexFixture();

    private void listen(String node, String tcp) {
        fixture.listeners.report(node, CompactPorts.of(PortSet.parse(tcp)), CompactPorts.EMPTY);
    }

    private Refusal refused(String key, String place) {
        return fixture.refused(fixture.request("probe", key, List.of(port("x", 100)), place), Reason.PORT_TAKEN);
    }

    @Test
    void noneIsChosenOnItsNodeNorForEveryNode() {
        listen("n1", "100");
        assertThat(fixture.decided(fixture.request("1", "a/one", List.of(any("x")), "n1")))
                .isEqualTo("n1: x=101/TCP");
        assertThat(fixture.decided(fixture.request("2", "a/wide", List.of(any("x")), "*")))
                .isEqualTo("*: x=102/TCP");
        assertThat(fixture.decided(fixture.request(
                        "3", "a/udp", List.of(new RequestedPort("x", TransportProtocol.UDP, 100, 1)), "n1")))
                .as("the process listens on TCP")
                .isEqualTo("n1: x=100/UDP");
        assertThat(fixture.decided(fixture.request("4", "a/two", List.of(port("x", 100)), "n2")))
                .isEqualTo("n2: x=100/TCP");
    }

    @Test
    void aRefusalSaysWhereOneIsAndWhatToDo() {
        listen("n1", "100");
        assertThat(refused("a/one", "n1").message())
                .isEqualTo("100/TCP on node n1 is taken: a process on node n1 listens on it, and no pod there"
                        + " declares it; stop the process, or declare the port in the pod of the process; or"
                        + " request another port, or leave port out and let the pool choose");
        assertThat(refused("a/wide", "*").message())
                .startsWith("100/TCP on every node is taken: a process on node n1 listens on it");
        listen("n1", "");
        assertThat(fixture.decided(fixture.request("1", "a/one", List.of(port("x", 100)), "n1")))
                .isEqualTo("n1: x=100/TCP");
    }

    /** A node that reports of every port that somebody listens there keeps all claims on every node from getting one. */
    @Test
    void aRefusalOnEveryNodeSaysWhereProcessesListen() {
        listen("n1", "100-101");
        listen("n3", "22,100-109");
        listen("n2", "102-109,300-400");
        fixture.bound(fixture.request("1", "a/one", List.of(any("x")), "n4"));
        Request wide = fixture.request("2", "a/wide", List.of(any("x")), "*");
        assertThat(fixture.refused(wide, Reason.POOL_EXHAUSTED).message())
                .isEqualTo("no port is free for 'x' (TCP) in pool default on every node (1 node): processes listen on"
                        + " its ports (the most, 9, on node n3); the claim is served as soon as one ends or"
                        + " a port is released; to get one sooner, widen the pool's ranges");
        listen("n3", "101-108");
        listen("n1", "109");
        fixture.clock.goOn(Blockers.STANDS);
        assertThat(fixture.refused(wide, Reason.POOL_EXHAUSTED).message())
                .as("as many as on n3")
                .contains("(the most, 8, on node n2)");
        listen("n2", "");
        listen("n3", "");
        listen("n1", "100");
        for (int uid = 3; uid < 12; uid++) {
            fixture.bound(fixture.request(String.valueOf(uid), "a/more-" + uid, List.of(any("x")), "n4"));
        }
        assertThat(fixture.refused(wide, Reason.POOL_EXHAUSTED).message())
                .as("it is not for the listener")
                .contains("node n4 blocks the most of its 10 ports (10); the claim is served as soon as one is"
                        + " released");
    }

    @Test
    void whatAPodDeclaresGoesByItsDeclaration() {
        listen("n1", "100");
        fixture.declare("web-0", "Pod", "bank", tcp("n1", 100));
        assertThat(refused("shop/web", "n1").message()).contains("is declared by a Pod of another namespace");
        assertThat(fixture.decided(fixture.request("1", "bank/own", List.of(port("x", 100)), "n1")))
                .isEqualTo("n1: x=100/TCP");
        assertThat(fixture.decided(fixture.request("2", "bank/any", List.of(any("x")), "n1")))
                .as("not chosen for anyone")
                .isEqualTo("n1: x=101/TCP");
    }

    @Test
    void aReleaseDoesNotCoolWhileAProcessListens() {
        fixture.bound(fixture.request("1", "a/one", List.of(any("x")), "n1"));
        listen("n1", "100");
        fixture.release("1");
        assertThat(fixture.cool(Duration.ofDays(1))).isFalse();
        assertThat(refused("b/other", "n1").message())
                .contains(
                        "is released, and blocked until no ConfigMap, pod or process uses it and the cooldown has ended");
        listen("n1", "");
        assertThat(fixture.cool(IndexFixture.TCP_COOLDOWN.minusSeconds(1))).isFalse();
        assertThat(refused("b/other", "n1").message()).contains("is cooling");
        fixture.clock.goOn(Duration.ofSeconds(1));
        assertThat(fixture.index.advance(IndexFixture.NO_PODS)).isTrue();
    }

    @Test
    void aReleaseOnEveryNodeDoesNotCoolWhileAProcessListensOnAny() {
        fixture.bound(fixture.request("1", "a/wide", List.of(any("x")), "*"));
        listen("n7", "100");
        fixture.release("1");
        assertThat(fixture.cool(Duration.ofDays(1))).isFalse();
        fixture.listeners.withdraw("n7");
        assertThat(fixture.cool(IndexFixture.TCP_COOLDOWN)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"n1", "*"})
    void whatCoolsGoesBackToItsNameThoughAProcessListens(String place) {
        fixture.bound(fixture.request("1", "a/one", List.of(any("x")), place));
        listen("n1", "100");
        fixture.release("1");
        fixture.index.advance(IndexFixture.NO_PODS);
        assertThat(refused("b/other", place).reason()).isEqualTo(Reason.PORT_TAKEN);
        assertThat(fixture.bound(fixture.request("2", "a/one", List.of(any("x")), place)))
                .isEqualTo(place + ": x=100/TCP");
        fixture.release("2");
        assertThat(fixture.bound(fixture.request("3", "a/one", List.of(port("x", 100)), place)))
                .as("the very number")
                .isEqualTo(place + ": x=100/TCP");
    }

    @Test
    void whatHasCooledDoesNotGoBackWhereAProcessListens() {
        fixture.bound(fixture.request("1", "a/one", List.of(any("x")), "n1"));
        fixture.release("1");
        fixture.cool(IndexFixture.TCP_COOLDOWN);
        listen("n1", "100");
        assertThat(refused("a/one", "n1").message()).contains("a process on node n1 listens on it");
    }

    @Test
    void aNumberThatSomebodyHeldUnseenIsBlockedWhereAProcessListens() {
        TakeOver next = new TakeOver() {};
        next.heldBeforeUnknown("n1: x=100/TCP y=101/TCP");
        next.fixture.listeners.report("n1", CompactPorts.of(PortSet.parse("100")), CompactPorts.EMPTY);
        next.recover();
        assertThat(next.whyNot("n2", 100)).contains("is released, and blocked");
        next.fixture.cool(TakeOver.COOLDOWN.plus(PodEnd.DEFAULT_GRACE));
        assertThat(next.whyNot("n2", 101)).isEqualTo("free");
        assertThat(next.whyNot("n2", 100)).isEqualTo("free");
        assertThat(next.whyNot("n1", 100))
                .contains("is released, and blocked until no ConfigMap, pod or process uses it");
        next.fixture.listeners.withdraw("n1");
        next.fixture.index.advance(IndexFixture.NO_PODS);
        assertThat(next.whyNot("n1", 100)).contains("is cooling");
        next.fixture.cool(TakeOver.COOLDOWN.plus(PodEnd.DEFAULT_GRACE));
        assertThat(next.whyNot("n1", 100)).isEqualTo("free");
    }

    @Test
    void noneCountsAsAvailableAndOneThatAClaimHoldsCountsAsThat() {
        listen("n1", "100,105,22");
        fixture.bound(fixture.request("1", "a/one", List.of(any("x")), "n1"));
        listen("n1", "100,101,105,22");
        assertThat(fixture.use(List.of(node("n1"), node("n2"))))
                .isEqualTo(new PoolUse(20, 1, 0, 17, 1, "n1", 7, 10, 7));
    }

    @Test
    void theHoldersOfListenedPortsAreFoundByTheirConfigMap() {
        fixture.bound(fixture.request("1", "a/one", List.of(any("x")), "n1", "n2"));
        fixture.bound(fixture.request("2", "a/wide", List.of(any("x")), "*"));
        assertThat(fixture.index.holders().listenedTo(IndexFixture.key("a/one-ports"), "n1"))
                .isEmpty();
        listen("n1", "100-101");
        assertThat(fixture.index.holders().listenedTo(IndexFixture.key("a/one-ports"), "n1"))
                .containsExactly(IndexFixture.key("a/one"));
        assertThat(fixture.index.holders().listenedTo(IndexFixture.key("a/one-ports"), "n2"))
                .isEmpty();
        assertThat(fixture.index.holders().listenedTo(IndexFixture.key("a/wide-ports"), "n1"))
                .containsExactly(IndexFixture.key("a/wide"));
        assertThat(fixture.index.holders().listenedTo(IndexFixture.key("a/wide-ports"), "n2"))
                .isEmpty();
        assertThat(fixture.index.holders().listenedTo(IndexFixture.key("b/one-ports"), "n1"))
                .isEmpty();
        fixture.release("1");
        assertThat(fixture.index.holders().listenedTo(IndexFixture.key("a/one-ports"), "n1"))
                .isEmpty();
    }

    @Test
    void theHoldersOfListenedPortsAreFoundByAConfigMapOfAnotherName() {
        Request asked = fixture.request("1", "a/one", List.of(any("x")), "n1");
        fixture.bound(new Request(
                asked.uid(),
                asked.key(),
                asked.created(),
                1,
                asked.pool(),
                "own",
                asked.requestedPorts(),
                asked.targets()));
        listen("n1", "100");
        assertThat(fixture.index.holders().listenedTo(IndexFixture.key("a/own"), "n1"))
                .containsExactly(IndexFixture.key("a/one"));
        assertThat(fixture.index.holders().listenedTo(IndexFixture.key("a/one-ports"), "n1"))
                .isEmpty();
        fixture.release("1");
        assertThat(fixture.index.holders().listenedTo(IndexFixture.key("a/own"), "n1"))
                .isEmpty();
    }
}
