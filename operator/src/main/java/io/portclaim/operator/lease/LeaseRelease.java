package io.portclaim.operator.lease;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.NamespacedKubernetesClient;
import io.fabric8.kubernetes.client.RequestConfig;
import io.fabric8.kubernetes.client.RequestConfigBuilder;
import java.net.HttpURLConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives a Lease back, as client-go's LeaderElector.release does: holder "" and a duration of one second, with the other
 * fields kept, because fabric8 cannot read a Lease without them. Its own elector would leave out the holder (releaseOnCancel).
 */
final class LeaseRelease {
    private static final Logger log = LoggerFactory.getLogger(LeaseRelease.class);
    // A pod has 30 seconds to end by default; a Lease that cannot be given back runs out by itself.
    private static final int REQUEST_TIMEOUT_MILLIS = 2_000;

    private final KubernetesClient client;
    private final LeaseSettings settings;

    LeaseRelease(KubernetesClient client, LeaseSettings settings) {
        this.client = client;
        this.settings = settings;
    }

    boolean run() {
        RequestConfig once = new RequestConfigBuilder()
                .withRequestTimeout(REQUEST_TIMEOUT_MILLIS)
                .withRequestRetryBackoffLimit(0)
                .build();
        try {
            return client.adapt(NamespacedKubernetesClient.class)
                    .withRequestConfig(once)
                    .call(this::release);
        } catch (KubernetesClientException e) {
            if (e.getCode() == HttpURLConnection.HTTP_CONFLICT) {
                log.info("Lease {} has another holder already", settings.lease());
            } else {
                log.warn("Lease {} was not released and expires by itself: {}", settings.lease(), e.getMessage());
            }
            return false;
        }
    }

    private boolean release(NamespacedKubernetesClient api) {
        Lease lease = api.leases()
                .inNamespace(settings.lease().namespace())
                .withName(settings.lease().name())
                .get();
        if (lease == null
                || lease.getSpec() == null
                || !settings.identity().equals(lease.getSpec().getHolderIdentity())) {
            return false;
        }
        api.resource(new LeaseBuilder(lease)
                        .editSpec()
                        .withHolderIdentity("")
                        .withLeaseDurationSeconds(1)
                        .endSpec()
                        .build())
                .update();
        log.info("Released lease {}", settings.lease());
        return true;
    }
}
