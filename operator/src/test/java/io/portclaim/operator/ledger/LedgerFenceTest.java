package io.portclaim.operator.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.portclaim.api.v1alpha1.PortLedgerSpec;
import io.portclaim.operator.allocation.ClaimAllocation;
import io.portclaim.operator.allocation.Held;
import io.portclaim.operator.allocation.Snapshot;
import io.portclaim.operator.codec.LedgerCodec;
import io.portclaim.operator.codec.Snapshots;
import io.portclaim.operator.ledger.FakeLedger.Fault;
import io.portclaim.operator.ledger.Ledgers.Subject;
import io.portclaim.operator.protocol.LeadershipLost;
import io.portclaim.operator.protocol.Ledger;
import io.portclaim.operator.protocol.RuledByOther;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class LedgerFenceTest {
    private final FakeLedger fake = new FakeLedger();
    private final FakeLedgerServer server = new FakeLedgerServer(fake);
    private final KubernetesClient client = server.client(Duration.ofSeconds(10));
    private final List<Subject> subjects = new ArrayList<>();

    @AfterEach
    void close() {
        subjects.forEach(Subject::close);
        client.close();
        server.close();
    }

    private Subject subject(String holder) {
        Subject subject = new Subject(client, holder);
        subjects.add(subject);
        return subject;
    }

    private Subject subject(Ledger.Identity identity) {
        Subject subject = new Subject(client, identity);
        subjects.add(subject);
        return subject;
    }

    private static PortLedgerSpec earlier() {
        return Ledgers.written("c-1", Ledgers.LEASE, "old", Snapshots.pending(Snapshots.pending("u-1", 21000)));
    }

    @Test
    void makesTheLedgerWhereThereIsNone() throws Exception {
        Snapshot content = subject("a").ledger.fence();

        assertThat(content).isEqualTo(Snapshot.EMPTY);
        assertThat(fake.spec().orElseThrow().lease()).isEqualTo(Ledgers.LEASE);
        assertThat(fake.spec().orElseThrow().holder()).isEqualTo("a");
        assertThat(fake.spec().orElseThrow().format()).isEqualTo(2);
        assertThat(Ledgers.uids(fake.spec().orElseThrow())).isEmpty();
    }

    @Test
    void changesTheCommitIdAndKeepsTheData() throws Exception {
        fake.restore(earlier(), 7);

        Snapshot content = subject("a").ledger.fence();

        assertThat(content.pending()).extracting(ClaimAllocation::uid).containsExactly("u-1");
        PortLedgerSpec fenced = fake.spec().orElseThrow();
        assertThat(fenced.commitId()).isNotEqualTo("c-1");
        assertThat(fenced.holder()).isEqualTo("a");
        assertThat(fenced.data()).isEqualTo(earlier().data());
    }

    @Test
    void refusesWhateverTheEarlierLeaderWritesLater() {
        Subject old = subject("old").fenced();
        subject("new").fenced();
        old.decisions.set(Snapshots.pending(Snapshots.pending("u-late", 21001)));

        assertThat(Ledgers.outcome(old.ledger.commit())).isInstanceOf(LeadershipLost.class);

        assertThat(fake.spec().orElseThrow().holder()).isEqualTo("new");
        assertThat(Ledgers.uids(fake.spec().orElseThrow())).isEmpty();
    }

    @Test
    void oneOfTwoThatMakeTheLedgerAtOnceTakesItFromTheOther() throws Exception {
        CountDownLatch arrived = new CountDownLatch(1);
        CountDownLatch open = new CountDownLatch(1);
        fake.nextWrites(new Fault.Hold(arrived, open));
        Subject slow = subject("slow");
        CompletableFuture<Subject> fencing = CompletableFuture.supplyAsync(slow::fenced);
        arrived.await();
        Subject quick = subject("quick").fenced();
        open.countDown();

        fencing.join();

        assertThat(fake.spec().orElseThrow().holder()).isEqualTo("slow");
        assertThat(Ledgers.outcome(quick.ledger.commit())).isInstanceOf(LeadershipLost.class);
        assertThat(Ledgers.outcome(slow.ledger.commit())).isNull();
    }

    @Test
    void readsAgainWhenTheOldLeaderCommitsBetween() throws Exception {
        Subject old = subject("old").fenced();
        CountDownLatch arrived = new CountDownLatch(1);
        CountDownLatch open = new CountDownLatch(1);
        fake.nextWrites(new Fault.Hold(arrived, open));
        Subject next = subject("next");
        CompletableFuture<Snapshot> fencing = CompletableFuture.supplyAsync(() -> {
            try {
                return next.ledger.fence();
            } catch (IOException | RuledByOther e) {
                throw new IllegalStateException(e);
            }
        });
        arrived.await();
        old.decisions.set(Snapshots.pending(Snapshots.pending("u-between", 21001)));
        assertThat(Ledgers.outcome(old.ledger.commit())).isNull();
        open.countDown();

        assertThat(fencing.join().pending()).extracting(ClaimAllocation::uid).containsExactly("u-between");
        assertThat(Ledgers.uids(fake.spec().orElseThrow())).containsExactly("u-between");
    }

    @ParameterizedTest
    @CsvSource({"1, an older operator", "4, a newer operator"})
    void neverOverwritesAFormatThatItDoesNotKnow(int format, String author) {
        PortLedgerSpec theirs = new PortLedgerSpec(
                format, "c-1", Ledgers.LEASE, "theirs", earlier().data());
        fake.restore(theirs, 7);

        assertThatThrownBy(() -> subject("a").ledger.fence())
                .isInstanceOf(RuledByOther.class)
                .hasMessageContaining("format %d and this version knows none above 3", format)
                .hasMessageContaining("written by %s; run that version", author);

        assertThat(fake.writes()).isEmpty();
        assertThat(fake.spec()).contains(theirs);
    }

    /** An operator that does not list pods would assign their numbers again. */
    @Test
    void whilePodsHoldPortsNoEarlierVersionCanRead() throws Exception {
        Subject writer = subject("a").fenced();
        writer.decisions.set(Snapshots.pending(Snapshots.pending("u-1", 21001)));
        assertThat(Ledgers.outcome(writer.ledger.commit())).isNull();
        assertThat(fake.spec().orElseThrow().format()).isEqualTo(2);
        writer.decisions.set(new Snapshot(Instant.EPOCH, List.of(), Map.of(), List.of(), Held.NOTHING, true));
        assertThat(Ledgers.outcome(writer.ledger.commit())).isNull();
        assertThat(fake.spec().orElseThrow().format()).isEqualTo(3);

        assertThat(subject("b").ledger.fence().pending()).isEmpty();
        assertThat(fake.spec().orElseThrow().format())
                .as("what is fenced keeps it")
                .isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"AAAA", "?"})
    void dataThatCannotBeReadCountsAsNone(String garbage) throws Exception {
        fake.restore(new PortLedgerSpec(LedgerCodec.FORMAT_WITH_PODS, "c-1", Ledgers.LEASE, "x", garbage), 7);
        Subject subject = subject("a");

        assertThat(subject.ledger.fence()).isEqualTo(Snapshot.EMPTY);

        assertThat(LedgerCodec.decode(fake.spec().orElseThrow().data())).isEqualTo(Snapshot.EMPTY);
        assertThat(fake.spec().orElseThrow().format())
                .as("an earlier version may read it again")
                .isEqualTo(LedgerCodec.FORMAT);
    }

    @Test
    void dataThatCannotBeReadIsNotTakenFromAnotherLeader() {
        fake.restore(new PortLedgerSpec(LedgerCodec.FORMAT, "c-1", "other/portclaim", "x", "AAAA"), 7);
        Subject subject =
                subject(new Ledger.Identity(Ledgers.LEASE, "a", lease -> Optional.of("pod-x of another install")));

        assertThatThrownBy(subject.ledger::fence).isInstanceOf(RuledByOther.class);

        assertThat(fake.writes()).isEmpty();
    }

    @Test
    void leavesTheLedgerToTheHolderOfAnotherFreshLease() {
        PortLedgerSpec theirs = Ledgers.written("c-1", "other/portclaim", "x", Snapshot.EMPTY);
        fake.restore(theirs, 7);
        List<String> asked = new ArrayList<>();
        Subject subject = subject(new Ledger.Identity(Ledgers.LEASE, "a", lease -> {
            asked.add(lease);
            return Optional.of("pod-x of another install");
        }));

        assertThatThrownBy(subject.ledger::fence)
                .isInstanceOf(RuledByOther.class)
                .hasMessageContaining("pod-x of another install")
                .hasMessageContaining("other/portclaim")
                .hasMessageContaining(Ledgers.LEASE);

        assertThat(asked).containsExactly("other/portclaim");
        assertThat(fake.writes()).isEmpty();
        assertThat(fake.spec()).contains(theirs);
    }

    @Test
    void takesTheLedgerOverWhenTheOtherLeaseIsStaleAtLast() {
        fake.restore(
                Ledgers.written("c-1", "other/portclaim", "x", Snapshots.pending(Snapshots.pending("u", 21000))), 7);
        List<Optional<String>> rivals = new ArrayList<>(List.of(Optional.of("x"), Optional.empty()));
        Subject subject = subject(new Ledger.Identity(Ledgers.LEASE, "a", lease -> rivals.remove(0)));

        assertThatThrownBy(subject.ledger::fence).isInstanceOf(RuledByOther.class);
        subject.fenced();

        assertThat(fake.spec().orElseThrow().lease()).isEqualTo(Ledgers.LEASE);
        assertThat(Ledgers.uids(fake.spec().orElseThrow())).containsExactly("u");
        assertThat(Ledgers.outcome(subject.ledger.commit())).isNull();
    }

    @Test
    void doesNotAskWhoHoldsItsOwnLease() {
        fake.restore(earlier(), 7);

        subject(new Ledger.Identity(Ledgers.LEASE, "a", lease -> Optional.of("itself, an instant ago")))
                .fenced();

        assertThat(fake.spec().orElseThrow().holder()).isEqualTo("a");
    }

    @ParameterizedTest
    @MethodSource("troubles")
    void fencesThroughTrouble(String name, boolean exists, Fault trouble) throws Exception {
        if (exists) {
            fake.restore(earlier(), 7);
        }
        fake.nextWrites(trouble, trouble);

        Subject subject = subject("a");
        Snapshot content = subject.ledger.fence();

        assertThat(content.pending()).hasSize(exists ? 1 : 0);
        assertThat(Ledgers.outcome(subject.ledger.commit())).isNull();
        assertThat(fake.spec().orElseThrow().holder()).isEqualTo("a");
    }

    static Stream<Arguments> troubles() {
        return Stream.of(true, false)
                .flatMap(exists -> Stream.of(
                        Arguments.of("answer lost", exists, new Fault.Cut(true)),
                        Arguments.of("request lost", exists, new Fault.Cut(false)),
                        Arguments.of("carried out late", exists, new Fault.Later(2)),
                        Arguments.of("carried out very late", exists, new Fault.Later(4)),
                        Arguments.of("busy", exists, FakeLedger.status(429, "TooManyRequests", "try later")),
                        Arguments.of("no Status", exists, new Fault.Answer(503, "apiserver is shutting down"))));
    }

    @Test
    void saysThatTheLedgerCannotBeReadAndTriesAgainWhenAsked() {
        fake.nextReads(FakeLedger.status(503, "ServiceUnavailable", "etcd is away"));
        Subject subject = subject("a");

        assertThatThrownBy(subject.ledger::fence)
                .isInstanceOf(IOException.class)
                .hasMessageContaining("the ledger can't be read")
                .hasMessageContaining("etcd is away");

        subject.fenced();
        assertThat(Ledgers.outcome(subject.ledger.commit())).isNull();
    }
}
