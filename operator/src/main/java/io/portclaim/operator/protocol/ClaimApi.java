package io.portclaim.operator.protocol;

import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.operator.allocation.ClaimKey;
import java.util.Optional;
import java.util.function.Function;

/** Claims in the API server, as the quorum has them. Thread-safe. */
public interface ClaimApi {
    /**
     * The claim that bears the name now; empty only where the API server says that none does.
     *
     * @throws IllegalStateException when nothing can be said of it now
     * @throws java.io.UncheckedIOException when no answer came
     */
    Optional<Claim> named(ClaimKey key);

    /** Requests every claim; what {@code convert} makes of it is kept, on any thread and perhaps before another one replaces it. */
    <V> Listing<V> list(Function<Claim, V> convert);

    /** The claim of this UID; empty when it is gone, also where another has its name. */
    default Optional<Claim> of(String uid, ClaimKey key) {
        return named(key).filter(live -> live.uid().equals(uid));
    }

    /** What became of a write of a status. */
    sealed interface Answer {
        /**
         * It was carried out.
         *
         * @param version the claim's version after it
         */
        record Written(String version) implements Answer {}

        /** The claim has another version by now, or is gone, or another has its name. */
        record Moved() implements Answer {}

        /**
         * Another try may succeed.
         *
         * @param why the API server's words
         */
        record Failed(String why) implements Answer {}
    }

    /**
     * Writes the claim's status, if it still has the UID and the version of {@code at}.
     *
     * @throws java.io.UncheckedIOException when no answer came: what became of it is then not known
     */
    Answer writeStatus(Claim at, PortClaimStatus status);
}
