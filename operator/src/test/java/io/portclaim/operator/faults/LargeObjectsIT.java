package io.portclaim.operator.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.EnvFromSource;
import io.fabric8.kubernetes.api.model.EnvFromSourceBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortClaimSpec;
import io.portclaim.api.v1alpha1.PortRequest;
import io.portclaim.api.v1alpha1.Scope;
import io.portclaim.testing.LocalCluster;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * An operator takes over among the largest objects that a tenant may make, with the memory that the chart gives it. Each
 * character of their texts takes one byte where it is stored, and six in the API server's answers.
 */
@ExtendWith(LocalCluster.class)
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class LargeObjectsIT {
    /** MiB of heap: 60 % of the chart's 256 MiB, as the image has it (docs/image.md). */
    private static final int HEAP = 153;

    /** Not those of {@link RandomOperationsIT}: its last claims may be released by the next operator only, and cool for minutes. */
    private static final int FIRST = 28_700;

    private static final int OF_EACH = 60;
    private static final int OF_MANY_PARTS = 12;
    private static final int VARIABLES = 50_000;
    private static final int REFERENCES = 20_000;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String TEXT_OF_A_MAP = "<".repeat((1 << 20) - 512);
    private static final String TEXT_OF_ANNOTATIONS = "<".repeat((256 << 10) - 512);

    private static ObjectMetaBuilder metadata(String namespace, int i) {
        return new ObjectMetaBuilder().withNamespace(namespace).withName("large-" + i);
    }

    private static ObjectMetaBuilder annotated(String namespace, int i) {
        return metadata(namespace, i).addToAnnotations("example.com/text", TEXT_OF_ANNOTATIONS);
    }

    private static HasMetadata map(String namespace, int i) {
        return new ConfigMapBuilder()
                .withMetadata(metadata(namespace, i)
                        .addToLabels("portclaim.io/claim-uid", "uid-" + i)
                        .addToAnnotations("portclaim.io/claim-name", "large-" + i)
                        .addToAnnotations("portclaim.io/claim-uid", "uid-" + i)
                        .build())
                .withData(Map.of("ports.env", TEXT_OF_A_MAP))
                .build();
    }

    private static HasMetadata service(String namespace, int i) {
        return new ServiceBuilder()
                .withMetadata(annotated(namespace, i).build())
                .withNewSpec()
                .withClusterIP("None")
                .endSpec()
                .build();
    }

    private static HasMetadata pod(ObjectMetaBuilder metadata, List<EnvVar> variables, List<EnvFromSource> sources) {
        return new PodBuilder()
                .withMetadata(metadata.build())
                .withNewSpec()
                .withNodeName("nowhere")
                .withAutomountServiceAccountToken(false)
                .addNewContainer()
                .withName("c")
                .withImage("example.com/none")
                .withEnv(variables)
                .withEnvFrom(sources)
                .endContainer()
                .endSpec()
                .build();
    }

    /** Of small parts there are the more: each of these is 30 bytes or less, and hundreds as objects. */
    private static HasMetadata podOfManyParts(String namespace, int i) {
        return pod(
                metadata(namespace, i).withName("many-" + i),
                Collections.nCopies(VARIABLES, new EnvVar("A", null, null)),
                IntStream.range(0, REFERENCES)
                        .mapToObj(n -> new EnvFromSourceBuilder()
                                .withNewConfigMapRef("m-%d-%d".formatted(i, n), null)
                                .build())
                        .toList());
    }

    private static PortClaim claim(ObjectMetaBuilder metadata, String pool) {
        PortClaim claim = new PortClaim();
        claim.setMetadata(metadata.build());
        claim.setSpec(new PortClaimSpec(
                pool, Scope.CLUSTER, null, null, null, List.of(new PortRequest("http", null, null, null)), null));
        return claim;
    }

    private static void make(KubernetesClient client, String namespace, int i) {
        client.resource(map(namespace, i)).create();
        client.resource(service(namespace, i)).create();
        client.resource(pod(annotated(namespace, i), List.of(), List.of())).create();
        client.resource(claim(annotated(namespace, i), "none")).create();
    }

    @Test
    void theyNeitherEndNorDelayIt(LocalCluster cluster, KubernetesClient client) {
        String namespace = cluster.newNamespace();
        IntStream.range(0, OF_EACH).parallel().forEach(i -> make(client, namespace, i));
        IntStream.range(0, OF_MANY_PARTS)
                .parallel()
                .forEach(i -> client.resource(podOfManyParts(namespace, i)).create());
        Victim victim = new Victim(client, cluster.newNamespace(), FIRST);
        long started = System.nanoTime();
        try (ChildOperator operator =
                ChildOperator.startWithHeap(HEAP, cluster.kubeconfig(), "--leader-election=false")) {
            operator.awaitServing();
            System.out.printf(
                    "%d ConfigMaps of 1 MiB, as many Services, pods and claims with 256 KiB of annotations, and %d pods of %d parts: serves after %d ms, %d MiB resident at most%n",
                    OF_EACH,
                    OF_MANY_PARTS,
                    VARIABLES + REFERENCES,
                    Duration.ofNanos(System.nanoTime() - started).toMillis(),
                    operator.peakMemory());
            victim.begin();
            victim.claim();
            await("another tenant is served").atMost(PATIENCE).until(() -> {
                assertThat(operator.hasEnded()).as("%s", operator).isFalse();
                assertThat(victim.tooLate()).isEmpty();
                return !victim.isWaiting();
            });
        } finally {
            victim.leave();
            victim.end();
            client.namespaces().withName(namespace).delete();
        }
    }
}
