package io.portclaim.operator.publish;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.api.v1alpha1.Condition;
import io.portclaim.api.v1alpha1.Phase;
import io.portclaim.api.v1alpha1.PodCounts;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.operator.allocation.Refusal;
import java.time.Instant;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PodClaimStatusesTest {
    private static final Instant NOW = Instant.parse("2026-11-23T09:30:00Z");

    private static PortClaimStatus status(
            int served, int waiting, @Nullable Refusal refusal, boolean refusesAll, @Nullable Refusal unpublished) {
        return PodClaimStatuses.render(
                        new PodClaimStatuses.Facts(
                                "uid-1",
                                3,
                                "default",
                                "web-ports",
                                new PodCounts(served, waiting),
                                refusal,
                                refusesAll,
                                unpublished),
                        null,
                        NOW)
                .status();
    }

    private static String conditions(PortClaimStatus status) {
        return Objects.requireNonNull(status.conditions()).stream()
                .map(PodClaimStatusesTest::text)
                .collect(Collectors.joining("\n"));
    }

    private static String text(Condition condition) {
        return "%s=%s %s: %s".formatted(condition.type(), condition.status(), condition.reason(), condition.message());
    }

    @Test
    void aClaimWithoutPodsIsReady() {
        PortClaimStatus status = status(0, 0, null, false, null);
        assertThat(status.phase()).isEqualTo(Phase.BOUND);
        assertThat(status.summary()).isNull();
        assertThat(status.observedGeneration()).isEqualTo(3);
        assertThat(conditions(status)).isEqualTo("""
                Ready=True Assigned: no pod with the claim's label needs ports
                Assigned=True Assigned: no pod with the claim's label needs ports
                Published=False NotAssigned: no pod of the claim has ports""");
    }

    @Test
    void podsThatWereJustCreatedMakeItNotUnready() {
        PortClaimStatus status = status(2, 1, null, false, null);
        assertThat(status.summary()).isEqualTo("2 pods, 1 waiting");
        assertThat(status.pods()).isEqualTo(new PodCounts(2, 1));
        assertThat(conditions(status)).startsWith("Ready=True Assigned: 2 pods of the claim have ports\n");
    }

    @Test
    void podsThatWereRefusedDo() {
        PortClaimStatus status = status(8, 1, new Refusal(Reason.POOL_EXHAUSTED, "no port is free"), false, null);
        assertThat(status.phase()).isEqualTo(Phase.PENDING);
        assertThat(conditions(status)).startsWith("""
                Ready=False PoolExhausted: 1 of 9 pods wait: no port is free
                Assigned=False PoolExhausted: 1 of 9 pods wait: no port is free
                Published=True Published: each pod carries its ports in annotations""");
        assertThat(conditions(status)).doesNotContain("Stalled");
    }

    @Test
    void aRefusalOfTheClaimIsItsOwn() {
        PortClaimStatus status = status(0, 4, new Refusal(Reason.POD_SCOPE_DISABLED, "not served"), true, null);
        assertThat(conditions(status)).isEqualTo("""
                Ready=False PodScopeDisabled: not served
                Assigned=False PodScopeDisabled: not served
                Published=False NotAssigned: no pod of the claim has ports
                Stalled=True PodScopeDisabled: not served""");
    }

    @Test
    void aConfigMapThatIsNotTheClaimsStallsAndLeavesItReady() {
        PortClaimStatus status = status(1, 0, null, false, new Refusal(Reason.CONFIG_MAP_CONFLICT, "not ours"));
        assertThat(conditions(status)).isEqualTo("""
                Ready=True Assigned: 1 pod of the claim has ports
                Assigned=True Assigned: 1 pod of the claim has ports
                Published=False ConfigMapConflict: not ours
                Stalled=True ConfigMapConflict: not ours""");
    }

    @Test
    void equalFactsGiveAnEqualStatus() {
        PortClaimStatus before = status(1, 0, null, false, null);
        assertThat(PodClaimStatuses.render(
                                new PodClaimStatuses.Facts(
                                        "uid-1", 3, "default", "web-ports", new PodCounts(1, 0), null, false, null),
                                before,
                                NOW.plusSeconds(60))
                        .status())
                .isEqualTo(before);
    }
}
