package io.portclaim.operator.simulation;

import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.protocol.ConfigMapApi;
import io.portclaim.operator.protocol.PresentMap;
import io.portclaim.operator.protocol.WantedMap;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/** The ConfigMaps in the simulated API server, and the policy for them. */
public final class SimulatedMaps {
    private final Surroundings around;
    private final Map<ClaimKey, StoredMap> maps = new TreeMap<>(Comparator.comparing(ClaimKey::toString));
    private final EarlierMaps earlier;
    private boolean refusesWrites;
    private boolean refusesDeletes;

    /** What they are a part of. */
    interface Surroundings {
        Instant now();

        /** The version of what was stored last. */
        long revision();

        /** The version of what is stored next. */
        long nextRevision();

        /** Whether a claim of this UID is in the namespace. */
        boolean exists(String namespace, String uid);

        /** An operator is about to store one. */
        void beforeWrite();

        /** An operator has written one. */
        void written(WantedMap map);

        /** Something was changed. */
        void happened(String what);

        /** Something is worth a line. */
        void note(String what);
    }

    SimulatedMaps(Surroundings around) {
        this.around = around;
        this.earlier = new EarlierMaps(around::now);
    }

    Collection<StoredMap> all() {
        return List.copyOf(maps.values());
    }

    Optional<StoredMap> get(ClaimKey name) {
        return Optional.ofNullable(maps.get(name));
    }

    /** What a kubelet may take for the ConfigMap of this name: what it is, or was a moment ago; oldest first. */
    List<StoredMap> ofKubelets(ClaimKey name) {
        List<StoredMap> known = earlier.of(name);
        get(name).ifPresent(known::add);
        return known;
    }

    /** The one that has changed last, if one has lately: a kubelet may still have it as it was. */
    Optional<StoredMap> lastChanged() {
        return earlier.last();
    }

    /** No kubelet has an earlier version of one any more. */
    void forgetEarlier() {
        earlier.clear();
    }

    /** These are there again, in the versions that they had, and no kubelet has another. */
    void setBack(Collection<StoredMap> saved) {
        maps.clear();
        saved.forEach(map -> maps.put(map.name(), map));
        earlier.clear();
    }

    /** Has them replaced by what {@code change} makes of them, unseen. */
    void replaceAll(UnaryOperator<StoredMap> change) {
        maps.replaceAll((name, map) -> change.apply(map));
    }

    // What users and the cluster do.

    void delete(StoredMap map, String who) {
        maps.remove(map.name());
        earlier.add(map);
        around.nextRevision();
        around.happened("%s deletes ConfigMap %s of %s".formatted(who, map.name(), map.uid()));
    }

    /** A backup brings back what was deleted. */
    void restore(StoredMap map) {
        maps.put(map.name(), map.at(around.nextRevision()));
        around.happened("a backup brings ConfigMap %s of %s".formatted(map.name(), map.uid()));
    }

    void edit(StoredMap map, Map<String, String> data) {
        maps.put(map.name(), map.edited(data, around.nextRevision()));
        earlier.add(map);
        around.happened("a user edits ConfigMap %s: %s".formatted(map.name(), data));
    }

    /** The garbage collector deletes the ConfigMaps of claims that are gone. */
    public void collectGarbage() {
        for (StoredMap map : all()) {
            if (isGarbage(map)) {
                delete(map, "the garbage collector");
            }
        }
    }

    public boolean hasGarbage() {
        return !refusesDeletes && maps.values().stream().anyMatch(this::isGarbage);
    }

    private boolean isGarbage(StoredMap map) {
        return !map.owners().isEmpty()
                && map.owners().stream()
                        .noneMatch(owner -> around.exists(map.name().namespace(), owner.uid()));
    }

    /** A policy that refuses what is written to ConfigMaps comes or goes. */
    public void refuse(boolean refuses, boolean deletesToo) {
        refusesWrites = refuses;
        refusesDeletes = refuses && deletesToo;
        around.note(refuses ? "a policy refuses ConfigMaps" : "no policy refuses ConfigMaps");
        if (refusesDeletes) {
            around.note("also that they are deleted");
        }
    }

    boolean areRefused() {
        return refusesWrites;
    }

    // What operators do.

    ConfigMapApi.Answer create(String who, WantedMap wanted, ConfigMapApi.Mode mode) {
        if (maps.containsKey(wanted.name())) {
            return new ConfigMapApi.Answer.Conflict("it exists");
        }
        return store(who, wanted, mode);
    }

    ConfigMapApi.Answer update(String who, WantedMap wanted, PresentMap present, ConfigMapApi.Mode mode) {
        StoredMap stored = maps.get(wanted.name());
        if (stored == null) {
            return new ConfigMapApi.Answer.Absent(around.now(), "not found");
        }
        if (!stored.version().equals(present.version())) {
            return new ConfigMapApi.Answer.Conflict("it has changed");
        }
        return store(who, wanted, mode);
    }

    private ConfigMapApi.Answer store(String who, WantedMap wanted, ConfigMapApi.Mode mode) {
        String uid = wanted.identity().claimUid();
        if (mode == ConfigMapApi.Mode.DRY_RUN && !refusesWrites) {
            return new ConfigMapApi.Answer.Done(around.now(), StoredMap.of(wanted, around.revision()));
        }
        if (refusesWrites) {
            around.note("%s: ConfigMap %s of %s: refused".formatted(who, wanted.name(), uid));
            return new ConfigMapApi.Answer.Refused("a policy refuses it", false);
        }
        around.beforeWrite();
        StoredMap stored = StoredMap.of(wanted, around.nextRevision());
        StoredMap before = maps.put(wanted.name(), stored);
        if (before != null) {
            earlier.add(before);
        }
        around.written(wanted);
        around.happened(
                "%s writes ConfigMap %s of %s: %s".formatted(who, wanted.name(), uid, new TreeMap<>(wanted.data())));
        return new ConfigMapApi.Answer.Done(around.now(), stored);
    }

    ConfigMapApi.Answer delete(String who, PresentMap present) {
        StoredMap stored = maps.get(present.name());
        if (stored == null) {
            return new ConfigMapApi.Answer.Absent(around.now(), "not found");
        }
        if (!stored.version().equals(present.version())) {
            return new ConfigMapApi.Answer.Conflict("it has changed");
        }
        if (refusesDeletes) {
            return new ConfigMapApi.Answer.Refused("a policy refuses it", false);
        }
        delete(stored, who);
        return new ConfigMapApi.Answer.Done(around.now(), null);
    }
}
