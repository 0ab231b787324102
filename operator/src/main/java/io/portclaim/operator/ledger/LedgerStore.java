package io.portclaim.operator.ledger;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.portclaim.api.v1alpha1.PortClaimApi;
import io.portclaim.api.v1alpha1.PortLedger;
import io.portclaim.api.v1alpha1.PortLedgerSpec;
import io.portclaim.operator.kube.Requests;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads and writes the one PortLedger. Its client must not retry by itself and must give up far sooner than a lease
 * lasts: a repeated compare-and-swap whose first answer got lost looks like a conflict.
 */
public final class LedgerStore {
    private static final String COLLECTION = PortClaimApi.PATH + "/portledgers";
    private static final String OBJECT = COLLECTION + "/" + PortLedger.NAME;

    private final KubernetesClient client;
    private final Requests requests;

    /** Uses {@code client}, whose request timeout bounds every call. */
    public LedgerStore(KubernetesClient client) {
        this.client = client;
        this.requests = new Requests(client, client.getConfiguration().getRequestTimeout());
    }

    /**
     * The ledger as it stands.
     *
     * @param resourceVersion its version
     * @param spec its content
     */
    public record Stored(String resourceVersion, PortLedgerSpec spec) {
        /** Who wrote it, for people. */
        String author() {
            return "%s by the Lease %s".formatted(spec.holder(), spec.lease());
        }
    }

    /** What became of a write. */
    public sealed interface Outcome {
        /**
         * It was carried out.
         *
         * @param resourceVersion the ledger's version after it
         */
        record Written(String resourceVersion) implements Outcome {}

        /**
         * The ledger was not as expected. (Or this very write had been carried out before and its answer was lost.)
         *
         * @param why the API server's words
         */
        record Refused(String why) implements Outcome {}

        /**
         * Nobody knows: it may have been carried out, may not, or may be later.
         *
         * @param why what went wrong
         */
        record Unknown(String why) implements Outcome {}
    }

    /**
     * Reads the ledger from the quorum; empty when there is none.
     *
     * @throws IOException when it can't be read now
     */
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

    /** Makes the ledger, where there is none. */
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

    /**
     * Replaces the content if the ledger is still the one that {@code expected} describes. The commit id is tested beside
     * the version because an etcd that was restored from a backup gives the same versions out again.
     */
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
            Requests.Answer answer = requests.send(method, path, contentType, body);
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
