package io.portclaim.operator.protocol;

import io.portclaim.api.v1alpha1.Phase;
import io.portclaim.api.v1alpha1.PortClaimSpec;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.api.v1alpha1.PortRequest;
import io.portclaim.api.v1alpha1.Scope;
import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.ClaimAllocation;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.ConfigMapId;
import io.portclaim.operator.allocation.PortGrant;
import io.portclaim.operator.allocation.RequestedPort;
import io.portclaim.operator.publish.Believed;
import io.portclaim.operator.publish.ClaimStatuses;
import io.portclaim.operator.publish.ConfigMapIdentity;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/**
 * A PortClaim as it stood at one version.
 *
 * @param uid its identity
 * @param key its name
 * @param version its resourceVersion, which every write that is based on this view carries
 * @param generation the generation of its spec
 * @param created when it was created
 * @param spec what it asks for
 * @param status what stands in the API server; null where nothing was written yet, that is, where only the schema's default is
 */
public record Claim(
        String uid,
        ClaimKey key,
        String version,
        long generation,
        Instant created,
        PortClaimSpec spec,
        @Nullable PortClaimStatus status) {

    /** The same claim at a later version. */
    public Claim at(String laterVersion, @Nullable PortClaimStatus laterStatus) {
        return new Claim(uid, key, laterVersion, generation, created, spec, laterStatus);
    }

    /** Where its ports are published. */
    public String configMapName() {
        return Objects.requireNonNullElse(spec.configMapName(), ConfigMapId.defaultName(key));
    }

    /** The name of the ConfigMap where its ports are published, with the namespace. */
    public ClaimKey configMap() {
        return new ClaimKey(key.namespace(), configMapName());
    }

    public boolean isClusterWide() {
        return spec.scope() == Scope.CLUSTER;
    }

    /** Whether each of its pods has ports of its own, so that the claim itself holds none. */
    public boolean isPerPod() {
        return spec.scope() == Scope.POD;
    }

    /** The ports asked for. What they leave out has no default in the schema: it means TCP, one number, and any. */
    public List<RequestedPort> requestedPorts() {
        return requestedPorts(spec);
    }

    /** The ports that {@code spec} asks for. */
    static List<RequestedPort> requestedPorts(PortClaimSpec spec) {
        return spec.ports().stream().map(Claim::requested).toList();
    }

    private static RequestedPort requested(PortRequest request) {
        return new RequestedPort(
                request.name(),
                Objects.requireNonNullElse(request.protocol(), TransportProtocol.TCP),
                request.port(),
                Objects.requireNonNullElse(request.count(), 1),
                Objects.requireNonNullElse(request.alignment(), 1));
    }

    /** What its status says that it holds; a status of an earlier claim says nothing of this one. */
    public Assignment reported() {
        return isStatusRestored() ? Assignment.NONE : ClaimStatuses.assignmentOf(spec.scope(), status);
    }

    /** What an earlier claim held, as a status says that a backup tool has brought back: no more than a wish. */
    public Assignment wished() {
        return wished(Believed.ALL);
    }

    /** The same, of what is believed only. */
    Assignment wished(Believed believed) {
        return isStatusRestored() ? ClaimStatuses.assignmentOf(spec.scope(), status, believed) : Assignment.NONE;
    }

    /** Whether its status was written for another claim, as where a backup tool has brought it back. */
    boolean isStatusRestored() {
        return status != null && status.claimUid() != null && !status.claimUid().equals(uid);
    }

    /** Whether its status says that its ports went to another claim. */
    public boolean isReportedAsConflicted() {
        return status != null && status.phase() == Phase.CONFLICTED && !isStatusRestored();
    }

    /** Whether its status says that it has all that its present spec asks for. */
    boolean isReportedAsDone() {
        return status != null
                && status.phase() == Phase.BOUND
                && Objects.equals(status.observedGeneration(), generation)
                && !isStatusRestored();
    }

    /** The pool that serves it: as resolved before, else as named; null: the default one. */
    public @Nullable String poolName() {
        return spec.poolName() == null && status != null ? status.poolName() : spec.poolName();
    }

    /**
     * What the index would know of it from its status alone.
     *
     * @param pool the pool that serves it
     */
    public ClaimAllocation asReported(String pool) {
        return new ClaimAllocation(uid, key, created, pool, configMapName(), revision(), reported(), null);
    }

    /** Whether {@code held} is all that the claim asks for, on all of {@code nodes}: then no rule matters any more. */
    public boolean isSatisfiedBy(Assignment held, SortedSet<String> nodes) {
        List<RequestedPort> requested = requestedPorts();
        boolean everywhere =
                isClusterWide() ? held.isEverywhere() : held.places().containsAll(nodes) && !held.isEmpty();
        return everywhere && held.byPlace().values().stream().allMatch(grants -> meets(grants, requested));
    }

    private static boolean meets(List<PortGrant> grants, List<RequestedPort> requested) {
        return grants.size() == requested.size()
                && requested.stream().allMatch(port -> grants.stream().anyMatch(port::isMetBy));
    }

    /** Its {@link #version} as a number: of two of one claim the larger is the later (KEP-5504). */
    public long revision() {
        return Long.parseLong(version);
    }

    /** Whose its ConfigMap is. */
    ConfigMapIdentity identity() {
        return new ConfigMapIdentity(key.name(), uid);
    }

    @Override
    public String toString() {
        return "PortClaim " + key;
    }
}
