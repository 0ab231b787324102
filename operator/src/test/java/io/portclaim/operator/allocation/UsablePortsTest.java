package io.portclaim.operator.allocation;

import static io.portclaim.operator.allocation.IndexFixture.any;
import static io.portclaim.operator.allocation.IndexFixture.node;
import static io.portclaim.operator.allocation.IndexFixture.port;
import static io.portclaim.operator.allocation.IndexFixture.tcp;
import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.testing.SetClock;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is kept out of a claim's reach, and in which words. */
class UsablePortsTest {
    private final IndexFixture fixture = new IndexFixture();

    @Test
    void nothingThatANodeMayUseItselfIsGiven() {
        List<NodeFacts> both = List.of(node("n1", "100-104", "103"), node("n2", "100-102", ""));

        assertThat(fixture.decided(fixture.request("1", "a/one", List.of(any("x")), both)))
                .isEqualTo("n1: x=103/TCP; n2: x=103/TCP");
        Request wide = new Request(
                "2",
                IndexFixture.key("a/wide"),
                SetClock.START,
                1,
                fixture.pool,
                "cm",
                List.of(any("x")),
                List.of(new Request.Target("*", both)));
        assertThat(fixture.decided(wide)).isEqualTo("*: x=105/TCP");
        assertThat(fixture.refused(
                                fixture.request("3", "a/three", List.of(port("x", 104)), both.subList(0, 1)),
                                Reason.PORT_NOT_USABLE)
                        .message())
                .startsWith(
                        "port 104 lies in the ephemeral range 100-104 of node n1 (from its annotation), so the node's kernel");
        assertThat(fixture.refused(fixture.request("4", "a/four", List.of(port("x", 99)), "n1"), Reason.PORT_NOT_USABLE)
                        .message())
                .isEqualTo("port 99 is outside pool default, which assigns 100-109");
    }

    @Test
    void aWideClaimOfAPoolWithoutNodesIsJudgedAsOnANodeOfWhichNothingIsKnown() {
        fixture.pool = IndexFixture.pool("32767-32768");
        Request.Target nowhere = new Request.Target("*", List.of());

        assertThat(fixture.refused(wide(port("x", 32768), nowhere), Reason.PORT_NOT_USABLE)
                        .message())
                .startsWith(
                        "port 32768 lies in the ephemeral range 32768-60999 of any node (assumed), so the node's kernel");
        assertThat(fixture.decided(wide(any("x"), nowhere))).isEqualTo("*: x=32767/TCP");
    }

    @Test
    void nothingDeclaredIsChosenAndWhoDeclaredItIsNotNamed() {
        fixture.declare("web-0", "Pod", "bank", tcp("n1", 100));
        fixture.declare("web", "Service", "bank", tcp("*", 101));

        assertThat(fixture.decided(fixture.request("1", "a/one", List.of(any("x")), "n1")))
                .isEqualTo("n1: x=102/TCP");
        assertThat(fixture.decided(fixture.request("2", "a/two", List.of(any("x")), "n2")))
                .isEqualTo("n2: x=103/TCP");
        assertThat(fixture.refused(fixture.request("3", "a/three", List.of(port("x", 100)), "n1"), Reason.PORT_TAKEN)
                        .message())
                .isEqualTo(
                        "100/TCP on node n1 is declared by a Pod of another namespace; request another port, or leave"
                                + " port out and let the pool choose");
        assertThat(fixture.refused(fixture.request("4", "a/four", List.of(port("x", 100)), "*"), Reason.PORT_TAKEN)
                        .message())
                .startsWith("100/TCP on every node is declared by a Pod of another namespace;");
        assertThat(fixture.refused(fixture.request("5", "bank/own", List.of(port("x", 101)), "n9"), Reason.PORT_TAKEN)
                        .message())
                .startsWith("101/TCP on node n9 is declared by Service web;");
    }

    @Test
    void aClaimBringsInThePortThatPodsOfItsOwnNamespaceUseAlready() {
        fixture.declare("web-0", "Pod", "bank", tcp("n1", 100));

        assertThat(fixture.decided(fixture.request("1", "bank/own", List.of(port("x", 100)), "n1")))
                .isEqualTo("n1: x=100/TCP");
        assertThat(fixture.decided(fixture.request("2", "bank/any", List.of(any("x")), "n1")))
                .isEqualTo("n1: x=101/TCP");
    }

    @Test
    void aTakenPortSaysWhoHasItWithinTheNamespaceOnly() {
        fixture.bound(fixture.request("1", "bank/vault", List.of(port("x", 100)), "n1"));

        assertThat(fixture.refused(fixture.request("2", "bank/door", List.of(port("x", 100)), "n1"), Reason.PORT_TAKEN)
                        .message())
                .isEqualTo("100/TCP on node n1 is held by claim vault; request another port, or leave port out and"
                        + " let the pool choose");
        assertThat(fixture.refused(fixture.request("3", "shop/web", List.of(port("x", 100)), "n1"), Reason.PORT_TAKEN)
                        .message())
                .contains("held by a claim of another namespace")
                .doesNotContain("bank", "vault");
        fixture.release("1");
        assertThat(fixture.refused(fixture.request("3", "shop/web", List.of(port("x", 100)), "n1"), Reason.PORT_TAKEN)
                        .message())
                .contains(
                        "is released, and blocked until no ConfigMap, pod or process uses it and the cooldown has ended;")
                .doesNotContain("bank", "vault");
        fixture.index.advance(IndexFixture.NO_PODS);
        assertThat(fixture.refused(fixture.request("3", "shop/web", List.of(port("x", 100)), "n1"), Reason.PORT_TAKEN)
                        .message())
                .contains("is cooling after its release for up to 120 s;")
                .doesNotContain("bank", "vault");
    }

    @Test
    void theStaticBandIsGivenToWhoAsksForItAndToOthersLast() {
        fixture.pool = IndexFixture.pool("100-103", 2, 0);

        assertThat(fixture.decided(fixture.request("1", "a/one", List.of(any("x")), "n1")))
                .isEqualTo("n1: x=102/TCP");
        assertThat(fixture.decided(fixture.request("2", "a/two", List.of(port("x", 101)), "n1")))
                .isEqualTo("n1: x=101/TCP");
        assertThat(fixture.decided(fixture.request("3", "a/three", List.of(any("x"), any("y")), "n1")))
                .isEqualTo("n1: x=103/TCP y=100/TCP");
        assertThat(fixture.refused(fixture.request("4", "a/four", List.of(any("x")), "n1"), Reason.POOL_EXHAUSTED)
                        .message())
                .startsWith("no port is free for 'x' (TCP) in pool default on node n1;");
        assertThat(fixture.refused(fixture.request("4", "a/four", List.of(any("x")), "*"), Reason.POOL_EXHAUSTED)
                        .message())
                .startsWith("no port is free for 'x' (TCP) in pool default on every node (1 node): node n1 blocks the"
                        + " most of its 4 ports (4);");
    }

    private Request wide(RequestedPort requested, Request.Target target) {
        return new Request(
                "1",
                IndexFixture.key("a/wide"),
                SetClock.START,
                1,
                fixture.pool,
                "cm",
                List.of(requested),
                List.of(target));
    }
}
