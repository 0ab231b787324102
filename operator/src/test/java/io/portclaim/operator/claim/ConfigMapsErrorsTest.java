package io.portclaim.operator.claim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.Refusal;
import io.portclaim.operator.claim.FaultyWire.Fault;
import io.portclaim.operator.protocol.ConfigMaps;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What an API server that refuses, fails, hangs up or answers into the void does to the writing of ConfigMaps. */
class ConfigMapsErrorsTest extends FailingServer {
    @Test
    void aConfigMapWhoseAnswerWasLostIsRecognised() {
        wire.breakNext(Fault.ANSWER_LOST);
        onPost(MAPS, 201, map(UID, data()));
        onPost(MAPS, 409, refusal(409, "already exists"));
        onGet(MAP, 200, map(UID, data()));
        assertThat(publish(known(), PORTS, null)).isEmpty();
        assertThat(wire.arrived()).containsExactly("POST " + MAPS, "POST " + MAPS, "GET " + MAP);
    }

    @Test
    void aConfigMapOfSomeoneElseIsNotTouched() {
        ConfigMap foreign = new ConfigMapBuilder(map(UID, Map.of("mine", "yes")))
                .editMetadata()
                .withLabels(Map.of())
                .withAnnotations(Map.of())
                .withOwnerReferences(List.of())
                .endMetadata()
                .build();
        onPost(MAPS, 409, refusal(409, "already exists"));
        onGet(MAP, 200, foreign);
        assertThat(publish(known(), PORTS, null)).map(Refusal::reason).contains(Reason.CONFIG_MAP_CONFLICT);
        assertThat(wire.arrived()).containsExactly("POST " + MAPS, "GET " + MAP);
    }

    @Test
    void aConfigMapOfAnEarlierClaimOfTheNameIsTakenOverAfterAnotherCommit() throws InterruptedException {
        onPost(MAPS, 409, refusal(409, "already exists"));
        onGet(MAP, 200, map("uid-0", data()));
        onGet(CLAIM, 200, claim(UID, "7", null));
        onPut(MAP, 200, map(UID, data()));
        assertThat(publish(known(), PORTS, null)).isEmpty();
        assertThat(passes).hasValue(1);
        assertThat(server.getLastRequest().getUtf8Body())
                .contains("\"uid\":\"map-uid\"", "\"resourceVersion\":\"70\"", "\"uid\":\"" + UID + "\"");
    }

    /** To a claim that is gone, the ConfigMap of its successor looks like that of a predecessor. */
    @Test
    void aConfigMapOfALaterClaimOfTheNameIsNotTakenOver() {
        onPost(MAPS, 409, refusal(409, "already exists"));
        onGet(MAP, 200, map("uid-2", data()));
        onGet(CLAIM, 200, claim("uid-2", "9", null));
        assertThatIllegalStateException()
                .isThrownBy(() -> publish(known(), PORTS, null))
                .withMessageContaining("has been replaced by another claim of the same name");
        assertThat(wire.arrived()).containsExactly("POST " + MAPS, "GET " + MAP, "GET " + CLAIM);
    }

    @Test
    void aConfigMapThatChangedMeanwhileIsNotOverwritten() {
        onPut(MAP, 409, refusal(409, "the object has been modified"));
        assertThatIllegalStateException()
                .isThrownBy(() -> publish(known(), PORTS, map(UID, Map.of("HTTP_PORT", "1"))))
                .withMessageContaining("changed meanwhile");
        assertThat(wire.arrived()).containsExactly("PUT " + MAP);
    }

    @Test
    void aConfigMapThatIsGoneMeanwhileIsLeftToALaterLook() {
        onPut(MAP, 404, absent("web-ports"));
        assertThatIllegalStateException()
                .isThrownBy(() -> publish(known(), PORTS, map(UID, Map.of())))
                .withMessageContaining("changed meanwhile");
        onPost(MAPS, 201, map(UID, data()));
        assertThat(publish(known(), PORTS, null)).isEmpty();
    }

    @Test
    void aConfigMapThatTheServerFailsOnIsLeftToALaterTry() {
        onPost(MAPS, 429, refusal(429, "too many requests"));
        onPost(MAPS, 500, refusal(500, "etcdserver: leader changed"));
        assertThatIllegalStateException()
                .isThrownBy(() -> publish(known(), PORTS, null))
                .withMessageContaining("etcdserver: leader changed");
        wire.breakNext(Fault.CUT, Fault.CUT);
        assertThatThrownBy(() -> publish(known(), PORTS, null)).isInstanceOf(UncheckedIOException.class);
        onPost(MAPS, 201, map(UID, data()));
        assertThat(publish(known(), PORTS, null)).isEmpty();
    }

    @Test
    void aConfigMapThatIsForbiddenIsReported() {
        onPost(MAPS, 403, refusal(403, "exceeded quota: maps"));
        assertThat(publish(known(), PORTS, null)).hasValueSatisfying(refusal -> {
            assertThat(refusal.reason()).isEqualTo(Reason.CONFIG_MAP_REFUSED);
            assertThat(refusal.message()).contains("exceeded quota: maps").doesNotContain("role");
        });
    }

    @Test
    void anOperatorWithoutTheRightSaysWhoGivesIt() {
        onPost(MAPS, 403, refusal(403, "configmaps is forbidden: User \"a\" cannot create resource \"configmaps\""));
        assertThat(publish(known(), PORTS, null))
                .hasValueSatisfying(
                        refusal -> assertThat(refusal.message()).contains("cannot create", "configMaps.namespaces"));
    }

    @Test
    void nothingIsMadeInANamespaceThatGoes() {
        onPost(
                MAPS,
                403,
                new StatusBuilder()
                        .withCode(403)
                        .withNewDetails()
                        .addNewCause("metadata.namespace", "it is being terminated", "NamespaceTerminating")
                        .endDetails()
                        .build());
        assertThatThrownBy(() -> publish(known(), PORTS, null)).isInstanceOf(ConfigMaps.NamespaceGoing.class);
    }

    @Test
    void aConfigMapIsDeletedOnlyAsItWasKnown() throws InterruptedException {
        server.expect()
                .delete()
                .withPath(MAP)
                .andReturn(409, refusal(409, "precondition"))
                .once();
        assertThatIllegalStateException().isThrownBy(() -> publish(known(), Assignment.NONE, map(UID, data())));
        assertThat(server.getLastRequest().getUtf8Body()).contains("\"uid\":\"map-uid\"", "\"resourceVersion\":\"70\"");
        server.expect()
                .delete()
                .withPath(MAP)
                .andReturn(404, absent("web-ports"))
                .once();
        assertThat(publish(known(), Assignment.NONE, map(UID, data()))).isEmpty();
    }

    /** That a cache has no ConfigMap proves nothing: pods may read it for as long as it is there. */
    @Test
    void aConfigMapThatTheCacheLacksIsLookedForBeforeItsPortsAreReleased() {
        onGet(MAP, 200, map(UID, data()));
        server.expect()
                .delete()
                .withPath(MAP)
                .andReturn(200, absent("web-ports"))
                .once();
        assertThat(publish(known(), Assignment.NONE, null)).isEmpty();
        assertThat(passes).hasValue(1);
        assertThat(wire.arrived()).containsExactly("GET " + MAP, "DELETE " + MAP);
    }
}
