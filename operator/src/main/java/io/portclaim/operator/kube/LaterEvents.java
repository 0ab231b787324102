package io.portclaim.operator.kube;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * What has happened to the objects of a kind since a version, up to now as the quorum has it: a list of one object says which version is
 * now, and a watch brings the events until one of them, or a bookmark, is of that version. An API server sends a bookmark two seconds
 * before it ends a watch (apiserver's {@code cacheWatcher.nextBookmarkTime}), so a watch of three seconds takes one to two. Thread-safe.
 */
public final class LaterEvents {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int WATCH_SECONDS = 3;
    /** After that the API server has ended the watch, or the connection hangs. */
    private static final long MOST_MILLIS = 5_000;
    /** Of what is kept. More is read faster as a list, and a small operator has no more room. */
    private static final int MOST_BYTES = 4 << 20;

    private final Requests requests;

    /** Sends {@code requests}. */
    public LaterEvents(Requests requests) {
        this.requests = requests;
    }

    /**
     * An event.
     *
     * @param key namespace and name of the object, as an informer's cache has them
     * @param version the object's version, which of a deletion is that of the deletion
     * @param object the object after it, as JSON without managed fields; null where it was deleted
     */
    @SuppressWarnings("ArrayRecordComponent") // carried from the wire to one reader, never compared
    public record Event(String key, long version, byte @Nullable [] object) {}

    /** The events that were requested. */
    @FunctionalInterface
    public interface Requested {
        /**
         * Waits until they are there, in their order.
         *
         * @throws IOException when they can't all be had
         */
        List<Event> await() throws IOException;
    }

    /**
     * Requests all events after {@code version}, until a moment that is not before this call. Waits for the present version, and not for
     * the events.
     *
     * @param query the objects
     * @throws IOException when they can't be requested, or the present version is before {@code version}
     */
    public Requested since(ListPages.Query query, long version) throws IOException {
        try {
            return requested(query, version);
        } catch (RuntimeException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private Requested requested(ListPages.Query query, long version) throws IOException {
        // The version first: the API server sends one bookmark, and answering the list brings its cache up to it.
        Gathering gathering = new Gathering(
                version, version(requests.read(query.one(), ListPages.METADATA).await()));
        if (gathering.isWhole()) {
            return gathering::await;
        }
        CompletableFuture<Void> watch = requests.lines(query.watch(version, WATCH_SECONDS), gathering)
                .orTimeout(MOST_MILLIS, TimeUnit.MILLISECONDS);
        return () -> {
            try {
                return gathering.await();
            } finally {
                watch.cancel(true);
            }
        };
    }

    private static long version(Requests.Answer list) throws IOException {
        if (!list.isSuccess()) {
            throw new IOException("the present version is not known: " + list.message());
        }
        try {
            return Long.parseLong(list.resourceVersion());
        } catch (UncheckedIOException | NumberFormatException e) {
            throw new IOException("the present version is not known: " + e.getMessage(), e);
        }
    }

    /** The lines of the watch so far. */
    private static final class Gathering implements LinesOfAnswer.Reader {
        private final long needed;
        private final List<Event> events = new ArrayList<>();
        private final CompletableFuture<List<Event>> whole = new CompletableFuture<>();
        private long reached;
        private int bytes;

        /** Gathers what comes after {@code since}, up to {@code needed}. */
        Gathering(long since, long needed) throws IOException {
            if (needed < since) {
                throw new IOException("the present version is %d, and the cache has %d".formatted(needed, since));
            }
            this.reached = since;
            this.needed = needed;
            complete();
        }

        @Override
        public synchronized void line(byte[] text) throws IOException {
            JsonNode event = JSON.readTree(text);
            JsonNode object = event.path("object");
            String type = event.path("type").asText();
            if (type.equals("ERROR")) {
                throw new IOException(object.path("message").asText("the watch has failed"));
            }
            long version = object.path("metadata").path("resourceVersion").asLong();
            if (version < reached) {
                throw new IOException("version %d came after %d".formatted(version, reached));
            }
            if (!type.equals("BOOKMARK")) {
                add(object, version, type.equals("DELETED"));
            }
            reached = version;
            complete();
        }

        private void add(JsonNode object, long version, boolean isDeletion) throws IOException {
            JsonNode metadata = object.path("metadata");
            if (metadata instanceof ObjectNode fields) {
                fields.remove("managedFields");
            }
            byte[] kept = isDeletion ? null : JSON.writeValueAsBytes(object);
            bytes += kept == null ? 0 : kept.length;
            if (bytes > MOST_BYTES) {
                throw new IOException("more than %d bytes have changed".formatted(MOST_BYTES));
            }
            events.add(new Event(
                    metadata.path("namespace").asText() + "/"
                            + metadata.path("name").asText(),
                    version,
                    kept));
        }

        boolean isWhole() {
            return whole.isDone();
        }

        private synchronized void complete() {
            if (reached >= needed) {
                whole.complete(List.copyOf(events));
            }
        }

        @Override
        public synchronized void ended(@Nullable Throwable failure) {
            whole.completeExceptionally(
                    failure == null ? new IOException("the watch ended at version " + reached) : failure);
        }

        List<Event> await() throws IOException {
            try {
                return whole.get(MOST_MILLIS, TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while waiting for events", e);
            } catch (TimeoutException e) {
                throw late(e);
            } catch (ExecutionException e) {
                throw e.getCause() instanceof TimeoutException
                        ? late(e)
                        : new IOException(String.valueOf(e.getMessage()), e);
            }
        }

        private static IOException late(Exception e) {
            return new IOException("not all events came within %d ms".formatted(MOST_MILLIS), e);
        }
    }
}
