package io.portclaim.operator.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@EnableKubernetesMockClient(crud = true, https = false)
class LeadershipTest {
    private static final LeaseSettings SETTINGS = new LeaseSettings(
            new LeaseName("ports", "portclaim"),
            "me",
            Duration.ofSeconds(60),
            Duration.ofSeconds(40),
            Duration.ofMillis(100));

    KubernetesClient client;
    KubernetesMockServer server;

    private final List<Integer> halts = new CopyOnWriteArrayList<>();
    private final List<String> lastWords = new CopyOnWriteArrayList<>();
    private final AtomicLong nanos = new AtomicLong();
    private final Leadership leadership = Leadership.elected(SETTINGS, this::halted, nanos::get);
    private KubernetesClient observedClient;

    @BeforeEach
    void observe() {
        observedClient = new KubernetesClientBuilder()
                .withConfig(new ConfigBuilder(client.getConfiguration())
                        .withRequestRetryBackoffLimit(0)
                        .build())
                .withHttpClientBuilderConsumer(leadership::observe)
                .build();
    }

    @AfterEach
    void stop() {
        leadership.beginShutdown();
        leadership.release(client);
        observedClient.close();
    }

    @Test
    void leadsOnceTheLeaseIsItsOwn() {
        List<String> begun = new CopyOnWriteArrayList<>();
        leadership.onStart(() -> begun.add("first"));
        leadership.onStart(() -> begun.add("second"));
        assertThat(leadership.waiting()).contains("waiting for a leader");
        assertThat(leadership.describe()).isEqualTo("lease ports/portclaim is held by nobody");

        elect();

        await().until(() -> begun.equals(List.of("first", "second")));
        assertThat(leadership.isLeading()).isTrue();
        assertThat(leadership.leader()).contains("me");
        assertThat(leadership.waiting()).isEmpty();
        assertThat(leadership.describe()).isEqualTo("leading by lease ports/portclaim as me");
        assertThat(halts).isEmpty();
    }

    @Test
    void keepsTheLeaseWhileAListenerTakesItsTime() {
        CountDownLatch loaded = new CountDownLatch(1);
        leadership.onStart(() -> awaitQuietly(loaded));

        elect();

        await().until(leadership::isLeading);
        ZonedDateTime taken = lease().getSpec().getRenewTime();
        await().until(() -> lease().getSpec().getRenewTime().isAfter(taken));
        loaded.countDown();
    }

    @Test
    void aLeaderThatCannotBeginMakesRoom() {
        leadership.onStart(() -> {
            throw new IllegalStateException("the ledger is of an unknown version");
        });

        elect();

        await().until(() -> halts.equals(List.of(Halt.START_FAILED)));
    }

    @Test
    void aStolenLeaseHaltsTheProcess() {
        elect();
        await().until(leadership::isLeading);

        steal();

        await().until(() -> halts.equals(List.of(Halt.LEASE_LOST)));
        assertThat(leadership.isLeading()).isFalse();
        assertThat(leadership.leader()).contains("thief");
        assertThat(lastWords)
                .containsExactly("Lost the lead: lease ports/portclaim is held by thief."
                        + " Halting, so that no two leaders act.");
        assertThat(leadership.describe()).isEqualTo("lease ports/portclaim is held by thief");
    }

    @Test
    void anElectorThatGivesUpHaltsTheProcess() {
        elect();
        await().until(leadership::isLeading);

        leadership.callbacks().onStopLeading();

        await().until(() -> halts.equals(List.of(Halt.LEASE_LOST)));
        assertThat(lastWords)
                .containsExactly("Lost the lead: lease ports/portclaim was not renewed within 40s."
                        + " Halting, so that no two leaders act.");
    }

    @Test
    void aShutdownStopsWithoutHalting() {
        List<String> stopped = new CopyOnWriteArrayList<>();
        leadership.onStop(() -> stopped.add("stopped"));
        elect();
        await().until(leadership::isLeading);

        leadership.beginShutdown();
        leadership.release(client);

        await().until(() -> stopped.equals(List.of("stopped")));
        assertThat(leadership.isLeading()).isFalse();
        assertThat(halts).isEmpty();
    }

    @Test
    void aShutdownIsNoWarning() {
        elect();
        await().until(leadership::isLeading);
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        PrintStream out = System.out;
        System.setOut(new PrintStream(log, true, StandardCharsets.UTF_8));
        try {
            leadership.beginShutdown();
            leadership.release(client);
        } finally {
            System.setOut(out);
        }

        assertThat(log.toString(StandardCharsets.UTF_8))
                .contains("Released lease ports/portclaim")
                .doesNotContain("WARN")
                .doesNotContain("Exception");
    }

    @Test
    void aReleasedLeaseHasNoHolder() {
        elect();
        await().until(leadership::isLeading);
        leadership.beginShutdown();

        assertThat(leadership.release(observedClient)).isTrue();

        assertThat(lease().getSpec().getHolderIdentity()).isEmpty();
        assertThat(lease().getSpec().getLeaseDurationSeconds()).isEqualTo(1);
    }

    @Test
    void releasesNobodyElsesLease() {
        elect();
        await().until(leadership::isLeading);
        steal();
        await().until(() -> !halts.isEmpty());

        assertThat(leadership.release(client)).isFalse();

        assertThat(lease().getSpec().getHolderIdentity()).isEqualTo("thief");
    }

    @Test
    void aLeaseThatIsTakenDuringTheReleaseStaysTaken() {
        client.resource(HeldLease.by("me", SETTINGS.lease(), Duration.ofSeconds(60)))
                .create();
        server.expect()
                .put()
                .withPath("/apis/coordination.k8s.io/v1/namespaces/ports/leases/portclaim")
                .andReturn(409, "")
                .once();

        assertThat(leadership.release(client)).isFalse();
    }

    @Test
    void anUnreachableServerDoesNotHoldUpTheShutdown() {
        server.expect()
                .get()
                .withPath("/apis/coordination.k8s.io/v1/namespaces/ports/leases/portclaim")
                .andReturn(503, "")
                .always();

        assertThat(leadership.release(client)).isFalse();
    }

    @Test
    void aLeaderThatIsNotRenewedIsNotAlive() {
        elect();
        await().until(() -> leadership.renewalAge().isPresent());
        assertThat(leadership.problem()).isEmpty();

        server.expect()
                .patch()
                .withPath("/apis/coordination.k8s.io/v1/namespaces/ports/leases/portclaim")
                .andReturn(500, "")
                .always();
        String problem =
                await().until(this::problemAMinuteLater, Optional::isPresent).orElseThrow();

        assertThat(problem)
                .matches(
                        "this process leads, but lease ports/portclaim was last renewed [0-9]+s ago and holds for 60s");
        leadership.beginShutdown();
        leadership.release(client);
        assertThat(leadership.problem()).isEmpty();
        assertThat(leadership.renewalAge()).isEmpty();
    }

    @Test
    void aStandbyThatHasCeasedToAskIsNotAlive() {
        observedClient.leases().inNamespace("ports").withName("another").get();
        nanos.addAndGet(Duration.ofHours(1).toNanos());
        assertThat(leadership.problem()).as("nothing asked yet").isEmpty();

        observedClient.leases().inNamespace("ports").withName("portclaim").get();
        nanos.addAndGet(Duration.ofSeconds(119).toNanos());
        assertThat(leadership.problem()).isEmpty();
        nanos.addAndGet(Duration.ofSeconds(2).toNanos());

        assertThat(leadership.problem())
                .contains("this process has not tried to renew or acquire lease ports/portclaim for 121s: its"
                        + " election has ended");
    }

    @Test
    void withoutAnElectionItLeadsFromTheStart() {
        List<String> begun = new CopyOnWriteArrayList<>();
        Leadership alone = Leadership.alone(this::halted);
        alone.onStart(() -> begun.add("begun"));
        assertThat(alone.isLeading()).isFalse();

        alone.start(client);

        await().until(() -> begun.equals(List.of("begun")));
        assertThat(alone.isLeading()).isTrue();
        assertThat(alone.problem()).isEmpty();
        assertThat(alone.describe()).isEqualTo("leading without an election");
        assertThat(alone.release(client)).isFalse();
    }

    private void halted(int exitCode, String words) {
        lastWords.add(words);
        halts.add(exitCode);
    }

    private void elect() {
        leadership.start(observedClient);
    }

    private Optional<String> problemAMinuteLater() {
        nanos.addAndGet(Duration.ofSeconds(66).toNanos());
        return leadership.problem();
    }

    private void steal() {
        client.leases()
                .inNamespace("ports")
                .withName("portclaim")
                .edit(lease -> new LeaseBuilder(lease)
                        .editMetadata()
                        .withResourceVersion(null)
                        .endMetadata()
                        .editSpec()
                        .withHolderIdentity("thief")
                        .withLeaseDurationSeconds(60)
                        .endSpec()
                        .build());
    }

    private Lease lease() {
        return client.leases().inNamespace("ports").withName("portclaim").get();
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
