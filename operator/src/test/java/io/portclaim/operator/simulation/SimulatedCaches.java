package io.portclaim.operator.simulation;

import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.protocol.Claim;
import io.portclaim.operator.protocol.ClaimService;
import io.portclaim.operator.protocol.MapNews;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What one process knows of claims and ConfigMaps by its watches, which bring the news of one object at a time, in any order. */
final class SimulatedCaches {
    private final SimulatedCluster cluster;
    private final ClaimService service;
    private final SimulatedQueue queue;
    private final Duration longestLag;
    private final boolean mapsFirst;
    private final Map<ClaimKey, Claim> claims = new LinkedHashMap<>();
    private final Map<ClaimKey, StoredMap> maps = new LinkedHashMap<>();
    private boolean hearsOfClaims = true;
    private boolean hearsOfMaps = true;
    private long heardAt;
    private int setBacks;
    private long behindSince;
    private long deafUntil;

    /** All is heard {@code longestLag} late at most; with {@code mapsFirst}, of claims only when nothing is to be heard of ConfigMaps. */
    SimulatedCaches(
            SimulatedCluster cluster,
            ClaimService service,
            SimulatedQueue queue,
            Duration longestLag,
            boolean mapsFirst) {
        this.cluster = cluster;
        this.service = service;
        this.queue = queue;
        this.longestLag = longestLag;
        this.mapsFirst = mapsFirst;
    }

    @Nullable
    Claim claim(ClaimKey key) {
        return claims.get(key);
    }

    @Nullable
    StoredMap map(ClaimKey name) {
        return maps.get(name);
    }

    /** Whether something has changed since it last heard that nothing had. */
    boolean areBehind(long now) {
        if (deafUntil > now && cluster.revision() <= heardAt) {
            return false;
        }
        if (heardAt == cluster.revision() && setBacks == cluster.setBacks()) {
            behindSince = 0;
        } else if (behindSince == 0) {
            behindSince = now;
        }
        return behindSince != 0;
    }

    /** Until when it hears of what has changed, in {@link Baton#nanos}. */
    long overdueAt() {
        return behindSince + longestLag.toNanos();
    }

    /** The cache gets one object's present state: what was between is skipped, as when a watch is cut and a list comes. */
    void hear(int which) {
        List<Runnable> changes = changesOfMaps();
        if (changes.isEmpty() || !mapsFirst) {
            changes.addAll(changesOfClaims());
        }
        if (changes.isEmpty()) {
            heardAt = cluster.revision();
            setBacks = cluster.setBacks();
        } else {
            changes.get(which % changes.size()).run();
        }
    }

    /** From now on the watches bring only news of these. */
    void hearOnlyOf(boolean ofClaims, boolean ofMaps) {
        hearsOfClaims = ofClaims;
        hearsOfMaps = ofMaps;
        heardAt = 0;
    }

    /** The watches go on from a version that etcd has not reached yet, and hear nothing until it has; or until they are started again. */
    void waitForTheFuture(long until) {
        deafUntil = until;
    }

    private List<Runnable> changesOfClaims() {
        List<Runnable> changes = new ArrayList<>();
        if (!hearsOfClaims) {
            return changes;
        }
        for (Claim claim : cluster.claims()) {
            if (!claim.equals(claims.get(claim.key()))) {
                changes.add(() -> heard(claim));
            }
        }
        for (Claim claim : claims.values()) {
            if (cluster.claim(claim.key()).isEmpty()) {
                changes.add(() -> heardGone(claim));
            }
        }
        return changes;
    }

    private List<Runnable> changesOfMaps() {
        List<Runnable> changes = new ArrayList<>();
        if (!hearsOfMaps) {
            return changes;
        }
        for (StoredMap map : cluster.maps().all()) {
            if (!map.equals(maps.get(map.name()))) {
                changes.add(() -> heard(map));
            }
        }
        for (StoredMap map : maps.values()) {
            if (cluster.map(map.name()).isEmpty()) {
                changes.add(() -> heardGone(map));
            }
        }
        return changes;
    }

    private void heard(Claim claim) {
        Claim before = claims.put(claim.key(), claim);
        if (before != null && !before.uid().equals(claim.uid())) {
            service.releaser().deleted(before.uid(), before.key());
        }
        if (before == null || service.isNews(claim, before)) {
            queue.add(claim.key());
        }
    }

    private void heardGone(Claim claim) {
        claims.remove(claim.key());
        service.releaser().deleted(claim.uid(), claim.key());
    }

    private void heard(StoredMap map) {
        StoredMap before = maps.put(map.name(), map);
        boolean isNews = before == null
                ? service.mapNews().added(map)
                : service.mapNews().changed(map, before);
        if (isNews) {
            MapNews.claimsOf(map).forEach(queue::add);
        }
    }

    private void heardGone(StoredMap map) {
        maps.remove(map.name());
        service.mapNews().gone(map);
        MapNews.claimsOf(map).forEach(queue::add);
    }
}
