package io.portclaim.api.v1alpha1;

import io.fabric8.kubernetes.api.model.LabelSelector;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a claim asks for.
 *
 * @param poolName the pool to take the ports from; absent: the default pool
 * @param scope whether a number is unique per node or across the cluster
 * @param nodeName Node scope: this one node
 * @param nodeSelector Node scope: the pool's nodes with these labels
 * @param allNodes Node scope: every node of the pool
 * @param ports the ports by name, 1 to 64
 * @param configMapName the ConfigMap to publish to; absent: {@code <claim>-ports}
 */
public record PortClaimSpec(
        @Nullable String poolName,
        Scope scope,
        @Nullable String nodeName,
        @Nullable LabelSelector nodeSelector,
        @Nullable Boolean allNodes,
        List<PortRequest> ports,
        @Nullable String configMapName) {}
