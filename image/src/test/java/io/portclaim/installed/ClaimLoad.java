package io.portclaim.installed;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.portclaim.api.v1alpha1.PortClaim;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Somebody who creates claims of one port without end, and deletes each third of them two claims later. */
final class ClaimLoad implements AutoCloseable {
    private static final long PAUSE_MILLIS = 100;

    private final KubernetesClient client;
    private final String namespace;
    private final String pool;
    private final ExecutorService executor = Executors.newSingleThreadExecutor();
    private final Future<?> work;
    private volatile int created;
    private volatile boolean stopped;

    ClaimLoad(Installation installation, String namespace, String pool) {
        this.client = installation.client();
        this.namespace = namespace;
        this.pool = pool;
        this.work = executor.submit(() -> {
            while (!stopped) {
                next();
            }
            return null;
        });
    }

    private void next() throws InterruptedException {
        client.resource(client.getKubernetesSerialization()
                        .unmarshal("""
                        apiVersion: portclaim.io/v1alpha1
                        kind: PortClaim
                        metadata: {name: load-%d, namespace: %s}
                        spec: {poolName: %s, scope: Cluster, ports: [{name: http}]}
                        """.formatted(created, namespace, pool), PortClaim.class))
                .create();
        if (created % 3 == 2) {
            client.resources(PortClaim.class)
                    .inNamespace(namespace)
                    .withName("load-" + (created - 2))
                    .delete();
        }
        created++;
        Thread.sleep(PAUSE_MILLIS);
    }

    /** How many claims it has created. */
    int created() {
        return created;
    }

    /** Ends it, and fails where one of its requests has failed. */
    void stop() throws Exception {
        stopped = true;
        work.get(1, TimeUnit.MINUTES);
    }

    @Override
    public void close() {
        stopped = true;
        executor.shutdownNow();
    }
}
