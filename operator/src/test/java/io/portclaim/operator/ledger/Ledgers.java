package io.portclaim.operator.ledger;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.portclaim.api.v1alpha1.PortLedgerSpec;
import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.ClaimAllocation;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.Held;
import io.portclaim.operator.allocation.PortGrant;
import io.portclaim.operator.allocation.Release;
import io.portclaim.operator.allocation.Snapshot;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What the ledger's tests share: a ledger whose decisions the test sets, and what it was told. */
final class Ledgers {
    static final String LEASE = "ports/portclaim";
    static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    /** What a ledger may weigh, as the operator has it. */
    static final int MOST_DATA = 500_000;

    static final Duration PATIENCE = Duration.ofSeconds(20);

    private Ledgers() {}

    /** A ledger with its observer. */
    static final class Subject implements AutoCloseable {
        final AtomicReference<Snapshot> decisions = new AtomicReference<>(Snapshot.EMPTY);
        final List<Integer> unanswered = Collections.synchronizedList(new ArrayList<>());
        final List<Integer> served = Collections.synchronizedList(new ArrayList<>());
        final List<String> lost = Collections.synchronizedList(new ArrayList<>());
        final Ledger ledger;

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
                    Duration.ofMillis(2));
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
            ledger.close();
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

    /** A claim with a decision on one node that is not published. */
    static ClaimAllocation pending(String uid, int port) {
        return new ClaimAllocation(
                uid,
                new ClaimKey("team", "claim-" + uid),
                Instant.EPOCH,
                "default",
                "claim-" + uid + "-ports",
                1L,
                Assignment.NONE,
                Assignment.at("node-a", List.of(new PortGrant("http", TransportProtocol.TCP, port, 1))));
    }

    /** A snapshot with these decisions. */
    static Snapshot pending(ClaimAllocation... holdings) {
        return pending(List.of(holdings));
    }

    /** A snapshot with these decisions. */
    static Snapshot pending(List<ClaimAllocation> holdings) {
        return new Snapshot(NOW, holdings, Map.of(), List.of(), Held.NOTHING);
    }

    /** A snapshot with these releases. */
    static Snapshot released(List<Release> releases) {
        return new Snapshot(NOW, List.of(), Map.of(), releases, Held.NOTHING);
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
        return new PortLedgerSpec(LedgerCodec.FORMAT, commitId, lease, holder, LedgerCodec.encode(snapshot, MOST_DATA));
    }
}
