package io.portclaim.operator.kube;

import io.portclaim.api.v1alpha1.PortClaimApi;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A minimal PUT of a status subresource: no spec, UID and resourceVersion checked. It is the cheapest write there is, and
 * the only one that checks the UID: a patch of a status does not.
 *
 * @param kind the object's kind
 * @param path the object's own path
 * @param namespace its namespace, null for none
 * @param name its name
 * @param uid its UID
 * @param resourceVersion the version that the new status is based on
 */
public record StatusPut(
        String kind, String path, @Nullable String namespace, String name, String uid, String resourceVersion) {

    /**
     * Sends it.
     *
     * @throws UncheckedIOException when no answer came: what became of it is then unknown
     */
    public Requests.Answer send(Requests requests, Object status) {
        Map<String, Object> metadata =
                new HashMap<>(Map.of("name", name, "uid", uid, "resourceVersion", resourceVersion));
        if (namespace != null) {
            metadata.put("namespace", namespace);
        }
        Map<String, Object> body =
                Map.of("apiVersion", PortClaimApi.API_VERSION, "kind", kind, "metadata", metadata, "status", status);
        try {
            return requests.send("PUT", path + "/status", body);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
