package io.portclaim.operator.ledger;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.portclaim.api.v1alpha1.TransportProtocol;
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
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Writes a snapshot as one opaque string, deflated: a map of entries would cost the API server four times as much, for
 * it tracks the owner of every key.
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

    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record Content(
            @JsonProperty("p") List<Entry> pending,
            @JsonProperty("c") Map<String, Integer> cursors,
            @JsonProperty("r") List<Rest> releases,
            @JsonProperty("h") Map<Protocol, byte[]> held) {}

    private record Entry(
            @JsonProperty("u") String uid,
            @JsonProperty("s") String namespace,
            @JsonProperty("n") String name,
            @JsonProperty("t") long created,
            @JsonProperty("l") String pool,
            @JsonProperty("m") String configMap,
            @JsonProperty("k") int numbers,
            @JsonProperty("a") List<Group> assignment) {}

    /** The same grants at several places. */
    private record Group(
            @JsonProperty("w") List<String> places,
            @JsonProperty("g") List<Grant> grants) {}

    private record Grant(
            @JsonProperty("n") String name,
            @JsonProperty("x") TransportProtocol transport,
            @JsonProperty("p") int port,
            @JsonProperty("k") int count) {
        static Grant of(PortGrant grant) {
            return new Grant(grant.name(), grant.transport(), grant.port(), grant.count());
        }

        PortGrant grant() {
            return new PortGrant(name, transport, port, count);
        }
    }

    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record Rest(
            @JsonProperty("s") @Nullable String namespace,
            @JsonProperty("n") @Nullable String name,
            @JsonProperty("l") String pool,
            @JsonProperty("m") String configMap,
            @JsonProperty("w") String place,
            @JsonProperty("g") Grant grant,
            @JsonProperty("d") long cooldownSeconds,
            @JsonProperty("t") @Nullable Long until) {}

    static String encode(Snapshot snapshot) {
        boolean coarse = snapshot.releases().size() > MANY_RELEASES;
        Map<Protocol, byte[]> held = new TreeMap<>();
        snapshot.held().forEach((protocol, numbers) -> {
            if (!numbers.isEmpty()) {
                held.put(protocol, numbers.toByteArray());
            }
        });
        return deflate(new Content(
                snapshot.pending().stream().map(LedgerCodec::entry).toList(),
                new TreeMap<>(snapshot.cursors()),
                snapshot.releases().stream()
                        .map(release -> rest(coarse && !release.isBlocked() ? coarse(release) : release))
                        .toList(),
                held));
    }

    static Snapshot decode(@Nullable String data) throws IOException {
        if (data == null || data.isEmpty()) {
            return Snapshot.EMPTY;
        }
        Content content;
        try (InflaterInputStream in = new InflaterInputStream(
                new ByteArrayInputStream(Base64.getDecoder().decode(data)))) {
            content = JSON.readValue(in, Content.class);
        } catch (IllegalArgumentException e) {
            throw new IOException("the ledger's data is not Base64: " + e.getMessage(), e);
        }
        Map<Protocol, BitSet> held = new TreeMap<>();
        content.held().forEach((protocol, bytes) -> held.put(protocol, BitSet.valueOf(bytes)));
        return new Snapshot(
                content.pending().stream().map(LedgerCodec::holding).toList(),
                content.cursors(),
                content.releases().stream().map(LedgerCodec::release).toList(),
                held);
    }

    private static Entry entry(Holding holding) {
        Map<List<PortGrant>, List<String>> places = new LinkedHashMap<>();
        holding.current()
                .byPlace()
                .forEach((place, grants) ->
                        places.computeIfAbsent(grants, key -> new ArrayList<>()).add(place));
        return new Entry(
                holding.uid(),
                holding.key().namespace(),
                holding.key().name(),
                holding.created().getEpochSecond(),
                holding.pool(),
                holding.configMapName(),
                holding.numbers(),
                places.entrySet().stream()
                        .map(group -> new Group(
                                group.getValue(),
                                group.getKey().stream().map(Grant::of).toList()))
                        .toList());
    }

    private static Holding holding(Entry entry) {
        SortedMap<String, List<PortGrant>> byPlace = new TreeMap<>();
        for (Group group : entry.assignment()) {
            List<PortGrant> grants = group.grants().stream().map(Grant::grant).toList();
            group.places().forEach(place -> byPlace.put(place, grants));
        }
        return new Holding(
                entry.uid(),
                new ClaimKey(entry.namespace(), entry.name()),
                Instant.ofEpochSecond(entry.created()),
                entry.pool(),
                entry.configMap(),
                entry.numbers(),
                Assignment.NONE,
                new Assignment(byPlace));
    }

    private static Rest rest(Release release) {
        ClaimKey key = release.key();
        return new Rest(
                key == null ? null : key.namespace(),
                key == null ? null : key.name(),
                release.pool(),
                release.configMapName(),
                release.place(),
                Grant.of(release.grant()),
                release.cooldown().toSeconds(),
                release.until() == null ? null : release.until().getEpochSecond() + 1);
    }

    private static Release release(Rest rest) {
        return new Release(
                rest.namespace() == null || rest.name() == null ? null : new ClaimKey(rest.namespace(), rest.name()),
                rest.pool(),
                rest.configMap(),
                rest.place(),
                rest.grant().grant(),
                Duration.ofSeconds(rest.cooldownSeconds()),
                rest.until() == null ? null : Instant.ofEpochSecond(rest.until()));
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
