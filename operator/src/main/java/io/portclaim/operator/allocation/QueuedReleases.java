package io.portclaim.operator.allocation;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/**
 * Releases of slots that another ConfigMap's release has already: each begins when that one is free, for other pods read its own
 * ConfigMap, and another write ends that. That is rare: a user has edited a ConfigMap, or a ledger was restored.
 *
 * <p>Not thread-safe: {@link CoolingPorts} owns it.
 */
final class QueuedReleases {
    private final List<Release> queue = new ArrayList<>();

    /** Returns false where it is queued already. */
    boolean add(Release single) {
        return !queue.contains(single) && queue.add(single);
    }

    /** Records that the ConfigMap {@code map} names none of its releases any more, since {@code since}. */
    boolean namesNoMore(long map, Instant since) {
        return replace(map, release -> release.namedUntil() == null ? release.named(since) : release);
    }

    /** Records that the ConfigMap {@code map} may name all of its releases again. */
    boolean mayNameAgain(long map) {
        return replace(map, release -> release.blocked().named(null));
    }

    private boolean replace(long map, UnaryOperator<Release> change) {
        List<Release> before = List.copyOf(queue);
        queue.replaceAll(release -> release.map() == map ? change.apply(release) : release);
        return !queue.equals(before);
    }

    /** Whether the ConfigMap {@code map} may still name any of its releases. */
    boolean mayName(long map) {
        return queue.stream().anyMatch(release -> release.map() == map && release.namedUntil() == null);
    }

    boolean hasOf(long map) {
        return queue.stream().anyMatch(release -> release.map() == map);
    }

    /** Whether one waits for {@code slot}, or for the same port at a place that overlaps, that would not return to {@code request}. */
    boolean keeps(Slot slot, Request request) {
        return queue.stream()
                .filter(release -> !release.returnsTo(request))
                .anyMatch(release -> release.assignment()
                        .firstSlot(queued -> queued.overlaps(slot))
                        .isPresent());
    }

    /** Removes those that may begin now, oldest first. */
    List<Release> removeIf(Predicate<Release> mayBegin) {
        List<Release> ready = queue.stream().filter(mayBegin).toList();
        queue.removeAll(ready);
        return ready;
    }

    /** All of them, oldest first. */
    List<Release> all() {
        return List.copyOf(queue);
    }
}
