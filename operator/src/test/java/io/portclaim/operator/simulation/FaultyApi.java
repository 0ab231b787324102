package io.portclaim.operator.simulation;

import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.api.v1alpha1.PortLedgerSpec;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.protocol.Claim;
import io.portclaim.operator.protocol.ClaimApi;
import io.portclaim.operator.protocol.ConfigMapApi;
import io.portclaim.operator.protocol.LedgerApi;
import io.portclaim.operator.protocol.PresentMap;
import io.portclaim.operator.protocol.WantedMap;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The API server as one process reaches it: others go on before a call and before its answer, and a call may get lost, be
 * carried out later or twice, lose its answer, or be the process's last.
 */
final class FaultyApi {
    private static final Duration SLOW_REQUEST = Duration.ofSeconds(1);
    private static final Duration SLOW_ANSWER = Duration.ofSeconds(5);
    private static final Duration STALL = Duration.ofSeconds(3);
    /** A process that goes on after that finds that its ports have been given to others. */
    private static final Duration FREEZE = Duration.ofSeconds(25);

    private final String who;
    private final Baton baton;
    private final SimulatedCluster cluster;
    private final Calls calls;
    private final Runnable crash;
    private final Consumer<Duration> stall;
    private final LateRequests late;
    private int freezes;

    /** Hears of each call, on the thread that makes it, and may have it wait. */
    interface Calls {
        /** The call is about to be made; returns what befalls it. */
        Fault before(String what);

        /** The call was carried out, and its answer is on the way. */
        void after(String what);
    }

    /** What befalls one call. */
    enum Fault {
        NONE,
        /** It gets lost on the way there. */
        LOST,
        /** It is carried out and its answer gets lost. */
        UNANSWERED,
        /** Nobody answers, and it is carried out some time later. */
        LATE,
        /** It is carried out at once, and once more some time later. */
        DOUBLED,
        /** The API server answers with an error. */
        FAILED,
        /** It takes long, there or back, while the process goes on. */
        SLOW,
        /** The process stands still before it, long enough for another to take over. */
        STALLED,
        /** The process stands still after it, longer than a cooldown. */
        FROZEN,
        /** The process dies before it. */
        CRASH_BEFORE,
        /** It is carried out, and the process dies before it gets the answer. */
        CRASH_AFTER;

        boolean isOfTheNetwork() {
            return this == LOST || this == UNANSWERED || this == LATE || this == DOUBLED;
        }
    }

    /** An error of the API server's. */
    private static final class ServerError extends RuntimeException {
        private static final long serialVersionUID = 1L;

        ServerError() {
            super("HTTP 500", null, false, false);
        }
    }

    /** {@code late} gets what is carried out some time later. */
    FaultyApi(
            String who,
            Baton baton,
            SimulatedCluster cluster,
            Calls calls,
            Runnable crash,
            Consumer<Duration> stall,
            LateRequests late) {
        this.who = who;
        this.baton = baton;
        this.cluster = cluster;
        this.calls = calls;
        this.crash = crash;
        this.stall = stall;
        this.late = late;
    }

    private <T> T call(String what, Supplier<T> effect) {
        int freezesBefore = freezes;
        baton.pause();
        requireNoFreezeSince(freezesBefore);
        Fault fault = calls.before(what);
        if (fault != Fault.NONE) {
            cluster.note("%s: %s: %s".formatted(who, what, fault));
        }
        switch (fault) {
            case NONE, SLOW, STALLED, FROZEN -> {
                return answered(what, fault, effect);
            }
            case DOUBLED -> {
                T answer = effect.get();
                late.add(effect::get);
                baton.pause();
                return answer;
            }
            case UNANSWERED -> effect.get();
            case LATE -> late.add(effect::get);
            case FAILED -> throw new ServerError();
            case LOST -> {}
            case CRASH_BEFORE -> {
                crash.run();
                throw new Baton.Killed();
            }
            case CRASH_AFTER -> {
                effect.get();
                crash.run();
                throw new Baton.Killed();
            }
        }
        baton.pause();
        throw new UncheckedIOException(new IOException("no answer"));
    }

    /** Between its last look at a clock and a create, nothing protects a process that is frozen: it is taken to have sent nothing. */
    private void requireNoFreezeSince(int before) {
        if (freezes != before) {
            throw new UncheckedIOException(new IOException("no answer"));
        }
    }

    private <T> T answered(String what, Fault fault, Supplier<T> effect) {
        if (fault == Fault.STALLED) {
            stall.accept(STALL);
            baton.pause();
        } else if (fault == Fault.SLOW) {
            int freezesBefore = freezes;
            baton.delay(SLOW_REQUEST);
            requireNoFreezeSince(freezesBefore);
        }
        T answer = effect.get();
        calls.after(what);
        if (fault == Fault.FROZEN) {
            freezes++;
            stall.accept(FREEZE);
        } else if (fault == Fault.SLOW) {
            baton.delay(SLOW_ANSWER);
        }
        baton.pause();
        return answer;
    }

    private <T> T listed(String what, Supplier<T> effect) throws IOException {
        try {
            return call(what, effect);
        } catch (UncheckedIOException | ServerError e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private <T> T read(String what, Supplier<T> effect) {
        try {
            return call(what, effect);
        } catch (ServerError e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
    }

    /** Claims. */
    ClaimApi claims() {
        return new ClaimApi() {
            @Override
            public Optional<Claim> named(ClaimKey key) {
                return read("read of " + key, () -> cluster.claim(key));
            }

            @Override
            public void list(Consumer<Claim> visitor) throws IOException {
                Collection<Claim> all = listed("list of claims", cluster::claims);
                for (Claim claim : new ArrayList<>(all)) {
                    baton.pause();
                    visitor.accept(claim);
                }
            }

            @Override
            public Answer writeStatus(Claim at, PortClaimStatus status) {
                try {
                    return call("status of " + at.key(), () -> cluster.writeStatus(who, at, status));
                } catch (ServerError e) {
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
                return FaultyApi.this.read(
                        "read of ConfigMap " + name,
                        () -> new Seen(cluster.map(name).orElse(null), cluster.now()));
            }

            @Override
            public void list(Consumer<PresentMap> visitor) throws IOException {
                Collection<StoredMap> all = listed("list of ConfigMaps", cluster::maps);
                for (StoredMap map : new ArrayList<>(all)) {
                    baton.pause();
                    visitor.accept(map);
                }
            }

            @Override
            public Set<ClaimKey> names() throws IOException {
                Set<ClaimKey> names = new HashSet<>();
                for (StoredMap map : listed("names of ConfigMaps", cluster::maps)) {
                    names.add(map.name());
                }
                return names;
            }

            private Answer write(String what, Supplier<Answer> effect) {
                try {
                    return call(what, effect);
                } catch (ServerError e) {
                    return new Answer.Failed("HTTP 500");
                }
            }

            private static String verb(String verb, Mode mode) {
                return (mode == Mode.DRY_RUN ? "dry " : "") + verb + " of ConfigMap ";
            }

            @Override
            public Answer create(WantedMap wanted, Mode mode) {
                return write(verb("create", mode) + wanted.name(), () -> cluster.create(who, wanted, mode));
            }

            @Override
            public Answer createAgain(WantedMap wanted, PresentMap gone) {
                return create(wanted, Mode.WRITE);
            }

            @Override
            public Answer update(WantedMap wanted, PresentMap present, Mode mode) {
                return write(verb("update", mode) + wanted.name(), () -> cluster.update(who, wanted, present, mode));
            }

            @Override
            public Answer delete(PresentMap present) {
                return write("delete of ConfigMap " + present.name(), () -> cluster.delete(who, present));
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
                return listed("read of the ledger", cluster::readLedger);
            }

            private Outcome write(String what, Supplier<Outcome> effect) {
                try {
                    return call(what, effect);
                } catch (UncheckedIOException | ServerError e) {
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
