package io.portclaim.operator.faults;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.Scope;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What every ConfigMap of an operator names, whichever claim it belongs to, and also once that claim is gone: who reads it
 * does not ask. Only what an operator wrote counts; a user's version counts as long as it says the same.
 */
final class NamingMaps {
    /** A claim that a ConfigMap may belong to: its UID, and namespace/name, by which it may get its numbers back. */
    private record Owner(String uid, String name, Scope scope) {}

    /**
     * What a version of a ConfigMap changed.
     *
     * @param map its UID
     * @param name its namespace/name
     * @param claimBefore namespace/name of the claim that it named numbers of
     * @param before what it named
     * @param claim namespace/name of the claim that it names numbers of
     * @param now what it names
     */
    record Change(
            String map, String name, String claimBefore, Set<Grant.Slot> before, String claim, Set<Grant.Slot> now) {}

    private static final class State {
        final String name;

        @Nullable
        Owner owner;

        Map<String, String> ownData = Map.of();
        Set<Grant.Slot> ownSlots = Set.of();
        Set<Grant.Slot> named = Set.of();

        @Nullable
        Map<String, String> foreignData;

        boolean isTerminating;

        State(String name) {
            this.name = name;
        }

        String claim() {
            return owner == null ? "" : owner.name;
        }
    }

    private final Map<String, Owner> owners = new HashMap<>();
    private final Map<String, State> states = new HashMap<>();

    /** Records that the claim exists; what belongs to its UID is known by it for ever. */
    void exists(PortClaim claim) {
        String uid = claim.getMetadata().getUid();
        owners.putIfAbsent(
                uid,
                new Owner(
                        uid,
                        claim.getMetadata().getNamespace() + "/"
                                + claim.getMetadata().getName(),
                        claim.getSpec().scope()));
    }

    /** Records a version; {@code foreign}: a user wrote it. */
    Change note(ClusterHistory.Entry entry, ConfigMap map, boolean foreign) {
        String uid = map.getMetadata().getUid();
        String name = map.getMetadata().getNamespace() + "/" + map.getMetadata().getName();
        State state = states.computeIfAbsent(uid, key -> new State(name));
        String claimBefore = state.claim();
        Set<Grant.Slot> before = state.named;
        if (entry.deleted()) {
            states.remove(uid);
            return new Change(uid, name, claimBefore, before, claimBefore, Set.of());
        }
        state.isTerminating = map.getMetadata().getDeletionTimestamp() != null;
        Map<String, String> data = Objects.requireNonNullElse(map.getData(), Map.of());
        if (foreign || data.equals(state.foreignData)) {
            state.foreignData = data;
            state.named = data.equals(state.ownData) ? state.ownSlots : Set.of();
        } else {
            written(state, map, data);
        }
        return new Change(uid, name, claimBefore, before, state.claim(), state.named);
    }

    private void written(State state, ConfigMap map, Map<String, String> data) {
        Owner owner = ClusterHistory.isPortClaims(map) && map.getMetadata().getAnnotations() != null
                ? owners.get(map.getMetadata().getAnnotations().get("portclaim.io/claim-uid"))
                : null;
        if (owner != null) {
            state.owner = owner;
            state.ownData = data;
            state.ownSlots = Published.in(owner.scope, map).slots();
            state.named = state.ownSlots;
            state.foreignData = null;
        }
    }

    /** The ConfigMaps, in other namespaces than {@code hostile}, that users overwrote and no operator has put right yet. */
    List<String> unrepaired(Set<String> uids, Set<String> hostile) {
        return states.values().stream()
                .filter(state -> state.foreignData != null
                        && state.owner != null
                        && uids.contains(state.owner.uid)
                        && !hostile.contains(namespace(state)))
                .map(state -> "ConfigMap " + state.name)
                .toList();
    }

    private static String namespace(State state) {
        return state.name.substring(0, state.name.indexOf('/'));
    }

    /** The ConfigMaps that go on naming numbers though their claim is not among {@code uids}, and nobody deletes them. */
    List<String> outlivingTheirClaim(Set<String> uids) {
        return states.values().stream()
                .filter(state -> state.owner != null
                        && !state.named.isEmpty()
                        && !state.isTerminating
                        && !uids.contains(state.owner.uid))
                .map(state -> "ConfigMap %s names %s and its claim %s is gone"
                        .formatted(state.name, state.named, state.owner))
                .toList();
    }
}
