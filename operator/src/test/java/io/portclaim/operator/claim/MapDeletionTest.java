package io.portclaim.operator.claim;

import static io.portclaim.operator.claim.Samples.WEB;
import static io.portclaim.operator.claim.Samples.WEB_MAP_PATH;
import static io.portclaim.operator.claim.Samples.failure;
import static io.portclaim.operator.claim.Samples.json;
import static io.portclaim.operator.claim.Samples.map;
import static io.portclaim.operator.claim.Samples.notFound;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.DeleteOptions;
import io.fabric8.kubernetes.api.model.Preconditions;
import io.portclaim.api.v1alpha1.PortClaimApi;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.protocol.ConfigMaps;
import io.portclaim.operator.protocol.NamedPorts;
import io.portclaim.operator.publish.Believed;
import io.portclaim.testing.SetClock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a claim that is gone has left is deleted before its ports are given to anyone else. */
@Timeout(60)
class MapDeletionTest {
    private static final String CONFLICT = failure("Conflict", null);

    private final ScriptedApi api = new ScriptedApi();
    private final ConfigMaps maps = new ConfigMaps(
            new MapRequests(api.requests(), api.client(), api.listing(), new SetClock(), map -> {}),
            api.live(),
            api.barrier(),
            NamedPorts.IGNORED,
            claim -> Believed.ALL,
            new StillTime(() -> 0));

    @AfterEach
    void end() {
        api.close();
    }

    private Instant delete() {
        Instant before = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        Instant gone = maps.deleteOf("uid-1", WEB, "web-ports").since();
        assertThat(gone).as("the API server's clock").isBetween(before, Instant.now());
        return gone;
    }

    private static ConfigMap orphan(Map<String, String> labels, Map<String, String> annotations, String owner) {
        return new ConfigMapBuilder(map("uid-1", 5))
                .editMetadata()
                .withLabels(labels)
                .withAnnotations(annotations)
                .addNewOwnerReference()
                .withApiVersion(PortClaimApi.API_VERSION)
                .withKind("PortClaim")
                .withName("web")
                .withUid(owner)
                .withController(true)
                .endOwnerReference()
                .endMetadata()
                .build();
    }

    @Test
    void aMapThatOutlivesItsClaimIsDeletedInTheVersionThatWasRead() {
        api.answers(200, json(map("uid-1", 5))).answers(200, "{\"kind\":\"Status\",\"metadata\":{}}");
        delete();
        assertThat(api.log()).containsExactly("GET " + WEB_MAP_PATH, "pass", "DELETE " + WEB_MAP_PATH);
        assertThat(Samples.YAML.unmarshal(api.lastBody(), DeleteOptions.class).getPreconditions())
                .isEqualTo(new Preconditions("5", "map-of-uid-1"));
    }

    @Test
    void oneWithoutItsLabelIsKnownByItsOwner() {
        api.answers(200, json(orphan(Map.of(), Map.of(), "uid-1"))).answers(200, "{}");
        delete();
        assertThat(api.log()).containsExactly("GET " + WEB_MAP_PATH, "pass", "DELETE " + WEB_MAP_PATH);
    }

    @Test
    void oneThatIsGoneAlreadyIsGone() {
        api.answers(404, notFound("web-ports"));
        delete();
        assertThat(api.log()).containsExactly("GET " + WEB_MAP_PATH);
    }

    @Test
    void thatOfNobodyIsLeftAlone() {
        api.answers(200, json(orphan(Map.of(), Map.of(), "uid-2")))
                .answers(200, json(orphan(Map.of(), Map.of("portclaim.io/claim-uid", "uid-1"), "uid-2")));
        for (int i = 0; i < 2; i++) {
            delete();
        }
        assertThat(api.log()).containsExactly("GET " + WEB_MAP_PATH, "GET " + WEB_MAP_PATH);
    }

    /** The claim may have had its ports from it, and may never have overwritten it. */
    @Test
    void thatOfAnotherClaimOfTheNameIsLeftAloneAndMaySayTheSame() {
        api.answers(200, json(map("uid-2", 5)));
        assertThat(maps.deleteOf("uid-1", WEB, "web-ports")).isEqualTo(new ConfigMaps.Left(null, false));
        assertThat(api.log()).containsExactly("GET " + WEB_MAP_PATH);
    }

    @Test
    void oneThatChangesMeanwhileIsReadAgain() {
        api.answers(200, json(map("uid-1", 5)))
                .answers(409, CONFLICT)
                .answers(200, json(map("uid-1", 6)))
                .answers(404, notFound("web-ports"));
        delete();
        assertThat(api.log())
                .containsExactly(
                        "GET " + WEB_MAP_PATH,
                        "pass",
                        "DELETE " + WEB_MAP_PATH,
                        "GET " + WEB_MAP_PATH,
                        "pass",
                        "DELETE " + WEB_MAP_PATH);
        assertThat(Samples.YAML.unmarshal(api.lastBody(), DeleteOptions.class).getPreconditions())
                .isEqualTo(new Preconditions("6", "map-of-uid-1"));
    }

    @Test
    void oneThatAlwaysChangesIsLeftToALaterTry() {
        for (int i = 0; i < 3; i++) {
            api.answers(200, json(map("uid-1", i + 1))).answers(409, CONFLICT);
        }
        assertThatIllegalStateException().isThrownBy(this::delete).withMessageContaining("shop/web-ports");
        assertThat(api.log()).hasSize(9);
    }

    @ParameterizedTest
    @ValueSource(ints = {403, 404, 422, 429, 500})
    void aRefusalIsNotSaidToBeItsEnd(int code) {
        api.answers(200, json(map("uid-1", 5))).answers(code, failure("Forbidden", null));
        assertThatIllegalStateException().isThrownBy(this::delete).withMessageContaining("Forbidden it is");
    }

    @ParameterizedTest
    @ValueSource(ints = {403, 404, 500})
    void thatItCanNotBeReadIsNotSaidToBeItsEnd(int code) {
        api.answers(code, failure("Forbidden", null));
        assertThatIllegalStateException().isThrownBy(this::delete).withMessageContaining("Forbidden it is");
        assertThat(api.log()).containsExactly("GET " + WEB_MAP_PATH);
    }

    private static ConfigMap held() {
        return new ConfigMapBuilder(map("uid-1", 6))
                .editMetadata()
                .withDeletionTimestamp("2026-11-23T09:30:00Z")
                .withFinalizers(List.of("example.com/keep"))
                .endMetadata()
                .build();
    }

    /** Pods go on reading what waits for somebody's finalizer. */
    @Test
    void oneThatAFinalizerKeepsIsNotSaidToBeGone() {
        api.answers(200, json(map("uid-1", 5))).answers(200, json(held()));
        assertThatIllegalStateException()
                .isThrownBy(this::delete)
                .withMessageContaining("shop/web-ports")
                .withMessageContaining("example.com/keep");
    }

    @Test
    void norIsOneThatIsWithdrawn() {
        api.answers(200, json(held()));
        assertThatIllegalStateException()
                .isThrownBy(() ->
                        maps.publish(Samples.web("uid-1", 10), Assignment.NONE, KubernetesMap.of(map("uid-1", 5)), 0))
                .withMessageContaining("example.com/keep");
        assertThat(api.log()).containsExactly("DELETE " + WEB_MAP_PATH);
    }
}
