package io.portclaim.operator.claim;

import io.portclaim.operator.allocation.Allocations;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.ConfigMapId;
import io.portclaim.operator.pool.Pool;
import io.portclaim.operator.pool.Pools;
import java.time.Instant;
import java.util.Objects;

/** Blocks in the index what ConfigMaps say beyond what their claims hold. Thread-safe. */
record IndexedPorts(Allocations allocations, Pools pools) implements NamedPorts {
    @Override
    public void keepNamed(Claim claim, Assignment said) {
        String pool = Objects.requireNonNullElseGet(
                claim.poolName(), () -> pools.defaultPool().map(Pool::name).orElse(""));
        allocations.keepNamed(claim.key(), pool, claim.configMapName(), said, pools);
    }

    @Override
    public void mapSaysOnly(ClaimKey map, Instant since) {
        allocations.mapSaysOnly(ConfigMapId.of(map.namespace(), map.name()), since);
    }
}
