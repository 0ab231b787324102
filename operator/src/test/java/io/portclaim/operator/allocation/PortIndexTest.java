package io.portclaim.operator.allocation;

import static io.portclaim.operator.allocation.IndexFixture.any;
import static io.portclaim.operator.allocation.IndexFixture.port;
import static io.portclaim.operator.allocation.IndexFixture.tcp;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.ports.Protocol;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a new claim gets. */
class PortIndexTest {
    private final IndexFixture fixture = new IndexFixture();

    @Test
    void portsAreGivenInSequencePerPool() {
        assertThat(fixture.bound(fixture.request("1", "a/one", List.of(any("http")), "n1")))
                .isEqualTo("n1: http=100/TCP");
        fixture.release("1");
        assertThat(fixture.bound(fixture.request("2", "a/two", List.of(any("x"), any("y")), "n1")))
                .isEqualTo("n1: x=101/TCP y=102/TCP");
        assertThat(fixture.bound(fixture.request("3", "a/three", List.of(any("x")), "*")))
                .isEqualTo("*: x=103/TCP");
        assertThat(fixture.index.snapshot().cursors()).containsExactly(Map.entry("default", 103));
    }

    @Test
    void anExplicitPortIsGivenAndDoesNotMoveTheSequence() {
        Decision.Granted granted = fixture.granted(fixture.request("1", "a/one", List.of(port("http", 105)), "n1"));

        assertThat(IndexFixture.words(granted.assignment())).isEqualTo("n1: http=105/TCP");
        assertThat(granted.lastGiven()).isEqualTo(-1);
        assertThat(fixture.index.snapshot().cursors()).isEmpty();
        assertThat(fixture.decided(fixture.request("2", "a/two", List.of(any("x")), "n1")))
                .isEqualTo("n1: x=100/TCP");
    }

    @Test
    void explicitAsksOfAClaimComeFirstWhateverTheirPlaceInIt() {
        assertThat(fixture.decided(fixture.request("1", "a/one", List.of(any("x"), port("y", 100)), "n1")))
                .isEqualTo("n1: x=101/TCP y=100/TCP");
    }

    @Test
    void blocksAreContiguousAndTheLongestIsPlacedFirst() {
        fixture.pool = IndexFixture.pool("100-101,103-106");

        assertThat(fixture.decided(
                        fixture.request("1", "a/one", List.of(any("x"), any("game", TransportProtocol.UDP, 4)), "n1")))
                .isEqualTo("n1: x=100/TCP game=103-106/UDP");
        assertThat(fixture.refused(
                                fixture.request("2", "a/two", List.of(any("g", TransportProtocol.UDP, 3)), "n1"),
                                Reason.POOL_EXHAUSTED)
                        .message())
                .isEqualTo("no 3 consecutive ports are free for 'g' (UDP) in pool default on node n1; the claim is"
                        + " served as soon as one is released; to get one sooner, widen the pool's ranges");
    }

    @Test
    void tcpAndUdpAreOneNumberFreeOnBoth() {
        fixture.bound(fixture.request("1", "a/tcp", List.of(port("x", 100)), "n1"));
        fixture.bound(
                fixture.request("2", "a/udp", List.of(new RequestedPort("x", TransportProtocol.UDP, 101, 1)), "n1"));

        assertThat(fixture.decided(
                        fixture.request("3", "a/both", List.of(any("x", TransportProtocol.TCPUDP, 1)), "n1")))
                .isEqualTo("n1: x=102/TCPUDP");
        assertThat(fixture.decided(fixture.request("4", "a/sctp", List.of(any("x", TransportProtocol.SCTP, 1)), "n1")))
                .isEqualTo("n1: x=103/SCTP");
        assertThat(fixture.refused(fixture.request("5", "a/late", List.of(port("x", 102)), "n1"), Reason.PORT_TAKEN)
                        .message())
                .startsWith("102/TCP on node n1 is held by claim both");
    }

    /** As in a Service: port 53 is both for a resolver. */
    @Test
    void oneNumberIsGivenOnTwoProtocolsUnderTwoNames() {
        RequestedPort dnsTcp = port("dns-tcp", 105);
        RequestedPort dnsUdp = new RequestedPort("dns-udp", TransportProtocol.UDP, 105, 1);
        RequestedPort dnsSctp = new RequestedPort("dns-sctp", TransportProtocol.SCTP, 104, 3);

        assertThat(fixture.bound(fixture.request("1", "a/dns", List.of(dnsTcp, dnsUdp, dnsSctp), "n1")))
                .isEqualTo("n1: dns-tcp=105/TCP dns-udp=105/UDP dns-sctp=104-106/SCTP");
        assertThat(fixture.bound(fixture.request("1", "a/dns", List.of(dnsUdp), "n1")))
                .isEqualTo("n1: dns-udp=105/UDP");
        assertThat(fixture.bound(fixture.request("1", "a/dns", List.of(dnsUdp, dnsTcp), "n1")))
                .isEqualTo("n1: dns-udp=105/UDP dns-tcp=105/TCP");
        assertThat(fixture.bound(fixture.request(
                        "2", "a/wide", List.of(port("t", 109), any("u", TransportProtocol.UDP, 1)), "*")))
                .isEqualTo("*: t=109/TCP u=100/UDP");
    }

    @Test
    void numbersThatThePoolChoosesAreDistinctWithinAClaimAlsoOverProtocols() {
        assertThat(fixture.decided(
                        fixture.request("1", "a/one", List.of(any("t"), any("u", TransportProtocol.UDP, 1)), "n1")))
                .isEqualTo("n1: t=100/TCP u=101/UDP");
    }

    /** The last column: whether TCPUDP would help. */
    @ParameterizedTest
    @CsvSource({
        "TCP, 105, 1, TCP, 105, 1, ''",
        "TCP, 105, 3, TCP, 107, 1, ''",
        "SCTP, 105, 1, SCTP, 105, 1, ''",
        "TCPUDP, 105, 1, TCPUDP, 105, 1, ''",
        "TCPUDP, 105, 3, UDP, 107, 1, ''",
        "TCPUDP, 105, 1, UDP, 105, 1, leave out 'y'",
        "TCP, 105, 1, TCPUDP, 105, 1, remove 'x'",
    })
    void twoNamesOnOneNumberAndProtocolAreRefused(
            TransportProtocol of,
            int first,
            int count,
            TransportProtocol other,
            int otherFirst,
            int otherCount,
            String hint) {
        List<RequestedPort> requestedPorts = List.of(
                new RequestedPort("x", of, first, count), new RequestedPort("y", other, otherFirst, otherCount));
        String message = fixture.refused(fixture.request("1", "a/one", requestedPorts, "n1"), Reason.PORT_TAKEN)
                .message();

        assertThat(message)
                .startsWith("port %d is not free for 'y' (%s): this claim has ".formatted(otherFirst, other))
                .endsWith("request another port, or leave port out and let the pool choose");
        if (hint.isEmpty()) {
            assertThat(message).doesNotContain("TCPUDP is");
        } else {
            assertThat(message).contains(hint + ", because TCPUDP is the number on both TCP and UDP, or ");
        }
    }

    @Test
    void onANodeItIsAllOrNothing() {
        fixture.pool = IndexFixture.pool("100-101");
        Request three = fixture.request("1", "a/one", List.of(any("x"), any("y"), any("z")), "n1");

        fixture.refused(three, Reason.POOL_EXHAUSTED);
        assertThat(fixture.index.holdings()).isEmpty();
        assertThat(fixture.decided(fixture.request("2", "a/two", List.of(any("x"), any("y")), "n1")))
                .isEqualTo("n1: x=100/TCP y=101/TCP");
    }

    @Test
    void nodesThatCantServeDoNotKeepTheOthersWaiting() {
        fixture.bound(fixture.request("1", "b/other", List.of(port("x", 105)), "n2"));

        Decision.Granted granted =
                fixture.granted(fixture.request("2", "a/one", List.of(any("y"), port("x", 105)), "n1", "n2", "n3"));
        assertThat(IndexFixture.words(granted.assignment()))
                .isEqualTo("n1: y=100/TCP x=105/TCP; n3: y=100/TCP x=105/TCP");
        assertThat(granted.refused()).containsOnlyKeys("n2");
        assertThat(granted.refused().get("n2").message())
                .isEqualTo("105/TCP on node n2 is held by a claim of another namespace; request another port, or"
                        + " leave port out and let the pool choose");
    }

    @Test
    void aNodeClaimTakesOneNumberWhileOneIsFreeOnAllNodesElseOnePerNode() {
        fixture.pool = IndexFixture.pool("100-101");
        fixture.bound(fixture.request("1", "a/x", List.of(port("x", 100)), "n1"));

        assertThat(fixture.bound(fixture.request("2", "a/common", List.of(any("x")), "n1", "n2")))
                .isEqualTo("n1: x=101/TCP; n2: x=101/TCP");
        fixture.release("1");
        fixture.cool(IndexFixture.TCP_COOLDOWN);
        fixture.bound(fixture.request("3", "a/y", List.of(port("x", 100)), "n3"));
        assertThat(fixture.decided(fixture.request("4", "a/each", List.of(any("x")), "n1", "n3")))
                .isEqualTo("n1: x=100/TCP; n3: x=101/TCP");
    }

    @Test
    void aNodeThatJoinsGetsTheSameNumberIfItIsFreeThere() {
        List<RequestedPort> requestedPorts = List.of(any("x"));
        fixture.bound(fixture.request("1", "a/set", requestedPorts, "n1", "n2"));

        assertThat(fixture.bound(fixture.request("1", "a/set", requestedPorts, "n1", "n2", "n3")))
                .isEqualTo("n1: x=100/TCP; n2: x=100/TCP; n3: x=100/TCP");
        fixture.bound(fixture.request("2", "a/other", List.of(port("x", 100)), "n4"));
        assertThat(fixture.bound(fixture.request("1", "a/set", requestedPorts, "n1", "n2", "n3", "n4")))
                .isEqualTo("n1: x=100/TCP; n2: x=100/TCP; n3: x=100/TCP; n4: x=101/TCP");
    }

    @Test
    void clusterScopeIsUniqueOnEveryNodeAlsoOnThoseToCome() {
        fixture.bound(fixture.request("1", "a/node", List.of(port("x", 100)), "n1"));
        assertThat(fixture.bound(fixture.request("2", "a/wide", List.of(any("x")), "*")))
                .isEqualTo("*: x=101/TCP");

        assertThat(fixture.refused(fixture.request("3", "b/late", List.of(port("x", 101)), "joined"), Reason.PORT_TAKEN)
                        .message())
                .startsWith("101/TCP on node joined is held by a claim of another namespace;");
        assertThat(fixture.refused(fixture.request("4", "b/wide", List.of(port("x", 100)), "*"), Reason.PORT_TAKEN)
                        .message())
                .startsWith("100/TCP on every node is held by a claim of another namespace;");
        assertThat(fixture.decided(fixture.request("5", "b/node", List.of(any("x")), "n2")))
                .isEqualTo("n2: x=102/TCP");
    }

    @Test
    void aNamespaceHoldsNoMoreNumbersThanItMay() {
        fixture.pool = IndexFixture.pool("100-109", 0, 4);
        fixture.bound(fixture.request("1", "a/one", List.of(any("x", TransportProtocol.TCPUDP, 3)), "n1", "n2"));

        assertThat(fixture.refused(
                                fixture.request("2", "a/two", List.of(any("x"), any("y")), "n1"), Reason.LIMIT_EXCEEDED)
                        .message())
                .isEqualTo("2 ports requested, but namespace a may hold 4 of pool default and its other claims hold"
                        + " 3; delete claims or request fewer");
        fixture.bound(fixture.request("3", "b/one", List.of(any("x"), any("y")), "n1"));
        fixture.bound(fixture.request("4", "a/three", List.of(any("x")), "n1"));
        fixture.refused(fixture.request("5", "a/four", List.of(any("x")), "n1"), Reason.LIMIT_EXCEEDED);
        fixture.release("4");
        fixture.bound(fixture.request("5", "a/four", List.of(any("x")), "n1"));
    }

    /** Else a tenant that creates and deletes claims takes the pool from everybody with as few as its limit allows. */
    @Test
    void aNamespaceKeepsNoMoreThanTwiceItsLimitFromOthersWhateverItReleases() {
        fixture.pool = IndexFixture.pool("100-119", 0, 2);
        for (int i = 0; i < 2; i++) {
            fixture.bound(fixture.request("1", "a/churn-" + i, List.of(any("x"), any("y")), "n1", "n2"));
            fixture.release("1");
        }

        assertThat(fixture.refused(fixture.request("1", "a/churn-2", List.of(any("x")), "n1"), Reason.POOL_EXHAUSTED)
                        .message())
                .isEqualTo("namespace a holds 0 ports of pool default and has released 4 that are not free yet, and may"
                        + " keep 4 from others, twice its limit; wait until they have cooled, and delete pods that still"
                        + " use them");
        assertThat(fixture.bound(fixture.request("2", "b/other", List.of(any("x")), "n1")))
                .as("another namespace's")
                .startsWith("n1: x=");
        assertThat(fixture.bound(fixture.request("1", "a/churn-0", List.of(any("x"), any("y")), "n1", "n2")))
                .as("a claim that is created again gets its own ports back")
                .isEqualTo("n1: x=100/TCP y=101/TCP; n2: x=100/TCP y=101/TCP");
        fixture.release("1");

        fixture.cool(Duration.ofHours(1));
        fixture.bound(fixture.request("1", "a/churn-2", List.of(any("x"), any("y")), "n1"));
    }

    @Test
    void aNumberOnTwoProtocolsCountsOnceAmongWhatIsKeptFromOthers() {
        fixture.pool = IndexFixture.pool("100-119", 0, 4);
        fixture.bound(fixture.request("1", "a/gone", List.of(any("x")), "n1"));
        fixture.release("1");

        assertThat(fixture.bound(fixture.request("2", "a/both", List.of(any("y", TransportProtocol.TCPUDP, 4)), "n1")))
                .startsWith("n1: y=");
    }

    @Test
    void neitherDoesAClaimThatRenamesItsPortsAgainAndAgain() {
        fixture.pool = IndexFixture.pool("100-119", 0, 1);
        fixture.bound(fixture.request("1", "a/one", List.of(any("x")), "n1"));
        fixture.bound(fixture.request("1", "a/one", List.of(any("y")), "n1"));
        fixture.refused(fixture.request("1", "a/one", List.of(any("z")), "n1"), Reason.POOL_EXHAUSTED);
        assertThat(fixture.bound(fixture.request("1", "a/one", List.of(any("y")), "n1", "n2")))
                .as("the number that it has, on a node that joins")
                .isEqualTo("n1: y=101/TCP; n2: y=101/TCP");
    }

    @Test
    void aLimitThatWasLoweredTakesNothingAwayAndDoesNotKeepAClaimFromShrinking() {
        fixture.bound(fixture.request("1", "a/one", List.of(any("x")), "n1"));
        fixture.bound(fixture.request("2", "a/two", List.of(any("x"), any("y"), any("z")), "n1"));
        fixture.pool = IndexFixture.pool("100-109", 0, 2);

        assertThat(fixture.bound(fixture.request("2", "a/two", List.of(any("x"), any("y"), any("z")), "n1", "n2")))
                .isEqualTo("n1: x=101/TCP y=102/TCP z=103/TCP; n2: x=101/TCP y=102/TCP z=103/TCP");
        assertThat(fixture.bound(fixture.request("2", "a/two", List.of(any("x"), any("y")), "n1", "n2")))
                .isEqualTo("n1: x=101/TCP y=102/TCP; n2: x=101/TCP y=102/TCP");
        fixture.refused(
                fixture.request("2", "a/two", List.of(any("x"), any("y"), any("z")), "n1", "n2"),
                Reason.LIMIT_EXCEEDED);
    }

    /** As of a status that names no pool: what such a claim holds is not part of what the pool's other claims hold. */
    @Test
    void aLimitCountsTheOthersThoughTheClaimsPoolIsNotKnown() {
        fixture.pool = IndexFixture.pool("100-109", 0, 4);
        fixture.bound(fixture.request("1", "a/one", List.of(any("x"), any("y")), "n1"));
        Request request = fixture.request("2", "a/two", List.of(any("x"), any("y"), any("z")), "n2");
        fixture.index.put(new ClaimAllocation(
                "2",
                request.key(),
                request.created(),
                "",
                "two-ports",
                1,
                IndexFixture.assignment("n2: x=105/TCP y=106/TCP"),
                null));

        fixture.refused(request, Reason.LIMIT_EXCEEDED);
    }

    @Test
    void aDecisionThatIsNotPublishedStands() {
        Request request = fixture.request("1", "a/one", List.of(any("x")), "n1");
        fixture.granted(request);

        assertThatThrownBy(() -> fixture.index.decide(request))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("claim a/one has a decision that is not published");
        assertThatThrownBy(() -> fixture.index.withdraw("1", 1, Assignment.NONE))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("claim a/one has a decision that is not published");
        assertThat(fixture.index.pendingWeight()).isPositive();
        assertThat(fixture.index.snapshot().pending())
                .extracting(ClaimAllocation::uid)
                .containsExactly("1");
        fixture.index.settle("1", fixture.cooldowns(), fixture.clock.instant());
        assertThat(fixture.index.pendingWeight()).isZero();
        assertThat(fixture.index.snapshot().pending()).isEmpty();
        assertThat(fixture.index.snapshot().held().counts().of(Protocol.TCP, 100))
                .isEqualTo(1);
    }

    /** A ledger that can't be written could not be emptied either. */
    @Test
    void moreThanALedgerBearsWaitsUntilSomethingIsPublished() {
        fixture.pool = IndexFixture.pool("1000-9999");
        fixture.bound(large("bound", "a/bound"));
        int decided = decideUntilRefused("a");
        Request next = large("next", "a/next");
        Snapshot before = fixture.index.snapshot();

        assertThatThrownBy(() -> fixture.index.decide(next))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("too many decisions wait to be published")
                .hasMessageContaining("; namespace a has ");
        assertThatThrownBy(() -> fixture.index.withdraw("bound", 1, Assignment.NONE))
                .as("what is released weighs too")
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("too many decisions wait to be published");
        assertThat(fixture.index.snapshot()).isEqualTo(before);
        assertThat(decided).isGreaterThan(10);
        assertThat(fixture.index.pendingWeight()).isLessThan(PendingBudget.WHOLE / 4);

        fixture.index.settle("a-0", fixture.cooldowns(), fixture.clock.instant());
        fixture.index.withdraw("bound", 1, Assignment.NONE);
        assertThatThrownBy(() -> fixture.index.decide(next)).isInstanceOf(IllegalStateException.class);
        fixture.index.settle("bound", fixture.cooldowns(), fixture.clock.instant());
        fixture.granted(next);
    }

    /** The ConfigMaps of one tenant can't be written: quota, immutable, a role that was lost. */
    @Test
    void aNamespaceThatCanNotPublishKeepsTheLedgerFromNobodyElse() {
        fixture.pool = IndexFixture.pool("1000-9999");
        decideUntilRefused("hostile");

        for (int i = 0; i < 200; i++) {
            fixture.bound(fixture.request("v" + i, "victim/v" + i, List.of(any("x")), "n1"));
        }
        fixture.bound(large("large", "victim/large"));
        for (int i = 0; i < 20; i++) {
            fixture.granted(fixture.request("w" + i, "other/w" + i, List.of(any("x")), "n1"));
        }
        decideUntilRefused("hostile-2");
        decideUntilRefused("hostile-3");
        fixture.granted(fixture.request("last", "fourth/last", List.of(any("x")), "n1"));
        assertThat(fixture.index.pendingWeight()).isLessThan(PendingBudget.WHOLE);
    }

    /** Sixty-four ports on ten nodes. */
    private Request large(String uid, String key) {
        List<RequestedPort> ports =
                IntStream.range(0, 64).mapToObj(i -> any("p" + i)).toList();
        return fixture.request(
                uid, key, ports, IntStream.range(0, 10).mapToObj(i -> "n" + i).toArray(String[]::new));
    }

    /** How many large claims of the namespace get ports before one has to wait. */
    private int decideUntilRefused(String namespace) {
        for (int i = 0; i < 1000; i++) {
            try {
                fixture.granted(large(namespace + "-" + i, namespace + "/c" + i));
            } catch (IllegalStateException e) {
                return i;
            }
        }
        throw new AssertionError("never refused");
    }

    @Test
    void saysWhoHoldsSlots() {
        fixture.bound(fixture.request("1", "a/one", List.of(any("x")), "n1"));
        fixture.bound(fixture.request("2", "a/two", List.of(any("x")), "*"));

        assertThat(fixture.index.holders().of(List.of(tcp("*", 100), tcp("n1", 100), tcp("n5", 101))))
                .containsExactly(IndexFixture.key("a/one"), IndexFixture.key("a/two"));
        assertThat(fixture.index.holders().of(List.of(tcp("n2", 100)))).isEmpty();
        assertThat(fixture.index.uids(IndexFixture.key("a/one"))).containsExactly("1");
        fixture.release("1");
        assertThat(fixture.index.holders().of(List.of(tcp("n1", 100)))).isEmpty();
        assertThat(fixture.index.uids(IndexFixture.key("a/one"))).isEmpty();
        assertThat(fixture.index.allocation("1")).isEmpty();
        assertThat(fixture.index.allocation("2")).isPresent();
    }
}
