package io.portclaim.operator.allocation;

import io.portclaim.api.v1alpha1.Reason;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** How many numbers of each pool the claims of a namespace hold, against the pool's limit. Not thread-safe. */
final class NamespaceQuota {
    private final Map<Tenant, Integer> numbers = new HashMap<>();

    /** A namespace, as far as it has ports of one pool. */
    record Tenant(String pool, String namespace) {
        static Tenant of(ClaimAllocation allocation) {
            return new Tenant(allocation.pool(), allocation.key().namespace());
        }
    }

    /** Counts the numbers of {@code allocation}. */
    void add(ClaimAllocation allocation) {
        numbers.merge(Tenant.of(allocation), allocation.numbers(), Integer::sum);
    }

    /** Counts the numbers of {@code allocation} no more; it must have been added as it is. */
    void remove(ClaimAllocation allocation) {
        numbers.computeIfPresent(
                Tenant.of(allocation),
                (tenant, count) -> count == allocation.numbers() ? null : count - allocation.numbers());
    }

    /** How many numbers of {@code pool} the claims of {@code namespace} hold. */
    int numbersOf(String pool, String namespace) {
        return numbers.getOrDefault(new Tenant(pool, namespace), 0);
    }

    /**
     * Why the request asks for more than its namespace may hold; empty where it does not. A limit that was lowered takes
     * nothing away, and is no reason not to ask for less.
     *
     * @param allocation what the claim holds already, as it was added; null when it holds nothing
     */
    Optional<Refusal> check(Request request, @Nullable ClaimAllocation allocation) {
        int held = allocation == null ? 0 : allocation.numbers();
        int limit = request.pool().spec().portsPerNamespace();
        if (limit == 0 || request.numbers() <= held) {
            return Optional.empty();
        }
        String namespace = request.key().namespace();
        String pool = request.pool().name();
        int others = numbersOf(pool, namespace)
                - (allocation != null && allocation.pool().equals(pool) ? held : 0);
        if (others + request.numbers() <= limit) {
            return Optional.empty();
        }
        return Optional.of(new Refusal(
                Reason.LIMIT_EXCEEDED,
                "%d ports requested, but namespace %s may hold %d of pool %s and its other claims hold %d; delete claims or request fewer"
                        .formatted(request.numbers(), namespace, limit, pool, others)));
    }
}
