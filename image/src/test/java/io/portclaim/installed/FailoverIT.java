package io.portclaim.installed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One of the two operators leads, and when it goes the other takes over. What was given stays. */
@ExtendWith(Installation.class)
class FailoverIT {
    private static final Logger LOG = LoggerFactory.getLogger(FailoverIT.class);
    /**
     * Beyond the lease: a standby looks at it every 2 to 4.4 s and then loads what there is, and kubectl makes the claim and
     * waits for it, on a machine that does other things.
     */
    private static final Duration TAKING_OVER = Duration.ofSeconds(45);

    private Installation installation;
    private String namespace;
    private ManyClaims claims;

    @BeforeEach
    void install(Installation given) {
        installation = given;
        installation.install();
        installation.pool("failover", "26000-26999");
        namespace = installation.newNamespace();
        claims = ManyClaims.make(installation, namespace, "failover", 20);
    }

    private Duration lease() {
        return Duration.ofSeconds(installation
                .client()
                .leases()
                .inNamespace(Installation.NAMESPACE)
                .withName("portclaim")
                .require()
                .getSpec()
                .getLeaseDurationSeconds());
    }

    /** How long a claim that is made now waits. */
    private Duration timeToReady(String name) {
        long begin = System.nanoTime();
        installation.claim(namespace, name, "{poolName: failover, scope: Cluster, ports: [{name: http}]}");
        installation.ready(namespace, name);
        return Duration.ofNanos(System.nanoTime() - begin);
    }

    @Test
    void whenTheLeaderIsKilledTheNextOneServesWithinTheLeasesTime() throws IOException {
        await("somebody leads")
                .atMost(Installation.SOON)
                .until(() -> !installation.leader().isEmpty());
        Duration lease = lease();
        String before = installation.leader();
        Pod leader = installation.operators().stream()
                .filter(pod -> before.startsWith(pod.getMetadata().getName()))
                .findFirst()
                .orElseThrow();
        Map<String, String> versions = claims.versions();
        assertThat(ContainerProcess.of(leader).handle().destroyForcibly()).isTrue();

        Duration waited = timeToReady("after");
        LOG.info(
                "Served {} ms after the leader was killed, with a lease of {} s", waited.toMillis(), lease.toSeconds());
        assertThat(waited).isLessThan(lease.plus(TAKING_OVER));
        assertThat(installation.leader()).isNotEqualTo(before);
        assertThat(claims.versions()).isEqualTo(versions);
    }

    @Test
    void aRollingUpdateIsNoLongerThanAHandOver() {
        Map<String, String> versions = claims.versions();
        Duration slowest = slowestClaimDuringAnUpdate("first");
        if (slowest.compareTo(lease()) >= 0) {
            // A leader that goes tries once, for 2 s, to free its lease: on a machine that stands still it runs out.
            slowest = slowestClaimDuringAnUpdate("second");
        }
        assertThat(slowest).as("the lease was handed over").isLessThan(lease());
        assertThat(claims.versions()).isEqualTo(versions);
    }

    private Duration slowestClaimDuringAnUpdate(String update) {
        List<String> before = installation.operators().stream()
                .map(pod -> pod.getMetadata().getName())
                .toList();
        installation
                .cluster()
                .kubectl("rollout", "restart", "deployment/portclaim", "--namespace", Installation.NAMESPACE);
        List<Duration> waits = new ArrayList<>();
        await("the update is through").atMost(Installation.SOON.multipliedBy(2)).until(() -> {
            waits.add(timeToReady("during-the-" + update + "-" + waits.size()));
            return installation.operators().stream()
                    .noneMatch(pod -> before.contains(pod.getMetadata().getName()));
        });
        waits.add(timeToReady("after-the-" + update));
        Duration slowest = waits.stream().max(Duration::compareTo).orElseThrow();
        LOG.info("Of {} claims during a rolling update the slowest waited {} ms", waits.size(), slowest.toMillis());
        return slowest;
    }
}
