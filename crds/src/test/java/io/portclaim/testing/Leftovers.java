package io.portclaim.testing;

import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortLedger;
import io.portclaim.api.v1alpha1.PortPool;
import io.portclaim.api.v1alpha1.PortReport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * What the tests of one JVM leave in a cluster that is not ours: their namespaces, and every object of PortClaim's kinds that
 * was not there before. Without it, tests that count claims or replay the ledger would find what others have left.
 */
final class Leftovers {
    private static final Duration DEADLINE = Duration.ofMinutes(2);
    private static final List<Class<? extends HasMetadata>> KINDS =
            List.of(PortClaim.class, PortPool.class, PortReport.class, PortLedger.class);

    private final KubernetesClient client;
    private final Predicate<String> isOurNamespace;
    private final Set<String> present = new HashSet<>();

    private Leftovers(KubernetesClient client, Predicate<String> isOurNamespace) {
        this.client = client;
        this.isOurNamespace = isOurNamespace;
    }

    /** Notes what is there now. The CRDs are installed by then. */
    static Leftovers since(KubernetesClient client, Predicate<String> isOurNamespace) {
        Leftovers leftovers = new Leftovers(client, isOurNamespace);
        leftovers.visit(object -> leftovers.present.add(object.getMetadata().getUid()));
        return leftovers;
    }

    private void visit(Consumer<HasMetadata> action) {
        for (Class<? extends HasMetadata> kind : KINDS) {
            client.resources(kind).inAnyNamespace().list().getItems().forEach(action);
        }
    }

    /** Deletes what was not there, and waits until it is gone; namespaces go by themselves. */
    void delete() {
        await("deletion of what the tests have left").atMost(DEADLINE).until(() -> {
            List<HasMetadata> left = new ArrayList<>();
            visit(object -> {
                if (!present.contains(object.getMetadata().getUid())) {
                    left.add(object);
                }
            });
            left.forEach(object -> client.resource(object).delete());
            return left.isEmpty();
        });
        client.namespaces().list().getItems().stream()
                .filter(namespace -> isOurNamespace.test(namespace.getMetadata().getName()))
                .forEach(namespace -> client.resource(namespace).delete());
    }
}
