package io.portclaim.installed;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.portclaim.api.v1alpha1.Phase;
import io.portclaim.api.v1alpha1.PortClaim;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Bound claims of one namespace, with their ConfigMaps. */
final class ManyClaims {
    private final KubernetesClient client;
    private final String namespace;

    private ManyClaims(KubernetesClient client, String namespace) {
        this.client = client;
        this.namespace = namespace;
    }

    /** Makes that many claims of one port, claim-0 and so on, and waits until all are Bound. */
    static ManyClaims make(Installation installation, String namespace, String pool, int count) {
        KubernetesClient client = installation.client();
        IntStream.range(0, count)
                .parallel()
                .mapToObj(i -> client.getKubernetesSerialization()
                        .unmarshal("""
                        apiVersion: portclaim.io/v1alpha1
                        kind: PortClaim
                        metadata: {name: claim-%d, namespace: %s}
                        spec: {poolName: %s, scope: Cluster, ports: [{name: http}]}
                        """.formatted(i, namespace, pool), PortClaim.class))
                .forEach(claim -> client.resource(claim).create());
        ManyClaims claims = new ManyClaims(client, namespace);
        claims.awaitBound(count);
        return claims;
    }

    String namespace() {
        return namespace;
    }

    /** Waits until so many are Bound. */
    void awaitBound(int count) {
        await("%d claims are Bound".formatted(count))
                .atMost(Installation.SOON)
                .untilAsserted(() -> assertThat(claims())
                        .filteredOn(claim ->
                                claim.getStatus() != null && claim.getStatus().phase() == Phase.BOUND)
                        .hasSize(count));
    }

    private List<PortClaim> claims() {
        return client.resources(PortClaim.class).inNamespace(namespace).list().getItems().stream()
                .filter(claim -> claim.getMetadata().getName().startsWith("claim-"))
                .toList();
    }

    private List<ConfigMap> maps() {
        return client.configMaps().inNamespace(namespace).list().getItems().stream()
                .filter(map -> map.getMetadata().getName().startsWith("claim-"))
                .toList();
    }

    /** The version of each claim and ConfigMap: whoever writes one changes its version. */
    Map<String, String> versions() {
        return new TreeMap<>(Stream.<HasMetadata>concat(claims().stream(), maps().stream())
                .collect(toMap(
                        object -> object.getKind() + " " + object.getMetadata().getName(),
                        object -> object.getMetadata().getResourceVersion())));
    }
}
