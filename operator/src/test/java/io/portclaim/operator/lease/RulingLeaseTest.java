package io.portclaim.operator.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseSpec;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseSpecBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@EnableKubernetesMockClient(crud = true, https = false)
class RulingLeaseTest {
    private static final LeaseName LEASE = new LeaseName("ports", "portclaim");
    private static final Instant NOW = Instant.parse("2026-01-01T00:01:00Z");

    KubernetesClient client;
    KubernetesMockServer server;

    @ParameterizedTest
    @MethodSource
    void isFreshWhileItsOwnDurationLasts(LeaseSpec spec, boolean fresh, String words) {
        client.resource(new LeaseBuilder()
                        .withNewMetadata()
                        .withNamespace(LEASE.namespace())
                        .withName(LEASE.name())
                        .endMetadata()
                        .withSpec(spec)
                        .build())
                .create();

        RulingLease.Standing standing = look();

        assertThat(standing.fresh()).isEqualTo(fresh);
        assertThat(standing).hasToString(words);
    }

    static Stream<Arguments> isFreshWhileItsOwnDurationLasts() {
        return Stream.of(
                Arguments.of(
                        held("other-1", 46, 15),
                        true,
                        "lease ports/portclaim is held by other-1 until 2026-01-01T00:01:01Z"),
                Arguments.of(
                        held("other-1", 45, 15),
                        false,
                        "lease ports/portclaim was held by other-1 until 2026-01-01T00:01:00Z"),
                Arguments.of(
                        held("other-1", 0, 90),
                        true,
                        "lease ports/portclaim is held by other-1 until 2026-01-01T00:01:30Z"),
                Arguments.of(held("", 59, 15), false, "lease ports/portclaim is held by nobody"),
                Arguments.of(
                        new LeaseSpecBuilder().withHolderIdentity("other-1").build(),
                        false,
                        "lease ports/portclaim is held by nobody"),
                Arguments.of(null, false, "lease ports/portclaim is held by nobody"));
    }

    @Test
    void anAbsentLeaseIsHeldByNobody() {
        assertThat(look().fresh()).isFalse();
    }

    @Test
    void whatCannotBeReadIsNotTakenForFree() {
        server.expect()
                .get()
                .withPath("/apis/coordination.k8s.io/v1/namespaces/ports/leases/portclaim")
                .andReturn(403, "")
                .always();

        assertThatThrownBy(this::look).isInstanceOf(KubernetesClientException.class);
        assertThatThrownBy(() -> ruling().rival("ports/portclaim"))
                .as("a take-over tries again after it")
                .isInstanceOf(IOException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "not/a/lease", "Ports/portclaim", "ports/..", "no slash", "ports/portclaim/"})
    void aTextThatNamesNoLeaseIsNoRival(String lease) throws IOException {
        assertThat(ruling().rival(lease)).isEmpty();
        assertThat(ruling().rival(lease + "x".repeat(10_000))).isEmpty();
        assertThat(server.getRequestCount()).as("nobody is asked").isZero();
    }

    @Test
    void aLeaseThatDoesNotExistIsNoRivalAndAFreshOneIs() throws IOException {
        assertThat(ruling().rival("ports/portclaim")).isEmpty();
        client.resource(new LeaseBuilder()
                        .withNewMetadata()
                        .withNamespace(LEASE.namespace())
                        .withName(LEASE.name())
                        .endMetadata()
                        .withSpec(held("other-1", 46, 15))
                        .build())
                .create();
        assertThat(ruling().rival("ports/portclaim")).contains("other-1");
    }

    private RulingLease ruling() {
        return new RulingLease(client, Clock.fixed(NOW, ZoneOffset.UTC));
    }

    private RulingLease.Standing look() {
        return ruling().look(LEASE);
    }

    private static LeaseSpec held(String holder, int renewedAtSecond, int seconds) {
        return new LeaseSpecBuilder()
                .withHolderIdentity(holder)
                .withRenewTime(NOW.minusSeconds(60).plusSeconds(renewedAtSecond).atZone(ZoneOffset.UTC))
                .withLeaseDurationSeconds(seconds)
                .build();
    }
}
