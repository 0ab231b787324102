package io.portclaim.operator.simulation;

import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.api.v1alpha1.PortLedgerSpec;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.kube.Pages;
import io.portclaim.operator.protocol.Claim;
import io.portclaim.operator.protocol.ClaimApi;
import io.portclaim.operator.protocol.ConfigMapApi;
import io.portclaim.operator.protocol.LedgerApi;
import io.portclaim.operator.protocol.Listing;
import io.portclaim.operator.protocol.PresentMap;
import io.portclaim.operator.protocol.WantedMap;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The API server as one process reaches it. */
final class FaultyApi {
    private final String who;
    private final SimulatedCluster cluster;
    private final FaultyCalls calls;
    private final Random moments = new Random(1);

    /** What {@code calls} carry out on {@code cluster}. */
    FaultyApi(SimulatedCluster cluster, FaultyCalls calls) {
        this.who = calls.who();
        this.cluster = cluster;
        this.calls = calls;
    }

    /**
     * As a list, or a cache and its later events, may show them: each object as it is at some moment since this call, and converted
     * then.
     */
    private <T, V> Listing<V> list(
            String what, Supplier<Collection<T>> all, Function<T, String> key, Function<T, V> convert) {
        Supplier<Map<String, V>> now = () -> all.get().stream().collect(Collectors.toMap(key, convert));
        Map<String, V> first = now.get();
        return visitor -> {
            Set<String> visited = new HashSet<>();
            // Others go on between what is on one page, too.
            Pages.forEach(token -> () -> page(token, what, all, key), item -> {
                calls.pause();
                String name = key.apply(item);
                visited.add(name);
                any(first.get(name), convert.apply(item), now.get().get(name)).ifPresent(visitor);
            });
            Map<String, V> last = now.get();
            Set<String> names = new TreeSet<>(first.keySet());
            names.addAll(last.keySet());
            names.removeAll(visited);
            names.forEach(name -> any(first.get(name), null, last.get(name)).ifPresent(visitor));
        };
    }

    /** Of three moments one; empty where the object does not exist then. */
    private <T> Optional<T> any(@Nullable T first, @Nullable T listed, @Nullable T last) {
        return switch (moments.nextInt(3)) {
            case 0 -> Optional.ofNullable(first);
            case 1 -> Optional.ofNullable(listed);
            default -> Optional.ofNullable(last);
        };
    }

    private <T> Pages.Page<T> page(
            @Nullable String token, String what, Supplier<Collection<T>> all, Function<T, String> key)
            throws IOException {
        String call = token == null ? what : what + " after " + token;
        return calls.listed(call, () -> cluster.lists().page(token, key, all));
    }

    /** Claims. */
    ClaimApi claims() {
        return new ClaimApi() {
            @Override
            public Optional<Claim> named(ClaimKey key) {
                return calls.read("read of " + key, () -> cluster.claim(key));
            }

            @Override
            public <V> Listing<V> list(Function<Claim, V> convert) {
                return FaultyApi.this.list(
                        "list of claims", cluster::claims, claim -> claim.key().toString(), convert);
            }

            @Override
            public Answer writeStatus(Claim at, PortClaimStatus status) {
                try {
                    return calls.call("status of " + at.key(), () -> cluster.writeStatus(who, at, status));
                } catch (FaultyCalls.ServerError e) {
                    return new Answer.Failed("HTTP 500");
                }
            }
        };
    }

    /** ConfigMaps. */
    ConfigMapApi maps() {
        return new ConfigMapApi() {
            @Override
            public Seen read(ClaimKey name) {
                return calls.read(
                        "read of ConfigMap " + name,
                        () -> new Seen(cluster.map(name).orElse(null), cluster.now()));
            }

            @Override
            public <V> Listing<V> list(Function<PresentMap, V> convert) {
                return FaultyApi.this.list(
                        "list of ConfigMaps",
                        cluster.maps()::all,
                        map -> map.name().toString(),
                        convert::apply);
            }

            @Override
            public Set<ClaimKey> names() throws IOException {
                Set<ClaimKey> names = new HashSet<>();
                Pages.forEach(
                        token -> () -> page(
                                token,
                                "names of ConfigMaps",
                                cluster.maps()::all,
                                map -> map.name().toString()),
                        map -> names.add(map.name()));
                return names;
            }

            private Answer write(String what, Supplier<Answer> effect) {
                try {
                    return calls.call(what, effect);
                } catch (FaultyCalls.ServerError e) {
                    return new Answer.Failed("HTTP 500");
                }
            }

            private static String verb(String verb, Mode mode) {
                return (mode == Mode.DRY_RUN ? "dry " : "") + verb + " of ConfigMap ";
            }

            @Override
            public Answer create(WantedMap wanted, Mode mode) {
                return write(
                        verb("create", mode) + wanted.name(),
                        () -> cluster.maps().create(who, wanted, mode));
            }

            @Override
            public Answer createAgain(WantedMap wanted, PresentMap gone) {
                return create(wanted, Mode.WRITE);
            }

            @Override
            public Answer update(WantedMap wanted, PresentMap present, Mode mode) {
                return write(
                        verb("update", mode) + wanted.name(),
                        () -> cluster.maps().update(who, wanted, present, mode));
            }

            @Override
            public Answer delete(PresentMap present) {
                return write(
                        "delete of ConfigMap " + present.name(),
                        () -> cluster.maps().delete(who, present));
            }

            @Override
            public Instant now() {
                return cluster.now().plusSeconds(1);
            }
        };
    }

    /** The ledger. */
    LedgerApi ledger() {
        return new LedgerApi() {
            @Override
            public Optional<Stored> read() throws IOException {
                return calls.listed("read of the ledger", cluster::readLedger);
            }

            private Outcome write(String what, Supplier<Outcome> effect) {
                try {
                    return calls.call(what, effect);
                } catch (UncheckedIOException | FaultyCalls.ServerError e) {
                    return new Outcome.Unknown(String.valueOf(e.getMessage()));
                }
            }

            @Override
            public Outcome create(PortLedgerSpec spec) {
                return write("create of the ledger", () -> cluster.createLedger(who, spec));
            }

            @Override
            public Outcome replace(String expectedVersion, String expectedCommit, PortLedgerSpec spec) {
                return write(
                        "write of the ledger", () -> cluster.replaceLedger(who, expectedVersion, expectedCommit, spec));
            }
        };
    }
}
