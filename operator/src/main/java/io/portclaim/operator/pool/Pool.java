package io.portclaim.operator.pool;

import io.fabric8.kubernetes.api.model.LabelSelector;
import io.portclaim.operator.allocation.PoolRules;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A PortPool as it was read.
 *
 * @param name its name
 * @param rules what it may give out
 * @param invalid what keeps it from giving out anything, or null
 * @param nodeSelector which nodes it serves; null: all
 * @param allowedNamespaces which namespaces may claim; null: all
 * @param isDefault whether it is marked as the default pool
 * @param created when it was created
 */
public record Pool(
        String name,
        PoolRules rules,
        @Nullable String invalid,
        @Nullable LabelSelector nodeSelector,
        @Nullable LabelSelector allowedNamespaces,
        boolean isDefault,
        Instant created) {}
