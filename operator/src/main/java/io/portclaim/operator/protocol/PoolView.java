package io.portclaim.operator.protocol;

import io.portclaim.operator.allocation.PoolRules;
import io.portclaim.operator.allocation.PortIndex;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The pools, as far as the protocol needs to know them. Thread-safe. */
public interface PoolView extends PortIndex.Cooldowns {
    /** What the pool of this name may give out; empty where there is no such pool. */
    Optional<PoolRules> rules(String name);

    /** The names of all pools. */
    Set<String> names();

    /** {@code name}, or for null the default pool's; the empty string where there is no default pool. */
    String nameOrDefault(@Nullable String name);
}
