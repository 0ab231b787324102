package io.portclaim.operator.allocation;

import static io.portclaim.operator.allocation.Bed.any;
import static io.portclaim.operator.allocation.Bed.port;
import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.ports.CompactPorts;
import io.portclaim.operator.ports.PortSet;
import io.portclaim.operator.ports.Protocol;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A block that grows and shrinks in place, and one that must be aligned. */
class ResizesTest {
    private final Bed bed = new Bed();

    @BeforeEach
    void aClaimHoldsABlock() {
        bed.bound(one(3));
    }

    private static PortAsk block(int count) {
        return any("g", TransportProtocol.TCP, count);
    }

    private static PortAsk aligned(int count, int alignment) {
        return new PortAsk("g", TransportProtocol.TCP, null, count, alignment);
    }

    private Request one(int count) {
        return one(block(count));
    }

    private Request one(PortAsk... asks) {
        return bed.request("1", "a/one", List.of(asks), "n1");
    }

    private void holds(String other, PortAsk ask) {
        bed.bound(bed.request(other, "b/" + other, List.of(ask), "n1"));
    }

    private String why(PortAsk... asks) {
        Holding before = bed.index.holding("1").orElseThrow();
        Decision decision = bed.index.decide(one(asks));
        assertThat(bed.index.holding("1")).as("an edit is a transaction").hasValue(before);
        return decision instanceof Decision.Refused refused
                ? refused.refusal().reason().text() + ": " + refused.refusal().message()
                : "granted";
    }

    @Test
    void aBlockGrowsAtItsEnd() {
        assertThat(bed.bound(one(5))).isEqualTo("n1: g=100-104/TCP");
        assertThat(bed.index.unfinishedReleases()).isZero();
    }

    @Test
    void aSinglePortBecomesABlockAndOneAgain() {
        bed.bound(bed.request("2", "a/two", List.of(any("x")), "n1"));
        assertThat(bed.bound(bed.request("2", "a/two", List.of(any("x", TransportProtocol.TCP, 4)), "n1")))
                .isEqualTo("n1: x=103-106/TCP");
        assertThat(bed.bound(bed.request("2", "a/two", List.of(any("x")), "n1")))
                .isEqualTo("n1: x=103/TCP");
    }

    @Test
    void whatABlockGivesBackAtItsEndIsOneReleaseThatCools() {
        assertThat(bed.bound(one(1))).isEqualTo("n1: g=100/TCP");
        assertThat(bed.index.snapshot().releases())
                .extracting(Release::grant)
                .containsExactly(Bed.grant("g", TransportProtocol.TCP, "101-102"));
        Request other = bed.request("2", "b/two", List.of(port("x", 102)), "n1");
        assertThat(bed.refused(other, Reason.PORT_TAKEN).message()).contains("released, and blocked until");

        bed.rest(Bed.TCP_REST);
        assertThat(bed.decided(other)).isEqualTo("n1: x=102/TCP");
        assertThat(bed.index.unfinishedReleases()).isZero();
    }

    @Test
    void ofATcpUdpBlockEachProtocolCoolsForItsOwnTime() {
        bed.bound(bed.request("2", "a/two", List.of(any("b", TransportProtocol.TCPUDP, 4)), "n1"));
        bed.bound(bed.request("2", "a/two", List.of(any("b", TransportProtocol.TCPUDP, 2)), "n1"));

        assertThat(bed.index.snapshot().releases())
                .extracting(Release::grant)
                .containsExactlyInAnyOrder(
                        Bed.grant("b", TransportProtocol.TCP, "105-106"),
                        Bed.grant("b", TransportProtocol.UDP, "105-106"));
        bed.rest(Bed.TCP_REST);
        assertThat(bed.index.snapshot().releases())
                .extracting(Release::grant)
                .containsExactly(Bed.grant("b", TransportProtocol.UDP, "105-106"));
    }

    @Test
    void aBlockGrowsBackIntoWhatItHasJustGivenBack() {
        bed.bound(one(1));
        assertThat(bed.bound(one(4))).isEqualTo("n1: g=100-103/TCP");
        assertThat(bed.index.unfinishedReleases()).isZero();
    }

    @Test
    void whatIsGivenBackIsHeldUntilThatIsPublished() {
        bed.decided(one(1));
        Request other = bed.request("2", "b/two", List.of(port("x", 102)), "n1");
        assertThat(bed.refused(other, Reason.PORT_TAKEN).message()).contains("held by a claim of another namespace");
    }

    @Test
    void whereTheNextNumberIsTakenNothingChanges() {
        holds("two", port("x", 104));
        assertThat(why(block(5)))
                .isEqualTo(
                        "PortTaken: 'g' can't have 5 ports from 100 on: 104/TCP on node n1 is held by a claim of another"
                                + " namespace; ask for a count of 4 at most, or for further ports with another name");
        assertThat(bed.bound(one(4))).isEqualTo("n1: g=100-103/TCP");
    }

    @Test
    void itGrowsAsSoonAsTheNextNumbersAreFree() {
        holds("two", port("x", 103));
        assertThat(why(block(4))).startsWith("PortTaken");
        bed.release("two");
        bed.rest(Bed.TCP_REST);
        assertThat(bed.bound(one(4))).isEqualTo("n1: g=100-103/TCP");
    }

    @Test
    void anotherProtocolOfTheNextNumberIsInNobodysWay() {
        holds("two", new PortAsk("x", TransportProtocol.UDP, 103, 1));
        assertThat(bed.bound(one(4))).isEqualTo("n1: g=100-103/TCP");
    }

    @Test
    void whatIsDeclaredOrListenedOnIsNotGrownInto() {
        bed.declare("pod", "Pod", "b", Bed.tcp("n1", 103));
        assertThat(why(block(4)))
                .contains("103/TCP on node n1 is declared by a Pod of another namespace; ask for a count of 3");
        bed.foreign.withdraw("pod");
        bed.listeners.report("n1", CompactPorts.of(PortSet.parse("104")), CompactPorts.EMPTY);
        assertThat(why(block(5))).contains("a process on node n1 listens on it", "or ask for a count of 4 at most");
    }

    @Test
    void whatThePoolDoesNotGiveIsNotGrownIntoAndWhatIsHeldStays() {
        assertThat(why(block(11)))
                .startsWith("PortNotUsable: 'g' can't have 11 ports from 100 on: port 110 is outside pool default");
        bed.pool = Bed.pool("200-209");
        assertThat(why(block(4))).contains("port 103 is outside pool default");
        assertThat(bed.bound(one(2))).isEqualTo("n1: g=100-101/TCP");
    }

    @Test
    void noBlockEndsBeyondTheLastPort() {
        bed.pool = Bed.pool("61000-65535");
        bed.bound(bed.request("2", "a/two", List.of(port("x", 65534)), "n1"));
        assertThat(bed.refused(
                                bed.request(
                                        "2", "a/two", List.of(new PortAsk("x", TransportProtocol.TCP, 65534, 3)), "n1"),
                                Reason.PORT_NOT_USABLE)
                        .message())
                .isEqualTo("'x' can't have 3 ports from 65534 on: 3 ports from 65534 on end beyond 65535;"
                        + " ask for a count of 2 at most");
    }

    @Test
    void anotherPortOfTheClaimIsInTheWayUnlessItGoes() {
        bed.bound(one(block(3), port("x", 103)));
        assertThat(why(block(4), port("x", 103)))
                .contains("port 100-103 is not free for 'g' (TCP): this claim has 103 (TCP) as 'x'");
        assertThat(bed.bound(one(block(4)))).isEqualTo("n1: g=100-103/TCP");
        assertThat(bed.bound(one(block(2), port("x", 103)))).isEqualTo("n1: g=100-101/TCP x=103/TCP");
        assertThat(bed.index.snapshot().releases())
                .extracting(Release::grant)
                .containsExactly(Bed.grant("g", TransportProtocol.TCP, "102"));
    }

    /** What one block gives back another may have in the same edit, in whatever order they stand. */
    @ParameterizedTest
    @CsvSource({"a, z", "z, a"})
    void oneBlockShrinksAndTheOneBeforeItCantGrowOverItsFirst(String low, String high) {
        bed.bound(bed.request(
                "2",
                "a/two",
                List.of(
                        new PortAsk(low, TransportProtocol.TCP, 104, 2),
                        new PortAsk(high, TransportProtocol.TCP, 106, 2)),
                "n1"));
        List<PortAsk> over = List.of(any(low, TransportProtocol.TCP, 3), any(high, TransportProtocol.TCP, 1));
        assertThat(bed.refused(bed.request("2", "a/two", over, "n1"), Reason.PORT_TAKEN)
                        .message())
                .contains("'%s' can't have 3 ports from 104 on".formatted(low));
        List<PortAsk> shifted =
                List.of(any(low, TransportProtocol.TCP, 1), port("new", 105), any(high, TransportProtocol.TCP, 3));
        assertThat(bed.bound(bed.request("2", "a/two", shifted, "n1")))
                .contains(low + "=104/TCP", "new=105/TCP", high + "=106-108/TCP");
    }

    @Test
    void onSeveralNodesItGrowsOnAllOrOnNone() {
        bed.bound(bed.request("2", "a/set", List.of(block(2)), "n2", "n3"));
        bed.bound(bed.request("3", "b/three", List.of(port("x", 105)), "n3"));
        Request longer = bed.request("2", "a/set", List.of(block(4)), "n2", "n3");

        assertThat(bed.refused(longer, Reason.PORT_TAKEN).message()).contains("105/TCP on node n3");
        assertThat(Bed.words(bed.index.holding("2").orElseThrow().current()))
                .isEqualTo("n2: g=103-104/TCP; n3: g=103-104/TCP");
        bed.release("3");
        bed.rest(Bed.TCP_REST);
        assertThat(bed.bound(longer)).isEqualTo("n2: g=103-106/TCP; n3: g=103-106/TCP");
    }

    @Test
    void whereNothingIsWantedItShrinksAndDoesNotGrow() {
        bed.bound(bed.request("2", "a/set", List.of(block(2)), "n2", "n3"));

        assertThat(bed.bound(bed.request("2", "a/set", List.of(block(3)), "n2")))
                .isEqualTo("n2: g=103-105/TCP; n3: g=103-104/TCP");
        assertThat(bed.bound(bed.request("2", "a/set", List.of(block(1)), "n2")))
                .isEqualTo("n2: g=103/TCP; n3: g=103/TCP");
        assertThat(bed.bound(bed.request("2", "a/set", List.of(block(3)), "n2", "n3")))
                .isEqualTo("n2: g=103-105/TCP; n3: g=103-105/TCP");
    }

    @Test
    void aClaimOnEveryNodeGrowsOnlyOverWhatIsFreeOnEach() {
        bed.bound(bed.request("2", "a/wide", List.of(block(2)), "*"));
        bed.bound(bed.request("3", "b/three", List.of(port("x", 105)), "n7"));
        Request longer = bed.request("2", "a/wide", List.of(block(3)), "*");
        assertThat(bed.refused(longer, Reason.PORT_TAKEN).message()).contains("105/TCP on every node is held");
        bed.release("3");
        bed.rest(Bed.TCP_REST);
        assertThat(bed.bound(longer)).isEqualTo("*: g=103-105/TCP");
    }

    @Test
    void aNodeThatJoinsGetsTheBlockAtItsNewLength() {
        bed.bound(one(4));
        assertThat(bed.bound(bed.request("1", "a/one", List.of(block(4)), "n1", "n2")))
                .isEqualTo("n1: g=100-103/TCP; n2: g=100-103/TCP");
    }

    @ParameterizedTest
    @CsvSource({"1, 100", "2, 100-101", "3, 100-102", "5, 100-104"})
    void aClaimMadeAgainGetsItsFirstNumberBackWhateverItsLength(int count, String expected) {
        bed.bound(one(5));
        bed.bound(one(3));
        bed.release("1");
        assertThat(bed.bound(bed.request("again", "a/one", List.of(block(count)), "n1")))
                .isEqualTo("n1: g=%s/TCP".formatted(expected));
    }

    @Test
    void aClaimMadeAgainThatFindsNoRoomAtItsFirstNumberGetsAnother() {
        bed.release("1");
        holds("two", port("x", 103));
        assertThat(bed.bound(bed.request("again", "a/one", List.of(block(4)), "n1")))
                .isEqualTo("n1: g=104-107/TCP");
    }

    @Test
    void anAlignedBlockStartsAtAMultiple() {
        assertThat(bed.bound(bed.request("2", "a/rtp", List.of(aligned(2, 2)), "n1")))
                .isEqualTo("n1: g=104-105/TCP");
        assertThat(bed.bound(bed.request("3", "a/rtp2", List.of(aligned(1, 9)), "n1")))
                .isEqualTo("n1: g=108/TCP");
    }

    @Test
    void whereNoMultipleIsFreeTheRefusalSaysSo() {
        bed.bound(bed.request("2", "a/two", List.of(port("x", 104)), "n1"));
        assertThat(bed.refused(bed.request("3", "a/rtp", List.of(aligned(4, 4)), "n1"), Reason.POOL_EXHAUSTED)
                        .message())
                .startsWith("no 4 consecutive ports whose first is a multiple of 4 are free for 'g' (TCP)");
        assertThat(bed.refused(bed.request("3", "a/one", List.of(aligned(1, 64)), "n1"), Reason.POOL_EXHAUSTED)
                        .message())
                .startsWith("no port that is a multiple of 64 is free for 'g' (TCP)");
    }

    @Test
    void anAlignmentMovesNoPortThatIsHeld() {
        assertThat(bed.bound(one(aligned(3, 4)))).as("it fits").isEqualTo("n1: g=100-102/TCP");
        assertThat(why(aligned(3, 3)))
                .isEqualTo(
                        "PortNotUsable: 'g' has port 100, which is not a multiple of alignment 3, and no edit moves a"
                                + " port that is held; take back the alignment, or remove the port and add one with another name");
        assertThat(why(aligned(2, 3))).as("nor with another length").startsWith("PortNotUsable: 'g' has port 100");
    }

    @Test
    void anExplicitPortThatIsNoMultipleIsRefused() {
        assertThat(bed.refused(
                                bed.request(
                                        "2",
                                        "a/two",
                                        List.of(new PortAsk("x", TransportProtocol.TCP, 105, 1, 2)),
                                        "n1"),
                                Reason.PORT_NOT_USABLE)
                        .message())
                .isEqualTo(
                        "port 105 is not a multiple of alignment 2, which 'x' asks for; ask for one that is, or leave"
                                + " alignment out");
    }

    @Test
    void whatReturnsMustBeAlignedToo() {
        bed.release("1");
        bed.bound(bed.request("again", "a/one", List.of(aligned(3, 3)), "n1"));
        assertThat(Bed.words(bed.index.holding("again").orElseThrow().current()))
                .isEqualTo("n1: g=105-107/TCP");
    }

    @Test
    void theLedgerRemembersAnEditOfTheLength() {
        bed.decided(one(5));
        Snapshot ledger = bed.index.snapshot();
        Holding found = bed.index.holding("1").orElseThrow();
        bed.index = new Allocations(bed.clock, bed.foreign, bed.listeners);
        Recovery.Known known =
                new Recovery.Known(found.deciding(found.published(), 1).settled(), Assignment.NONE);
        new Recovery(
                        bed.index,
                        (pool, grant) -> Duration.ofSeconds(9),
                        bed.clock.instant(),
                        new Recovery.Found(
                                List.of(known),
                                Set.of(),
                                List.of(),
                                Set.of("n1"),
                                Set.of("default"),
                                bed.clock.instant()))
                .load(ledger);

        Holding recovered = bed.index.holding("1").orElseThrow();
        assertThat(Bed.words(recovered.published())).isEqualTo("n1: g=100-102/TCP");
        assertThat(Bed.words(recovered.current())).isEqualTo("n1: g=100-104/TCP");
        assertThat(bed.index.unfinishedReleases()).isZero();
        assertThat(bed.index.holdersOf(List.of(new Slot("n1", Protocol.TCP, 104))))
                .containsExactly(found.key());
    }

    @Test
    void aLimitCountsTheLengthAsked() {
        bed.pool = Bed.pool("100-109", 0, 4);
        assertThat(bed.bound(one(4))).isEqualTo("n1: g=100-103/TCP");
        assertThat(why(block(5))).startsWith("LimitExceeded: 5 ports asked for");
        assertThat(bed.bound(one(2))).isEqualTo("n1: g=100-101/TCP");
        assertThat(bed.bound(bed.request("2", "a/two", List.of(block(2)), "n1")))
                .isEqualTo("n1: g=104-105/TCP");
    }
}
