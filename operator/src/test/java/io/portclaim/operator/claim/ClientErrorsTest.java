package io.portclaim.operator.claim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.portclaim.api.v1alpha1.Phase;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortClaimSpec;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.api.v1alpha1.PortRequest;
import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.api.v1alpha1.Scope;
import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.allocation.Allocations;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.ForeignPorts;
import io.portclaim.operator.allocation.NodeFacts;
import io.portclaim.operator.allocation.PoolRules;
import io.portclaim.operator.allocation.PortAsk;
import io.portclaim.operator.allocation.PortGrant;
import io.portclaim.operator.allocation.Refusal;
import io.portclaim.operator.allocation.Request;
import io.portclaim.operator.claim.FaultyWire.Fault;
import io.portclaim.operator.kube.Requests;
import io.portclaim.operator.ports.PortRange;
import io.portclaim.operator.ports.PortSet;
import io.portclaim.operator.ports.Protocol;
import io.portclaim.operator.publish.ConfigMapData;
import io.portclaim.operator.publish.ConfigMapIdentity;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What an API server that refuses, fails, hangs up or answers into the void does to a claim's writes. */
@EnableKubernetesMockClient(https = false)
class ClientErrorsTest {
    private static final String CLAIM = "/apis/portclaim.io/v1alpha1/namespaces/games/portclaims/web";
    private static final String STATUS = CLAIM + "/status";
    private static final String MAPS = "/api/v1/namespaces/games/configmaps";
    private static final String MAP = MAPS + "/web-ports";
    private static final String UID = "uid-1";
    private static final PortClaimStatus BOUND =
            new PortClaimStatus(Phase.BOUND, 1L, "default", "web-ports", "http=21080", 1, 1, null, null, null);
    private static final Assignment PORTS =
            Assignment.at("node-a", List.of(new PortGrant("http", TransportProtocol.TCP, 21080, 1)));

    private KubernetesMockServer server;
    private FaultyWire wire;
    private KubernetesClient client;
    private final AtomicInteger passes = new AtomicInteger();
    private Reports reports;
    private ConfigMaps maps;

    @BeforeEach
    void connect() {
        wire = new FaultyWire(server.getPort());
        client = new KubernetesClientBuilder()
                .withConfig(new ConfigBuilder()
                        .withMasterUrl(wire.url())
                        .withRequestTimeout(4_000)
                        .withRequestRetryBackoffLimit(1)
                        .withRequestRetryBackoffInterval(10)
                        .build())
                .build();
        Requests requests = new Requests(client, 30_000);
        reports = new Reports(client, requests, new Roster(), passes::incrementAndGet);
        maps = new ConfigMaps(client, requests, passes::incrementAndGet);
    }

    @AfterEach
    void disconnect() {
        client.close();
        wire.close();
    }

    private static PortClaim claim(String uid, String version, @Nullable PortClaimStatus status) {
        PortClaim claim = new PortClaim();
        claim.setMetadata(new ObjectMetaBuilder()
                .withNamespace("games")
                .withName("web")
                .withUid(uid)
                .withResourceVersion(version)
                .withGeneration(1L)
                .withCreationTimestamp("2026-11-23T09:30:00Z")
                .build());
        claim.setSpec(new PortClaimSpec(
                null,
                Scope.NODE,
                "node-a",
                null,
                null,
                List.of(new PortRequest("http", TransportProtocol.TCP, null, 1)),
                null));
        claim.setStatus(status);
        return claim;
    }

    private static Claim known() {
        return Claim.of(claim(UID, "7", null));
    }

    private static ConfigMap map(String uid, Map<String, String> data) {
        return new ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace("games")
                .withName("web-ports")
                .withUid("map-uid")
                .withResourceVersion("70")
                .withLabels(ConfigMapIdentity.labels())
                .withAnnotations(new ConfigMapIdentity("web", uid).annotations())
                .addNewOwnerReference()
                .withApiVersion("portclaim.io/v1alpha1")
                .withKind("PortClaim")
                .withName("web")
                .withUid(uid)
                .withController(true)
                .withBlockOwnerDeletion(false)
                .endOwnerReference()
                .endMetadata()
                .withData(data)
                .build();
    }

    private static Map<String, String> data() {
        return ConfigMapData.render(Scope.NODE, "node-a", PORTS);
    }

    private static Object refusal(int code, String message) {
        return new StatusBuilder().withCode(code).withMessage(message).build();
    }

    private void onGet(String path, int code, Object body) {
        server.expect().get().withPath(path).andReturn(code, body).once();
    }

    private void onPut(String path, int code, Object body) {
        server.expect().put().withPath(path).andReturn(code, body).once();
    }

    private void onPost(String path, int code, Object body) {
        server.expect().post().withPath(path).andReturn(code, body).once();
    }

    @Test
    void aStatusThatConflictsIsWrittenAtTheNewVersionAfterAnotherCommit() throws InterruptedException {
        onPut(STATUS, 409, refusal(409, "the object has been modified"));
        onGet(CLAIM, 200, claim(UID, "9", null));
        onPut(STATUS, 200, claim(UID, "10", BOUND));
        assertThat(reports.write(known(), BOUND)).isTrue();
        assertThat(passes).hasValue(1);
        assertThat(server.getLastRequest().getUtf8Body()).contains("\"resourceVersion\":\"9\"");
    }

    @Test
    void aStatusOfAClaimThatIsGoneIsNotWrittenToItsSuccessor() {
        onPut(STATUS, 409, refusal(409, "Precondition failed: UID in precondition"));
        onGet(CLAIM, 200, claim("uid-2", "9", null));
        assertThat(reports.write(known(), BOUND)).isFalse();
        assertThat(wire.arrived()).containsExactly("PUT " + STATUS, "GET " + CLAIM);
    }

    @Test
    void aStatusOfAClaimThatIsGoneAltogetherIsNotWritten() {
        onPut(STATUS, 404, refusal(404, "not found"));
        onGet(CLAIM, 404, refusal(404, "not found"));
        assertThat(reports.write(known(), BOUND)).isFalse();
    }

    @Test
    void aStatusWhoseAnswerWasLostIsRecognisedAndNotWrittenAgain() {
        wire.breakNext(Fault.ANSWER_LOST);
        onPut(STATUS, 200, claim(UID, "8", BOUND));
        onPut(STATUS, 409, refusal(409, "the object has been modified"));
        onGet(CLAIM, 200, claim(UID, "8", BOUND));
        assertThat(reports.write(known(), BOUND)).isTrue();
        assertThat(passes).hasValue(0);
        assertThat(wire.arrived()).containsExactly("PUT " + STATUS, "PUT " + STATUS, "GET " + CLAIM);
    }

    @Test
    void aThrottledStatusIsTriedAgain() {
        onPut(STATUS, 429, refusal(429, "too many requests"));
        onPut(STATUS, 200, claim(UID, "8", BOUND));
        assertThat(reports.write(known(), BOUND)).isTrue();
    }

    @Test
    void aStatusThatTheServerFailsOnIsLeftToALaterTry() {
        onPut(STATUS, 500, refusal(500, "etcdserver: request timed out"));
        onPut(STATUS, 500, refusal(500, "etcdserver: request timed out"));
        assertThatIllegalStateException()
                .isThrownBy(() -> reports.write(known(), BOUND))
                .withMessageContaining("etcdserver: request timed out")
                .withMessageContaining("games/web");
        assertThat(wire.arrived()).containsExactly("PUT " + STATUS, "PUT " + STATUS);
    }

    @Test
    void aStatusOnABrokenWireIsLeftToALaterTry() {
        wire.breakNext(Fault.CUT, Fault.CUT);
        assertThatThrownBy(() -> reports.write(known(), BOUND)).isInstanceOf(UncheckedIOException.class);
        onPut(STATUS, 200, claim(UID, "8", BOUND));
        assertThat(reports.write(known(), BOUND)).isTrue();
    }

    @Test
    void aClaimThatChangesAllTheTimeIsLeftToALaterTry() {
        for (int i = 0; i < 3; i++) {
            onPut(STATUS, 409, refusal(409, "the object has been modified"));
            onGet(CLAIM, 200, claim(UID, String.valueOf(10 + i), null));
        }
        assertThatIllegalStateException()
                .isThrownBy(() -> reports.write(known(), BOUND))
                .withMessageContaining("changes faster");
    }

    @Test
    void aConfigMapWhoseAnswerWasLostIsRecognised() {
        wire.breakNext(Fault.ANSWER_LOST);
        onPost(MAPS, 201, map(UID, data()));
        onPost(MAPS, 409, refusal(409, "already exists"));
        onGet(MAP, 200, map(UID, data()));
        assertThat(maps.publish(known(), PORTS, null)).isEmpty();
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
        assertThat(maps.publish(known(), PORTS, null)).map(Refusal::reason).contains(Reason.CONFIG_MAP_CONFLICT);
        assertThat(wire.arrived()).containsExactly("POST " + MAPS, "GET " + MAP);
    }

    @Test
    void aConfigMapOfAnEarlierClaimOfTheNameIsTakenOverAfterAnotherCommit() throws InterruptedException {
        onPost(MAPS, 409, refusal(409, "already exists"));
        onGet(MAP, 200, map("uid-0", data()));
        onPut(MAP, 200, map(UID, data()));
        assertThat(maps.publish(known(), PORTS, null)).isEmpty();
        assertThat(passes).hasValue(1);
        assertThat(server.getLastRequest().getUtf8Body())
                .contains("\"uid\":\"map-uid\"", "\"resourceVersion\":\"70\"", "\"uid\":\"" + UID + "\"");
    }

    @Test
    void aConfigMapThatChangedMeanwhileIsNotOverwritten() {
        onPut(MAP, 409, refusal(409, "the object has been modified"));
        assertThatIllegalStateException()
                .isThrownBy(() -> maps.publish(known(), PORTS, map(UID, Map.of("HTTP_PORT", "1"))))
                .withMessageContaining("changed meanwhile");
        assertThat(wire.arrived()).containsExactly("PUT " + MAP);
    }

    @Test
    void aConfigMapThatIsGoneMeanwhileIsMadeAgain() {
        onPut(MAP, 404, refusal(404, "not found"));
        onPost(MAPS, 201, map(UID, data()));
        assertThat(maps.publish(known(), PORTS, map(UID, Map.of()))).isEmpty();
    }

    @Test
    void aConfigMapThatTheServerFailsOnIsLeftToALaterTry() {
        onPost(MAPS, 429, refusal(429, "too many requests"));
        onPost(MAPS, 500, refusal(500, "etcdserver: leader changed"));
        assertThatIllegalStateException()
                .isThrownBy(() -> maps.publish(known(), PORTS, null))
                .withMessageContaining("etcdserver: leader changed");
        wire.breakNext(Fault.CUT, Fault.CUT);
        assertThatThrownBy(() -> maps.publish(known(), PORTS, null)).isInstanceOf(UncheckedIOException.class);
        onPost(MAPS, 201, map(UID, data()));
        assertThat(maps.publish(known(), PORTS, null)).isEmpty();
    }

    @Test
    void aConfigMapThatIsForbiddenIsTold() {
        onPost(MAPS, 403, refusal(403, "exceeded quota: maps"));
        assertThat(maps.publish(known(), PORTS, null)).hasValueSatisfying(refusal -> {
            assertThat(refusal.reason()).isEqualTo(Reason.CONFIG_MAP_REFUSED);
            assertThat(refusal.message()).contains("exceeded quota: maps");
        });
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
        assertThatThrownBy(() -> maps.publish(known(), PORTS, null)).isInstanceOf(ConfigMaps.NamespaceGoing.class);
    }

    @Test
    void aConfigMapIsDeletedOnlyByItsUid() throws InterruptedException {
        server.expect()
                .delete()
                .withPath(MAP)
                .andReturn(409, refusal(409, "precondition"))
                .once();
        assertThat(maps.publish(known(), Assignment.NONE, map(UID, data()))).isEmpty();
        assertThat(server.getLastRequest().getUtf8Body()).contains("\"preconditions\":{\"uid\":\"map-uid\"}");
        server.expect()
                .delete()
                .withPath(MAP)
                .andReturn(500, refusal(500, "no"))
                .times(2);
        assertThatIllegalStateException().isThrownBy(() -> maps.publish(known(), Assignment.NONE, map(UID, data())));
    }

    private static Allocations holding() {
        Allocations allocations = new Allocations(Clock.systemUTC(), new ForeignPorts());
        PoolRules pool = new PoolRules(
                "default",
                new PoolRules.Spec(
                        PortSet.of(new PortRange(21000, 21999)),
                        PortSet.EMPTY,
                        true,
                        null,
                        PortSet.EMPTY,
                        null,
                        Map.of(Protocol.TCP, Duration.ofSeconds(65)),
                        64,
                        0));
        allocations.decide(new Request(
                UID,
                new ClaimKey("games", "web"),
                Instant.EPOCH,
                pool,
                "web-ports",
                List.of(new PortAsk("http", TransportProtocol.TCP, null, 1)),
                List.of(new Request.Target("node-a", List.of(new NodeFacts("node-a", null, PortSet.EMPTY, false))))));
        return allocations;
    }

    private Departures departures(Allocations allocations) {
        Gate gate = new Gate();
        gate.beginLoading();
        gate.open();
        return new Departures(client, allocations, (pool, grant) -> Duration.ZERO, new Roster(), gate);
    }

    @Test
    void nothingIsReleasedOnAnAnswerThatIsNone() {
        Allocations allocations = holding();
        try (Departures departures = departures(allocations)) {
            server.expect()
                    .get()
                    .withPath(CLAIM)
                    .andReturn(500, refusal(500, "no"))
                    .times(2);
            assertThatThrownBy(() -> departures.releaseIfGone(UID, new ClaimKey("games", "web")))
                    .isInstanceOf(KubernetesClientException.class);
            onGet(CLAIM, 403, refusal(403, "forbidden"));
            assertThatThrownBy(() -> departures.releaseIfGone(UID, new ClaimKey("games", "web")))
                    .isInstanceOf(KubernetesClientException.class);
            wire.cut();
            assertThatThrownBy(() -> departures.releaseIfGone(UID, new ClaimKey("games", "web")))
                    .isInstanceOf(KubernetesClientException.class);
            wire.mend();
            onGet(CLAIM, 200, claim(UID, "7", null));
            assertThat(departures.releaseIfGone(UID, new ClaimKey("games", "web")))
                    .isFalse();
            assertThat(allocations.holding(UID)).isPresent();
        }
    }

    @Test
    void aDepartureIsAskedAboutUntilThereIsAnAnswer() {
        Allocations allocations = holding();
        try (Departures departures = departures(allocations)) {
            wire.cut();
            departures.onResourceDeleted(claim(UID, "7", null));
            await("a try").until(() -> wire.lost() > 0);
            onGet(CLAIM, 200, claim("uid-2", "9", null));
            wire.mend();
            await("release")
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> allocations.holding(UID).isEmpty());
            assertThat(wire.arrived()).containsExactly("GET " + CLAIM);
        }
    }
}
