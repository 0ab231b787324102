package io.portclaim.operator.claim;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.portclaim.api.v1alpha1.Phase;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortClaimApi;
import io.portclaim.api.v1alpha1.PortClaimSpec;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.api.v1alpha1.PortRequest;
import io.portclaim.api.v1alpha1.Scope;
import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.PortGrant;
import io.portclaim.operator.allocation.Refusal;
import io.portclaim.operator.kube.CachePositions;
import io.portclaim.operator.kube.Requests;
import io.portclaim.operator.protocol.Claim;
import io.portclaim.operator.protocol.ClaimStatusWriter;
import io.portclaim.operator.protocol.ClaimTracker;
import io.portclaim.operator.protocol.ConfigMaps;
import io.portclaim.operator.protocol.NamedPorts;
import io.portclaim.operator.publish.Believed;
import io.portclaim.operator.publish.ConfigMapData;
import io.portclaim.operator.publish.ConfigMapIdentity;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A claim, its ConfigMap, and an API server that answers as the test has set, over a wire that may break. */
@EnableKubernetesMockClient(https = false)
abstract class FailingServer {
    static final String CLAIM = PortClaimApi.PATH + "/namespaces/games/portclaims/web";
    static final String STATUS = CLAIM + "/status";
    static final String MAPS = "/api/v1/namespaces/games/configmaps";
    static final String MAP = MAPS + "/web-ports";
    static final String UID = "uid-1";
    static final PortClaimStatus BOUND =
            new PortClaimStatus(Phase.BOUND, 1L, "default", "web-ports", "http=21080", 1, 1, null, null, null);
    static final Assignment PORTS =
            Assignment.at("node-a", List.of(new PortGrant("http", TransportProtocol.TCP, 21080, 1)));

    KubernetesMockServer server;
    FaultyWire wire;
    KubernetesClient client;
    final AtomicInteger passes = new AtomicInteger();
    LiveClaims live;
    ClaimStatusWriter statusWriter;
    ConfigMaps maps;

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
        ClaimListing listing = new ClaimListing(
                client, requests, ClaimCaches.empty(client.getKubernetesSerialization(), new CachePositions()));
        live = new LiveClaims(requests, client, listing);
        statusWriter = new ClaimStatusWriter(live, new ClaimTracker(), passes::incrementAndGet);
        maps = new ConfigMaps(
                new MapRequests(requests, client, listing, Clock.systemUTC(), map -> {}),
                live,
                passes::incrementAndGet,
                NamedPorts.IGNORED,
                claim -> Believed.ALL,
                new StillTime(() -> 0));
    }

    @AfterEach
    void disconnect() {
        client.close();
        wire.close();
    }

    static PortClaim claim(String uid, String version, @Nullable PortClaimStatus status) {
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

    static Claim known() {
        return Claims.of(claim(UID, "7", null));
    }

    static ConfigMap map(String uid, Map<String, String> data) {
        return new ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace("games")
                .withName("web-ports")
                .withUid("map-uid")
                .withResourceVersion("70")
                .withLabels(new ConfigMapIdentity("web", uid).labels())
                .withAnnotations(new ConfigMapIdentity("web", uid).annotations())
                .addNewOwnerReference()
                .withApiVersion(PortClaimApi.API_VERSION)
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

    static Map<String, String> data() {
        return ConfigMapData.render(Scope.NODE, "node-a", PORTS);
    }

    /** Publishes at once after a commit; the result is why it can't be done. */
    Optional<Refusal> publish(Claim claim, Assignment assignment, @Nullable ConfigMap cached) {
        return Optional.ofNullable(
                maps.publish(claim, assignment, KubernetesMap.of(cached), 0).refusal());
    }

    static Object refusal(int code, String message) {
        return new StatusBuilder().withCode(code).withMessage(message).build();
    }

    /** As the API server says it: of which object. */
    static Object absent(String name) {
        return new StatusBuilder()
                .withCode(404)
                .withReason("NotFound")
                .withMessage("\"" + name + "\" not found")
                .withNewDetails()
                .withName(name)
                .endDetails()
                .build();
    }

    void onGet(String path, int code, Object body) {
        server.expect().get().withPath(path).andReturn(code, body).once();
    }

    void onPut(String path, int code, Object body) {
        server.expect().put().withPath(path).andReturn(code, body).once();
    }

    void onPost(String path, int code, Object body) {
        server.expect().post().withPath(path).andReturn(code, body).once();
    }
}
