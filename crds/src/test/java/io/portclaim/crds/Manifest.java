package io.portclaim.crds;

import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import org.jspecify.annotations.Nullable;

/** An object as a user writes it, sent as it stands, whatever the Java types would make of it. */
record Manifest(String kind, @Nullable String namespace, String name, String spec) {

    static Manifest claim(String namespace, String name, String spec) {
        return new Manifest("PortClaim", namespace, name, spec);
    }

    static Manifest pool(String name, String spec) {
        return new Manifest("PortPool", null, name, spec);
    }

    static Manifest ledger(String name, String spec) {
        return new Manifest("PortLedger", null, name, spec);
    }

    Manifest withSpec(String other) {
        return new Manifest(kind, namespace, name, other);
    }

    private GenericKubernetesResource parse(KubernetesClient client) {
        String yaml = "apiVersion: portclaim.io/v1alpha1\nkind: " + kind + "\nmetadata: {name: " + name
                + (namespace == null ? "" : ", namespace: " + namespace) + "}\nspec: " + spec;
        return client.getKubernetesSerialization().unmarshal(yaml, GenericKubernetesResource.class);
    }

    GenericKubernetesResource create(KubernetesClient client) {
        return client.resource(parse(client)).create();
    }

    /** Creates it, but for the API server's validation only. */
    void check(KubernetesClient client) {
        client.resource(parse(client)).dryRun(true).create();
    }

    /** Replaces what there is, but for the API server's validation only. */
    void checkUpdate(KubernetesClient client) {
        client.resource(parse(client)).dryRun(true).update();
    }

    /** What the API server says when it refuses; "accepted" where it does not. */
    static String refusal(Runnable request) {
        KubernetesClientException refused = catchThrowableOfType(KubernetesClientException.class, request::run);
        return refused == null ? "accepted" : refused.getStatus().getMessage();
    }
}
