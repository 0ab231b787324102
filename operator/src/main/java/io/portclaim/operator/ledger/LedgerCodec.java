package io.portclaim.operator.ledger;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.Holding;
import io.portclaim.operator.allocation.PortGrant;
import io.portclaim.operator.allocation.Release;
import io.portclaim.operator.allocation.Snapshot;
import io.portclaim.operator.ports.Protocol;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
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
 * <p>Of a decision, what the claim's status says already is not written, except for what the decision lets go of: the next
 * leader may find the new status and would not know that the old ports ever were.
 */
final class LedgerCodec {
    /** The only version of the encoding so far. */
    static final int FORMAT = 1;

    /** From this many releases on, those that cool are kept by the number alone and to the next quarter minute. */
    static final int MANY_RELEASES = 256;

    private static final Duration COARSE = Duration.ofSeconds(15);

    private static final ObjectMapper JSON =
            new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    private LedgerCodec() {}

    private record Content(
            @JsonProperty("p") List<Entry> pending,
            @JsonProperty("c") Map<String, Integer> cursors,
            @JsonProperty("r") List<Rest> releases,
            @JsonProperty("h") Map<Protocol, byte[]> held) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record Entry(
            @JsonProperty("u") String uid,
            @JsonProperty("s") String namespace,
            @JsonProperty("n") String name,
            @JsonProperty("t") long created,
            @JsonProperty("l") String pool,
            @JsonProperty("m") String configMap,
            @JsonProperty("k") int numbers,
            @JsonProperty("a") StoredGrants assignment,
            @JsonProperty("b") @Nullable StoredGrants letGo) {
        Entry {
            Stream.of(uid, namespace, name, pool, configMap).forEach(Objects::requireNonNull);
        }
    }

    /** Releases of which all but the place and the grant is the same. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record Rest(
            @JsonProperty("s") @Nullable String namespace,
            @JsonProperty("n") @Nullable String name,
            @JsonProperty("l") String pool,
            @JsonProperty("m") String configMap,
            @JsonProperty("a") StoredGrants released,
            @JsonProperty("d") long cooldownSeconds,
            @JsonProperty("t") @Nullable Long until) {
        Rest {
            Stream.of(pool, configMap).forEach(Objects::requireNonNull);
        }
    }

    /** What makes releases alike. */
    private record Likeness(
            @Nullable ClaimKey key,
            String pool,
            String configMap,
            Duration cooldown,
            @Nullable Long until) {}

    static String encode(Snapshot snapshot) {
        Map<Protocol, byte[]> held = new TreeMap<>();
        snapshot.held().forEach((protocol, numbers) -> {
            if (!numbers.isEmpty()) {
                held.put(protocol, numbers.toByteArray());
            }
        });
        return deflate(new Content(
                snapshot.pending().stream().map(LedgerCodec::entry).toList(),
                new TreeMap<>(snapshot.cursors()),
                rests(snapshot.releases()),
                held));
    }

    /**
     * Reads what {@link #encode} wrote.
     *
     * @throws IOException when it is anything else
     */
    static Snapshot decode(@Nullable String data) throws IOException {
        if (data == null || data.isEmpty()) {
            return Snapshot.EMPTY;
        }
        try (InflaterInputStream in = new InflaterInputStream(
                new ByteArrayInputStream(Base64.getDecoder().decode(data)))) {
            return snapshot(JSON.readValue(in, Content.class));
        } catch (IOException | RuntimeException e) {
            throw new IOException(
                    "the ledger's data can't be read, so what it promised is unknown; restore the PortLedger from a backup, or delete it if there is none: "
                            + e.getMessage(),
                    e);
        }
    }

    private static Snapshot snapshot(Content content) {
        Map<Protocol, BitSet> held = new TreeMap<>();
        content.held().forEach((protocol, bytes) -> held.put(protocol, BitSet.valueOf(bytes)));
        return new Snapshot(
                content.pending().stream().map(LedgerCodec::holding).toList(),
                Map.copyOf(content.cursors()),
                content.releases().stream().flatMap(LedgerCodec::releases).toList(),
                held);
    }

    private static Entry entry(Holding holding) {
        Assignment letGo = holding.letGo();
        return new Entry(
                holding.uid(),
                holding.key().namespace(),
                holding.key().name(),
                holding.created().getEpochSecond(),
                holding.pool(),
                holding.configMapName(),
                holding.numbers(),
                StoredGrants.of(holding.current().byPlace()),
                letGo.isEmpty() ? null : StoredGrants.of(letGo.byPlace()));
    }

    private static Holding holding(Entry entry) {
        return new Holding(
                entry.uid(),
                new ClaimKey(entry.namespace(), entry.name()),
                Instant.ofEpochSecond(entry.created()),
                entry.pool(),
                entry.configMap(),
                entry.numbers(),
                entry.letGo() == null
                        ? Assignment.NONE
                        : new Assignment(entry.letGo().byPlace()),
                new Assignment(entry.assignment().byPlace()));
    }

    private static List<Rest> rests(List<Release> releases) {
        boolean coarse = releases.size() > MANY_RELEASES;
        Map<Likeness, SortedMap<String, List<PortGrant>>> alike = new LinkedHashMap<>();
        for (Release release : releases) {
            Release kept = coarse && !release.isBlocked() ? coarse(release) : release;
            alike.computeIfAbsent(likeness(kept), key -> new TreeMap<>())
                    .computeIfAbsent(kept.place(), place -> new ArrayList<>())
                    .add(kept.grant());
        }
        List<Rest> rests = new ArrayList<>();
        alike.forEach((likeness, byPlace) -> rests.add(new Rest(
                likeness.key == null ? null : likeness.key.namespace(),
                likeness.key == null ? null : likeness.key.name(),
                likeness.pool,
                likeness.configMap,
                StoredGrants.of(byPlace),
                likeness.cooldown.toSeconds(),
                likeness.until)));
        return rests;
    }

    /** Times are cut to seconds, so a deadline is written as the next. */
    private static Likeness likeness(Release release) {
        return new Likeness(
                release.key(),
                release.pool(),
                release.configMapName(),
                release.cooldown(),
                release.until() == null ? null : release.until().getEpochSecond() + 1);
    }

    private static Stream<Release> releases(Rest rest) {
        ClaimKey key =
                rest.namespace() == null || rest.name() == null ? null : new ClaimKey(rest.namespace(), rest.name());
        return rest.released().byPlace().entrySet().stream()
                .flatMap(place -> place.getValue().stream()
                        .map(grant -> new Release(
                                key,
                                rest.pool(),
                                rest.configMap(),
                                place.getKey(),
                                grant,
                                Duration.ofSeconds(rest.cooldownSeconds()),
                                rest.until() == null ? null : Instant.ofEpochSecond(rest.until()))));
    }

    /** Without the name it loses no more than the way back to a claim of that name. */
    private static Release coarse(Release release) {
        Instant until = release.until() == null ? Instant.EPOCH : release.until();
        long step = COARSE.toSeconds();
        PortGrant grant = release.grant();
        return new Release(
                null,
                "",
                "",
                release.place(),
                new PortGrant("", grant.transport(), grant.port(), grant.count()),
                release.cooldown(),
                Instant.ofEpochSecond((until.getEpochSecond() / step + 1) * step));
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
