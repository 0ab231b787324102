package io.portclaim.operator.ledger;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.portclaim.api.v1alpha1.PortLedgerSpec;
import io.portclaim.operator.allocation.ClaimAllocation;
import io.portclaim.operator.allocation.Snapshot;
import io.portclaim.operator.codec.LedgerCodec;
import io.portclaim.operator.codec.Snapshots;
import io.portclaim.operator.protocol.Ledger;
import io.portclaim.operator.protocol.RuledByOther;
import io.portclaim.operator.protocol.Time;
import io.portclaim.operator.threads.LedgerWriter;
import io.portclaim.operator.threads.SystemTime;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What the ledger's tests share: a ledger whose decisions the test sets, and what it was called with. */
final class Ledgers {
    static final String LEASE = "ports/portclaim";
    static final Duration PATIENCE = Duration.ofSeconds(20);

    private Ledgers() {}

    /** A ledger with its observer. */
    static final class Subject implements AutoCloseable {
        final AtomicReference<Snapshot> decisions = new AtomicReference<>(Snapshot.EMPTY);
        final List<Integer> unanswered = Collections.synchronizedList(new ArrayList<>());
        final List<Integer> served = Collections.synchronizedList(new ArrayList<>());
        final List<String> lost = Collections.synchronizedList(new ArrayList<>());
        final Ledger ledger;
        private final LedgerWriter writer;

        Subject(KubernetesClient client, String holder) {
            this(client, new Ledger.Identity(LEASE, holder, lease -> Optional.empty()));
        }

        Subject(KubernetesClient client, Ledger.Identity identity) {
            this(client, identity, Function.identity());
        }

        Subject(KubernetesClient client, Ledger.Identity identity, Function<Snapshot, Snapshot> reader) {
            this.ledger = new Ledger(
                    new LedgerStore(client),
                    () -> reader.apply(decisions.get()),
                    identity,
                    new Ledger.Observer() {
                        @Override
                        public void committed(int waiters, Duration duration, int bytes) {
                            served.add(waiters);
                        }

                        @Override
                        public void unanswered(int waiters, Duration duration) {
                            unanswered.add(waiters);
                        }

                        @Override
                        public void lost(String why) {
                            lost.add(why);
                        }
                    },
                    new Impatience());
            this.writer = new LedgerWriter(ledger);
        }

        Subject fenced() {
            try {
                ledger.fence();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (RuledByOther e) {
                throw new IllegalStateException(e);
            }
            return this;
        }

        @Override
        public void close() {
            writer.close();
        }
    }

    /** Shortens the pauses between tries, so that thousands of runs take seconds; deadlines stay. */
    private static final class Impatience implements Time {
        private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);
        private static final Duration SHORT = Duration.ofMillis(2);

        private final Time time = new SystemTime();

        @Override
        public long nanos() {
            return time.nanos();
        }

        @Override
        public void await(CompletableFuture<?> done) {
            time.await(done);
        }

        @Override
        public boolean await(CompletableFuture<?> done, Duration atMost) {
            return time.await(done, atMost.compareTo(LONGEST_PAUSE) < 0 ? SHORT : atMost);
        }
    }

    /** How a commit ended: null when it succeeded. */
    static @Nullable Throwable outcome(CompletableFuture<Void> commit) {
        try {
            commit.orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
            return null;
        } catch (CompletionException e) {
            return e.getCause();
        }
    }

    /** The claims whose decisions the ledger carries. */
    static List<String> uids(PortLedgerSpec spec) {
        return content(spec).pending().stream().map(ClaimAllocation::uid).toList();
    }

    /** What the ledger carries. */
    static Snapshot content(PortLedgerSpec spec) {
        try {
            return LedgerCodec.decode(spec.data());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A ledger's content as another leader wrote it. */
    static PortLedgerSpec written(String commitId, String lease, String holder, Snapshot snapshot) {
        return new PortLedgerSpec(
                LedgerCodec.FORMAT, commitId, lease, holder, LedgerCodec.encode(snapshot, Snapshots.MOST_DATA));
    }
}
