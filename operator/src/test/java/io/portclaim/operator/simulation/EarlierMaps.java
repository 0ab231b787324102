package io.portclaim.operator.simulation;

import io.portclaim.operator.allocation.ClaimKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Versions of ConfigMaps that are no longer the present ones, which a kubelet may have for some time. */
final class EarlierMaps {
    private final Supplier<Instant> now;
    private final List<Earlier> all = new ArrayList<>();

    private record Earlier(StoredMap map, Instant until) {}

    EarlierMaps(Supplier<Instant> now) {
        this.now = now;
    }

    /** Is overwritten or deleted now. */
    void add(StoredMap map) {
        all.add(new Earlier(map, now.get()));
    }

    /** Those of this name that a kubelet may still have, oldest first. */
    List<StoredMap> of(ClaimKey name) {
        all.removeIf(version -> !version.until.plus(Users.LONGEST_LAG).isAfter(now.get()));
        List<StoredMap> known = new ArrayList<>();
        all.stream().map(Earlier::map).filter(map -> map.name().equals(name)).forEach(known::add);
        return known;
    }

    /** The one that was the present one last. */
    Optional<StoredMap> last() {
        return all.isEmpty() ? Optional.empty() : Optional.of(all.get(all.size() - 1).map);
    }

    /** No kubelet has one any more. */
    void clear() {
        all.clear();
    }
}
