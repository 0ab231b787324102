package io.portclaim.operator.protocol;

import io.portclaim.operator.allocation.PoolRules;
import io.portclaim.operator.allocation.Refusal;
import io.portclaim.operator.allocation.Request;
import java.util.List;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/** Decides whether a claim may be served, and on which nodes. Thread-safe. */
public interface Admitter {
    /** Admits the claim to the pool of this name; null: to the default pool. */
    Admitted admit(Claim claim, @Nullable String poolName);

    /**
     * The pools that claims of {@code namespace} may have ports of.
     *
     * @throws IllegalStateException when that can't be said now
     */
    List<PoolRules> poolsOf(String namespace);

    /**
     * What became of a claim.
     *
     * @param poolName the pool that serves it or would; null when there is none
     * @param nodes Node scope: the nodes that it wants ports on
     * @param request what it asks for; null when it is refused
     * @param refusal why it is refused; null when it is admitted
     */
    record Admitted(
            @Nullable String poolName,
            SortedSet<String> nodes,
            @Nullable Request request,
            @Nullable Refusal refusal) {}
}
