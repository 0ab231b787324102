package io.portclaim.operator.protocol;

import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.ClaimKey;
import java.time.Instant;

/** Learns what ConfigMaps say, and knows who reads them, for a pod that has read a number there listens on it, whoever holds it by then. */
public interface NamedPorts {
    /** Learns nothing. */
    NamedPorts IGNORED = new NamedPorts() {
        @Override
        public void keepNamed(Claim claim, Assignment said) {}

        @Override
        public void mayName(Claim claim) {}

        @Override
        public void mapSaysOnly(ClaimKey map, Instant since) {}

        @Override
        public boolean isRead(ClaimKey map) {
            return true;
        }

        @Override
        public boolean isHolder(String uid) {
            return false;
        }
    };

    /**
     * The claim's ConfigMap, which an earlier claim of its name left, has said {@code said} and will be overwritten: what
     * nobody holds of it is blocked for those who have read it. May be called again for the same.
     */
    void keepNamed(Claim claim, Assignment said);

    /** A ConfigMap of this claim's name stands that the claim does not overwrite: it may name ports that were released. */
    void mayName(Claim claim);

    /**
     * Since {@code since}, by the API server's clock, the ConfigMap of this name says no more than its claim holds, or is
     * gone. It may have been so for longer. May be called again for the same, and must be cheap then.
     */
    void mapSaysOnly(ClaimKey map, Instant since);

    /** Whether a live pod reads the ConfigMap of this name, or is about to. */
    boolean isRead(ClaimKey map);

    /** Whether the claim of this UID holds ports, whatever its name is. */
    boolean isHolder(String uid);
}
