package io.portclaim.operator.kube;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.impl.KubernetesClientImpl;
import io.fabric8.kubernetes.client.utils.TokenRefreshInterceptor;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortPool;
import io.portclaim.api.v1alpha1.PortReport;
import java.util.List;
import java.util.function.Consumer;

/** Clients that stop retrying on request. */
public final class Clients {
    private static final List<Class<? extends HasMetadata>> KINDS =
            List.of(PortClaim.class, PortPool.class, PortReport.class);

    private Clients() {}

    /**
     * A client of its own.
     *
     * @param config how to reach the API server; not changed
     * @param userAgent what it calls itself
     * @param timeoutMillis how long one try of a request may take
     * @param retries how often a request is tried again after a failure, 429 or 5xx
     * @param httpClients a last word on its HTTP client
     */
    public static KubernetesClient of(
            Config config, String userAgent, int timeoutMillis, int retries, Consumer<HttpClient.Builder> httpClients) {
        Config own = new ConfigBuilder(config)
                .withRequestTimeout(timeoutMillis)
                .withRequestRetryBackoffLimit(retries)
                .withUserAgent(userAgent)
                .build();
        KubernetesClient client = new KubernetesClientBuilder()
                .withConfig(own)
                .withHttpClientBuilderConsumer(builder -> {
                    if (Credentials.areCertificateOnly(own)) {
                        // From its second minute on it would read the kubeconfig again for every request, to find a
                        // token: a third of this process's CPU time (fabric8 7.8, TokenRefreshInterceptor#before).
                        builder.addOrReplaceInterceptor(TokenRefreshInterceptor.NAME, null);
                    }
                    builder.addOrReplaceInterceptor(LeanLists.NAME, new LeanLists());
                    httpClients.accept(builder);
                })
                .build();
        // A watch would else parse each event into a map, write that as tokens and read these.
        KINDS.forEach(client.getKubernetesSerialization()::registerKubernetesResource);
        return client;
    }

    /**
     * {@code client}, where other informers of the same kinds have {@code positions} of their own. Both are to be closed; their
     * connections are the same.
     */
    public static KubernetesClient apart(KubernetesClient client, CachePositions positions) {
        return new KubernetesClientImpl(
                client.getHttpClient()
                        .newBuilder()
                        .addOrReplaceInterceptor(CachePositions.NAME, positions)
                        .build(),
                client.getConfiguration(),
                null,
                client.getKubernetesSerialization());
    }
}
