package io.portclaim.operator.protocol;

import io.portclaim.operator.allocation.ClaimKey;
import java.util.Optional;

/** Claims as the quorum has them now. Thread-safe. */
public interface ClaimApi {
    /**
     * The claim that bears the name now; empty only where the API server says that none does.
     *
     * @throws IllegalStateException when nothing can be said of it now
     * @throws java.io.UncheckedIOException when no answer came
     */
    Optional<Claim> named(ClaimKey key);

    /** The claim of this UID; empty when it is gone, also where another has its name. */
    default Optional<Claim> of(String uid, ClaimKey key) {
        return named(key).filter(live -> live.uid().equals(uid));
    }
}
