package io.portclaim.operator.claim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.operator.allocation.ClaimAllocation;
import io.portclaim.operator.allocation.ClaimKey;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A namespace that is deleted loses its ConfigMaps, in any order beside its claims, and takes no others. */
@Timeout(60)
class GoingNamespaceTest {
    private static final int CLAIMS = 20;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final SmallApi api = new SmallApi();
    private final Leader leader = new Leader(api);

    @BeforeEach
    void begin() {
        leader.lead();
        claims().forEach(claim -> leader.reconcile(api.store().put(claim)));
        claims().forEach(claim -> api.store().deleteMap(claim.getMetadata().getName() + "-ports"));
    }

    @AfterEach
    void end() {
        api.close();
        leader.close();
    }

    private static List<PortClaim> claims() {
        return IntStream.range(0, CLAIMS)
                .mapToObj(i -> claim("claim-" + i, "uid-" + i))
                .toList();
    }

    private static PortClaim claim(String name, String uid) {
        return Samples.object(
                new ClaimKey("shop", name), uid, 1, "{poolName: main, scope: Cluster, ports: [{name: http}]}");
    }

    private PortClaim now(String name) {
        return api.store().claim(name).orElseThrow();
    }

    /** Looks at each claim twice, as at the news of the ConfigMap and of the claim; returns how many creates were sent. */
    private long createsOfTwoLooks() {
        int asked = api.log().size();
        for (int look = 0; look < 2; look++) {
            claims().forEach(claim -> leader.reconcile(now(claim.getMetadata().getName())));
        }
        return api.log().subList(asked, api.log().size()).stream()
                .filter(request -> request.startsWith("POST ") && request.endsWith("/configmaps"))
                .count();
    }

    @Test
    void oneRefusalIsEnough() {
        api.store().setGoing(true);
        assertThat(createsOfTwoLooks()).isOne();
        assertThat(leader.holders()).isEqualTo(CLAIMS);
        // Only that of the refused create: any news would have all the others looked at again.
        assertThat(leader.lookedAt()).isOne();
        assertThat(leader.failures()).isZero();
    }

    @Test
    void theClaimsAreLookedAtAgainAndReleasedWhenTheyAreDeleted() {
        api.store().setGoing(true);
        createsOfTwoLooks();
        PortClaim claim = now("claim-7");
        assertThat(leader.reconcile(claim).getScheduleDelay()).isPresent();
        api.store().deleteClaim("claim-7");
        leader.deleted(claim);
        await("its ports are released")
                .atMost(PATIENCE)
                .until(() -> leader.allocation("uid-7").isEmpty());
    }

    @Test
    void aClaimOfAnotherNamespaceOfTheNameIsPublishedAndItsConfigMapIsPutBack() {
        api.store().setGoing(true);
        createsOfTwoLooks();
        api.store().setGoing(false);
        PortClaim later = claim("new", "uid-new");
        later.getMetadata().setCreationTimestamp(Instant.now().plusSeconds(2).toString());
        leader.reconcile(api.store().put(later));
        Optional<ClaimAllocation> held = leader.allocation("uid-new");
        assertThat(api.store().map("new-ports")).isPresent();
        api.store().deleteMap("new-ports");
        leader.reconcile(now("new"));
        assertThat(api.store().map("new-ports")).isPresent();
        assertThat(leader.allocation("uid-new")).isEqualTo(held);
    }
}
