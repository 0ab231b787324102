package io.portclaim.operator.allocation;

import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * All that the index keeps: who holds which slot, and every count and limit that follows from it. Not thread-safe:
 * {@link PortIndex} guards it.
 */
final class IndexState {
    final Clock clock;
    final ForeignPorts foreign;
    final Listeners listeners;
    final PoolCounts counts = new PoolCounts();
    final SlotIndex index = new SlotIndex(counts);
    final CoolingPorts releases;
    final AllocationTable table = new AllocationTable();
    final NamespaceQuota quota = new NamespaceQuota();
    final PendingBudget budget;
    /** The last number that each pool has given. */
    final Map<String, Integer> cursors = new HashMap<>();

    final Allocator allocator;

    IndexState(Clock clock, ForeignPorts foreign, Listeners listeners, EntrySize entrySize) {
        this.clock = clock;
        this.foreign = foreign;
        this.listeners = listeners;
        foreign.follow(counts);
        listeners.follow(counts);
        this.budget = new PendingBudget(entrySize);
        this.releases = new CoolingPorts(index, listeners);
        FreePorts freePorts = new FreePorts(index, foreign);
        Blockers blockers = new Blockers(index, foreign, listeners, clock);
        RefusalExplainer explainer = new RefusalExplainer(
                index, foreign, listeners, freePorts, blockers, table::get, releases::isAwaitedByOthers);
        this.allocator = new Allocator(releases, explainer, freePorts, listeners);
    }

    /** Records {@code allocation} with all its slots. */
    void put(ClaimAllocation allocation) {
        Holder holder = new Holder.OfClaim(allocation.uid());
        allocation.published().forEachSlot(slot -> index.take(slot, holder));
        if (allocation.pending() != null) {
            allocation.pending().forEachSlot(slot -> index.take(slot, holder));
        }
        record(allocation);
    }

    /** Records {@code allocation}, whose slots are taken. */
    void record(ClaimAllocation allocation) {
        count(table.put(allocation), allocation);
    }

    /** Forgets what the claim or pod with this UID held, whose slots are free. */
    void drop(String uid) {
        count(table.remove(uid), null);
    }

    /** Why the request has to wait until its namespace keeps less from others; empty where it does not. */
    Optional<Refusal> releasesLimit(Request request, Assignment held, Assignment next) {
        int ofNamespace = quota.numbersOf(request.pool().name(), request.key().namespace());
        return releases.numbers().check(request, held, next, releases.coolingOf(request), ofNamespace);
    }

    private void count(@Nullable ClaimAllocation before, @Nullable ClaimAllocation now) {
        if (before != null) {
            quota.remove(before);
            budget.remove(before);
        }
        if (now != null) {
            quota.add(now);
            budget.add(now);
        }
    }
}
