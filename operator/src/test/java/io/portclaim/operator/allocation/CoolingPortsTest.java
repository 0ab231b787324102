package io.portclaim.operator.allocation;

import static io.portclaim.operator.allocation.IndexFixture.any;
import static io.portclaim.operator.allocation.IndexFixture.port;
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
class CoolingPortsTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final IndexFixture fixture = new IndexFixture();

    private boolean isFree(TransportProtocol transport, int port) {
        Request probe = fixture.request("probe", "b/probe", List.of(new RequestedPort("p", transport, port, 1)), "n1");
        boolean free = fixture.index.decide(probe) instanceof Decision.Granted;
        fixture.release("probe");
        if (free) {
            fixture.index.snapshot().releases().stream()
                    .filter(release -> IndexFixture.key("b/probe").equals(release.key()))
                    .forEach(release -> fixture.cool(release.cooldown()));
        }
        return free;
    }

    @Test
    void theLedgerIsToBeWrittenForWhatALaterLeaderWouldFreeTooEarly() {
        fixture.bound(fixture.request("1", "a/one", List.of(any("x")), "n1"));
        long before = fixture.index.releaseChanges();
        fixture.release("1");
        long released = fixture.index.releaseChanges();
        assertThat(released).as("a release").isGreaterThan(before);
        fixture.index.advance(release -> true);
        fixture.index.advance(release -> false);
        assertThat(fixture.index.releaseChanges()).as("a cooldown that begins").isEqualTo(released);
        fixture.clock.goOn(SECOND);
        fixture.index.advance(release -> true);
        long again = fixture.index.releaseChanges();
        assertThat(again).as("used again while it cools").isGreaterThan(released);
        fixture.index.advance(release -> true);
        assertThat(fixture.index.releaseChanges()).as("still used").isEqualTo(again);
        fixture.index.snapshot().releases().forEach(fixture.index::blockWhereFree);
        assertThat(fixture.index.releaseChanges()).as("nothing new").isEqualTo(again);
    }

    @ParameterizedTest
    @CsvSource({"TCP, 120", "UDP, 300", "SCTP, 130", "TCPUDP, 300"})
    void aReleasedPortIsBlockedThenCoolsByItsProtocolThenIsFree(TransportProtocol transport, int seconds) {
        fixture.bound(fixture.request("1", "a/one", List.of(any("x", transport, 1)), "n1"));
        fixture.release("1");
        Set<String> inUse = new HashSet<>(Set.of("n1"));
        PodUse use = release -> inUse.contains(release.place());

        fixture.clock.goOn(Duration.ofDays(1));
        assertThat(fixture.index.advance(use)).isFalse();
        assertThat(fixture.index.snapshot().releases()).singleElement().matches(Release::isBlocked);
        inUse.clear();
        assertThat(fixture.index.advance(use)).isFalse();
        assertThat(fixture.index.snapshot().releases())
                .singleElement()
                .extracting(Release::until)
                .isEqualTo(fixture.clock.instant().plusSeconds(seconds));
        fixture.clock.goOn(Duration.ofSeconds(seconds).minus(SECOND));
        assertThat(fixture.index.advance(use)).isFalse();
        assertThat(isFree(transport, 100)).isFalse();
        fixture.clock.goOn(SECOND);
        assertThat(fixture.index.advance(use)).isTrue();
        assertThat(fixture.index.unfinishedReleases()).isZero();
        assertThat(isFree(transport, 100)).isTrue();
    }

    @Test
    void aReleaseOnSomeNodeKeepsANumberFromAllButThoseWhoHoldIt() {
        Request one = fixture.request("1", "a/one", List.of(port("x", 100)), "n1");
        fixture.bound(one);
        fixture.bound(fixture.request("2", "a/two", List.of(port("x", 101)), "*"));
        for (int port = 100; port <= 102; port++) {
            fixture.index.blockWhereFree(ofNobodyKnown(Place.SOMEWHERE, port));
        }

        assertThat(fixture.index.snapshot().releases())
                .extracting(release -> release.grant().port())
                .containsExactly(100, 102);
        assertThat(fixture.refused(fixture.request("3", "b/three", List.of(port("x", 100)), "n2"), Reason.PORT_TAKEN)
                        .message())
                .startsWith("100/TCP on node n2 is released");
        fixture.refused(fixture.request("4", "b/four", List.of(port("x", 102)), "*"), Reason.PORT_TAKEN);
        assertThat(fixture.bound(fixture.request("5", "b/five", List.of(any("x")), "n2")))
                .isEqualTo("n2: x=103/TCP");
        // Who holds it keeps it through an edit, and what it releases then cools at its own place.
        assertThat(fixture.bound(fixture.request("1", "a/one", List.of(port("x", 100), any("y")), "n1")))
                .isEqualTo("n1: x=100/TCP y=104/TCP");
        fixture.release("1");
        assertThat(fixture.index.snapshot().releases().stream()
                        .filter(release -> release.grant().port() == 100)
                        .map(Release::place))
                .containsExactlyInAnyOrder("?", "n1");
    }

    /** As where a user has written the number of another claim into a ConfigMap: pods of that claim may still use it. */
    @Test
    void aPortThatASecondConfigMapNamesDoesNotReturnUntilThatOneIsDone() {
        fixture.bound(fixture.request("1", "a/one", List.of(port("x", 100)), "n1"));
        fixture.release("1");
        Assignment said = Assignment.at("*", List.of(new PortGrant("x", TransportProtocol.TCP, 100, 1)));
        fixture.index.keepNamed(IndexFixture.key("a/two"), "default", "two-ports", said, fixture.cooldowns());
        Request again = fixture.request("2", "a/one", List.of(port("x", 100)), "n1");
        fixture.refused(again, Reason.PORT_TAKEN);
        assertThat(fixture.decided(fixture.request("3", "a/one", List.of(any("x")), "n1")))
                .as("any other port")
                .isNotEqualTo("n1: x=100/TCP");

        fixture.index.mapSaysOnly(ConfigMapId.of("a", "two-ports"), fixture.clock.instant());
        while (fixture.index.hasReleasesOf(ConfigMapId.of("a", "two-ports"))) {
            fixture.cool(IndexFixture.TCP_COOLDOWN);
        }
        assertThat(fixture.decided(again)).isEqualTo("n1: x=100/TCP");
    }

    /** Of a ConfigMap without a claim nobody knows on which node its claim had the port. */
    @Test
    void aPortThatAConfigMapNamesForSomeNodeEndsWithThatConfigMap() {
        fixture.bound(fixture.request("1", "a/one", List.of(port("x", 100)), "*"));
        fixture.release("1");
        long second = ConfigMapId.of("a", "two-ports");
        fixture.index.blockWhereFree(new Release(
                IndexFixture.key("a/two"),
                second,
                "",
                Place.SOMEWHERE,
                new PortGrant("x", TransportProtocol.TCP, 100, 1),
                IndexFixture.TCP_COOLDOWN,
                null,
                null));
        fixture.cool(IndexFixture.TCP_COOLDOWN);
        fixture.cool(Duration.ofDays(1));
        assertThat(isFree(TransportProtocol.TCP, 100)).isFalse();

        fixture.index.mapSaysOnly(second, fixture.clock.instant());
        for (int i = 0; i < 3; i++) {
            fixture.cool(IndexFixture.TCP_COOLDOWN);
        }
        assertThat(isFree(TransportProtocol.TCP, 100)).isTrue();
    }

    /** As where a user has edited it: pods of either claim may have read the number, and each ConfigMap ends by a write of its own. */
    @Test
    void aPortThatASecondConfigMapNamesIsBlockedUntilThatOneDoesNotEither() {
        fixture.bound(fixture.request("1", "a/one", List.of(port("x", 100)), "n1"));
        fixture.release("1");
        Assignment said = Assignment.at("n1", List.of(new PortGrant("x", TransportProtocol.TCP, 100, 1)));
        long second = ConfigMapId.of("a", "two-ports");
        long before = fixture.index.releaseChanges();
        for (int i = 0; i < 2; i++) {
            fixture.index.keepNamed(IndexFixture.key("a/two"), "default", "two-ports", said, fixture.cooldowns());
            fixture.index.keepNamed(IndexFixture.key("a/two"), "", "two-ports", said, fixture.cooldowns());
        }
        assertThat(fixture.index.releaseChanges())
                .as("the next leader must know it")
                .isGreaterThan(before);

        assertThat(fixture.cool(IndexFixture.TCP_COOLDOWN)).isTrue();
        assertThat(fixture.cool(Duration.ofDays(1))).isFalse();
        assertThat(isFree(TransportProtocol.TCP, 100)).isFalse();
        assertThat(fixture.index.mapMayName(second)).isTrue();

        fixture.index.mapSaysOnly(second, fixture.clock.instant());
        assertThat(fixture.index.mapMayName(second)).isFalse();
        while (fixture.index.hasReleasesOf(second)) {
            fixture.cool(IndexFixture.TCP_COOLDOWN);
        }
        assertThat(isFree(TransportProtocol.TCP, 100)).isTrue();
    }

    /** The pods that run read the ConfigMap of a claim that is gone: another that shares the ConfigMap's name is not that claim. */
    @Test
    void whereOnlyItsConfigMapIsKnownAPortGoesBackToTheClaimThatTheMapIsNamedAfter() {
        Request web = fixture.request("1", "b/web", List.of(port("x", 100)), "n1");
        Request shares = new Request(
                "2",
                IndexFixture.key("b/other"),
                web.created(),
                web.version(),
                web.pool(),
                "web-ports",
                web.requestedPorts(),
                web.targets());
        fixture.index.blockWhereFree(new Release(
                null,
                ConfigMapId.of("b", "web-ports"),
                "",
                "n1",
                new PortGrant("", TransportProtocol.TCP, 100, 1),
                IndexFixture.TCP_COOLDOWN,
                SetClock.START,
                null));

        assertThat(fixture.refused(shares, Reason.PORT_TAKEN).message()).contains("is released, and blocked");
        assertThat(fixture.bound(web)).isEqualTo("n1: x=100/TCP");
    }

    private static Release ofNobodyKnown(String place, int port) {
        return new Release(
                null,
                ConfigMapId.UNKNOWN,
                "default",
                place,
                new PortGrant("", TransportProtocol.TCP, port, 1),
                IndexFixture.TCP_COOLDOWN,
                SetClock.START,
                null);
    }

    @Test
    void ofSeveralThatKeepANumberTheOneThatKeepsItLongestIsNamed() {
        fixture.index.blockWhereFree(ofNobodyKnown(Place.SOMEWHERE, 100));
        fixture.index.advance(IndexFixture.NO_PODS);
        fixture.index.blockWhereFree(ofNobodyKnown("n2", 100));
        Request wants = fixture.request("1", "b/wants", List.of(port("x", 100)), "n2");

        assertThat(fixture.refused(wants, Reason.PORT_TAKEN).message())
                .contains("is released, and blocked until no ConfigMap, pod or process uses it");
        fixture.index.advance(IndexFixture.NO_PODS);
        assertThat(fixture.refused(wants, Reason.PORT_TAKEN).message()).contains("is cooling");
    }

    @Test
    void aCooldownThatIsOverLastsUntilTimeIsLetPass() {
        fixture.bound(fixture.request("1", "a/one", List.of(any("x")), "n1"));
        fixture.release("1");
        fixture.index.advance(IndexFixture.NO_PODS);
        fixture.clock.goOn(IndexFixture.TCP_COOLDOWN);

        assertThat(fixture.index.unfinishedReleases()).isEqualTo(1);
        fixture.release("1");
        assertThat(fixture.index.unfinishedReleases()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void aPortGoesBackAtOnceToAClaimOfTheNameThatHeldIt(boolean cooling) {
        List<RequestedPort> requestedPorts = List.of(any("x"), any("g", TransportProtocol.TCPUDP, 2));
        String first = fixture.bound(fixture.request("1", "a/one", requestedPorts, "n1", "n2"));
        fixture.release("1");
        if (cooling) {
            fixture.index.advance(IndexFixture.NO_PODS);
        }

        assertThat(fixture.bound(fixture.request("2", "a/one", requestedPorts, "n1", "n2")))
                .isEqualTo(first);
        assertThat(fixture.index.unfinishedReleases()).isZero();
        fixture.cool(Duration.ofDays(1));
        fixture.refused(fixture.request("3", "b/other", List.of(port("x", 102)), "n2"), Reason.PORT_TAKEN);
    }

    /** The pods that read the earlier ConfigMap would be forgotten with it. */
    @Test
    void aBlockedPortGoesBackOnlyToAClaimThatPublishesInTheSameConfigMap() {
        fixture.bound(fixture.request("1", "a/one", List.of(any("x")), "n1"));
        fixture.release("1");
        Request asked = fixture.request("2", "a/one", List.of(port("x", 100)), "n1");
        Request elsewhere = new Request(
                asked.uid(),
                asked.key(),
                asked.created(),
                1,
                asked.pool(),
                "other",
                asked.requestedPorts(),
                asked.targets());

        fixture.refused(elsewhere, Reason.PORT_TAKEN);
        fixture.index.advance(IndexFixture.NO_PODS);
        assertThat(fixture.bound(elsewhere)).isEqualTo("n1: x=100/TCP");
    }

    @Test
    void aReturningPortMustStillBeUsable() {
        fixture.bound(fixture.request("1", "a/one", List.of(any("x")), "n1"));
        fixture.release("1");
        fixture.declare("late", "Pod", "b", IndexFixture.tcp("n1", 100));

        assertThat(fixture.bound(fixture.request("2", "a/one", List.of(any("x")), "n1")))
                .isEqualTo("n1: x=101/TCP");
    }

    @Test
    void ofSeveralThatTheNameHeldTheLastComesBackOrElseTheOneBefore() {
        fixture.bound(fixture.request("1", "a/one", List.of(port("x", 105)), "n1"));
        fixture.bound(fixture.request("1", "a/one", List.of(port("x", 107)), "n1"));
        fixture.release("1");

        assertThat(fixture.bound(fixture.request("2", "a/one", List.of(any("x")), "n1")))
                .isEqualTo("n1: x=107/TCP");
        fixture.release("2");
        fixture.declare("late", "Pod", "b", IndexFixture.tcp("n1", 107));
        assertThat(fixture.bound(fixture.request("3", "a/one", List.of(any("x")), "n1")))
                .isEqualTo("n1: x=105/TCP");
    }

    @Test
    void anExplicitAskOfTheSameNameTakesItBackToo() {
        fixture.bound(fixture.request("1", "a/one", List.of(any("x")), "n1"));
        fixture.release("1");

        fixture.refused(fixture.request("2", "a/two", List.of(port("x", 100)), "n1"), Reason.PORT_TAKEN);
        fixture.refused(fixture.request("2", "b/one", List.of(port("x", 100)), "n1"), Reason.PORT_TAKEN);
        assertThat(fixture.bound(fixture.request("2", "a/one", List.of(port("renamed", 100)), "n1")))
                .isEqualTo("n1: renamed=100/TCP");
    }

    @Test
    void aClaimOfTheNameTakesBackPartOfABlockAndTheRestOfItCoolsOn() {
        fixture.bound(fixture.request("1", "a/one", List.of(any("g", TransportProtocol.TCPUDP, 3)), "n1"));
        fixture.release("1");
        fixture.index.advance(IndexFixture.NO_PODS);

        assertThat(fixture.bound(fixture.request("2", "a/one", List.of(port("x", 101)), "n1")))
                .isEqualTo("n1: x=101/TCP");
        assertThat(isFree(TransportProtocol.TCP, 100)).isFalse();
        assertThat(isFree(TransportProtocol.UDP, 101)).isFalse();
        assertThat(isFree(TransportProtocol.UDP, 102)).isFalse();
        assertThat(fixture.cool(IndexFixture.UDP_COOLDOWN)).isTrue();
        assertThat(fixture.index.unfinishedReleases()).isZero();
        assertThat(isFree(TransportProtocol.TCP, 100)).isTrue();
        assertThat(isFree(TransportProtocol.UDP, 101)).isTrue();
        assertThat(isFree(TransportProtocol.TCP, 101)).isFalse();
    }

    @Test
    void aPortDoesNotGoBackToAnotherPoolOrPlace() {
        fixture.bound(fixture.request("1", "a/one", List.of(port("x", 100)), "n1"));
        fixture.release("1");
        Request elsewhere = fixture.request("2", "a/one", List.of(port("x", 100)), "*");
        Request otherPool = new Request(
                "3",
                IndexFixture.key("a/one"),
                SetClock.START,
                1,
                new PoolRules("other", fixture.pool.spec()),
                "cm",
                List.of(port("x", 100)),
                List.of(new Request.Target("n1", List.of(IndexFixture.node("n1")))));

        fixture.refused(elsewhere, Reason.PORT_TAKEN);
        fixture.refused(otherPool, Reason.PORT_TAKEN);
    }

    @Test
    void theSequenceGoesOnSoThatAFreedPortCoolsLong() {
        for (int i = 0; i < 9; i++) {
            fixture.bound(fixture.request("1", "a/one", List.of(any("x" + i)), "n1"));
            fixture.release("1");
            fixture.cool(IndexFixture.TCP_COOLDOWN);
        }

        assertThat(fixture.bound(fixture.request("2", "a/two", List.of(any("x")), "n1")))
                .isEqualTo("n1: x=109/TCP");
        assertThat(fixture.bound(fixture.request("3", "a/three", List.of(any("x")), "n1")))
                .isEqualTo("n1: x=100/TCP");
    }
}
