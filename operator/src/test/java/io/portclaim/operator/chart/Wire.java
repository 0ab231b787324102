package io.portclaim.operator.chart;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.portclaim.api.v1alpha1.PortClaimApi;
import io.portclaim.operator.kube.Requests;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Somebody's single requests: no other is sent beside them, and their answers are reported as they come. */
record Wire(KubernetesClient client) {
    static final String CLAIMS = PortClaimApi.PATH + "/namespaces/%s/portclaims";
    static final String POOLS = PortClaimApi.PATH + "/portpools";
    static final String LEDGERS = PortClaimApi.PATH + "/portledgers";
    static final String REPORTS = PortClaimApi.PATH + "/portreports";
    static final String CONFIG_MAPS = "/api/v1/namespaces/%s/configmaps";
    private static final long TIMEOUT_MILLIS = 30_000;

    String get(String path) {
        return send("GET", path, "application/json", "{}");
    }

    String post(String path, String yaml) {
        return send("POST", path, "application/json", yaml);
    }

    String put(String path, String yaml) {
        return send("PUT", path, "application/json", yaml);
    }

    String merge(String path, String yaml) {
        return send("PATCH", path, "application/merge-patch+json", yaml);
    }

    /** A JSON patch, whose steps are items of a list. */
    String patch(String path, String yaml) {
        return send("PATCH", path, "application/json-patch+json", yaml);
    }

    String delete(String path) {
        return send("DELETE", path, "application/json", "{}");
    }

    /** The answer's code, and the API server's words where it refuses. */
    private String send(String method, String path, String type, String yaml) {
        try {
            Requests.Answer answer = new Requests(client, TIMEOUT_MILLIS).send(method, path, type, Chart.yaml(yaml));
            return answer.isSuccess() ? String.valueOf(answer.code()) : answer.code() + " " + answer.message();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
