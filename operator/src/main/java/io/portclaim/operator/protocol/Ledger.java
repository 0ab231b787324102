package io.portclaim.operator.protocol;

import io.portclaim.api.v1alpha1.PortLedgerSpec;
import io.portclaim.operator.allocation.Release;
import io.portclaim.operator.allocation.Snapshot;
import io.portclaim.operator.codec.LedgerCodec;
import io.portclaim.operator.protocol.LedgerApi.Outcome;
import io.portclaim.operator.protocol.LedgerApi.Stored;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes decisions durable, many at a time, before anyone can see them.
 *
 * <p>Each write is a compare-and-swap on the one PortLedger, and carries all that is decided and not yet published. While
 * one is under way the next batch gathers. A write that is refused means that another leader has taken over; one whose
 * answer got lost is sent again unchanged until its outcome is known, and nothing else is written meanwhile.
 *
 * <p>Thread-safe; one thread calls {@link #step} in a loop.
 */
public final class Ledger {
    private static final Logger LOG = LoggerFactory.getLogger(Ledger.class);
    private static final Duration RETRY_PAUSE = Duration.ofMillis(250);
    /** Beyond this, in bytes, details of releases are left out (etcd refuses 1.5 MiB). */
    private static final int MAX_DATA = 500_000;

    private final LedgerApi api;
    private final Supplier<Snapshot> decisions;
    private final Identity identity;
    private final Observer observer;
    private final Time time;

    private final CommitQueue queue;
    /** Completes when there is something to write, or never will be. */
    private final CompletableFuture<Void> writable = new CompletableFuture<>();

    private final AtomicReference<@Nullable Position> position = new AtomicReference<>();
    private final AtomicReference<@Nullable List<Release>> written = new AtomicReference<>();

    /**
     * Who writes.
     *
     * @param lease the Lease that it leads by, as namespace/name
     * @param holder this process
     * @param rivals whether the ledger belongs to another installation
     */
    public record Identity(String lease, String holder, Rivals rivals) {}

    /** Who leads by other Leases. */
    @FunctionalInterface
    public interface Rivals {
        /**
         * Who holds the Lease now, so that the ledger is theirs; empty when nobody does.
         *
         * @throws IOException when that can't be known now; may be asked again later
         */
        Optional<String> of(String lease) throws IOException;
    }

    /** Is called after every write. */
    public interface Observer {
        /**
         * A write was carried out.
         *
         * @param waiters how many callers it served
         * @param duration from the first try to the known outcome
         * @param bytes the size of the data
         */
        void committed(int waiters, Duration duration, int bytes);

        /**
         * No answer came to a write, or one that says nothing; what became of it is looked up, and it may be sent again.
         *
         * @param waiters how many callers wait for it
         * @param duration how long this try took
         */
        void unanswered(int waiters, Duration duration);

        /** Another leader has written the ledger; nothing more will be written here. */
        void lost(String why);
    }

    private record Position(String resourceVersion, String commitId) {}

    /** A ledger that carries what {@code decisions} says at the time of each write. */
    public Ledger(LedgerApi api, Supplier<Snapshot> decisions, Identity identity, Observer observer, Time time) {
        this.api = api;
        this.decisions = decisions;
        this.identity = identity;
        this.observer = observer;
        this.time = time;
        this.queue = new CommitQueue(time);
    }

    /**
     * Takes the ledger over: from here on every write of an earlier leader is refused. To be called once, before claims are
     * listed, for only what is read after the fence is sure to be known.
     *
     * @return what the ledger held; nothing where there was none, or one whose data can't be read
     * @throws RuledByOther when it must not be taken over now; may be called again later
     * @throws IOException when the API server can't be reached now; may be called again later
     */
    public Snapshot fence() throws RuledByOther, IOException {
        while (true) {
            Optional<Stored> found = api.read();
            PortLedgerSpec before = found.map(Stored::spec).orElse(null);
            Snapshot read = before == null ? null : read(before);
            Snapshot content = read == null ? Snapshot.EMPTY : read;
            PortLedgerSpec fenced = before == null || read == null
                    ? spec(LedgerCodec.FORMAT, LedgerCodec.encode(Snapshot.EMPTY, MAX_DATA))
                    : spec(before.format(), before.data());
            if (queue.closed() != null) {
                throw new LeadershipLost("the ledger is closed");
            }
            Outcome outcome = found.map(stored ->
                            api.replace(stored.resourceVersion(), stored.spec().commitId(), fenced))
                    .orElseGet(() -> api.create(fenced));
            Optional<Position> fence = outcome instanceof Outcome.Written known
                    ? Optional.of(new Position(known.resourceVersion(), fenced.commitId()))
                    : findOwn(fenced.commitId());
            if (fence.isPresent()) {
                position.set(fence.get());
                written.set(content.releases());
                writable.complete(null);
                return content;
            }
            LOG.info("PortLedger cluster: not fenced yet ({}), reading it again", outcome);
            pause();
        }
    }

    /** What it says; null where that can't be known, so that it counts as deleted. */
    private @Nullable Snapshot read(PortLedgerSpec spec) throws RuledByOther, IOException {
        if (!LedgerCodec.reads(spec.format())) {
            throw new RuledByOther(
                    "the ledger's data has format %d and this version knows none above %d: it was written by %s operator; run that version"
                            .formatted(
                                    spec.format(),
                                    LedgerCodec.FORMAT_WITH_PODS,
                                    spec.format() > LedgerCodec.FORMAT_WITH_PODS ? "a newer" : "an older"));
        }
        if (!spec.lease().equals(identity.lease())) {
            Optional<String> rival = identity.rivals().of(spec.lease());
            if (rival.isPresent()) {
                throw new RuledByOther(
                        "%s leads with the Lease %s and this operator uses the Lease %s: one cluster has one PortClaim operator; uninstall one of them"
                                .formatted(rival.get(), spec.lease(), identity.lease()));
            }
        }
        try {
            return LedgerCodec.decode(spec.data());
        } catch (IOException e) {
            LOG.error(
                    "PortLedger cluster: {}; it is written again from what claims, ConfigMaps and pods say, and what it alone said is lost: cooldowns that were running, and decisions that were not published",
                    e.getMessage());
            return null;
        }
    }

    /**
     * Asks for a write that begins after this call.
     *
     * @return completes when everything that was decided before this call is durable and this process was still the leader;
     *     fails with {@link LeadershipLost} when it is not
     */
    public CompletableFuture<Void> commit() {
        return queue.add();
    }

    /**
     * Waits until somebody asks for a write, and writes once for all who do.
     *
     * @return whether there may be more to write; false once this process no longer leads, or the ledger is closed
     */
    public boolean step() {
        try {
            time.await(writable);
            List<CompletableFuture<Void>> batch = queue.next();
            if (!batch.isEmpty()) {
                write(batch);
            }
        } catch (LeadershipLost e) {
            end(e);
        }
        return queue.closed() == null;
    }

    private void write(List<CompletableFuture<Void>> batch) {
        long started = time.nanos();
        try {
            Snapshot content = decisions.get();
            String data = LedgerCodec.encode(content, MAX_DATA);
            writeUntilKnown(spec(LedgerCodec.formatOf(content), data), batch.size());
            written.set(content.releases());
            observer.committed(batch.size(), Duration.ofNanos(time.nanos() - started), data.length());
            batch.forEach(done -> done.complete(null));
        } catch (LeadershipLost e) {
            lose(batch, e);
        } catch (RuntimeException e) {
            LOG.error("PortLedger cluster: a commit was not sent", e);
            batch.forEach(done -> done.completeExceptionally(e));
        } catch (Error e) {
            // Without its writer a leader would hold on to its lease and let everyone wait.
            LOG.error("PortLedger cluster: nothing more can be written", e);
            lose(batch, new LeadershipLost("the ledger can't go on: " + e));
        }
    }

    private void lose(List<CompletableFuture<Void>> batch, LeadershipLost why) {
        boolean closing = queue.closed() != null;
        end(why);
        batch.forEach(done -> done.completeExceptionally(why));
        if (!closing) {
            observer.lost(String.valueOf(why.getMessage()));
        }
    }

    private void writeUntilKnown(PortLedgerSpec next, int waiters) {
        Position before = position();
        while (true) {
            long sent = time.nanos();
            Outcome outcome = api.replace(before.resourceVersion(), before.commitId(), next);
            if (outcome instanceof Outcome.Written written) {
                position.set(new Position(written.resourceVersion(), next.commitId()));
                return;
            }
            if (outcome instanceof Outcome.Unknown) {
                observer.unanswered(waiters, Duration.ofNanos(time.nanos() - sent));
            }
            LOG.warn("PortLedger cluster: commit {} is not known to be written ({})", next.commitId(), outcome);
            if (settled(before, next, outcome)) {
                return;
            }
            pause();
        }
    }

    /** Reads the ledger to learn what became of a write; false when it must be sent again. */
    private boolean settled(Position before, PortLedgerSpec next, Outcome outcome) {
        Optional<Stored> found;
        try {
            found = api.read();
        } catch (IOException e) {
            LOG.warn("PortLedger cluster: {}", e.getMessage());
            return false;
        }
        String commit = found.map(stored -> stored.spec().commitId()).orElse("none");
        if (commit.equals(next.commitId())) {
            position.set(new Position(found.orElseThrow().resourceVersion(), commit));
            return true;
        }
        boolean sameCommit = commit.equals(before.commitId());
        boolean untouched = sameCommit && found.orElseThrow().resourceVersion().equals(before.resourceVersion());
        if (untouched && outcome instanceof Outcome.Unknown) {
            return false;
        }
        throw new LeadershipLost(
                untouched
                        ? "the ledger's write was refused though nobody else wrote: " + outcome
                        : sameCommit
                                ? "the ledger was edited by someone other than an operator; do not edit it"
                                : found.map(stored -> "the ledger was written by another operator: " + stored.author())
                                        .orElse("the ledger was deleted"));
    }

    private Optional<Position> findOwn(String commitId) throws IOException {
        return api.read()
                .filter(stored -> stored.spec().commitId().equals(commitId))
                .map(stored -> new Position(stored.resourceVersion(), commitId));
    }

    private PortLedgerSpec spec(int format, @Nullable String data) {
        return new PortLedgerSpec(format, UUID.randomUUID().toString(), identity.lease(), identity.holder(), data);
    }

    private Position position() {
        LeadershipLost lost = queue.closed();
        Position at = position.get();
        if (lost != null || at == null) {
            throw lost != null ? lost : new IllegalStateException("the ledger was not fenced");
        }
        return at;
    }

    private void pause() {
        if (queue.isClosedAfter(RETRY_PAUSE)) {
            throw new LeadershipLost("the ledger is closed");
        }
    }

    private void end(LeadershipLost why) {
        queue.close(why);
        writable.complete(null);
    }

    /**
     * Has the releases written once more where they are others than at the last write: of what the next leader would not
     * see in a status. Returns when that is done, or can't be, or {@code patience} is over; never throws. Where another has
     * taken over, the write is refused as any other.
     */
    public void finish(Duration patience) {
        List<Release> known = written.get();
        if (known == null
                || queue.closed() != null
                || decisions.get().releases().equals(known)) {
            return;
        }
        CompletableFuture<Void> done = commit();
        try {
            if (!time.await(done, patience) || done.isCompletedExceptionally()) {
                LOG.warn("PortLedger cluster: the last commit is not known to be written");
            }
        } catch (LeadershipLost e) {
            LOG.warn("PortLedger cluster: the last commit is not known to be written: {}", e.getMessage());
        }
    }

    /** Writes nothing more; whoever waits is refused. A write that is under way may still be carried out. */
    public void close() {
        end(new LeadershipLost("the operator is stopping"));
    }
}
