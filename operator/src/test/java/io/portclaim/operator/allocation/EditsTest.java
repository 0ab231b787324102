package io.portclaim.operator.allocation;

import static io.portclaim.operator.allocation.Bed.any;
import static io.portclaim.operator.allocation.Bed.port;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.api.v1alpha1.TransportProtocol;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a claim that holds ports gets when it, its nodes or its pool change. */
class EditsTest {
    private final Bed bed = new Bed();

    @BeforeEach
    void aClaimHoldsTwoPorts() {
        bed.bound(bed.request("1", "a/one", List.of(any("x"), port("y", 105)), "n1"));
    }

    private Request one(PortAsk... asks) {
        return bed.request("1", "a/one", List.of(asks), "n1");
    }

    /** Why another claim does not get the port. */
    private String free(int port) {
        Request probe = bed.request("probe", "b/probe", List.of(port("p", port)), "n1");
        if (bed.index.decide(probe) instanceof Decision.Refused refused) {
            return refused.refusal().message();
        }
        bed.release("probe");
        return "free";
    }

    @Test
    void whatIsStillAskedForIsKept() {
        bed.pool = Bed.pool("200-209");
        bed.declare("late", "Pod", "b", Bed.tcp("n1", 100));

        assertThat(bed.bound(one(any("z"), any("y"), any("x")))).isEqualTo("n1: z=200/TCP y=105/TCP x=100/TCP");
        assertThat(bed.index.unfinishedReleases()).isZero();
        assertThat(bed.bound(one(port("x", 100), port("y", 105), any("z"))))
                .isEqualTo("n1: x=100/TCP y=105/TCP z=200/TCP");
    }

    @Test
    void aDecisionThatChangesNothingHasNothingToPublish() {
        assertThat(bed.decided(one(any("x"), port("y", 105)))).isEqualTo("n1: x=100/TCP y=105/TCP");
        assertThat(bed.index.pendingWeight()).isZero();
    }

    @Test
    void whatIsNoLongerAskedForIsHeldUntilThatIsPublishedAndThenRests() {
        assertThat(bed.decided(one(any("x")))).isEqualTo("n1: x=100/TCP");
        assertThat(free(105)).contains("held by a claim of another namespace");
        bed.index.settle("1", bed.cooldowns(), bed.clock.instant());
        assertThat(free(105))
                .contains(
                        "released, and blocked until no ConfigMap, pod or process uses it any more and it has cooled");
        bed.index.advance(Bed.NO_PODS);
        assertThat(free(105)).contains("cooling");
        bed.clock.goOn(Bed.TCP_REST);
        assertThat(bed.index.advance(Bed.NO_PODS)).isTrue();
        assertThat(free(105)).isEqualTo("free");
    }

    @Test
    void anEditThatCantBeMetChangesNothing() {
        bed.bound(bed.request("2", "b/two", List.of(port("x", 107)), "n1"));
        Holding before = bed.index.holding("1").orElseThrow();

        bed.refused(one(any("new"), port("y", 107)), Reason.PORT_TAKEN);
        assertThat(bed.index.holding("1")).hasValue(before);
        assertThat(bed.index.unfinishedReleases()).isZero();
        assertThat(free(100)).contains("held");
    }

    @Test
    void anEditIsDoneOnAllNodesThatHoldOrOnNone() {
        bed.bound(bed.request("2", "b/two", List.of(port("x", 107)), "n2"));
        bed.bound(bed.request("1", "a/one", List.of(any("x")), "n1", "n2"));

        bed.refused(bed.request("1", "a/one", List.of(port("x", 107)), "n1", "n2"), Reason.PORT_TAKEN);
        assertThat(bed.index.holding("1").orElseThrow().pending()).isNull();
        assertThat(bed.bound(bed.request("1", "a/one", List.of(port("x", 106)), "n1", "n2")))
                .isEqualTo("n1: x=106/TCP; n2: x=106/TCP");
    }

    @Test
    void twoNamesSwapTheirPorts() {
        bed.bound(one(port("x", 100), port("y", 105)));

        assertThat(bed.bound(one(port("x", 105), port("y", 100)))).isEqualTo("n1: x=105/TCP y=100/TCP");
        assertThat(bed.index.unfinishedReleases()).isZero();
        assertThat(free(100)).contains("held");
        assertThat(free(105)).contains("held");
        bed.release("1");
        assertThat(bed.rest(Bed.TCP_REST)).isTrue();
        assertThat(free(100)).isEqualTo("free");
    }

    @Test
    void anotherNameTakesOverAPort() {
        assertThat(bed.bound(one(port("z", 105)))).isEqualTo("n1: z=105/TCP");
        assertThat(free(105)).contains("held");
        assertThat(free(100)).contains("released");
    }

    @Test
    void aPortThatTheClaimHasUnderAnotherNameIsNamed() {
        assertThat(bed.refused(one(any("x"), port("z", 100)), Reason.PORT_TAKEN).message())
                .startsWith(
                        "port 100 is not free for 'z' (TCP): this claim has 100 (TCP) as 'x'; ask for another port");
    }

    @Test
    void aNameTakesOverOneProtocolOfANumberAndTheOtherRests() {
        bed.bound(bed.request("2", "a/two", List.of(any("both", TransportProtocol.TCPUDP, 1)), "n1"));
        assertThat(bed.bound(bed.request("2", "a/two", List.of(port("tcp", 101)), "n1")))
                .isEqualTo("n1: tcp=101/TCP");

        assertThat(bed.index.snapshot().releases())
                .extracting(Release::grant, Release::cooldown)
                .containsExactly(tuple(Bed.grant("both", TransportProtocol.UDP, "101"), Bed.UDP_REST));
    }

    @Test
    void partOfABlockStaysWithTheClaimAndTheRestOfItRests() {
        bed.bound(bed.request("2", "a/two", List.of(new PortAsk("g", TransportProtocol.TCP, 106, 3)), "n2"));
        assertThat(bed.bound(bed.request("2", "a/two", List.of(port("one", 107)), "n2")))
                .isEqualTo("n2: one=107/TCP");

        assertThat(bed.index.snapshot().releases())
                .extracting(release -> release.grant().range().toString())
                .containsExactly("106", "108");
        bed.release("2");
        bed.rest(Bed.TCP_REST);
        assertThat(bed.index.unfinishedReleases()).isZero();
    }

    @Test
    void aNodeThatIsAbsentOrNoLongerMatchesKeepsItsPorts() {
        bed.bound(bed.request("2", "a/set", List.of(any("x")), "n1", "n2"));

        assertThat(bed.decided(bed.request("2", "a/set", List.of(any("x")), "n1")))
                .isEqualTo("n1: x=101/TCP; n2: x=101/TCP");
        assertThat(bed.decided(bed.request("2", "a/set", List.of(any("x"))))).isEqualTo("n1: x=101/TCP; n2: x=101/TCP");
        assertThat(bed.bound(bed.request("2", "a/set", List.of(port("x", 109)), "n1")))
                .isEqualTo("n1: x=109/TCP");
    }

    @Test
    void aNodeThatIsGivenUpIsLetGoOfWithWhateverElseIsDecided() {
        bed.bound(bed.request("2", "a/set", List.of(any("x")), "n1", "n2"));
        Request onN1 = bed.request("2", "a/set", List.of(any("x")), "n1");

        assertThat(bed.index.decide(onN1, Set.of("n2")))
                .isInstanceOfSatisfying(
                        Decision.Granted.class,
                        granted -> assertThat(Bed.words(granted.assignment())).isEqualTo("n1: x=101/TCP"));
        bed.index.settle("2", bed.cooldowns(), bed.clock.instant());
        assertThat(bed.index.releaseChanges()).isEqualTo(1);
        assertThat(bed.index.snapshot().releases()).extracting(Release::place).containsExactly("n2");
    }

    @Test
    void placesAreWithdrawnOnceThatIsPublished() {
        bed.bound(bed.request("2", "a/set", List.of(any("x")), "n1", "n2"));
        bed.index.withdraw("2", 1, Bed.assignment("n2: x=101/TCP"));

        assertThat(free(101)).contains("held");
        bed.index.settle("2", bed.cooldowns(), bed.clock.instant());
        assertThat(free(101)).contains("released");
        assertThat(Bed.words(bed.index.holding("2").orElseThrow().published())).isEqualTo("n2: x=101/TCP");
        bed.index.withdraw("2", 1, Assignment.NONE);
        bed.index.settle("2", bed.cooldowns(), bed.clock.instant());
        assertThat(bed.index.holding("2")).isEmpty();
        assertThat(bed.index.uids(Bed.key("a/set"))).isEmpty();
        bed.index.settle("2", bed.cooldowns(), bed.clock.instant());
        bed.index.withdraw("2", 1, Assignment.NONE);
        assertThat(bed.index.holding("2")).isEmpty();
    }

    @Test
    void whatIsLeftAfterAWithdrawalMustHaveBeenHeld() {
        assertThatThrownBy(() -> bed.index.withdraw("1", 1, Bed.assignment("n1: x=109/TCP")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("claim a/one does not hold all of");
    }

    @Test
    void aClaimThatGoesWhileAnEditIsPendingLetsGoOfBoth() {
        bed.decided(one(port("x", 107)));
        bed.release("1");

        assertThat(bed.index.snapshot().releases())
                .extracting(release -> release.grant().port())
                .containsExactlyInAnyOrder(100, 105, 107);
        bed.rest(Bed.TCP_REST);
        assertThat(List.of(free(100), free(105), free(107))).containsOnly("free");
    }
}
