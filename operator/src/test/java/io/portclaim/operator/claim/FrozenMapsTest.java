package io.portclaim.operator.claim;

import static io.portclaim.operator.claim.Samples.MAPS_PATH;
import static io.portclaim.operator.claim.Samples.WEB_MAP_PATH;
import static io.portclaim.operator.claim.Samples.WEB_PATH;
import static io.portclaim.operator.claim.Samples.failure;
import static io.portclaim.operator.claim.Samples.fromJson;
import static io.portclaim.operator.claim.Samples.port;
import static io.portclaim.operator.claim.Samples.webJson;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.operator.protocol.Claim;
import io.portclaim.operator.protocol.ConfigMaps;
import io.portclaim.operator.publish.Believed;
import io.portclaim.testing.SetClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An immutable ConfigMap is made again, where no kubelet may still give to a new pod what it said. */
@Timeout(60)
class FrozenMapsTest {
    private final ScriptedApi api = new ScriptedApi();
    private final Learnt named = new Learnt();
    private final ConfigMaps maps = new ConfigMaps(
            new MapRequests(api.requests(), api.client(), api.listing(), new SetClock(), map -> {}),
            api.live(),
            api.barrier(),
            named,
            claim -> Believed.ALL,
            new StillTime(() -> 0));
    private final Claim web = Samples.web("uid-1", 10);
    private final ConfigMap frozen = frozen("uid-1");

    @AfterEach
    void end() {
        api.close();
    }

    private static ConfigMap frozen(String uid) {
        return new ConfigMapBuilder(Samples.asWritten(uid, 5, port(1000)))
                .withImmutable(true)
                .editMetadata()
                .addToLabels("team", "a")
                .addToAnnotations("example.com/note", "x")
                .withCreationTimestamp("2026-01-01T00:00:00Z")
                .endMetadata()
                .build();
    }

    @Test
    void isDeletedAsItWasSeenAndMadeAgainWithWhatOthersHadPutOnIt() {
        api.answers(200, "{}").answers(201, "{}");
        ConfigMaps.Written written = maps.publish(web, port(1001), KubernetesMap.of(KnownMap.of(frozen)), 0);
        assertThat(written.refusal()).isNull();
        assertThat(written.since()).isNotNull();
        assertThat(api.log()).containsExactly("pass", "DELETE " + WEB_MAP_PATH, "POST " + MAPS_PATH);
        assertThat(api.body(0))
                .contains("\"resourceVersion\":\"5\"", frozen.getMetadata().getUid());
        ConfigMap made = fromJson(api.lastBody());
        assertThat(made.getImmutable()).isNull();
        assertThat(made.getData()).containsEntry("HTTP_PORT", "1001");
        assertThat(made.getMetadata().getUid()).isNull();
        assertThat(made.getMetadata().getResourceVersion()).isNull();
        assertThat(made.getMetadata().getCreationTimestamp()).isNull();
        assertThat(made.getMetadata().getLabels()).containsEntry("team", "a");
        assertThat(made.getMetadata().getAnnotations()).containsEntry("example.com/note", "x");
    }

    @Test
    void oneThatAnEarlierClaimLeftIsMadeAgainToo() {
        api.answers(200, webJson("uid-1", 10, null)).answers(200, "{}").answers(201, "{}");
        assertThat(maps.publish(web, port(1001), KubernetesMap.of(frozen("uid-0")), 0)
                        .refusal())
                .isNull();
        assertThat(api.log())
                .containsExactly("GET " + WEB_PATH, "pass", "pass", "DELETE " + WEB_MAP_PATH, "POST " + MAPS_PATH);
    }

    @Test
    void whilePodsReadItItStays() {
        named.read().add(web.configMap());
        ConfigMaps.Written written = maps.publish(web, port(1001), KubernetesMap.of(KnownMap.of(frozen)), 0);
        assertThat(written.since()).isNull();
        assertThat(written.refusal()).isNotNull();
        assertThat(written.refusal().reason()).isEqualTo(Reason.CONFIG_MAP_REFUSED);
        assertThat(written.refusal().message()).contains("immutable and pods read it", "stop these pods");
        assertThat(api.log()).isEmpty();
    }

    @Test
    void oneThatSaysWhatItShouldOnlyGetsItsMetadata() {
        ConfigMap unlabelled = new ConfigMapBuilder(frozen)
                .editMetadata()
                .removeFromLabels("portclaim.io/claim-uid")
                .endMetadata()
                .build();
        api.answers(200, "{}");
        assertThat(maps.publish(web, port(1000), KubernetesMap.of(KnownMap.of(unlabelled)), 0)
                        .refusal())
                .isNull();
        assertThat(api.log()).containsExactly("PUT " + WEB_MAP_PATH);
    }

    @Test
    void oneThatHasChangedIsLookedAtAgain() {
        api.answers(409, failure("Conflict", null));
        assertThatThrownBy(() -> maps.publish(web, port(1001), KubernetesMap.of(KnownMap.of(frozen)), 0))
                .hasMessageContaining("changed meanwhile");
    }

    @Test
    void oneThatMayNotBeDeletedIsRefused() {
        api.answers(403, failure("Forbidden", null));
        ConfigMaps.Written written = maps.publish(web, port(1001), KubernetesMap.of(KnownMap.of(frozen)), 0);
        assertThat(written.refusal()).isNotNull();
        assertThat(written.refusal().message()).contains("Forbidden it is");
    }
}
