package io.portclaim.operator.claim;

import static io.portclaim.operator.claim.Samples.MAPS_PATH;
import static io.portclaim.operator.claim.Samples.WEB_MAP_PATH;
import static io.portclaim.operator.claim.Samples.failure;
import static io.portclaim.operator.claim.Samples.json;
import static io.portclaim.operator.claim.Samples.notFound;
import static io.portclaim.operator.claim.Samples.port;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntryBuilder;
import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.protocol.Claim;
import io.portclaim.operator.protocol.ConfigMaps;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the cluster's policies make of a write is reported, once, and not fought. */
@Timeout(60)
class AlteredMapsTest {
    private static final String DRY_PUT = "PUT " + WEB_MAP_PATH + "?dryRun=All";

    private final ScriptedApi api = new ScriptedApi();
    private final ConfigMaps maps = api.maps();
    private final Claim web = Samples.web("uid-1", 10);

    @AfterEach
    void end() {
        api.close();
    }

    private static ConfigMap stored(Assignment assignment) {
        return Samples.asWritten("uid-1", 5, assignment);
    }

    private static ConfigMap altered(UnaryOperator<ConfigMapBuilder> alteration) {
        return alteration.apply(new ConfigMapBuilder(stored(port(1000)))).build();
    }

    private static ConfigMap withPort(String value) {
        return altered(map -> map.addToData("HTTP_PORT", value));
    }

    private ConfigMaps.Written publish(Assignment assignment, @Nullable ConfigMap cached) {
        return maps.publish(web, assignment, KubernetesMap.of(cached), 0);
    }

    private String refusalOf(ConfigMap answered) {
        return refusalOf(maps, answered);
    }

    private String refusalOf(ConfigMaps writer, ConfigMap answered) {
        api.answers(201, json(answered));
        ConfigMaps.Written written = writer.publish(web, port(1000), null, 0);
        assertThat(written.since()).as("nobody knows what it says").isNull();
        assertThat(written.refusal()).isNotNull();
        assertThat(written.refusal().reason()).isEqualTo(Reason.CONFIG_MAP_REFUSED);
        return written.refusal().message();
    }

    @Test
    void whatIsStoredAsItWasSentIsPublished() {
        api.answers(201, json(stored(port(1000))));
        assertThat(publish(port(1000), null).refusal()).isNull();
    }

    @Test
    void whatOthersAddAndTheLabelForToolsAreNoAlteration() {
        api.answers(
                201,
                json(altered(map -> map.editMetadata()
                        .addToLabels(Map.of("app.kubernetes.io/managed-by", "Helm", "team", "a"))
                        .addToAnnotations("example.com/note", "x")
                        .addToFinalizers("example.com/keep")
                        .endMetadata())));
        assertThat(publish(port(1000), null).refusal()).isNull();
    }

    @Test
    void saysWhatWasChangedAndWhatWouldWork() {
        assertThat(refusalOf(withPort("1")))
                .isEqualTo(
                        "ConfigMap web-ports is not stored as it was written: data HTTP_PORT is '1' and not '1000'; a"
                                + " policy or webhook of the cluster changes it: exclude ConfigMaps with the label"
                                + " portclaim.io/claim-uid");
    }

    @Test
    void eachKindOfAlterationIsSeen() {
        assertThat(refusalOf(api.maps(), altered(map -> map.addToData("EXTRA", "x"))))
                .contains("data EXTRA is added;");
        assertThat(refusalOf(api.maps(), altered(map -> map.removeFromData("ports.env"))))
                .contains("data ports.env is missing;");
        assertThat(refusalOf(
                        api.maps(),
                        altered(map -> map.editMetadata()
                                .removeFromLabels("portclaim.io/claim-uid")
                                .endMetadata())))
                .contains("label portclaim.io/claim-uid is missing;");
        assertThat(refusalOf(
                        api.maps(),
                        altered(map -> map.editMetadata()
                                .addToAnnotations("portclaim.io/claim-name", "other")
                                .endMetadata())))
                .contains("annotation portclaim.io/claim-name is 'other' and not 'web';");
        assertThat(refusalOf(api.maps(), altered(map -> map.withData(Map.of("A", "1", "B", "2", "C", "3")))))
                .contains("data A is added, data B is added, data C is added, and ");
    }

    @Test
    void saysWhoManagesIt() {
        ManagedFieldsEntry policy = new ManagedFieldsEntryBuilder()
                .withManager("kyverno")
                .withFieldsV1(new io.fabric8.kubernetes.api.model.FieldsV1Builder()
                        .addToAdditionalProperties("f:data", Map.of("f:HTTP_PORT", Map.of()))
                        .build())
                .build();
        assertThat(refusalOf(altered(map -> map.addToData("HTTP_PORT", "1")
                        .editMetadata()
                        .addToManagedFields(policy)
                        .endMetadata())))
                .contains("data HTTP_PORT is '1' and not '1000' (managed by kyverno);");
    }

    @Test
    void isNotWrittenAgainWhileItWouldBeAlteredAgain() {
        refusalOf(withPort("1"));
        ConfigMap seen = withPort("1");
        api.answers(200, json(seen)).answers(200, json(seen)).answers(200, json(seen));
        assertThat(publish(port(1000), seen).refusal()).isNotNull();
        api.answers(403, failure("Forbidden", null));
        assertThat(publish(port(1000), KnownMap.of(seen)).refusal()).isNotNull();
        assertThat(api.log())
                .containsExactly("POST " + MAPS_PATH, "GET " + WEB_MAP_PATH, DRY_PUT, "GET " + WEB_MAP_PATH, DRY_PUT);
    }

    @Test
    void isWrittenOnceNothingAltersItAnyMore() {
        refusalOf(withPort("1"));
        ConfigMap seen = withPort("1");
        api.answers(200, json(seen)).answers(200, json(stored(port(1000)))).answers(200, json(stored(port(1000))));
        assertThat(publish(port(1000), seen).refusal()).isNull();
        assertThat(api.log().subList(1, 4)).containsExactly("GET " + WEB_MAP_PATH, DRY_PUT, "PUT " + WEB_MAP_PATH);
        assertThat(maps.isUpToDate(web, port(1000), KubernetesMap.of(stored(port(1000)))))
                .as("the watch has still to bring it")
                .isFalse();
    }

    @Test
    void anotherAssignmentIsTried() {
        refusalOf(withPort("1"));
        api.answers(200, json(stored(port(1001))));
        assertThat(publish(port(1001), withPort("1")).refusal()).isNull();
        assertThat(api.log()).containsExactly("POST " + MAPS_PATH, "PUT " + WEB_MAP_PATH);
    }

    @Test
    void whatSomebodyHasChangedSinceIsPutBack() {
        refusalOf(withPort("1"));
        api.answers(200, json(stored(port(1000))));
        assertThat(publish(port(1000), withPort("2")).refusal()).isNull();
        assertThat(api.log()).containsExactly("POST " + MAPS_PATH, "PUT " + WEB_MAP_PATH);
    }

    @Test
    void oneThatIsGoneIsMadeAgain() {
        refusalOf(withPort("1"));
        api.answers(404, notFound("web-ports")).answers(201, json(stored(port(1000))));
        assertThat(publish(port(1000), null).refusal()).isNull();
        assertThat(api.log().subList(1, 3)).containsExactly("GET " + WEB_MAP_PATH, "POST " + MAPS_PATH);
    }
}
