package io.portclaim.operator.lease;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseSpec;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at the Lease of another install, by whose holder the ledger is ruled. Freshness compares the holder's renewTime with
 * this machine's clock, as fabric8's LeaderElector does too (unlike client-go, which times what it observes itself): clocks
 * that differ by more than the lease duration can show a live holder as gone. Nothing unsafe follows, for the ledger fences;
 * it only means that the two installs put each other out. Thread-safe.
 */
public final class RulingLease {
    private static final Logger LOG = LoggerFactory.getLogger(RulingLease.class);

    private final KubernetesClient client;
    private final Clock clock;

    /** A reader of Leases; the client needs the verb get on them, in every namespace where an install may be. */
    public RulingLease(KubernetesClient client, Clock clock) {
        this.client = client;
        this.clock = clock;
    }

    /**
     * Reads a Lease. An absent one, one without a holder and one that lacks a time are not fresh: no live elector leaves any
     * of these.
     *
     * @throws io.fabric8.kubernetes.client.KubernetesClientException if it cannot be read; whether someone rules is then
     *     unknown, so ask again before going on
     */
    public Standing look(LeaseName name) {
        Lease lease = client.leases()
                .inNamespace(name.namespace())
                .withName(name.name())
                .get();
        return Optional.ofNullable(lease)
                .map(Lease::getSpec)
                .filter(spec -> spec.getRenewTime() != null && spec.getLeaseDurationSeconds() != null)
                .map(spec -> standing(name, spec))
                .orElseGet(() -> new Standing(name, "", Instant.EPOCH, false));
    }

    /**
     * Who leads by the Lease that a ledger names; empty where nobody does now. A text that names no Lease names no rival:
     * no operator leads by it, and without this whoever wrote it would stop every operator that starts.
     *
     * @param lease what the ledger says, as namespace/name
     * @throws IOException where {@link #look} fails
     */
    public Optional<String> rival(String lease) throws IOException {
        LeaseName name;
        try {
            name = LeaseName.parse(lease);
        } catch (IllegalArgumentException e) {
            LOG.warn(
                    "PortLedger cluster: no operator leads with the Lease in its spec.lease: {}; taking it over",
                    e.getMessage());
            return Optional.empty();
        }
        try {
            return Optional.of(look(name)).filter(Standing::fresh).map(Standing::holder);
        } catch (KubernetesClientException e) {
            throw new IOException("the lease %s can't be read: %s".formatted(name, e.getMessage()), e);
        }
    }

    private Standing standing(LeaseName name, LeaseSpec spec) {
        String holder = Optional.ofNullable(spec.getHolderIdentity()).orElse("");
        Instant until = spec.getRenewTime().toInstant().plusSeconds(spec.getLeaseDurationSeconds());
        return new Standing(name, holder, until, !holder.isEmpty() && until.isAfter(clock.instant()));
    }

    /**
     * Who rules by a Lease.
     *
     * @param lease which one
     * @param holder empty if nobody
     * @param until when it ends unless it is renewed; the epoch if nothing is known
     * @param fresh whether someone holds it now
     */
    public record Standing(LeaseName lease, String holder, Instant until, boolean fresh) {
        /** "lease a/b is held by c until ...", for a person. */
        @Override
        public String toString() {
            if (holder.isEmpty()) {
                return "lease " + lease + " is held by nobody";
            }
            return "lease " + lease
                    + (fresh ? " is held by " + holder + " until " : " was held by " + holder + " until ") + until;
        }
    }
}
