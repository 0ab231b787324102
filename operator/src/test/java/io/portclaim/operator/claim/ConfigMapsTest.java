package io.portclaim.operator.claim;

import static io.portclaim.operator.claim.Samples.MAPS_PATH;
import static io.portclaim.operator.claim.Samples.WEB_MAP_PATH;
import static io.portclaim.operator.claim.Samples.WEB_PATH;
import static io.portclaim.operator.claim.Samples.failure;
import static io.portclaim.operator.claim.Samples.fromJson;
import static io.portclaim.operator.claim.Samples.json;
import static io.portclaim.operator.claim.Samples.map;
import static io.portclaim.operator.claim.Samples.notFound;
import static io.portclaim.operator.claim.Samples.port;
import static io.portclaim.operator.claim.Samples.webJson;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.DeleteOptions;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Preconditions;
import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.Refusal;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which requests publishing and withdrawing cost, in which order: that order is what keeps two claims of a name apart. */
@Timeout(60)
class ConfigMapsTest {
    private static final String EXISTS = failure("AlreadyExists", null);
    private static final String CONFLICT = failure("Conflict", null);

    private final ScriptedApi api = new ScriptedApi();
    private final ConfigMaps maps = new ConfigMaps(api.client(), api.requests(), api.live(), api.pass());
    private final Claim web = Samples.web("uid-1", 10);

    @AfterEach
    void end() {
        api.close();
    }

    private ConfigMap sent() {
        return Samples.YAML.unmarshal(api.lastBody(), ConfigMap.class);
    }

    private void assertOverwrites(ConfigMap earlier) {
        ConfigMap sent = sent();
        assertThat(sent.getMetadata().getUid()).isEqualTo(earlier.getMetadata().getUid());
        assertThat(sent.getMetadata().getResourceVersion())
                .isEqualTo(earlier.getMetadata().getResourceVersion());
        assertThat(sent.getMetadata().getAnnotations())
                .isEqualTo(Map.of("portclaim.io/claim-name", "web", "portclaim.io/claim-uid", "uid-1"));
        assertThat(sent.getMetadata().getOwnerReferences())
                .extracting(OwnerReference::getUid)
                .containsExactly("uid-1");
        assertThat(sent.getData()).containsEntry("HTTP_PORT", "1001");
    }

    @Test
    void aClaimThatWasReplacedDoesNotOverwriteItsSuccessorsMap() {
        api.answers(409, EXISTS).answers(200, json(map("uid-2", 5))).answers(200, webJson("uid-2", 20, null));
        assertThatThrownBy(() -> maps.publish(web, port(1001), null))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("no longer the claim of its name");
        assertThat(api.log()).containsExactly("POST " + MAPS_PATH, "GET " + WEB_MAP_PATH, "GET " + WEB_PATH);
    }

    @Test
    void noMapIsAdoptedWhileNobodyCanSayWhoBearsTheName() {
        api.answers(409, EXISTS).answers(200, json(map("uid-2", 5))).answers(503, failure("ServiceUnavailable", null));
        assertThatThrownBy(() -> maps.publish(web, port(1001), null)).hasMessageContaining("can't be read now");
        assertThat(api.log()).containsExactly("POST " + MAPS_PATH, "GET " + WEB_MAP_PATH, "GET " + WEB_PATH);
    }

    @Test
    void aMapThatAnEarlierClaimLeftIsAdoptedOnceTheClaimIsSeenToLiveAndThisProcessToLead() {
        api.answers(409, EXISTS)
                .answers(200, json(map("uid-0", 5)))
                .answers(200, webJson("uid-1", 10, null))
                .answers(200, "{}");
        assertThat(maps.publish(web, port(1001), null)).isEmpty();
        assertThat(api.log())
                .containsExactly(
                        "POST " + MAPS_PATH, "GET " + WEB_MAP_PATH, "GET " + WEB_PATH, "pass", "PUT " + WEB_MAP_PATH);
        assertOverwrites(map("uid-0", 5));
    }

    @Test
    void anEarlierClaimsMapOutOfTheCacheIsAdoptedInTheSameWay() {
        api.answers(200, webJson("uid-1", 10, null)).answers(200, "{}");
        assertThat(maps.publish(web, port(1001), map("uid-0", 5))).isEmpty();
        assertThat(api.log()).containsExactly("GET " + WEB_PATH, "pass", "PUT " + WEB_MAP_PATH);
        assertOverwrites(map("uid-0", 5));
    }

    @Test
    void itsOwnMapOutOfTheCacheIsUpdatedWithoutFurtherQuestions() {
        api.answers(200, "{}");
        assertThat(maps.publish(web, port(1001), map("uid-1", 5))).isEmpty();
        assertThat(api.log()).containsExactly("PUT " + WEB_MAP_PATH);
        assertOverwrites(map("uid-1", 5));
    }

    @Test
    void itsOwnMapThatWasJustReadIsUpdatedAfterAPass() {
        api.answers(409, EXISTS).answers(200, json(map("uid-1", 5))).answers(200, "{}");
        assertThat(maps.publish(web, port(1001), null)).isEmpty();
        assertThat(api.log())
                .containsExactly("POST " + MAPS_PATH, "GET " + WEB_MAP_PATH, "pass", "PUT " + WEB_MAP_PATH);
    }

    @Test
    void aMapOfSomeoneElseIsLeftAlone() {
        ConfigMap foreign = new ConfigMapBuilder(map("uid-0", 5))
                .editMetadata()
                .withAnnotations(Map.of())
                .withLabels(Map.of())
                .endMetadata()
                .build();
        api.answers(409, EXISTS).answers(200, json(foreign));
        assertThat(maps.publish(web, port(1001), null).map(Refusal::reason)).contains(Reason.CONFIG_MAP_CONFLICT);
        assertThat(api.log()).containsExactly("POST " + MAPS_PATH, "GET " + WEB_MAP_PATH);
    }

    @Test
    void aMapThatCameAndWentIsLeftToAnotherLook() {
        api.answers(409, EXISTS).answers(404, notFound("web-ports"));
        assertThatThrownBy(() -> maps.publish(web, port(1001), null)).hasMessageContaining("came and went");
        assertThat(api.log()).containsExactly("POST " + MAPS_PATH, "GET " + WEB_MAP_PATH);
    }

    @Test
    void aMapThatWentOrChangedWhileItIsWrittenIsLeftToAnotherLook() {
        api.answers(404, notFound("web-ports")).answers(409, CONFLICT);
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> maps.publish(web, port(1001), map("uid-1", 5)))
                    .hasMessageContaining("changed meanwhile");
        }
        assertThat(api.log()).containsExactly("PUT " + WEB_MAP_PATH, "PUT " + WEB_MAP_PATH);
    }

    @Test
    void withdrawingBelievesNoCacheThatHasNoMap() {
        api.answers(200, json(map("uid-1", 5))).answers(200, "{}");
        assertThat(maps.publish(web, Assignment.NONE, null)).isEmpty();
        assertThat(api.log()).containsExactly("GET " + WEB_MAP_PATH, "pass", "DELETE " + WEB_MAP_PATH);
        assertThat(Samples.YAML.unmarshal(api.lastBody(), DeleteOptions.class).getPreconditions())
                .isEqualTo(new Preconditions("5", "map-of-uid-1"));
    }

    @Test
    void withdrawingWhatTheCacheHasIsOneRequestWithTheSameConditions() {
        api.answers(200, "{}");
        assertThat(maps.publish(web, Assignment.NONE, map("uid-1", 5))).isEmpty();
        assertThat(api.log()).containsExactly("DELETE " + WEB_MAP_PATH);
        assertThat(Samples.YAML.unmarshal(api.lastBody(), DeleteOptions.class).getPreconditions())
                .isEqualTo(new Preconditions("5", "map-of-uid-1"));
    }

    @Test
    void whereThereIsNoMapOrAnothersNothingIsWithdrawn() {
        api.answers(404, notFound("web-ports")).answers(200, json(map("uid-0", 5)));
        for (int i = 0; i < 2; i++) {
            assertThat(maps.publish(web, Assignment.NONE, null)).isEmpty();
        }
        assertThat(api.log()).containsExactly("GET " + WEB_MAP_PATH, "GET " + WEB_MAP_PATH);
    }

    @Test
    void aMapThatChangedWhileItIsWithdrawnIsNotSaidToBeGone() {
        api.answers(409, CONFLICT).answers(404, "404 page not found").answers(404, notFound("web-ports"));
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> maps.publish(web, Assignment.NONE, map("uid-1", 5)))
                    .hasMessageContaining("can't be deleted now");
        }
        assertThat(maps.publish(web, Assignment.NONE, map("uid-1", 5))).isEmpty();
    }

    @Test
    void whatTheWatchTellsOfAnOwnCreateIsNoNewsOnce() {
        api.answers(201, "{}");
        maps.publish(web, port(1000), null);
        ConfigMap made = fromJson(api.lastBody());
        assertThat(maps.isOwnNews(map("uid-1", 5))).as("someone else's words").isFalse();
        assertThat(maps.isOwnNews(made)).isTrue();
        assertThat(maps.isOwnNews(made)).isFalse();
    }

    @Test
    void afterACreateThatFailedTheWatchTellsNews() {
        api.answers(403, failure("Forbidden", null));
        assertThat(maps.publish(web, port(1000), null).map(Refusal::reason)).contains(Reason.CONFIG_MAP_REFUSED);
        assertThat(maps.isOwnNews(map("uid-1", 5))).isFalse();
    }

    @Test
    void aMapThatWasThereBeforeTheCreateIsNews() {
        api.answers(409, EXISTS).answers(200, json(map("uid-1", 5))).answers(200, "{}");
        maps.publish(web, port(1001), null);
        assertThat(maps.isOwnNews(map("uid-1", 5))).isFalse();
    }
}
