package io.portclaim.operator.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.ClaimAllocation;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.Decision;
import io.portclaim.operator.allocation.ForeignPorts;
import io.portclaim.operator.allocation.Listeners;
import io.portclaim.operator.allocation.NodeFacts;
import io.portclaim.operator.allocation.PoolRules;
import io.portclaim.operator.allocation.PortGrant;
import io.portclaim.operator.allocation.PortIndex;
import io.portclaim.operator.allocation.Request;
import io.portclaim.operator.allocation.RequestedPort;
import io.portclaim.operator.codec.EstimatedSize;
import io.portclaim.operator.publish.ConfigMapIdentity;
import io.portclaim.ports.PortSet;
import io.portclaim.testing.SetClock;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is kept for a claim to come, and for how long. */
class UnclaimedMapsTest {
    private static final Duration GRACE = Duration.ofMinutes(10);
    private static final ConfigMapIdentity WEB = new ConfigMapIdentity("web", "gone");
    private static final ClaimKey WEB_MAP = new ClaimKey("shop", "web-ports");
    private static final NodeFacts NODE = new NodeFacts("a", null, PortSet.EMPTY, false, NodeFacts.Source.ASSUMED);

    private final SetClock clock = new SetClock();
    private final SimulatedTime time = new SimulatedTime();
    private final PortIndex portIndex =
            new PortIndex(clock, new ForeignPorts(), new Listeners(new ForeignPorts(), clock), new EstimatedSize());

    private static PoolRules pool(String name, String ranges, int perClaim, int perNamespace) {
        return new PoolRules(
                name,
                PoolRules.Spec.of(PortSet.parse(ranges))
                        .staticBand(0)
                        .portsPerClaim(perClaim)
                        .portsPerNamespace(perNamespace)
                        .build());
    }

    private UnclaimedMaps maps(PoolRules pool, Duration grace) {
        return new UnclaimedMaps(
                nothing(ClaimApi.class),
                nothing(ConfigMapApi.class),
                portIndex,
                new OnePool(pool),
                new OneNode(),
                new ClaimTracker(),
                new ServingGate(time),
                new KeyLocks(time),
                (claim, question) -> {},
                grace,
                time);
    }

    static <T> T nothing(Class<T> type) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, args) -> {
            throw new UnsupportedOperationException(method.getName());
        }));
    }

    private record OnePool(PoolRules pool) implements Admitter {
        @Override
        public Admitted admit(Claim claim, @Nullable String poolName) {
            throw new UnsupportedOperationException();
        }

        @Override
        public List<PoolRules> poolsOf(String namespace) {
            return List.of(pool);
        }
    }

    private static final class OneNode implements NodeView {
        @Override
        public Set<String> names() {
            return Set.of("a");
        }

        @Override
        public boolean exists(String name) {
            return name.equals("a");
        }

        @Override
        public Instant absentSince(String name) {
            throw new UnsupportedOperationException();
        }
    }

    private static Optional<UnclaimedPorts> said(PoolRules pool, String... data) {
        return UnclaimedPorts.of(Map.of("a.env", String.join("\n", data)), List.of(pool), "a"::equals);
    }

    private Decision decide(PoolRules pool, String uid, ClaimKey key, @Nullable Integer port) {
        return portIndex.decide(new Request(
                uid,
                key,
                Instant.EPOCH,
                1,
                pool,
                key.name() + "-ports",
                List.of(new RequestedPort("http", TransportProtocol.TCP, port, 1)),
                List.of(new Request.Target("a", List.of(NODE)))));
    }

    private boolean isFree(PoolRules pool, int port) {
        boolean free = decide(pool, "probe", new ClaimKey("other", "probe"), port) instanceof Decision.Granted;
        portIndex
                .allocation("probe")
                .ifPresent(probe -> portIndex.release("probe", (from, grant) -> Duration.ZERO, Instant.EPOCH));
        portIndex.advance(release -> false);
        portIndex.advance(release -> false);
        return free;
    }

    @Test
    void aPortIsKeptForAClaimOfTheName() {
        PoolRules pool = pool("main", "1000-1009", 0, 0);
        maps(pool, GRACE).keep(WEB_MAP, WEB, said(pool, "HTTP_PORT=1004"));
        assertThat(isFree(pool, 1004)).isFalse();
        assertThat(isFree(pool, 1005)).isTrue();
        assertThat(decide(pool, "new", new ClaimKey("shop", "web"), null))
                .isInstanceOfSatisfying(
                        Decision.Granted.class,
                        granted -> assertThat(granted.assignment())
                                .isEqualTo(Assignment.at(
                                        "a", List.of(new PortGrant("http", TransportProtocol.TCP, 1004, 1)))));
    }

    @Test
    void itIsFreeAgainAfterTheGrace() {
        PoolRules pool = pool("main", "1000-1009", 0, 0);
        maps(pool, GRACE).keep(WEB_MAP, WEB, said(pool, "HTTP_PORT=1004"));
        clock.goOn(GRACE.minusSeconds(1));
        assertThat(isFree(pool, 1004)).isFalse();
        clock.goOn(Duration.ofSeconds(1));
        portIndex.advance(release -> false);
        assertThat(isFree(pool, 1004)).isTrue();
    }

    @Test
    void withoutAGraceNothingIsKept() {
        PoolRules pool = pool("main", "1000-1009", 0, 0);
        maps(pool, Duration.ZERO).keep(WEB_MAP, WEB, said(pool, "HTTP_PORT=1004"));
        assertThat(portIndex.unfinishedReleases()).isZero();
    }

    @Test
    void aCopyOfWhatAClaimOfAnotherNameHasPublishedKeepsNothing() {
        PoolRules pool = pool("main", "1000-1009", 0, 0);
        decide(pool, "alive", new ClaimKey("original", "web"), 1001);
        maps(pool, GRACE).keep(WEB_MAP, new ConfigMapIdentity("web", "alive"), said(pool, "HTTP_PORT=1004"));
        assertThat(portIndex.unfinishedReleases()).isZero();
    }

    @Test
    void nothingIsKeptThatAClaimHolds() {
        PoolRules pool = pool("main", "1000-1009", 0, 0);
        decide(pool, "alive", new ClaimKey("original", "web"), 1004);
        maps(pool, GRACE).keep(WEB_MAP, WEB, said(pool, "HTTP_PORT=1004", "ADMIN_PORT=1005"));
        assertThat(portIndex.unfinishedReleases()).isEqualTo(1);
        assertThat(portIndex.allocation("alive")).map(ClaimAllocation::current).isPresent();
    }

    @Test
    void atMostHalfOfAPoolIsKept() {
        PoolRules pool = pool("main", "1000-1009", 0, 0);
        UnclaimedMaps maps = maps(pool, GRACE);
        maps.keep(WEB_MAP, WEB, said(pool, "A_PORT=1000", "B_PORT=1001", "C_PORT=1002"));
        maps.keep(
                new ClaimKey("shop", "api-ports"),
                new ConfigMapIdentity("api", "gone-too"),
                said(pool, "A_PORT=1003", "B_PORT=1004", "C_PORT=1005"));
        assertThat(portIndex.unfinishedReleases()).isEqualTo(3);
        time.pass(GRACE);
        maps.keep(
                new ClaimKey("shop", "api-ports"),
                new ConfigMapIdentity("api", "gone-too"),
                said(pool, "A_PORT=1003", "B_PORT=1004", "C_PORT=1005"));
        assertThat(portIndex.unfinishedReleases())
                .as("what is over does not count")
                .isEqualTo(6);
    }

    @Test
    void noMoreIsKeptThanTheNamespaceMayHold() {
        PoolRules pool = pool("main", "1000-1099", 0, 3);
        UnclaimedMaps maps = maps(pool, GRACE);
        decide(pool, "alive", new ClaimKey("shop", "api"), null);
        maps.keep(WEB_MAP, WEB, said(pool, "A_PORT=1010", "B_PORT=1011"));
        assertThat(portIndex.unfinishedReleases()).isEqualTo(2);
        maps.keep(new ClaimKey("shop", "db-ports"), new ConfigMapIdentity("db", "too"), said(pool, "A_PORT=1020"));
        assertThat(portIndex.unfinishedReleases()).isEqualTo(2);
        maps.keep(new ClaimKey("bank", "db-ports"), new ConfigMapIdentity("db", "too"), said(pool, "A_PORT=1020"));
        assertThat(portIndex.unfinishedReleases()).isEqualTo(3);
    }

    @Test
    void onlyThatCountsWhichOneClaimOfThePoolCouldHave() {
        PoolRules pool = pool("main", "1000-1099", 2, 0);
        assertThat(said(pool, "A_PORT=999", "B_PORT=1100"))
                .as("outside the pool")
                .isEmpty();
        assertThat(said(pool, "A_PORT=1098", "A_PORT_END=1100")).isEmpty();
        assertThat(said(pool, "A_PORT=1000", "B_PORT=1001", "C_PORT=1002"))
                .as("more than a claim may have")
                .map(UnclaimedPorts::numbers)
                .contains(2);
        assertThat(UnclaimedPorts.of(Map.of("b.env", "A_PORT=1000"), List.of(pool), "a"::equals))
                .as("a node that does not exist")
                .isEmpty();
        assertThat(UnclaimedPorts.of(Map.of("a.env", "A_PORT=1000"), List.of(), "a"::equals))
                .as("no pool serves the namespace")
                .isEmpty();
    }

    @Test
    void aConfigMapOfAClaimWithOneNumberForAllNodesNamesNone() {
        PoolRules pool = pool("main", "1000-1099", 0, 0);
        PoolRules other = pool("a-first", "1000-1000", 0, 0);
        Map<String, String> data =
                Map.of("A_PORT", "1000", "B_PORT", "1001", "ports.env", "A_PORT=1000\nB_PORT=1001\n");
        assertThat(UnclaimedPorts.of(data, List.of(pool, other), "a"::equals)).hasValueSatisfying(ports -> {
            assertThat(ports.pool().name())
                    .as("the pool that gives out all of it")
                    .isEqualTo("main");
            assertThat(ports.said().places()).containsExactly("*");
            assertThat(ports.numbers()).isEqualTo(2);
        });
    }

    @Test
    void oneThatIsEditedOrDeletedKeepsNoMoreThanOne() {
        PoolRules pool = pool("main", "1000-1009", 0, 0);
        UnclaimedMaps maps = maps(pool, GRACE);
        maps.keep(WEB_MAP, WEB, said(pool, "A_PORT=1000", "B_PORT=1001", "C_PORT=1002"));
        maps.keep(WEB_MAP, WEB, said(pool, "A_PORT=1004"));
        portIndex.advance(release -> false);
        assertThat(portIndex.unfinishedReleases()).isEqualTo(1);
        assertThat(isFree(pool, 1000)).isTrue();
        assertThat(isFree(pool, 1004)).isFalse();
        maps.gone(WEB_MAP);
        portIndex.advance(release -> false);
        assertThat(isFree(pool, 1004)).isTrue();
    }

    @Test
    void whatItsClaimHasNotTakenByNowIsNotKept() {
        PoolRules pool = pool("main", "1000-1009", 0, 0);
        UnclaimedMaps maps = maps(pool, GRACE);
        maps.keep(WEB_MAP, WEB, said(pool, "A_PORT=1000", "B_PORT=1001", "C_PORT=1002"));
        PresentMap.Owner owner = new PresentMap.Owner("portclaim.io/v1alpha1", "PortClaim", "web", "new", true, false);
        ConfigMapIdentity adopted = new ConfigMapIdentity("web", "new");
        maps.seen(new EarlierPortsTest.Map1004(adopted, List.of(owner)), adopted);
        portIndex.advance(release -> false);
        maps.keep(
                new ClaimKey("shop", "api-ports"),
                new ConfigMapIdentity("api", "gone-too"),
                said(pool, "A_PORT=1003", "B_PORT=1004", "C_PORT=1005"));
        assertThat(portIndex.unfinishedReleases())
                .as("half of the pool is 5: whoever may write an owner could keep all of it")
                .isEqualTo(3);
    }

    @Test
    void itIsReportedAfterTheGraceUntilItsClaimComesOrItIsGone() {
        PoolRules pool = pool("main", "1000-1099", 0, 0);
        UnclaimedMaps maps = maps(pool, GRACE);
        maps.keep(WEB_MAP, WEB, said(pool, "HTTP_PORT=1004"));
        maps.sweep(key -> false);
        assertThat(maps.left()).isZero();
        time.pass(GRACE);
        maps.sweep(key -> false);
        assertThat(maps.left()).isEqualTo(1);
        maps.gone(WEB_MAP);
        assertThat(maps.left()).isZero();
    }
}
