package io.portclaim.operator.claim;

import static io.portclaim.operator.claim.Samples.WEB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.portclaim.api.v1alpha1.AssignedPort;
import io.portclaim.api.v1alpha1.Phase;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.allocation.ClaimAllocation;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.protocol.Claim;
import io.portclaim.operator.protocol.WantedMap;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** In which order a leader begins, and that it leaves nothing out. */
@Timeout(60)
class TakeOverOrderTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String SPEC = "{poolName: main, scope: Cluster, ports: [{name: http}]}";

    private final SmallApi api = new SmallApi();
    private final Leader leader = new Leader(api);

    @AfterEach
    void end() {
        api.close();
        leader.close();
    }

    private static PortClaim holder(String name, int port) {
        PortClaim claim = Samples.object(new ClaimKey(WEB.namespace(), name), "uid-" + name, 1, SPEC);
        claim.setStatus(new PortClaimStatus(
                Phase.BOUND,
                1L,
                "main",
                name + "-ports",
                "http=" + port,
                null,
                null,
                List.of(new AssignedPort("http", TransportProtocol.TCP, port, null)),
                null,
                null));
        return claim;
    }

    private static ConfigMap map(PortClaim holder) {
        Claim claim = Claims.of(holder);
        ConfigMap map = KubernetesMap.create(WantedMap.of(claim, claim.reported()));
        map.getMetadata().setUid("map-of-" + claim.key().name());
        return map;
    }

    /** This many claims, each with a port of its own and its ConfigMap. */
    private void putHolders(int claims) {
        for (int i = 0; i < claims; i++) {
            String name = "c%04d".formatted(i);
            api.store().put(map(api.store().put(holder(name, 2000 + i))));
        }
    }

    @Test
    void nothingIsListedBeforeTheFence() {
        putHolders(1);
        leader.lead();
        int fence = api.first(SmallApi::writesLedger);
        assertThat(fence).isLessThan(Integer.MAX_VALUE);
        assertThat(api.first(SmallApi::listsClaims)).isBetween(fence + 1, Integer.MAX_VALUE - 1);
        assertThat(api.first(SmallApi::listsMaps)).isBetween(fence + 1, Integer.MAX_VALUE - 1);
    }

    @ParameterizedTest
    @ValueSource(ints = {500, 501, 1201})
    void everyPageIsRead(int claims) {
        putHolders(claims);
        leader.lead();
        assertThat(leader.holders()).isEqualTo(claims);
        assertThat(api.store().listed("portclaims")).isEqualTo(claims);
        assertThat(api.store().listed("configmaps")).isEqualTo(claims);
        assertThat(api.log())
                .as("from the quorum, never from a cache of the API server")
                .noneMatch(request -> request.contains("resourceVersion"));
    }

    static Stream<Arguments> pages() {
        return Stream.of(SmallApi.CLAIMS, SmallApi.MAPS)
                .flatMap(kind -> Stream.of(Arguments.of(kind, false), Arguments.of(kind, true)));
    }

    /** {@code later}: while the first page is there and another is not. */
    @ParameterizedTest
    @MethodSource("pages")
    void nobodyIsServedBeforeEverythingIsLoaded(String kind, boolean later) {
        putHolders(501);
        PortClaim web = api.store().put(Samples.object(WEB, "uid-web", 1, SPEC));
        Predicate<String> isList = kind.equals(SmallApi.CLAIMS) ? SmallApi::listsClaims : SmallApi::listsMaps;
        SmallApi.Hold page =
                api.hold(request -> isList.test(request) && request.matches(".*[?&]continue=\\d.*") == later);
        leader.beginToLead();
        Thread serving = leader.inThread(() -> leader.reconcile(web));
        await().atMost(PATIENCE).until(page::hasArrived);
        assertThat(leader.isOpen()).isFalse();
        await().atMost(PATIENCE).until(() -> serving.getState() == Thread.State.WAITING);
        assertThat(api.log()).noneMatch(SmallApi::publishes);
        page.release();
        await().atMost(PATIENCE).until(leader::isOpen);
        await().atMost(PATIENCE)
                .until(() -> api.store().claim("web").orElseThrow().getStatus() != null);
        assertThat(leader.holders()).isEqualTo(502);
    }

    @Test
    void whatIsDeletedWhileItIsListedIsReleased() {
        PortClaim web = api.store().put(holder(WEB.name(), 1000));
        SmallApi.Hold list = api.holdAnswer(SmallApi::listsClaims);
        leader.beginToLead();
        await().atMost(PATIENCE).until(list::hasArrived);
        api.store().deleteClaim(WEB.name());
        leader.deleted(web);
        list.release();
        await().atMost(PATIENCE).until(leader::isOpen);
        await().atMost(PATIENCE).until(() -> leader.allocation("uid-web").isEmpty());
        assertThat(api.log()).contains("GET " + Samples.WEB_PATH);
    }

    @Test
    void theVersionsThatWereListedAreRemembered() {
        PortClaim before = api.store()
                .put(Samples.object(WEB, "uid-web", 1, "{poolName: main, scope: Cluster, ports: [{name: old}]}"));
        PortClaim now = api.store().put(Samples.object(WEB, "uid-web", 1, SPEC));
        leader.lead();
        int asked = api.log().size();
        assertThat(leader.reconcile(before).getScheduleDelay()).isPresent();
        assertThat(leader.allocation("uid-web")).isEmpty();
        assertThat(api.log().subList(asked, api.log().size())).noneMatch(SmallApi::isWrite);
        leader.reconcile(now);
        assertThat(leader.allocation("uid-web")).isPresent();
    }

    @Test
    void claimsWithNothingToDoWaitForEachOtherAndNewOnesDoNot() {
        putHolders(LaterLooks.AT_ONCE + 1);
        PortClaim web = api.store().put(Samples.object(WEB, "uid-web", 1, SPEC));
        leader.lead();
        List<PortClaim> holders = IntStream.rangeClosed(0, LaterLooks.AT_ONCE)
                .mapToObj(i -> api.store().claim("c%04d".formatted(i)).orElseThrow())
                .toList();
        List<SmallApi.Hold> looks = holders.stream()
                .limit(LaterLooks.AT_ONCE)
                .map(holder -> {
                    // Its status has no conditions, so there is something to write after all.
                    SmallApi.Hold write = api.hold(SmallApi::publishes);
                    leader.inThread(() -> leader.reconcile(holder));
                    return write;
                })
                .toList();
        await().atMost(PATIENCE).until(() -> looks.stream().allMatch(SmallApi.Hold::hasArrived));
        PortClaim last = holders.get(LaterLooks.AT_ONCE);
        Predicate<String> isOfTheLast =
                request -> request.endsWith("/" + last.getMetadata().getName() + "/status");

        leader.reconcile(last);
        assertThat(api.log()).noneMatch(isOfTheLast);
        leader.reconcile(web);
        assertThat(api.store().claim(WEB.name()).orElseThrow().getStatus().phase())
                .isEqualTo(Phase.BOUND);

        looks.forEach(SmallApi.Hold::release);
        await().atMost(PATIENCE).untilAsserted(() -> {
            leader.reconcile(last);
            assertThat(api.log()).anyMatch(isOfTheLast);
        });
    }

    /** Two claims name one slot; the older one keeps it. */
    private PortClaim takeOverWithConflict() {
        PortClaim first = holder("a-first", 1000);
        first.getMetadata().setCreationTimestamp("2025-01-01T00:00:00Z");
        api.store().put(first);
        api.store().put(map(holder("a-first", 1000)));
        PortClaim second = api.store().put(holder("b-second", 1000));
        api.store().put(map(holder("b-second", 1000)));
        leader.lead();
        return second;
    }

    @Test
    void theConfigMapOfTheLoserOfAConflictIsWithdrawn() {
        PortClaim loser = takeOverWithConflict();
        leader.reconcile(loser);
        assertThat(api.store().map("b-second-ports")).isEmpty();
        assertThat(api.store().map("a-first-ports")).isPresent();
        PortClaimStatus status = api.store().claim("b-second").orElseThrow().getStatus();
        assertThat(status.phase()).isEqualTo(Phase.CONFLICTED);
        assertThat(status.ports()).isNullOrEmpty();
        assertThat(api.first(request -> request.startsWith("DELETE ")))
                .as("ConfigMap, then status")
                .isLessThan(api.first(request -> request.startsWith("PUT ")));
    }

    @Test
    void theLoserOfAConflictIsNotServedAgain() {
        leader.reconcile(takeOverWithConflict());
        leader.reconcile(api.store().claim("b-second").orElseThrow());
        assertThat(leader.allocation("uid-b-second")).isEmpty();
        try (Leader next = new Leader(api)) {
            next.lead();
            int asked = api.log().size();
            next.reconcile(api.store().claim("b-second").orElseThrow());
            assertThat(next.allocation("uid-b-second")).isEmpty();
            assertThat(next.allocation("uid-a-first").map(ClaimAllocation::current))
                    .contains(Samples.port(1000));
            assertThat(api.log().subList(asked, api.log().size())).noneMatch(request -> request.startsWith("POST "));
        }
        assertThat(api.store().claim("b-second").orElseThrow().getStatus().phase())
                .isEqualTo(Phase.CONFLICTED);
        assertThat(api.store().map("b-second-ports")).isEmpty();
    }
}
