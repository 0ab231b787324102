package io.portclaim.operator.claim;

import static io.portclaim.operator.claim.Samples.WEB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.utils.Serialization;
import io.portclaim.api.v1alpha1.Phase;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.ClaimAllocation;
import io.portclaim.operator.protocol.LeadershipLost;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** In which order a claim is served: commit, ConfigMap, status, release. */
@Timeout(60)
class ServingOrderTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String SPEC = "{poolName: main, scope: Cluster, ports: [{name: http}]}";
    private static final String EDITED = "{poolName: main, scope: Cluster, ports: [{name: http, port: 1050}]}";

    private final SmallApi api = new SmallApi();
    private final Leader leader = new Leader(api);

    @BeforeEach
    void begin() {
        leader.lead();
    }

    @AfterEach
    void end() {
        api.close();
        leader.close();
    }

    private PortClaim put(String uid, String spec) {
        return api.store().put(Samples.object(WEB, uid, 1, spec));
    }

    /** web is served, and then asks for 1050 instead of 1000. */
    private PortClaim edited() {
        leader.reconcile(put("uid-1", SPEC));
        PortClaim served = api.store().claim(WEB.name()).orElseThrow();
        assertThat(published()).isEqualTo(Samples.port(1000));
        served.setSpec(Samples.object(WEB, "uid-1", 1, EDITED).getSpec());
        served.getMetadata().setGeneration(2L);
        return api.store().put(served);
    }

    private Assignment published() {
        return leader.allocation("uid-1").map(ClaimAllocation::published).orElse(Assignment.NONE);
    }

    private List<String> since(int asked) {
        return api.log().subList(asked, api.log().size());
    }

    @Test
    void theObjectOfTheCacheIsNotChanged() {
        PortClaim web = put("uid-1", SPEC);
        String before = Serialization.asJson(web);
        leader.reconcile(web);
        assertThat(published()).isEqualTo(Samples.port(1000));
        assertThat(Serialization.asJson(web)).isEqualTo(before);

        PortClaim served = api.store().claim(WEB.name()).orElseThrow();
        String bound = Serialization.asJson(served);
        leader.reconcile(served);
        assertThat(Serialization.asJson(served)).isEqualTo(bound);
    }

    @Test
    void nothingIsPublishedBeforeTheCommit() {
        PortClaim web = put("uid-1", SPEC);
        SmallApi.Hold commit = api.hold(SmallApi::writesLedger);
        int asked = api.log().size();
        Thread serving = leader.inThread(() -> leader.reconcile(web));
        await().atMost(PATIENCE).until(() -> commit.hasArrived() || !serving.isAlive());
        assertThat(commit.hasArrived()).isTrue();
        await().atMost(PATIENCE).until(() -> serving.getState() == Thread.State.WAITING);
        assertThat(since(asked)).noneMatch(SmallApi::publishes);
        commit.release();
        await().atMost(PATIENCE).until(() -> !serving.isAlive());
        assertThat(api.store().claim(WEB.name()).orElseThrow().getStatus().phase())
                .isEqualTo(Phase.BOUND);
    }

    @Test
    void norWhereTheCommitIsRefused() {
        PortClaim web = put("uid-1", SPEC);
        try (Leader successor = new Leader(api)) {
            successor.lead();
            int asked = api.log().size();
            AtomicReference<Throwable> failure = new AtomicReference<>();
            Thread serving = leader.inThread(() -> {
                try {
                    leader.reconcile(web);
                } catch (RuntimeException e) {
                    failure.set(e);
                }
            });
            await().atMost(PATIENCE).until(() -> !serving.isAlive());
            assertThat(failure.get()).isInstanceOf(LeadershipLost.class);
            assertThat(since(asked)).noneMatch(SmallApi::publishes);
        }
    }

    @Test
    void theConfigMapComesBeforeTheStatusAndBothAfterTheCommit() {
        int asked = api.log().size();
        leader.reconcile(put("uid-1", SPEC));
        assertThat(since(asked).stream().filter(SmallApi::isWrite).limit(3))
                .satisfiesExactly(
                        commit -> assertThat(commit).contains(SmallApi.LEDGER),
                        map -> assertThat(map).startsWith("POST ").endsWith("/configmaps"),
                        status -> assertThat(status).startsWith("PUT ").endsWith("/portclaims/web/status"));
    }

    @Test
    void nothingIsReleasedBeforeTheStatusIsWritten() {
        PortClaim web = edited();
        SmallApi.Hold status = api.hold(request -> request.endsWith("/status"));
        Thread serving = leader.inThread(() -> leader.reconcile(web));
        await().atMost(PATIENCE).until(status::hasArrived);
        assertThat(published()).isEqualTo(Samples.port(1000));
        status.release();
        await().atMost(PATIENCE).until(() -> !serving.isAlive());
        assertThat(published()).isEqualTo(Samples.port(1050));
    }

    @Test
    void norWhereTheStatusCannotBeWritten() {
        PortClaim web = edited();
        assertThat(leader.failures()).isZero();
        api.refuse(request -> request.endsWith("/status"), 500).release();
        assertThat(leader.reconcile(web).getScheduleDelay()).isPresent();
        assertThat(leader.failures()).isOne();
        assertThat(published()).isEqualTo(Samples.port(1000));
        leader.reconcile(web);
        assertThat(published()).isEqualTo(Samples.port(1050));
    }

    @Test
    void norWhereTheConfigMapCannotBeWritten() {
        PortClaim web = edited();
        api.refuse(request -> request.startsWith("PUT ") && request.contains("/configmaps/"), 503)
                .release();
        int asked = api.log().size();
        assertThat(leader.reconcile(web).getScheduleDelay()).isPresent();
        assertThat(published()).isEqualTo(Samples.port(1000));
        assertThat(since(asked)).noneMatch(request -> request.endsWith("/status"));
    }

    @Test
    void aCacheThatIsBehindAnOwnWriteIsNotServed() {
        PortClaim before = put("uid-1", SPEC);
        leader.reconcile(before);
        before.setSpec(Samples.object(WEB, "uid-1", 1, EDITED).getSpec());
        int asked = api.log().size();
        assertThat(leader.reconcile(before).getScheduleDelay()).isPresent();
        assertThat(since(asked)).noneMatch(SmallApi::isWrite);
        assertThat(leader.allocation("uid-1").map(ClaimAllocation::current)).contains(Samples.port(1000));
    }

    @Test
    void norOneThatShowsAnEarlierClaimOfTheName() {
        PortClaim earlier = put("uid-1", SPEC);
        leader.reconcile(put("uid-2", SPEC));
        int asked = api.log().size();
        assertThat(leader.reconcile(earlier).getScheduleDelay()).isPresent();
        assertThat(since(asked)).noneMatch(SmallApi::isWrite);
        assertThat(leader.allocation("uid-1")).isEmpty();
    }

    @Test
    void twoClaimsOfOneNameAreServedOneAfterTheOther() {
        PortClaim first = put("uid-1", SPEC);
        SmallApi.Hold map = api.hold(request -> request.startsWith("POST ") && request.endsWith("/configmaps"));
        Thread serving = leader.inThread(() -> leader.reconcile(first));
        await().atMost(PATIENCE).until(map::hasArrived);
        PortClaim second = put("uid-2", SPEC);
        int asked = api.log().size();
        Thread waiting = leader.inThread(() -> leader.reconcile(second));
        await().atMost(PATIENCE).until(() -> !waiting.isAlive() || WaitingTurns.isWaiting(waiting));
        assertThat(since(asked)).isEmpty();
        assertThat(leader.allocation("uid-2")).isEmpty();
        map.release();
        await().atMost(PATIENCE).until(() -> !serving.isAlive() && !waiting.isAlive());
        assertThat(leader.allocation("uid-1")).isEmpty();
        assertThat(leader.allocation("uid-2")).isPresent();
    }

    /** The garbage collector deletes it with the claim, and the watch of claims is behind. */
    @Test
    void aConfigMapThatIsGoneWithItsClaimIsNotPutBack() {
        leader.reconcile(put("uid-1", SPEC));
        PortClaim served = api.store().claim(WEB.name()).orElseThrow();
        api.store().deleteClaim(WEB.name());
        api.store().deleteMap("web-ports");
        int asked = api.log().size();
        leader.reconcile(served);
        assertThat(since(asked)).noneMatch(SmallApi::publishes);
        assertThat(leader.allocation("uid-1")).isEmpty();
    }

    /** As where it was created and deleted again before the operator saw it, and the API server that it watches is behind. */
    @Test
    void aClaimThatIsGoneIsServedOnceHoweverLongACacheShowsIt() {
        PortClaim web = put("uid-1", SPEC);
        api.store().deleteClaim(WEB.name());
        leader.reconcile(web);
        api.store().deleteMap("web-ports");
        int asked = api.log().size();
        for (int look = 0; look < 3; look++) {
            assertThat(leader.reconcile(web).getScheduleDelay()).isPresent();
            leader.prune();
        }
        assertThat(since(asked)).isEmpty();
        assertThat(leader.allocation("uid-1")).isEmpty();

        leader.reconcile(put("uid-2", SPEC));
        assertThat(api.store().map("web-ports")).isPresent();
    }

    @Test
    void aDeletedConfigMapOfAClaimThatIsThereIsPutBack() {
        leader.reconcile(put("uid-1", SPEC));
        api.store().deleteMap("web-ports");
        leader.reconcile(api.store().claim(WEB.name()).orElseThrow());
        assertThat(api.store().map("web-ports")).isPresent();
        assertThat(published()).isEqualTo(Samples.port(1000));
    }
}
