package io.portclaim.operator.simulation;

import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.protocol.PresentMap;
import io.portclaim.operator.protocol.WantedMap;
import io.portclaim.operator.publish.ConfigMapIdentity;
import io.portclaim.operator.publish.DataDigest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A ConfigMap in the simulated API server.
 *
 * @param byOperator whether an operator has written the data, and not a user
 */
record StoredMap(
        ClaimKey name,
        String version,
        Map<String, String> labels,
        Map<String, String> annotations,
        List<Owner> owners,
        Map<String, String> data,
        boolean byOperator)
        implements PresentMap {

    static StoredMap of(WantedMap wanted, long version) {
        return new StoredMap(
                wanted.name(),
                Long.toString(version),
                wanted.identity().labels(),
                wanted.identity().annotations(),
                List.of(wanted.owner()),
                Map.copyOf(wanted.data()),
                true);
    }

    /** The UID of the claim that it says it belongs to. */
    String uid() {
        return identity().orElseThrow().claimUid();
    }

    /** The name of the claim that it says it belongs to. */
    ClaimKey claim() {
        return new ClaimKey(name.namespace(), identity().orElseThrow().claimName());
    }

    /** The same in another namespace, with no owners unless it keeps them. */
    StoredMap in(String namespace, boolean keepsOwners) {
        return new StoredMap(
                new ClaimKey(namespace, name.name()),
                version,
                labels,
                annotations,
                keepsOwners ? owners : List.of(),
                data,
                byOperator);
    }

    /** The same with other data, as a user writes it. */
    StoredMap edited(Map<String, String> other, long laterVersion) {
        return new StoredMap(name, Long.toString(laterVersion), labels, annotations, owners, other, false);
    }

    /** The same in another version. */
    StoredMap at(long laterVersion) {
        return new StoredMap(name, Long.toString(laterVersion), labels, annotations, owners, data, byOperator);
    }

    /** The same, from which no operator can see any more that one has written it. */
    StoredMap asOfUser() {
        return new StoredMap(name, version, labels, annotations, owners, data, false);
    }

    @Override
    public Map<String, String> own(Part part) {
        Map<String, String> all = new HashMap<>(part == Part.LABELS ? labels : annotations);
        // Policies may set it, so the operator does not look at it.
        all.remove(ConfigMapIdentity.MANAGED_BY_LABEL);
        return all;
    }

    @Override
    public boolean isImmutable() {
        return false;
    }

    @Override
    public String digest() {
        return DataDigest.of(data);
    }

    @Override
    public boolean hasData() {
        return true;
    }

    @Override
    public boolean hasMetadata() {
        return true;
    }

    @Override
    public Set<String> managers(String key) {
        return Set.of();
    }
}
