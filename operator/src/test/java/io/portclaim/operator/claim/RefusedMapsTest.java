package io.portclaim.operator.claim;

import static io.portclaim.operator.claim.Samples.MAPS_PATH;
import static io.portclaim.operator.claim.Samples.WEB_MAP_PATH;
import static io.portclaim.operator.claim.Samples.failure;
import static io.portclaim.operator.claim.Samples.fromJson;
import static io.portclaim.operator.claim.Samples.json;
import static io.portclaim.operator.claim.Samples.notFound;
import static io.portclaim.operator.claim.Samples.port;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.portclaim.api.v1alpha1.Condition;
import io.portclaim.api.v1alpha1.Phase;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.operator.allocation.Refusal;
import io.portclaim.operator.protocol.Claim;
import io.portclaim.operator.protocol.RefusedMaps;
import io.portclaim.testing.SetClock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A claim whose ConfigMap can't follow is refused before anything is decided. */
@Timeout(60)
class RefusedMapsTest {
    private static final String DRY_PUT = "PUT " + WEB_MAP_PATH + "?dryRun=All";

    private final ScriptedApi api = new ScriptedApi();
    private boolean isRead = true;
    private final RefusedMaps refused = new RefusedMaps(
            new MapRequests(api.requests(), api.client(), api.listing(), new SetClock(), map -> {}), key -> isRead);
    private final ConfigMap map = Samples.asWritten("uid-1", 5, port(1000));
    private final Claim web = Samples.web("uid-1", 10);
    private final Claim refusedBefore = web.at("11", status(Reason.CONFIG_MAP_REFUSED));

    @AfterEach
    void end() {
        api.close();
    }

    private static PortClaimStatus status(Reason published) {
        return new PortClaimStatus(
                Phase.BOUND,
                1L,
                "main",
                "web-ports",
                null,
                null,
                null,
                null,
                null,
                List.of(new Condition("Published", "False", 1L, "2026-11-23T09:30:00Z", published.text(), "")));
    }

    private static ConfigMap immutable(ConfigMap map) {
        return new ConfigMapBuilder(map).withImmutable(true).build();
    }

    private Optional<Refusal> standing(Claim claim, @Nullable ConfigMap cached) {
        return refused.standing(claim, port(1000), KubernetesMap.of(cached));
    }

    @Test
    void anImmutableMapThatPodsReadRefusesEveryChange() {
        assertThat(standing(web, KnownMap.of(immutable(map)))).hasValueSatisfying(refusal -> {
            assertThat(refusal.reason()).isEqualTo(Reason.CONFIG_MAP_REFUSED);
            assertThat(refusal.message()).contains("web-ports", "immutable", "delete it");
        });
        isRead = false;
        assertThat(standing(web, KnownMap.of(immutable(map))))
                .as("it can be made again")
                .isEmpty();
        assertThat(api.log()).isEmpty();
    }

    @Test
    void aMapThatNobodyHasRefusedCostsNothing() {
        assertThat(standing(web, map)).isEmpty();
        assertThat(standing(web.at("11", status(Reason.CONFIG_MAP_CONFLICT)), map))
                .isEmpty();
        assertThat(api.log()).isEmpty();
    }

    @Test
    void whatWasRefusedIsTriedDryBeforeAnythingIsDecided() {
        api.answers(403, failure("Forbidden", null)).answers(200, "{}");
        assertThat(standing(refusedBefore, map))
                .hasValueSatisfying(refusal -> assertThat(refusal.message()).contains("web-ports", "Forbidden it is"));
        assertThat(standing(refusedBefore, map)).isEmpty();
        assertThat(api.log()).containsExactly(DRY_PUT, DRY_PUT);
        assertThat(fromJson(api.lastBody()).getData()).isEqualTo(map.getData());
        assertThat(fromJson(api.lastBody()).getMetadata().getResourceVersion()).isEqualTo("5");
    }

    @Test
    void oneThatIsNotThereIsTriedAsACreate() {
        api.answers(404, notFound("web-ports")).answers(403, failure("Forbidden", null));
        assertThat(standing(refusedBefore, null)).isPresent();
        assertThat(api.log()).containsExactly("GET " + WEB_MAP_PATH, "POST " + MAPS_PATH + "?dryRun=All");
    }

    @Test
    void oneThatIsNotWatchedIsRead() {
        ConfigMap unlabelled = new ConfigMapBuilder(immutable(map))
                .editMetadata()
                .withLabels(Map.of())
                .endMetadata()
                .build();
        api.answers(200, json(unlabelled));
        assertThat(standing(web, null)).isPresent();
        assertThat(api.log()).containsExactly("GET " + WEB_MAP_PATH);
    }

    @Test
    void oneThatChangedMeanwhileMayFollow() {
        api.answers(409, failure("Conflict", null)).answers(404, notFound("web-ports"));
        assertThat(standing(refusedBefore, map)).isEmpty();
        assertThat(standing(refusedBefore, map)).isEmpty();
    }

    @Test
    void whereNothingCanBeSaidNothingIsDecidedYet() {
        api.answers(503, failure("ServiceUnavailable", null));
        assertThatIllegalStateException()
                .isThrownBy(() -> standing(refusedBefore, map))
                .withMessageContaining("ServiceUnavailable it is");
    }

    @Test
    void thatOfSomeoneElseIsAnotherMatter() {
        assertThat(standing(refusedBefore, immutable(Samples.asWritten("uid-0", 5, port(1000)))))
                .isEmpty();
        assertThat(api.log()).isEmpty();
    }
}
