package io.portclaim.operator.allocation;

import static io.portclaim.operator.allocation.IndexFixture.any;
import static io.portclaim.operator.allocation.IndexFixture.port;
import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.codec.EstimatedSize;
import io.portclaim.ports.CompactPorts;
import io.portclaim.ports.PortSet;
import io.portclaim.ports.Protocol;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A block that grows and shrinks in place, and one that must be aligned. */
class ResizesTest {
    private final IndexFixture fixture = new IndexFixture();

    @BeforeEach
    void aClaimHoldsABlock() {
        fixture.bound(one(3));
    }

    private static RequestedPort block(int count) {
        return any("g", TransportProtocol.TCP, count);
    }

    private static RequestedPort aligned(int count, int alignment) {
        return new RequestedPort("g", TransportProtocol.TCP, null, count, alignment);
    }

    private Request one(int count) {
        return one(block(count));
    }

    private Request one(RequestedPort... requestedPorts) {
        return fixture.request("1", "a/one", List.of(requestedPorts), "n1");
    }

    private void holds(String other, RequestedPort requested) {
        fixture.bound(fixture.request(other, "b/" + other, List.of(requested), "n1"));
    }

    private String why(RequestedPort... requestedPorts) {
        ClaimAllocation before = fixture.index.allocation("1").orElseThrow();
        Decision decision = fixture.index.decide(one(requestedPorts));
        assertThat(fixture.index.allocation("1")).as("an edit is a transaction").hasValue(before);
        return decision instanceof Decision.Refused refused
                ? refused.refusal().reason().text() + ": " + refused.refusal().message()
                : "granted";
    }

    @Test
    void aBlockGrowsAtItsEnd() {
        assertThat(fixture.bound(one(5))).isEqualTo("n1: g=100-104/TCP");
        assertThat(fixture.index.unfinishedReleases()).isZero();
    }

    @Test
    void aSinglePortBecomesABlockAndOneAgain() {
        fixture.bound(fixture.request("2", "a/two", List.of(any("x")), "n1"));
        assertThat(fixture.bound(fixture.request("2", "a/two", List.of(any("x", TransportProtocol.TCP, 4)), "n1")))
                .isEqualTo("n1: x=103-106/TCP");
        assertThat(fixture.bound(fixture.request("2", "a/two", List.of(any("x")), "n1")))
                .isEqualTo("n1: x=103/TCP");
    }

    @Test
    void whatABlockGivesBackAtItsEndIsOneReleaseThatCools() {
        assertThat(fixture.bound(one(1))).isEqualTo("n1: g=100/TCP");
        assertThat(fixture.index.snapshot().releases())
                .extracting(Release::grant)
                .containsExactly(IndexFixture.grant("g", TransportProtocol.TCP, "101-102"));
        Request other = fixture.request("2", "b/two", List.of(port("x", 102)), "n1");
        assertThat(fixture.refused(other, Reason.PORT_TAKEN).message()).contains("released, and blocked until");

        fixture.cool(IndexFixture.TCP_COOLDOWN);
        assertThat(fixture.decided(other)).isEqualTo("n1: x=102/TCP");
        assertThat(fixture.index.unfinishedReleases()).isZero();
    }

    @Test
    void ofATcpUdpBlockEachProtocolCoolsForItsOwnTime() {
        fixture.bound(fixture.request("2", "a/two", List.of(any("b", TransportProtocol.TCPUDP, 4)), "n1"));
        fixture.bound(fixture.request("2", "a/two", List.of(any("b", TransportProtocol.TCPUDP, 2)), "n1"));

        assertThat(fixture.index.snapshot().releases())
                .extracting(Release::grant)
                .containsExactlyInAnyOrder(
                        IndexFixture.grant("b", TransportProtocol.TCP, "105-106"),
                        IndexFixture.grant("b", TransportProtocol.UDP, "105-106"));
        fixture.cool(IndexFixture.TCP_COOLDOWN);
        assertThat(fixture.index.snapshot().releases())
                .extracting(Release::grant)
                .containsExactly(IndexFixture.grant("b", TransportProtocol.UDP, "105-106"));
    }

    @Test
    void aBlockGrowsBackIntoWhatItHasJustGivenBack() {
        fixture.bound(one(1));
        assertThat(fixture.bound(one(4))).isEqualTo("n1: g=100-103/TCP");
        assertThat(fixture.index.unfinishedReleases()).isZero();
    }

    @Test
    void whatIsGivenBackIsHeldUntilThatIsPublished() {
        fixture.decided(one(1));
        Request other = fixture.request("2", "b/two", List.of(port("x", 102)), "n1");
        assertThat(fixture.refused(other, Reason.PORT_TAKEN).message())
                .contains("held by a claim of another namespace");
    }

    @Test
    void whereTheNextNumberIsTakenNothingChanges() {
        holds("two", port("x", 104));
        assertThat(why(block(5)))
                .isEqualTo("PortTaken: 'g' cannot have 5 ports from 100 on: 104/TCP on node n1 is held by a claim of"
                        + " another namespace; request a count of at most 4, or more ports with another"
                        + " name");
        assertThat(fixture.bound(one(4))).isEqualTo("n1: g=100-103/TCP");
    }

    @Test
    void itGrowsAsSoonAsTheNextNumbersAreFree() {
        holds("two", port("x", 103));
        assertThat(why(block(4))).startsWith("PortTaken");
        fixture.release("two");
        fixture.cool(IndexFixture.TCP_COOLDOWN);
        assertThat(fixture.bound(one(4))).isEqualTo("n1: g=100-103/TCP");
    }

    @Test
    void anotherProtocolOfTheNextNumberIsInNobodysWay() {
        holds("two", new RequestedPort("x", TransportProtocol.UDP, 103, 1));
        assertThat(fixture.bound(one(4))).isEqualTo("n1: g=100-103/TCP");
    }

    @Test
    void whatIsDeclaredOrListenedOnIsNotGrownInto() {
        fixture.declare("pod", "Pod", "b", IndexFixture.tcp("n1", 103));
        assertThat(why(block(4)))
                .contains("103/TCP on node n1 is declared by a Pod of another namespace; request a count of at most 3");
        fixture.foreign.withdraw("pod");
        fixture.listeners.report("n1", CompactPorts.of(PortSet.parse("104")), CompactPorts.EMPTY);
        assertThat(why(block(5))).contains("a process on node n1 listens on it", "or request a count of at most 4");
    }

    @Test
    void whatAPodOfTheSameNamespaceDeclaresIsGrownIntoOnlyWhereTheClaimNamesIt() {
        fixture.declare("pod", "Pod", "a", IndexFixture.tcp("n1", 103));
        assertThat(why(block(4))).contains("103/TCP on node n1 is declared by Pod pod; request a count of at most 3");
        fixture.release("1");
        assertThat(fixture.bound(fixture.request("again", "a/one", List.of(block(4)), "n1")))
                .isEqualTo("n1: g=104-107/TCP");
        fixture.foreign.withdraw("pod");
        fixture.declare("own", "Pod", "a", IndexFixture.tcp("n2", 101));
        fixture.bound(fixture.request("2", "a/two", List.of(port("x", 100)), "n2"));
        RequestedPort longer = new RequestedPort("x", TransportProtocol.TCP, 100, 2);
        assertThat(fixture.bound(fixture.request("2", "a/two", List.of(longer), "n2")))
                .isEqualTo("n2: x=100-101/TCP");
    }

    @Test
    void whatAClaimGaveBackReturnsThoughItsPodsDeclareIt() {
        fixture.declare("pod", "Pod", "a", IndexFixture.tcp("n1", 102));
        fixture.bound(one(1));
        assertThat(fixture.bound(one(3))).isEqualTo("n1: g=100-102/TCP");
        fixture.release("1");
        assertThat(fixture.bound(fixture.request("again", "a/one", List.of(block(3)), "n1")))
                .isEqualTo("n1: g=100-102/TCP");
    }

    @Test
    void whatThePoolDoesNotGiveIsNotGrownIntoAndWhatIsHeldStays() {
        assertThat(why(block(11)))
                .startsWith("PortNotUsable: 'g' cannot have 11 ports from 100 on: port 110 is outside pool default");
        fixture.pool = IndexFixture.pool("200-209");
        assertThat(why(block(4))).contains("port 103 is outside pool default");
        assertThat(fixture.bound(one(2))).isEqualTo("n1: g=100-101/TCP");
    }

    @Test
    void noBlockEndsBeyondTheLastPort() {
        fixture.pool = IndexFixture.pool("61000-65535");
        fixture.bound(fixture.request("2", "a/two", List.of(port("x", 65534)), "n1"));
        assertThat(fixture.refused(
                                fixture.request(
                                        "2",
                                        "a/two",
                                        List.of(new RequestedPort("x", TransportProtocol.TCP, 65534, 3)),
                                        "n1"),
                                Reason.PORT_NOT_USABLE)
                        .message())
                .isEqualTo("'x' cannot have 3 ports from 65534 on: 3 ports from 65534 on end beyond 65535; request a"
                        + " count of at most 2");
    }

    @Test
    void anotherPortOfTheClaimIsInTheWayUnlessItGoes() {
        fixture.bound(one(block(3), port("x", 103)));
        assertThat(why(block(4), port("x", 103)))
                .contains("port 100-103 is not free for 'g' (TCP): this claim has 103 (TCP) as 'x'");
        assertThat(fixture.bound(one(block(4)))).isEqualTo("n1: g=100-103/TCP");
        assertThat(fixture.bound(one(block(2), port("x", 103)))).isEqualTo("n1: g=100-101/TCP x=103/TCP");
        assertThat(fixture.index.snapshot().releases())
                .extracting(Release::grant)
                .containsExactly(IndexFixture.grant("g", TransportProtocol.TCP, "102"));
    }

    /** What one block gives back another may have in the same edit, in whatever order they stand. */
    @ParameterizedTest
    @CsvSource({"a, z", "z, a"})
    void oneBlockShrinksAndTheOneBeforeItCantGrowOverItsFirst(String low, String high) {
        fixture.bound(fixture.request(
                "2",
                "a/two",
                List.of(
                        new RequestedPort(low, TransportProtocol.TCP, 104, 2),
                        new RequestedPort(high, TransportProtocol.TCP, 106, 2)),
                "n1"));
        List<RequestedPort> over = List.of(any(low, TransportProtocol.TCP, 3), any(high, TransportProtocol.TCP, 1));
        assertThat(fixture.refused(fixture.request("2", "a/two", over, "n1"), Reason.PORT_TAKEN)
                        .message())
                .contains("'%s' cannot have 3 ports from 104 on".formatted(low));
        List<RequestedPort> shifted =
                List.of(any(low, TransportProtocol.TCP, 1), port("new", 105), any(high, TransportProtocol.TCP, 3));
        assertThat(fixture.bound(fixture.request("2", "a/two", shifted, "n1")))
                .contains(low + "=104/TCP", "new=105/TCP", high + "=106-108/TCP");
    }

    @Test
    void onSeveralNodesItGrowsOnAllOrOnNone() {
        fixture.bound(fixture.request("2", "a/set", List.of(block(2)), "n2", "n3"));
        fixture.bound(fixture.request("3", "b/three", List.of(port("x", 105)), "n3"));
        Request longer = fixture.request("2", "a/set", List.of(block(4)), "n2", "n3");

        assertThat(fixture.refused(longer, Reason.PORT_TAKEN).message()).contains("105/TCP on node n3");
        assertThat(IndexFixture.words(
                        fixture.index.allocation("2").orElseThrow().current()))
                .isEqualTo("n2: g=103-104/TCP; n3: g=103-104/TCP");
        fixture.release("3");
        fixture.cool(IndexFixture.TCP_COOLDOWN);
        assertThat(fixture.bound(longer)).isEqualTo("n2: g=103-106/TCP; n3: g=103-106/TCP");
    }

    @Test
    void whereNothingIsWantedItShrinksAndDoesNotGrow() {
        fixture.bound(fixture.request("2", "a/set", List.of(block(2)), "n2", "n3"));

        assertThat(fixture.bound(fixture.request("2", "a/set", List.of(block(3)), "n2")))
                .isEqualTo("n2: g=103-105/TCP; n3: g=103-104/TCP");
        assertThat(fixture.bound(fixture.request("2", "a/set", List.of(block(1)), "n2")))
                .isEqualTo("n2: g=103/TCP; n3: g=103/TCP");
        assertThat(fixture.bound(fixture.request("2", "a/set", List.of(block(3)), "n2", "n3")))
                .isEqualTo("n2: g=103-105/TCP; n3: g=103-105/TCP");
    }

    @Test
    void aClaimOnEveryNodeGrowsOnlyOverWhatIsFreeOnEach() {
        fixture.bound(fixture.request("2", "a/wide", List.of(block(2)), "*"));
        fixture.bound(fixture.request("3", "b/three", List.of(port("x", 105)), "n7"));
        Request longer = fixture.request("2", "a/wide", List.of(block(3)), "*");
        assertThat(fixture.refused(longer, Reason.PORT_TAKEN).message()).contains("105/TCP on every node is held");
        fixture.release("3");
        fixture.cool(IndexFixture.TCP_COOLDOWN);
        assertThat(fixture.bound(longer)).isEqualTo("*: g=103-105/TCP");
    }

    @Test
    void aNodeThatJoinsGetsTheBlockAtItsNewLength() {
        fixture.bound(one(4));
        assertThat(fixture.bound(fixture.request("1", "a/one", List.of(block(4)), "n1", "n2")))
                .isEqualTo("n1: g=100-103/TCP; n2: g=100-103/TCP");
    }

    @ParameterizedTest
    @CsvSource({"1, 100", "2, 100-101", "3, 100-102", "5, 100-104"})
    void aClaimMadeAgainGetsItsFirstNumberBackWhateverItsLength(int count, String expected) {
        fixture.bound(one(5));
        fixture.bound(one(3));
        fixture.release("1");
        assertThat(fixture.bound(fixture.request("again", "a/one", List.of(block(count)), "n1")))
                .isEqualTo("n1: g=%s/TCP".formatted(expected));
    }

    @Test
    void aClaimMadeAgainThatFindsNoRoomAtItsFirstNumberGetsAnother() {
        fixture.release("1");
        holds("two", port("x", 103));
        assertThat(fixture.bound(fixture.request("again", "a/one", List.of(block(4)), "n1")))
                .isEqualTo("n1: g=104-107/TCP");
    }

    @Test
    void anAlignedBlockStartsAtAMultiple() {
        assertThat(fixture.bound(fixture.request("2", "a/rtp", List.of(aligned(2, 2)), "n1")))
                .isEqualTo("n1: g=104-105/TCP");
        assertThat(fixture.bound(fixture.request("3", "a/rtp2", List.of(aligned(1, 9)), "n1")))
                .isEqualTo("n1: g=108/TCP");
    }

    @Test
    void whereNoMultipleIsFreeTheRefusalSaysSo() {
        fixture.bound(fixture.request("2", "a/two", List.of(port("x", 104)), "n1"));
        assertThat(fixture.refused(fixture.request("3", "a/rtp", List.of(aligned(4, 4)), "n1"), Reason.POOL_EXHAUSTED)
                        .message())
                .startsWith("no 4 consecutive ports whose first is a multiple of 4 are free for 'g' (TCP)");
        assertThat(fixture.refused(fixture.request("3", "a/one", List.of(aligned(1, 64)), "n1"), Reason.POOL_EXHAUSTED)
                        .message())
                .startsWith("no port that is a multiple of 64 is free for 'g' (TCP)");
    }

    @Test
    void anAlignmentMovesNoPortThatIsHeld() {
        assertThat(fixture.bound(one(aligned(3, 4)))).as("it fits").isEqualTo("n1: g=100-102/TCP");
        assertThat(why(aligned(3, 3)))
                .isEqualTo("PortNotUsable: 'g' holds port 100, which is not a multiple of alignment 3, and a held port"
                        + " is never moved; revert the alignment, or remove the port and add one with"
                        + " another name");
        assertThat(why(aligned(2, 3))).as("nor with another length").startsWith("PortNotUsable: 'g' holds port 100");
    }

    @Test
    void anExplicitPortThatIsNoMultipleIsRefused() {
        assertThat(fixture.refused(
                                fixture.request(
                                        "2",
                                        "a/two",
                                        List.of(new RequestedPort("x", TransportProtocol.TCP, 105, 1, 2)),
                                        "n1"),
                                Reason.PORT_NOT_USABLE)
                        .message())
                .isEqualTo(
                        "port 105 is not a multiple of alignment 2, which 'x' requests; request one that is, or leave"
                                + " alignment out");
    }

    @Test
    void whatReturnsMustBeAlignedToo() {
        fixture.release("1");
        fixture.bound(fixture.request("again", "a/one", List.of(aligned(3, 3)), "n1"));
        assertThat(IndexFixture.words(
                        fixture.index.allocation("again").orElseThrow().current()))
                .isEqualTo("n1: g=105-107/TCP");
    }

    @Test
    void theLedgerRemembersAnEditOfTheLength() {
        fixture.decided(one(5));
        Snapshot ledger = fixture.index.snapshot();
        ClaimAllocation found = fixture.index.allocation("1").orElseThrow();
        fixture.index = new PortIndex(fixture.clock, fixture.foreign, fixture.listeners, new EstimatedSize());
        Recovery.Known known =
                new Recovery.Known(found.deciding(found.published(), 1).settled(), Assignment.NONE);
        new Recovery(
                        fixture.index,
                        (pool, grant) -> Duration.ofSeconds(9),
                        fixture.clock.instant(),
                        new Recovery.Found(
                                List.of(known),
                                List.of(),
                                Set.of(),
                                List.of(),
                                Set.of("n1"),
                                Set.of("default"),
                                fixture.clock.instant()))
                .load(ledger);

        ClaimAllocation recovered = fixture.index.allocation("1").orElseThrow();
        assertThat(IndexFixture.words(recovered.published())).isEqualTo("n1: g=100-102/TCP");
        assertThat(IndexFixture.words(recovered.current())).isEqualTo("n1: g=100-104/TCP");
        assertThat(fixture.index.unfinishedReleases()).isZero();
        assertThat(fixture.index.holders().of(List.of(new Slot("n1", Protocol.TCP, 104))))
                .containsExactly(found.key());
    }

    @Test
    void aLimitCountsTheLengthAsked() {
        fixture.pool = IndexFixture.pool("100-109", 0, 4);
        assertThat(fixture.bound(one(4))).isEqualTo("n1: g=100-103/TCP");
        assertThat(why(block(5))).startsWith("LimitExceeded: 5 ports requested");
        assertThat(fixture.bound(one(2))).isEqualTo("n1: g=100-101/TCP");
        assertThat(fixture.bound(fixture.request("2", "a/two", List.of(block(2)), "n1")))
                .isEqualTo("n1: g=104-105/TCP");
    }
}
