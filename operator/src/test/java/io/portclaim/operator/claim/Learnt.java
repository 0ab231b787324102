package io.portclaim.operator.claim;

import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.protocol.Claim;
import io.portclaim.operator.protocol.NamedPorts;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** Remembers what it learns of ConfigMaps, in order. */
final class Learnt implements NamedPorts {
    private final List<String> all = new CopyOnWriteArrayList<>();
    private final Set<ClaimKey> read = ConcurrentHashMap.newKeySet();
    private final Consumer<String> also;

    Learnt() {
        this(what -> {});
    }

    /** Passes on, too, that something was kept: "keep". */
    Learnt(Consumer<String> also) {
        this.also = also;
    }

    @Override
    public void keepNamed(Claim claim, Assignment said) {
        also.accept("keep");
        all.add("keep %s of %s".formatted(said.slots(), claim.key()));
    }

    @Override
    public void mayName(Claim claim) {
        all.add("%s may name ports".formatted(claim.configMap()));
    }

    @Override
    public void mapSaysOnly(ClaimKey map, Instant since) {
        all.add("%s since %s".formatted(map, since));
    }

    @Override
    public boolean isRead(ClaimKey map) {
        return read.contains(map);
    }

    @Override
    public boolean isHolder(String uid) {
        return false;
    }

    /** The ConfigMaps that pods read. */
    Set<ClaimKey> read() {
        return read;
    }

    List<String> all() {
        return all;
    }
}
