package io.portclaim.operator.pod;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.ForeignPorts;
import io.portclaim.operator.allocation.PortIndex;
import io.portclaim.operator.kube.Requests;
import io.portclaim.operator.metrics.OperatorMetrics;
import io.portclaim.operator.node.ClusterView;
import io.portclaim.operator.options.NamespaceSet;
import io.portclaim.operator.pool.Pools;
import io.portclaim.operator.protocol.Admitter;
import io.portclaim.operator.protocol.Claim;
import io.portclaim.operator.protocol.LeadershipBarrier;
import io.portclaim.operator.protocol.ServingGate;
import io.portclaim.operator.protocol.pods.PodService;
import io.portclaim.operator.threads.Workers;
import java.time.Clock;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/** Everything that serves pods, put together. Thread-safe. */
public final class PodServing {
    /** Each waits for a commit, which it shares with the others, and for a patch. */
    private static final int WORKERS = 32;

    private final PodService service;
    private final ClusterView cluster;

    /**
     * What is shared with what serves claims.
     *
     * @param client for reads and writes
     * @param requests for the patch that every pod costs
     * @param portIndex the index
     * @param cluster what is known of nodes and pods
     * @param foreign the ports that others declare
     * @param pools the pools
     * @param metrics what is counted
     * @param clock the time of the day
     */
    public record Parts(
            KubernetesClient client,
            Requests requests,
            PortIndex portIndex,
            ClusterView cluster,
            ForeignPorts foreign,
            Pools pools,
            OperatorMetrics metrics,
            Clock clock) {}

    /**
     * Serves pods once {@code gate} is open.
     *
     * @param claims finds a claim by its name, as a cache has it
     * @param admitter judges the claim
     * @param commit makes decisions durable
     * @param changed is called with the claim of each pod of which something has changed
     * @param poolUsed is called with each pool whose use has changed
     * @param servedIn in which namespaces pods are served
     */
    public PodServing(
            Parts parts,
            Function<ClaimKey, Optional<Claim>> claims,
            Admitter admitter,
            LeadershipBarrier commit,
            Consumer<ClaimKey> changed,
            Consumer<String> poolUsed,
            NamespaceSet servedIn,
            ServingGate gate) {
        this.cluster = parts.cluster();
        this.service = new PodService(
                new PodService.Surroundings(
                        new LivePods(parts.requests(), parts.client(), parts.pools(), !servedIn.isEmpty()),
                        parts.portIndex(),
                        parts.pools(),
                        parts.foreign(),
                        new PodAdmission(
                                claims, admitter, parts.pools(), parts.cluster().nodes()),
                        commit,
                        new Workers("pods", WORKERS),
                        new ServedPods(parts.metrics(), parts.client(), parts.clock(), poolUsed),
                        changed,
                        servedIn::contains),
                gate);
        cluster.alsoPods(new PodWatch(service));
    }

    /** What serves pods. */
    public PodService service() {
        return service;
    }

    /** Looks for what the watch has not brought. */
    public void sweep() {
        service.sweep(cluster::hasPod);
    }
}
