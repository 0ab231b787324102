package io.portclaim.operator.claim;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.operator.cache.CachePosition;
import io.portclaim.operator.cache.PackedStore;
import io.portclaim.operator.cache.Packing;
import io.portclaim.operator.node.PrunedStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;

/** What is kept of claims and of their ConfigMaps: most of the operator's memory where there are many. */
public final class KnownObjects {
    /** As claims are, in the order of their JSON. What stands here takes hardly any memory in a claim; what most have comes last. */
    private static final Packing CLAIMS = new Packing("""
            "nodeSelector":{"matchLabels":{"allNodes":true,"alignment":"port":"count":"endPort":"protocol":"UDP"}\
            "reason":"PoolExhausted","message":"phase":"Pending""status":"False""Conflicted""nodesAssigned":0\
             ports assigned on  nodes "summary":""nodesDesired":1,"nodesAssigned":1,"ports":[{"name":""]},"status":\
            {"phase":"Bound"},"spec":{"scope":"Cluster","poolName":"default","configMapName":"1 port assigned on every node",\
            1 port assigned on every node and published in ConfigMap "\
            {"apiVersion":"portclaim.io/v1alpha1","kind":"PortClaim","metadata":{"creationTimestamp":"Z",\
            "generation":1,"name":"","namespace":"default","resourceVersion":"","uid":""},"spec":{"scope":"Node","nodeName":"",\
            "ports":[{"name":"http"}]},"status":{"phase":"Bound","observedGeneration":1,"claimUID":"","poolName":"default","configMapName":"\
            -ports","summary":"http=","nodesDesired":1,"nodesAssigned":1,"ports":[{"name":"http","protocol":"TCP","port":}],\
            "nodes":[{"names":[""],"ports":[{"name":"http","protocol":"TCP","port":}]}],\
            "conditions":[{"type":"Ready","status":"True","observedGeneration":1,"lastTransitionTime":"Z",\
            "reason":"Assigned","message":"1 port assigned on node  and published in ConfigMap -ports"},\
            {"type":"Assigned","status":"True","observedGeneration":1,"lastTransitionTime":"Z",\
            "reason":"Assigned","message":"1 port assigned on node "},\
            {"type":"Published","status":"True","observedGeneration":1,"lastTransitionTime":"Z",\
            "reason":"Published","message":"the ports are in ConfigMap -ports"},\
            {"type":"Usable","status":"True","observedGeneration":1,"lastTransitionTime":"Z","reason":"Usable",\
            "message":"nothing is known to prevent a process from listening on the ports"}]}}""");

    /** As {@link KnownMap} keeps them. */
    private static final Packing MAPS = new Packing("""
            "finalizers":["deletionTimestamp":"},"immutable":true,"portclaim.io/known:cut":"",\
            {"apiVersion":"v1","kind":"ConfigMap","metadata":{"annotations":{"portclaim.io/claim-name":"",\
            "portclaim.io/claim-uid":"","portclaim.io/known:data":""},"creationTimestamp":"Z",\
            "labels":{"app.kubernetes.io/managed-by":"portclaim","portclaim.io/claim-uid":""},"name":"","namespace":"default",\
            "ownerReferences":[{"apiVersion":"portclaim.io/v1alpha1","kind":"PortClaim",\
            "blockOwnerDeletion":false,"controller":true,"name":"","uid":""}],"resourceVersion":"","uid":""}}""");

    private static final ObjectMapper JSON = new ObjectMapper();

    private KnownObjects() {}

    /** For claims, without what a tenant may fill with 256 KiB of its own. */
    public static PackedStore<PortClaim> claims(KubernetesSerialization json, CachePosition position) {
        return new PackedStore<>(
                PrunedStore::withoutAnnotations,
                claim -> text(json, claim),
                KnownObjects::claim,
                kept -> object(kept, PortClaim.class),
                CLAIMS,
                position);
    }

    private static PortClaim claim(Supplier<byte[]> kept) {
        return new PackedClaim(metadata(kept.get()), () -> object(kept.get(), PortClaim.class));
    }

    /** Nothing else is parsed: it takes half the time of the whole object. */
    private static ObjectMeta metadata(byte[] text) {
        try (JsonParser parser = JSON.createParser(text)) {
            parser.nextToken();
            while (!"metadata".equals(parser.nextFieldName())) {
                parser.nextToken();
                parser.skipChildren();
            }
            parser.nextToken();
            return JSON.readValue(parser, ObjectMeta.class);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** For ConfigMaps as {@link KnownMap} keeps them. */
    static PackedStore<ConfigMap> maps(KubernetesSerialization json, CachePosition position) {
        return new PackedStore<>(
                KnownMap::of, map -> text(json, map), kept -> object(kept, ConfigMap.class), MAPS, position);
    }

    private static byte[] text(KubernetesSerialization json, Object object) {
        return json.asJson(object).getBytes(StandardCharsets.UTF_8);
    }

    private static <T> T object(byte[] text, Class<T> kind) {
        try {
            return JSON.readValue(text, kind);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
