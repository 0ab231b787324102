package io.portclaim.operator.codec;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.ClaimAllocation;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.Held;
import io.portclaim.operator.allocation.HeldCounts;
import io.portclaim.operator.allocation.HeldSketch;
import io.portclaim.operator.allocation.Release;
import io.portclaim.operator.allocation.Snapshot;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Writes a snapshot as one opaque string, deflated: a map of entries would cost the API server four times as much, for
 * it tracks the owner of every key.
 *
 * <p>Of a decision, what the claim's status says already is not written, except for what the decision releases: the next
 * leader may find the new status and would not know that the old ports ever were.
 */
public final class LedgerCodec {
    /** The version of the encoding. Version 1 did not know who held what; nobody reads it any more. */
    public static final int FORMAT = 2;
    /**
     * The same encoding, written while pods hold ports: a leader of a version that does not list pods would assign their numbers
     * again, and reads no other format than 2.
     */
    public static final int FORMAT_WITH_PODS = 3;

    /** From this many releases on only what the next leader needs is kept of them. */
    static final int MANY_RELEASES = 256;

    private static final ObjectMapper JSON =
            new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    private LedgerCodec() {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    @SuppressWarnings("ArrayRecordComponent") // carried from the ledger to one reader, never compared
    private record Content(
            @JsonProperty("p") List<Entry> pending,
            @JsonProperty("c") Map<String, Integer> cursors,
            @JsonProperty("r") @Nullable StoredReleases releases,
            @JsonProperty("q") @Nullable CoarseReleases coarseReleases,
            @JsonProperty("n") byte[] counts,
            @JsonProperty("k") byte[] sketch) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record Entry(
            @JsonProperty("u") String uid,
            @JsonProperty("s") String namespace,
            @JsonProperty("n") String name,
            @JsonProperty("t") long created,
            @JsonProperty("l") String pool,
            @JsonProperty("m") String configMap,
            @JsonProperty("v") long version,
            @JsonProperty("a") StoredGrants assignment,
            @JsonProperty("b") @Nullable StoredGrants released) {
        Entry {
            Stream.of(uid, namespace, name, pool, configMap).forEach(Objects::requireNonNull);
        }
    }

    /**
     * Writes {@code snapshot}, with as much of its releases as leaves it smaller than {@code limit} bytes. What waits to be
     * published is never left out; it is bounded where it is decided.
     */
    public static String encode(Snapshot snapshot, int limit) {
        if (snapshot.releases().size() <= MANY_RELEASES) {
            return deflate(content(snapshot, StoredReleases.of(snapshot.releases(), snapshot.at()), null));
        }
        String data = "";
        for (CoarseReleases.Detail detail : CoarseReleases.Detail.values()) {
            if (snapshot.releases().size() > detail.most()) {
                continue;
            }
            data = deflate(content(snapshot, null, CoarseReleases.of(snapshot.releases(), snapshot.at(), detail)));
            if (data.length() < limit) {
                break;
            }
        }
        return data;
    }

    /** The version under which {@code snapshot} is to be written. */
    public static int formatOf(Snapshot snapshot) {
        return snapshot.isOfPods() ? FORMAT_WITH_PODS : FORMAT;
    }

    /** Whether what is written under this version can be read. */
    public static boolean reads(int format) {
        return format == FORMAT || format == FORMAT_WITH_PODS;
    }

    private static Content content(
            Snapshot snapshot, @Nullable StoredReleases releases, @Nullable CoarseReleases coarse) {
        return new Content(
                snapshot.pending().stream().map(LedgerCodec::entry).toList(),
                new TreeMap<>(snapshot.cursors()),
                releases,
                coarse,
                snapshot.held().counts().toBytes(),
                snapshot.held().sketch().toBytes());
    }

    /**
     * Reads what {@link #encode} wrote; its releases are as of {@link Instant#EPOCH}.
     *
     * @throws IOException when it is anything else
     */
    public static Snapshot decode(@Nullable String data) throws IOException {
        if (data == null || data.isEmpty()) {
            return Snapshot.EMPTY;
        }
        try (InflaterInputStream in = new InflaterInputStream(
                new ByteArrayInputStream(Base64.getDecoder().decode(data)))) {
            return snapshot(JSON.readValue(in, Content.class));
        } catch (IOException | RuntimeException e) {
            throw new IOException("its data can't be read: " + e.getMessage(), e);
        }
    }

    private static Snapshot snapshot(Content content) {
        List<Release> releases = new ArrayList<>();
        Optional.ofNullable(content.releases()).map(StoredReleases::releases).ifPresent(releases::addAll);
        Optional.ofNullable(content.coarseReleases())
                .map(CoarseReleases::releases)
                .ifPresent(releases::addAll);
        return new Snapshot(
                Instant.EPOCH,
                content.pending().stream().map(LedgerCodec::allocation).toList(),
                Map.copyOf(content.cursors()),
                List.copyOf(releases),
                new Held(HeldCounts.of(content.counts()), HeldSketch.of(content.sketch())));
    }

    private static Entry entry(ClaimAllocation allocation) {
        Assignment released = allocation.released();
        return new Entry(
                allocation.uid(),
                allocation.key().namespace(),
                allocation.key().name(),
                allocation.created().getEpochSecond(),
                allocation.pool(),
                allocation.configMapName(),
                allocation.version(),
                StoredGrants.of(allocation.current().byPlace()),
                released.isEmpty() ? null : StoredGrants.of(released.byPlace()));
    }

    private static ClaimAllocation allocation(Entry entry) {
        return new ClaimAllocation(
                entry.uid(),
                new ClaimKey(entry.namespace(), entry.name()),
                Instant.ofEpochSecond(entry.created()),
                entry.pool(),
                entry.configMap(),
                entry.version(),
                entry.released() == null
                        ? Assignment.NONE
                        : new Assignment(entry.released().byPlace()),
                new Assignment(entry.assignment().byPlace()));
    }

    private static String deflate(Content content) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Deflater deflater = new Deflater(Deflater.BEST_SPEED);
        try (DeflaterOutputStream out = new DeflaterOutputStream(bytes, deflater)) {
            JSON.writeValue(out, content);
        } catch (IOException e) {
            throw new UncheckedIOException("a snapshot can't be written as JSON", e);
        } finally {
            deflater.end();
        }
        return Base64.getEncoder().encodeToString(bytes.toByteArray());
    }
}
