package io.portclaim.operator.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.portclaim.testing.LocalCluster;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** A standby that by itself looks at the Lease every hour looks as soon as it has a reason, and ends as soon as it must. */
@ExtendWith(LocalCluster.class)
class StandbyIT {
    private static final Duration SOON = Duration.ofSeconds(20);

    private final List<Leadership> candidates = new ArrayList<>();
    private KubernetesClient client;
    private LeaseName lease;

    @BeforeEach
    void begin(LocalCluster cluster, KubernetesClient given) {
        client = given;
        lease = new LeaseName(cluster.newNamespace(), "portclaim");
    }

    @AfterEach
    void end() {
        candidates.forEach(candidate -> {
            candidate.beginShutdown();
            candidate.release(client);
        });
    }

    @Test
    void aReleasedLeaseIsTakenAtOnce() {
        Leadership first = candidate("first");
        await().atMost(SOON).until(first::isLeading);
        Leadership next = standby("first");
        first.beginShutdown();

        assertThat(first.release(client)).isTrue();

        await().atMost(SOON).until(next::isLeading);
        assertThat(first.isLeading()).isFalse();
    }

    @Test
    void aDeletedLeaseIsMadeAgainAtOnce() {
        create("gone", Duration.ofHours(10));
        Leadership next = standby("gone");

        client.leases().inNamespace(lease.namespace()).withName(lease.name()).delete();

        await().atMost(SOON).until(next::isLeading);
    }

    @Test
    void aLeaseThatHasRunOutIsTakenAtOnce() {
        create("killed", Duration.ofSeconds(3));

        Leadership next = standby("killed");

        await().atMost(SOON).until(next::isLeading);
    }

    @RepeatedTest(20)
    @Timeout(20)
    void anElectionEndsHoweverLongItsStandbyWouldWait() {
        create("other", Duration.ofHours(10));
        Leadership next = standby("other");
        next.beginShutdown();

        assertThat(next.release(client)).isFalse();
    }

    private Leadership candidate(String identity) {
        Leadership candidate = Leadership.elected(
                new LeaseSettings(lease, identity, Duration.ofHours(10), Duration.ofHours(9), Duration.ofHours(1)),
                (exitCode, words) -> {});
        candidates.add(candidate);
        candidate.start(client);
        return candidate;
    }

    /** Has looked once. */
    private Leadership standby(String holder) {
        Leadership standby = candidate("next");
        await().atMost(SOON).until(() -> standby.leader().equals(Optional.of(holder)));
        return standby;
    }

    private void create(String holder, Duration duration) {
        client.resource(HeldLease.by(holder, lease, duration)).create();
    }
}
