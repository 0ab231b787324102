package io.portclaim.operator.protocol;

import io.portclaim.operator.allocation.ClaimKey;
import java.io.IOException;
import java.time.Instant;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * ConfigMaps in the API server. Every call throws {@link java.io.UncheckedIOException} when no answer came, so that what became of
 * it is not known. Thread-safe.
 */
public interface ConfigMapApi {
    /**
     * A ConfigMap as the quorum has it.
     *
     * @param map the ConfigMap; null when there is none
     * @param at when that was so, by the API server's clock
     */
    record Seen(@Nullable PresentMap map, Instant at) {}

    /** What became of a write. */
    sealed interface Answer {
        /**
         * It was carried out.
         *
         * @param at when, by the API server's clock
         * @param stored the ConfigMap as it stands now, with its data and managers; null where the answer does not show it, and
         *     after a deletion
         */
        record Done(Instant at, @Nullable PresentMap stored) implements Answer {
            @Override
            public String why() {
                return "it is done";
            }
        }

        /** It has another version by now, or exists already. */
        record Conflict(String why) implements Answer {}

        /**
         * The API server says of this very ConfigMap that it does not exist.
         *
         * @param at when that was so, by the API server's clock
         */
        record Absent(Instant at, String why) implements Answer {}

        /**
         * Nothing can be created in the namespace any more.
         *
         * @param at when it was being deleted, by the API server's clock; null where that was not said, as of one that is not there
         */
        record NamespaceGoing(String why, @Nullable Instant at) implements Answer {}

        /** Another try may succeed. */
        record Failed(String why) implements Answer {}

        /**
         * The API server refuses it, and would again.
         *
         * @param lacksPermission whether it is for want of a permission of the operator's
         */
        record Refused(String why, boolean lacksPermission) implements Answer {}

        /** The API server's words. */
        String why();
    }

    /** How a write is meant. */
    enum Mode {
        WRITE,
        /** The API server checks it and stores nothing. */
        DRY_RUN
    }

    /**
     * Reads a ConfigMap from the quorum.
     *
     * @throws IllegalStateException when nothing can be said of it now
     */
    Seen read(ClaimKey name);

    /**
     * Requests every ConfigMap that has the operator's label, without its data; what {@code convert} makes of it is kept, on any thread
     * and perhaps before another one replaces it.
     */
    <V> Listing<V> list(Function<PresentMap, V> convert);

    /**
     * The names of all ConfigMaps of the cluster.
     *
     * @throws IOException when they can't all be listed now
     */
    Set<ClaimKey> names() throws IOException;

    /** Creates it. */
    Answer create(WantedMap wanted, Mode mode);

    /** Creates it again after {@code gone} was deleted, with all that others had put into the metadata of that. */
    Answer createAgain(WantedMap wanted, PresentMap gone);

    /** Overwrites the very version that is {@code present}; all that others have put into its metadata stays. */
    Answer update(WantedMap wanted, PresentMap present, Mode mode);

    /**
     * Deletes this very version of it.
     *
     * @throws IllegalStateException when it stays, because somebody's finalizer is on it
     */
    Answer delete(PresentMap present);

    /** A time that is not before the API server's present one. */
    Instant now();
}
