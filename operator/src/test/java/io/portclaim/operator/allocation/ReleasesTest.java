package io.portclaim.operator.allocation;

import static io.portclaim.operator.allocation.Bed.any;
import static io.portclaim.operator.allocation.Bed.port;
import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.testing.SetClock;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** From a claim's end to the next holder of its ports. */
class ReleasesTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final Bed bed = new Bed();

    private boolean isFree(TransportProtocol transport, int port) {
        Request probe = bed.request("probe", "b/probe", List.of(new PortAsk("p", transport, port, 1)), "n1");
        boolean free = bed.index.decide(probe) instanceof Decision.Granted;
        bed.release("probe");
        if (free) {
            bed.index.snapshot().releases().stream()
                    .filter(release -> Bed.key("b/probe").equals(release.key()))
                    .forEach(release -> bed.rest(release.cooldown()));
        }
        return free;
    }

    @Test
    void theLedgerIsToBeWrittenForWhatALaterLeaderWouldFreeTooEarly() {
        bed.bound(bed.request("1", "a/one", List.of(any("x")), "n1"));
        long before = bed.index.releaseChanges();
        bed.release("1");
        long released = bed.index.releaseChanges();
        assertThat(released).as("a release").isGreaterThan(before);
        bed.index.advance(release -> true);
        bed.index.advance(release -> false);
        assertThat(bed.index.releaseChanges()).as("a cooldown that begins").isEqualTo(released);
        bed.clock.goOn(SECOND);
        bed.index.advance(release -> true);
        long again = bed.index.releaseChanges();
        assertThat(again).as("used again while it cools").isGreaterThan(released);
        bed.index.advance(release -> true);
        assertThat(bed.index.releaseChanges()).as("still used").isEqualTo(again);
        bed.index.snapshot().releases().forEach(bed.index::blockWhereFree);
        assertThat(bed.index.releaseChanges()).as("nothing new").isEqualTo(again);
    }

    @ParameterizedTest
    @CsvSource({"TCP, 120", "UDP, 300", "SCTP, 130", "TCPUDP, 300"})
    void aReleasedPortIsBlockedThenCoolsByItsProtocolThenIsFree(TransportProtocol transport, int seconds) {
        bed.bound(bed.request("1", "a/one", List.of(any("x", transport, 1)), "n1"));
        bed.release("1");
        Set<String> inUse = new HashSet<>(Set.of("n1"));
        PodUse use = release -> inUse.contains(release.place());

        bed.clock.goOn(Duration.ofDays(1));
        assertThat(bed.index.advance(use)).isFalse();
        assertThat(bed.index.snapshot().releases()).singleElement().matches(Release::isBlocked);
        inUse.clear();
        assertThat(bed.index.advance(use)).isFalse();
        assertThat(bed.index.snapshot().releases())
                .singleElement()
                .extracting(Release::until)
                .isEqualTo(bed.clock.instant().plusSeconds(seconds));
        bed.clock.goOn(Duration.ofSeconds(seconds).minus(SECOND));
        assertThat(bed.index.advance(use)).isFalse();
        assertThat(isFree(transport, 100)).isFalse();
        bed.clock.goOn(SECOND);
        assertThat(bed.index.advance(use)).isTrue();
        assertThat(bed.index.unfinishedReleases()).isZero();
        assertThat(isFree(transport, 100)).isTrue();
    }

    @Test
    void aReleaseOnSomeNodeKeepsANumberFromAllButThoseWhoHoldIt() {
        Request one = bed.request("1", "a/one", List.of(port("x", 100)), "n1");
        bed.bound(one);
        bed.bound(bed.request("2", "a/two", List.of(port("x", 101)), "*"));
        for (int port = 100; port <= 102; port++) {
            bed.index.blockWhereFree(ofNobodyKnown(Place.SOMEWHERE, port));
        }

        assertThat(bed.index.snapshot().releases())
                .extracting(release -> release.grant().port())
                .containsExactly(100, 102);
        assertThat(bed.refused(bed.request("3", "b/three", List.of(port("x", 100)), "n2"), Reason.PORT_TAKEN)
                        .message())
                .startsWith("100/TCP on node n2 is released");
        bed.refused(bed.request("4", "b/four", List.of(port("x", 102)), "*"), Reason.PORT_TAKEN);
        assertThat(bed.bound(bed.request("5", "b/five", List.of(any("x")), "n2")))
                .isEqualTo("n2: x=103/TCP");
        // Who holds it keeps it through an edit, and what it releases then rests at its own place.
        assertThat(bed.bound(bed.request("1", "a/one", List.of(port("x", 100), any("y")), "n1")))
                .isEqualTo("n1: x=100/TCP y=104/TCP");
        bed.release("1");
        assertThat(bed.index.snapshot().releases().stream()
                        .filter(release -> release.grant().port() == 100)
                        .map(Release::place))
                .containsExactlyInAnyOrder("?", "n1");
    }

    /** The pods that run read the ConfigMap of a claim that is gone: another that shares the ConfigMap's name is not that claim. */
    @Test
    void whereOnlyItsConfigMapIsKnownAPortGoesBackToTheClaimThatTheMapIsNamedAfter() {
        Request web = bed.request("1", "b/web", List.of(port("x", 100)), "n1");
        Request shares = new Request(
                "2",
                Bed.key("b/other"),
                web.created(),
                web.version(),
                web.pool(),
                "web-ports",
                web.asks(),
                web.targets());
        bed.index.blockWhereFree(new Release(
                null,
                ConfigMapId.of("b", "web-ports"),
                "",
                "n1",
                new PortGrant("", TransportProtocol.TCP, 100, 1),
                Bed.TCP_REST,
                SetClock.START,
                null));

        assertThat(bed.refused(shares, Reason.PORT_TAKEN).message()).contains("is released, and blocked");
        assertThat(bed.bound(web)).isEqualTo("n1: x=100/TCP");
    }

    private static Release ofNobodyKnown(String place, int port) {
        return new Release(
                null,
                ConfigMapId.UNKNOWN,
                "default",
                place,
                new PortGrant("", TransportProtocol.TCP, port, 1),
                Bed.TCP_REST,
                SetClock.START,
                null);
    }

    @Test
    void ofSeveralThatKeepANumberTheOneThatKeepsItLongestIsNamed() {
        bed.index.blockWhereFree(ofNobodyKnown(Place.SOMEWHERE, 100));
        bed.index.advance(Bed.NO_PODS);
        bed.index.blockWhereFree(ofNobodyKnown("n2", 100));
        Request wants = bed.request("1", "b/wants", List.of(port("x", 100)), "n2");

        assertThat(bed.refused(wants, Reason.PORT_TAKEN).message())
                .contains("is released, and blocked until no ConfigMap, pod or process uses it any more");
        bed.index.advance(Bed.NO_PODS);
        assertThat(bed.refused(wants, Reason.PORT_TAKEN).message()).contains("is cooling");
    }

    @Test
    void aRestThatIsOverLastsUntilTimeIsLetPass() {
        bed.bound(bed.request("1", "a/one", List.of(any("x")), "n1"));
        bed.release("1");
        bed.index.advance(Bed.NO_PODS);
        bed.clock.goOn(Bed.TCP_REST);

        assertThat(bed.index.unfinishedReleases()).isEqualTo(1);
        bed.release("1");
        assertThat(bed.index.unfinishedReleases()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void aPortGoesBackAtOnceToAClaimOfTheNameThatHeldIt(boolean cooling) {
        List<PortAsk> asks = List.of(any("x"), any("g", TransportProtocol.TCPUDP, 2));
        String first = bed.bound(bed.request("1", "a/one", asks, "n1", "n2"));
        bed.release("1");
        if (cooling) {
            bed.index.advance(Bed.NO_PODS);
        }

        assertThat(bed.bound(bed.request("2", "a/one", asks, "n1", "n2"))).isEqualTo(first);
        assertThat(bed.index.unfinishedReleases()).isZero();
        bed.rest(Duration.ofDays(1));
        bed.refused(bed.request("3", "b/other", List.of(port("x", 102)), "n2"), Reason.PORT_TAKEN);
    }

    /** The pods that read the earlier ConfigMap would be forgotten with it. */
    @Test
    void aBlockedPortGoesBackOnlyToAClaimThatPublishesInTheSameConfigMap() {
        bed.bound(bed.request("1", "a/one", List.of(any("x")), "n1"));
        bed.release("1");
        Request asked = bed.request("2", "a/one", List.of(port("x", 100)), "n1");
        Request elsewhere = new Request(
                asked.uid(), asked.key(), asked.created(), 1, asked.pool(), "other", asked.asks(), asked.targets());

        bed.refused(elsewhere, Reason.PORT_TAKEN);
        bed.index.advance(Bed.NO_PODS);
        assertThat(bed.bound(elsewhere)).isEqualTo("n1: x=100/TCP");
    }

    @Test
    void aReturningPortMustStillBeUsable() {
        bed.bound(bed.request("1", "a/one", List.of(any("x")), "n1"));
        bed.release("1");
        bed.declare("late", "Pod", "b", Bed.tcp("n1", 100));

        assertThat(bed.bound(bed.request("2", "a/one", List.of(any("x")), "n1")))
                .isEqualTo("n1: x=101/TCP");
    }

    @Test
    void ofSeveralThatTheNameHeldTheLastComesBackOrElseTheOneBefore() {
        bed.bound(bed.request("1", "a/one", List.of(port("x", 105)), "n1"));
        bed.bound(bed.request("1", "a/one", List.of(port("x", 107)), "n1"));
        bed.release("1");

        assertThat(bed.bound(bed.request("2", "a/one", List.of(any("x")), "n1")))
                .isEqualTo("n1: x=107/TCP");
        bed.release("2");
        bed.declare("late", "Pod", "b", Bed.tcp("n1", 107));
        assertThat(bed.bound(bed.request("3", "a/one", List.of(any("x")), "n1")))
                .isEqualTo("n1: x=105/TCP");
    }

    @Test
    void anExplicitAskOfTheSameNameTakesItBackToo() {
        bed.bound(bed.request("1", "a/one", List.of(any("x")), "n1"));
        bed.release("1");

        bed.refused(bed.request("2", "a/two", List.of(port("x", 100)), "n1"), Reason.PORT_TAKEN);
        bed.refused(bed.request("2", "b/one", List.of(port("x", 100)), "n1"), Reason.PORT_TAKEN);
        assertThat(bed.bound(bed.request("2", "a/one", List.of(port("renamed", 100)), "n1")))
                .isEqualTo("n1: renamed=100/TCP");
    }

    @Test
    void aClaimOfTheNameTakesBackPartOfABlockAndTheRestOfItCoolsOn() {
        bed.bound(bed.request("1", "a/one", List.of(any("g", TransportProtocol.TCPUDP, 3)), "n1"));
        bed.release("1");
        bed.index.advance(Bed.NO_PODS);

        assertThat(bed.bound(bed.request("2", "a/one", List.of(port("x", 101)), "n1")))
                .isEqualTo("n1: x=101/TCP");
        assertThat(isFree(TransportProtocol.TCP, 100)).isFalse();
        assertThat(isFree(TransportProtocol.UDP, 101)).isFalse();
        assertThat(isFree(TransportProtocol.UDP, 102)).isFalse();
        assertThat(bed.rest(Bed.UDP_REST)).isTrue();
        assertThat(bed.index.unfinishedReleases()).isZero();
        assertThat(isFree(TransportProtocol.TCP, 100)).isTrue();
        assertThat(isFree(TransportProtocol.UDP, 101)).isTrue();
        assertThat(isFree(TransportProtocol.TCP, 101)).isFalse();
    }

    @Test
    void aPortDoesNotGoBackToAnotherPoolOrPlace() {
        bed.bound(bed.request("1", "a/one", List.of(port("x", 100)), "n1"));
        bed.release("1");
        Request elsewhere = bed.request("2", "a/one", List.of(port("x", 100)), "*");
        Request otherPool = new Request(
                "3",
                Bed.key("a/one"),
                SetClock.START,
                1,
                new PoolRules("other", bed.pool.spec()),
                "cm",
                List.of(port("x", 100)),
                List.of(new Request.Target("n1", List.of(Bed.node("n1")))));

        bed.refused(elsewhere, Reason.PORT_TAKEN);
        bed.refused(otherPool, Reason.PORT_TAKEN);
    }

    @Test
    void theSequenceGoesOnSoThatAFreedPortRestsLong() {
        for (int i = 0; i < 9; i++) {
            bed.bound(bed.request("1", "a/one", List.of(any("x" + i)), "n1"));
            bed.release("1");
            bed.rest(Bed.TCP_REST);
        }

        assertThat(bed.bound(bed.request("2", "a/two", List.of(any("x")), "n1")))
                .isEqualTo("n1: x=109/TCP");
        assertThat(bed.bound(bed.request("3", "a/three", List.of(any("x")), "n1")))
                .isEqualTo("n1: x=100/TCP");
    }
}
