package io.portclaim.operator.kube;

import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.Interceptor;
import io.portclaim.api.v1alpha1.PortClaimApi;
import io.portclaim.operator.publish.DataDigest;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Takes what the operator never reads out of the lists of whatever tenants may make, and of nodes, while they arrive. A page of 500
 * objects with all the annotations that the API server allows (256 KiB) would else take more memory than the operator has; of a node,
 * which has a list of its images, most would be read into objects for nothing.
 *
 * <p>A watch brings one object at a time and in full. Thread-safe.
 */
public final class LeanLists implements Interceptor {
    /** Under this name it is known to a client. */
    public static final String NAME = "lean-lists";
    /**
     * Instead of its data, a listed ConfigMap has this key with the {@link DataDigest}. The API server takes no such key, so nobody
     * else can write it.
     */
    public static final String DIGEST = PortClaimApi.KEY_PREFIX + "known:data";
    /** A listed ConfigMap has this key where it has labels or annotations that were left out. */
    public static final String CUT = PortClaimApi.KEY_PREFIX + "known:cut";

    private static final String CONFIG_MAPS = "/api/v1/configmaps";

    private static final Map<String, NeededFields> NEEDED = Map.of(
            "/api/v1/nodes",
            NeededFields.parse(
                    "metadata(name,uid,resourceVersion,labels,annotations(%1$sephemeral-port-range,%1$sreserved-ports)),status(addresses)"
                            .formatted(PortClaimApi.KEY_PREFIX)),
            CONFIG_MAPS,
            NeededFields.parse("metadata(name,namespace,uid,resourceVersion,deletionTimestamp,"
                    + "labels(app.kubernetes.io/managed-by,%1$sclaim-uid),annotations(%1$sclaim-name,%1$sclaim-uid),"
                            .formatted(PortClaimApi.KEY_PREFIX)
                    + "ownerReferences,finalizers),immutable"),
            "/api/v1/pods",
            NeededFields.parse("metadata(name,namespace,uid,resourceVersion,creationTimestamp,deletionTimestamp,"
                    + "labels(%1$sclaim),annotations(%1$sports)),".formatted(PortClaimApi.KEY_PREFIX)
                    + "status(phase,containerStatuses(name,state),initContainerStatuses(name,state)),"
                    + "spec(nodeName,hostNetwork,schedulingGates,affinity,nodeSelector,terminationGracePeriodSeconds,"
                    + "containers(%1$s),initContainers(%1$s),ephemeralContainers(%1$s),"
                            .formatted(
                                    "name,restartPolicy,ports,env(valueFrom(configMapKeyRef,fieldRef)),envFrom(configMapRef)")
                    + "volumes(configMap(name,optional),projected(sources(configMap(name,optional)))))"),
            "/api/v1/services",
            NeededFields.parse(
                    "metadata(name,namespace,uid,resourceVersion),"
                            + "spec(type,clusterIP,ports(port,protocol,nodePort),healthCheckNodePort,externalIPs),status(loadBalancer)"),
            PortClaimApi.PATH + "/portclaims",
            NeededFields.parse(
                    "metadata(name,namespace,uid,resourceVersion,generation,creationTimestamp,deletionTimestamp),"
                            + "spec,status,apiVersion,kind"),
            "/api/v1/namespaces",
            NeededFields.parse("metadata(name,uid,resourceVersion,labels)"));

    private final PageSizes pages = new PageSizes();

    @Override
    public void before(BasicBuilder request, HttpRequest sent, RequestTags tags) {
        if (neededOf(sent) != null) {
            // As every client in Go does. The image's JVM decrypts without its optimizing compiler.
            request.setHeader("Accept-Encoding", "gzip");
            request.uri(pages.limited(sent.uri()));
        }
    }

    @Override
    public AsyncBody.Consumer<List<ByteBuffer>> consumer(
            AsyncBody.Consumer<List<ByteBuffer>> consumer, HttpRequest request) {
        NeededFields needed = neededOf(request);
        return needed == null
                ? consumer
                : new LeanBody(
                        needed, request.uri().getPath().equals(CONFIG_MAPS), pages.budget(request.uri()), consumer);
    }

    private static @Nullable NeededFields neededOf(HttpRequest request) {
        String query = request.uri().getQuery();
        boolean isList = request.method().equals("GET") && (query == null || !query.contains("watch=true"));
        return isList ? NEEDED.get(request.uri().getPath()) : null;
    }
}
