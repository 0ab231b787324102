package io.portclaim.operator.protocol;

import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.ConfigMapId;
import io.portclaim.operator.allocation.PortIndex;
import java.time.Instant;

/** Blocks in the index what ConfigMaps say beyond what their claims hold, and knows who reads them. Thread-safe. */
public record IndexedPorts(PortIndex portIndex, PoolView pools, PodView pods, UndatedMaps undated)
        implements NamedPorts {
    @Override
    public void keepNamed(Claim claim, Assignment said) {
        undated.add(claim.configMap(), claim.key());
        portIndex.keepNamed(claim.key(), pools.nameOrDefault(claim.poolName()), claim.configMapName(), said, pools);
    }

    @Override
    public void mayName(Claim claim) {
        undated.add(claim.configMap(), claim.key());
    }

    @Override
    public void mapSaysOnly(ClaimKey map, Instant since) {
        // What every look at a claim confirms concerns releases only, and the id is a hash.
        if (portIndex.unfinishedReleases() > 0) {
            portIndex.mapSaysOnly(ConfigMapId.of(map.namespace(), map.name()), since);
        }
    }

    @Override
    public boolean isRead(ClaimKey map) {
        return pods.isRead(map);
    }

    @Override
    public boolean isHolder(String uid) {
        return portIndex.allocation(uid).isPresent();
    }
}
