package io.portclaim.operator.allocation;

import static io.portclaim.operator.allocation.IndexFixture.any;
import static io.portclaim.operator.allocation.IndexFixture.port;
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
    private final IndexFixture fixture = new IndexFixture();

    @BeforeEach
    void aClaimHoldsTwoPorts() {
        fixture.bound(fixture.request("1", "a/one", List.of(any("x"), port("y", 105)), "n1"));
    }

    private Request one(RequestedPort... requestedPorts) {
        return fixture.request("1", "a/one", List.of(requestedPorts), "n1");
    }

    /** Why another claim does not get the port. */
    private String free(int port) {
        Request probe = fixture.request("probe", "b/probe", List.of(port("p", port)), "n1");
        if (fixture.index.decide(probe) instanceof Decision.Refused refused) {
            return refused.refusal().message();
        }
        fixture.release("probe");
        return "free";
    }

    @Test
    void whatIsStillAskedForIsKept() {
        fixture.pool = IndexFixture.pool("200-209");
        fixture.declare("late", "Pod", "b", IndexFixture.tcp("n1", 100));

        assertThat(fixture.bound(one(any("z"), any("y"), any("x")))).isEqualTo("n1: z=200/TCP y=105/TCP x=100/TCP");
        assertThat(fixture.index.unfinishedReleases()).isZero();
        assertThat(fixture.bound(one(port("x", 100), port("y", 105), any("z"))))
                .isEqualTo("n1: x=100/TCP y=105/TCP z=200/TCP");
    }

    @Test
    void aDecisionThatChangesNothingHasNothingToPublish() {
        assertThat(fixture.decided(one(any("x"), port("y", 105)))).isEqualTo("n1: x=100/TCP y=105/TCP");
        assertThat(fixture.index.pendingWeight()).isZero();
    }

    @Test
    void whatIsNoLongerAskedForIsHeldUntilThatIsPublishedAndThenCools() {
        assertThat(fixture.decided(one(any("x")))).isEqualTo("n1: x=100/TCP");
        assertThat(free(105)).contains("held by a claim of another namespace");
        fixture.index.settle("1", fixture.cooldowns(), fixture.clock.instant());
        assertThat(free(105))
                .contains(
                        "released, and blocked until no ConfigMap, pod or process uses it and the cooldown has ended");
        fixture.index.advance(IndexFixture.NO_PODS);
        assertThat(free(105)).contains("cooling");
        fixture.clock.goOn(IndexFixture.TCP_COOLDOWN);
        assertThat(fixture.index.advance(IndexFixture.NO_PODS)).isTrue();
        assertThat(free(105)).isEqualTo("free");
    }

    @Test
    void anEditThatCantBeMetChangesNothing() {
        fixture.bound(fixture.request("2", "b/two", List.of(port("x", 107)), "n1"));
        ClaimAllocation before = fixture.index.allocation("1").orElseThrow();

        fixture.refused(one(any("new"), port("y", 107)), Reason.PORT_TAKEN);
        assertThat(fixture.index.allocation("1")).hasValue(before);
        assertThat(fixture.index.unfinishedReleases()).isZero();
        assertThat(free(100)).contains("held");
    }

    @Test
    void anEditIsDoneOnAllNodesThatHoldOrOnNone() {
        fixture.bound(fixture.request("2", "b/two", List.of(port("x", 107)), "n2"));
        fixture.bound(fixture.request("1", "a/one", List.of(any("x")), "n1", "n2"));

        fixture.refused(fixture.request("1", "a/one", List.of(port("x", 107)), "n1", "n2"), Reason.PORT_TAKEN);
        assertThat(fixture.index.allocation("1").orElseThrow().pending()).isNull();
        assertThat(fixture.bound(fixture.request("1", "a/one", List.of(port("x", 106)), "n1", "n2")))
                .isEqualTo("n1: x=106/TCP; n2: x=106/TCP");
    }

    @Test
    void twoNamesSwapTheirPorts() {
        fixture.bound(one(port("x", 100), port("y", 105)));

        assertThat(fixture.bound(one(port("x", 105), port("y", 100)))).isEqualTo("n1: x=105/TCP y=100/TCP");
        assertThat(fixture.index.unfinishedReleases()).isZero();
        assertThat(free(100)).contains("held");
        assertThat(free(105)).contains("held");
        fixture.release("1");
        assertThat(fixture.cool(IndexFixture.TCP_COOLDOWN)).isTrue();
        assertThat(free(100)).isEqualTo("free");
    }

    @Test
    void anotherNameTakesOverAPort() {
        assertThat(fixture.bound(one(port("z", 105)))).isEqualTo("n1: z=105/TCP");
        assertThat(free(105)).contains("held");
        assertThat(free(100)).contains("released");
    }

    @Test
    void aPortThatTheClaimHasUnderAnotherNameIsNamed() {
        assertThat(fixture.refused(one(any("x"), port("z", 100)), Reason.PORT_TAKEN)
                        .message())
                .startsWith(
                        "port 100 is not free for 'z' (TCP): this claim has 100 (TCP) as 'x'; request another port");
    }

    @Test
    void aNameTakesOverOneProtocolOfANumberAndTheOtherCools() {
        fixture.bound(fixture.request("2", "a/two", List.of(any("both", TransportProtocol.TCPUDP, 1)), "n1"));
        assertThat(fixture.bound(fixture.request("2", "a/two", List.of(port("tcp", 101)), "n1")))
                .isEqualTo("n1: tcp=101/TCP");

        assertThat(fixture.index.snapshot().releases())
                .extracting(Release::grant, Release::cooldown)
                .containsExactly(
                        tuple(IndexFixture.grant("both", TransportProtocol.UDP, "101"), IndexFixture.UDP_COOLDOWN));
    }

    @Test
    void partOfABlockStaysWithTheClaimAndTheRestOfItCools() {
        fixture.bound(
                fixture.request("2", "a/two", List.of(new RequestedPort("g", TransportProtocol.TCP, 106, 3)), "n2"));
        assertThat(fixture.bound(fixture.request("2", "a/two", List.of(port("one", 107)), "n2")))
                .isEqualTo("n2: one=107/TCP");

        assertThat(fixture.index.snapshot().releases())
                .extracting(release -> release.grant().range().toString())
                .containsExactly("106", "108");
        fixture.release("2");
        fixture.cool(IndexFixture.TCP_COOLDOWN);
        assertThat(fixture.index.unfinishedReleases()).isZero();
    }

    @Test
    void aNodeThatIsAbsentOrNoLongerMatchesKeepsItsPorts() {
        fixture.bound(fixture.request("2", "a/set", List.of(any("x")), "n1", "n2"));

        assertThat(fixture.decided(fixture.request("2", "a/set", List.of(any("x")), "n1")))
                .isEqualTo("n1: x=101/TCP; n2: x=101/TCP");
        assertThat(fixture.decided(fixture.request("2", "a/set", List.of(any("x")))))
                .isEqualTo("n1: x=101/TCP; n2: x=101/TCP");
        assertThat(fixture.bound(fixture.request("2", "a/set", List.of(port("x", 109)), "n1")))
                .isEqualTo("n1: x=109/TCP");
    }

    @Test
    void aNodeThatIsGivenUpIsReleasedWithWhateverElseIsDecided() {
        fixture.bound(fixture.request("2", "a/set", List.of(any("x")), "n1", "n2"));
        Request onN1 = fixture.request("2", "a/set", List.of(any("x")), "n1");

        assertThat(fixture.index.decide(onN1, Set.of("n2")))
                .isInstanceOfSatisfying(
                        Decision.Granted.class,
                        granted -> assertThat(IndexFixture.words(granted.assignment()))
                                .isEqualTo("n1: x=101/TCP"));
        fixture.index.settle("2", fixture.cooldowns(), fixture.clock.instant());
        assertThat(fixture.index.releaseChanges()).isEqualTo(1);
        assertThat(fixture.index.snapshot().releases())
                .extracting(Release::place)
                .containsExactly("n2");
    }

    @Test
    void placesAreWithdrawnOnceThatIsPublished() {
        fixture.bound(fixture.request("2", "a/set", List.of(any("x")), "n1", "n2"));
        fixture.index.withdraw("2", 1, IndexFixture.assignment("n2: x=101/TCP"));

        assertThat(free(101)).contains("held");
        fixture.index.settle("2", fixture.cooldowns(), fixture.clock.instant());
        assertThat(free(101)).contains("released");
        assertThat(IndexFixture.words(
                        fixture.index.allocation("2").orElseThrow().published()))
                .isEqualTo("n2: x=101/TCP");
        fixture.index.withdraw("2", 1, Assignment.NONE);
        fixture.index.settle("2", fixture.cooldowns(), fixture.clock.instant());
        assertThat(fixture.index.allocation("2")).isEmpty();
        assertThat(fixture.index.uids(IndexFixture.key("a/set"))).isEmpty();
        fixture.index.settle("2", fixture.cooldowns(), fixture.clock.instant());
        fixture.index.withdraw("2", 1, Assignment.NONE);
        assertThat(fixture.index.allocation("2")).isEmpty();
    }

    @Test
    void whatIsLeftAfterAWithdrawalMustHaveBeenHeld() {
        assertThatThrownBy(() -> fixture.index.withdraw("1", 1, IndexFixture.assignment("n1: x=109/TCP")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("claim a/one does not hold all of");
    }

    @Test
    void aClaimThatGoesWhileAnEditIsPendingLetsGoOfBoth() {
        fixture.decided(one(port("x", 107)));
        fixture.release("1");

        assertThat(fixture.index.snapshot().releases())
                .extracting(release -> release.grant().port())
                .containsExactlyInAnyOrder(100, 105, 107);
        fixture.cool(IndexFixture.TCP_COOLDOWN);
        assertThat(List.of(free(100), free(105), free(107))).containsOnly("free");
    }
}
