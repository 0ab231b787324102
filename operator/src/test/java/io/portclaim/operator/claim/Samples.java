package io.portclaim.operator.claim;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.portclaim.api.v1alpha1.Phase;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortClaimApi;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.api.v1alpha1.PortPool;
import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.Decision;
import io.portclaim.operator.allocation.NodeFacts;
import io.portclaim.operator.allocation.PoolRules;
import io.portclaim.operator.allocation.PortGrant;
import io.portclaim.operator.allocation.PortIndex;
import io.portclaim.operator.allocation.Refusal;
import io.portclaim.operator.allocation.Request;
import io.portclaim.operator.protocol.Claim;
import io.portclaim.operator.protocol.WantedMap;
import io.portclaim.operator.publish.ConfigMapIdentity;
import io.portclaim.operator.publish.RenderedStatus;
import io.portclaim.ports.PortSet;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the tests of claims speak of: the claim web of the namespace shop, under several UIDs, and what it has. */
final class Samples {
    static final KubernetesSerialization YAML = new KubernetesSerialization();
    static final ClaimKey WEB = new ClaimKey("shop", "web");
    static final String WEB_PATH = PortClaimApi.PATH + "/namespaces/shop/portclaims/web";
    static final String MAPS_PATH = "/api/v1/namespaces/shop/configmaps";
    static final String WEB_MAP_PATH = MAPS_PATH + "/web-ports";
    static final Duration REST = Duration.ofSeconds(60);
    /** Since when a ConfigMap does not name any more what is released, where a test does not care. */
    static final Instant NAMED_UNTIL = Instant.parse("2026-01-01T00:00:00Z");

    private Samples() {}

    /** The claim web as the API server has it: this UID, version and status, scope Cluster, one port. */
    static String webJson(String uid, int version, @Nullable PortClaimStatus status) {
        PortClaim claim = object(WEB, uid, version, "{poolName: main, scope: Cluster, ports: [{name: http}]}");
        claim.setStatus(status);
        return YAML.asJson(claim);
    }

    static PortClaim object(ClaimKey key, String uid, int version, String spec) {
        return YAML.unmarshal("""
                apiVersion: portclaim.io/v1alpha1
                kind: PortClaim
                metadata:
                  name: "%s"
                  namespace: "%s"
                  uid: "%s"
                  resourceVersion: "%d"
                  generation: 1
                  creationTimestamp: "2026-01-01T00:00:00Z"
                spec: %s
                """.formatted(key.name(), key.namespace(), uid, version, spec), PortClaim.class);
    }

    static Claim claim(ClaimKey key, String uid, int version, String spec) {
        return Claims.of(object(key, uid, version, spec));
    }

    static Claim web(String uid, int version) {
        return claim(WEB, uid, version, "{poolName: main, scope: Cluster, ports: [{name: http}]}");
    }

    /** The pool main with this spec. */
    static PortPool pool(String spec) {
        return YAML.unmarshal("""
                apiVersion: portclaim.io/v1alpha1
                kind: PortPool
                metadata: {name: main, uid: pool, generation: 1, creationTimestamp: "2026-01-01T00:00:00Z"}
                spec: %s
                """.formatted(spec), PortPool.class);
    }

    /** A status with {@code summary}. */
    static PortClaimStatus status(String summary) {
        return new PortClaimStatus(Phase.BOUND, 1L, "main", "web-ports", summary, null, null, null, null, null);
    }

    /** The status as it was rendered where nothing is wrong with the claim. */
    static RenderedStatus rendered(PortClaimStatus status) {
        return new RenderedStatus(status, null, null, null);
    }

    /** The status as it was rendered for a claim that waits for {@code reason}. */
    static RenderedStatus waiting(PortClaimStatus status, Reason reason) {
        return new RenderedStatus(status, new Refusal(reason, "as it is"), null, null);
    }

    /** web's ConfigMap as the claim of this UID has made it, with the port 1000. */
    static ConfigMap map(String uid, int version) {
        return new ConfigMapBuilder()
                .withNewMetadata()
                .withName("web-ports")
                .withNamespace("shop")
                .withUid("map-of-" + uid)
                .withResourceVersion(String.valueOf(version))
                .withLabels(new ConfigMapIdentity("web", uid).labels())
                .withAnnotations(new ConfigMapIdentity("web", uid).annotations())
                .endMetadata()
                .withData(Map.of("HTTP_PORT", "1000"))
                .build();
    }

    /** web's ConfigMap as the claim of this UID writes it. */
    static ConfigMap asWritten(String uid, int version, Assignment assignment) {
        ConfigMap map = KubernetesMap.create(WantedMap.of(web(uid, 1), assignment));
        map.getMetadata().setUid("map-of-" + uid);
        map.getMetadata().setResourceVersion(String.valueOf(version));
        return map;
    }

    static ConfigMap fromJson(String text) {
        return YAML.unmarshal(text, ConfigMap.class);
    }

    static String json(ConfigMap map) {
        return YAML.asJson(map);
    }

    /** One port on every node. */
    static Assignment port(int port) {
        return Assignment.at("*", List.of(new PortGrant("http", TransportProtocol.TCP, port, 1)));
    }

    /** The API server's word that an object of this name does not exist. */
    static String notFound(String name) {
        return failure("NotFound", name);
    }

    /** A refusal as the API server words it, of an object of this name; null: of no object. */
    static String failure(String reason, @Nullable String name) {
        return YAML.asJson(new StatusBuilder()
                .withStatus("Failure")
                .withMessage(reason + " it is")
                .withReason(reason)
                .withNewDetails()
                .withName(name)
                .endDetails()
                .build());
    }

    /** Gives the claim the next free number of the pool main on every node, as published. */
    static void hold(PortIndex portIndex, Claim claim) {
        decide(portIndex, claim, MAIN);
        portIndex.settle(claim.uid(), (pool, grant) -> REST, NAMED_UNTIL);
    }

    /** Decides that the claim gets the next free number of the pool on every node, and publishes nothing. */
    static void decide(PortIndex portIndex, Claim claim, PoolRules pool) {
        Decision decision = portIndex.decide(new Request(
                claim.uid(),
                claim.key(),
                claim.created(),
                claim.revision(),
                pool,
                claim.configMapName(),
                claim.requestedPorts(),
                List.of(new Request.Target(
                        "*", List.of(new NodeFacts("node", null, PortSet.EMPTY, false, NodeFacts.Source.ASSUMED))))));
        if (!(decision instanceof Decision.Granted)) {
            throw new AssertionError("not granted: " + decision);
        }
    }

    private static final PoolRules MAIN = new PoolRules(
            "main",
            PoolRules.Spec.of(PortSet.parse("1000-1099"))
                    .staticBand(0)
                    .cooldown(REST)
                    .portsPerClaim(0)
                    .build());
}
