package io.portclaim.operator.ledger;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.portclaim.api.v1alpha1.PortClaimApi;
import io.portclaim.api.v1alpha1.PortLedger;
import io.portclaim.api.v1alpha1.PortLedgerSpec;
import io.portclaim.operator.kube.Requests;
import io.portclaim.operator.protocol.LedgerApi;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The PortLedger over HTTP. Its client must not retry by itself. Thread-safe. */
public final class LedgerStore implements LedgerApi {
    private static final String COLLECTION = PortClaimApi.PATH + "/portledgers";
    private static final String OBJECT = COLLECTION + "/" + PortLedger.NAME;

    private final KubernetesClient client;
    private final Requests requests;

    /** Uses {@code client}, whose request timeout bounds every call. */
    public LedgerStore(KubernetesClient client) {
        this.client = client;
        this.requests = new Requests(client, client.getConfiguration().getRequestTimeout());
    }

    @Override
    public Optional<Stored> read() throws IOException {
        try {
            PortLedger ledger =
                    client.resources(PortLedger.class).withName(PortLedger.NAME).get();
            return Optional.ofNullable(ledger)
                    .map(found -> new Stored(found.getMetadata().getResourceVersion(), found.getSpec()));
        } catch (KubernetesClientException e) {
            throw new IOException("the ledger can't be read: " + e.getMessage(), e);
        }
    }

    @Override
    public Outcome create(PortLedgerSpec spec) {
        return send(
                "POST",
                COLLECTION,
                "application/json",
                Map.of(
                        "apiVersion",
                        PortClaimApi.API_VERSION,
                        "kind",
                        "PortLedger",
                        "metadata",
                        Map.of("name", PortLedger.NAME),
                        "spec",
                        spec));
    }

    @Override
    public Outcome replace(String expectedVersion, String expectedCommit, PortLedgerSpec spec) {
        return send(
                "PATCH",
                OBJECT,
                "application/json-patch+json",
                List.of(
                        Map.of("op", "test", "path", "/spec/commitId", "value", expectedCommit),
                        Map.of("op", "replace", "path", "/metadata/resourceVersion", "value", expectedVersion),
                        Map.of("op", "replace", "path", "/spec", "value", spec)));
    }

    private Outcome send(String method, String path, String contentType, Object body) {
        try {
            // The answer would be the whole ledger, which is large where much is cooling.
            Requests.Answer answer = requests.send(method, path, contentType, body, Requests.METADATA);
            if (answer.isSuccess()) {
                return new Outcome.Written(answer.resourceVersion());
            }
            if (answer.code() == 409 || answer.code() == 422 || answer.code() == 404) {
                return new Outcome.Refused(answer.message());
            }
            return new Outcome.Unknown(answer.message());
        } catch (IOException | RuntimeException e) {
            return new Outcome.Unknown(String.valueOf(e.getMessage()));
        }
    }
}
