package io.portclaim.operator.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.portclaim.api.v1alpha1.PortLedgerSpec;
import io.portclaim.operator.allocation.Snapshot;
import io.portclaim.operator.codec.Snapshots;
import io.portclaim.operator.ledger.FakeLedger.Fault;
import io.portclaim.operator.ledger.FakeLedger.Request;
import io.portclaim.operator.ledger.Ledgers.Subject;
import io.portclaim.operator.protocol.LeadershipLost;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What becomes of a commit when the way to the API server, or back, is not smooth. */
class LedgerFaultsTest {
    private final FakeLedger fake = new FakeLedger();
    private final FakeLedgerServer server = new FakeLedgerServer(fake);
    private final KubernetesClient client = server.client(Duration.ofMillis(1000));
    private final Subject subject = new Subject(client, "a").fenced();

    @BeforeEach
    void decide() {
        subject.decisions.set(Snapshots.pending(Snapshots.pending("u-1", 21000)));
    }

    @AfterEach
    void close() {
        subject.close();
        client.close();
        server.close();
    }

    @ParameterizedTest
    @MethodSource
    void getsThrough(String name, List<Fault> writes, List<Fault> reads) {
        fake.nextWrites(writes.toArray(Fault[]::new));
        fake.nextReads(reads.toArray(Fault[]::new));

        assertThat(Ledgers.outcome(subject.ledger.commit())).isNull();

        assertThat(fake.applied()).as("the fence and exactly one commit").hasSize(2);
        assertThat(fake.writes().stream().skip(1).map(Request::body).distinct())
                .as("sent again unchanged")
                .hasSize(1);
        assertThat(Ledgers.uids(fake.spec().orElseThrow())).containsExactly("u-1");
        assertThat(subject.lost).isEmpty();
        assertThat(subject.unanswered)
                .as("reported to whom it may concern")
                .isNotEmpty()
                .containsOnly(1);
        assertThat(Ledgers.outcome(subject.ledger.commit())).as("and goes on").isNull();
        assertThat(fake.applied()).hasSize(3);
    }

    static Stream<Arguments> getsThrough() {
        Fault busy = FakeLedger.status(429, "TooManyRequests", "try later");
        Fault broken = FakeLedger.status(500, "InternalError", "etcdserver: request timed out");
        Fault plain = new Fault.Answer(503, "apiserver not ready");
        Fault empty = new Fault.Answer(500, "");
        Fault halfAnAnswer = new Fault.Answer(200, "{\"kind\":\"PortLed");
        return Stream.of(
                Arguments.of("answer lost", List.of(new Fault.Cut(true)), List.of()),
                Arguments.of("request lost", List.of(new Fault.Cut(false)), List.of()),
                Arguments.of("request lost thrice", times(3, new Fault.Cut(false)), List.of()),
                Arguments.of("lost, then answer lost", List.of(new Fault.Cut(false), new Fault.Cut(true)), List.of()),
                Arguments.of("429", List.of(busy, busy), List.of()),
                Arguments.of("500", List.of(broken), List.of()),
                Arguments.of("500 with nothing", List.of(empty), List.of()),
                Arguments.of("503 without a Status", List.of(plain, plain, plain), List.of()),
                Arguments.of("an answer that breaks off", List.of(halfAnAnswer), List.of()),
                Arguments.of("answer lost and no read", List.of(new Fault.Cut(true)), List.of(broken, plain)),
                Arguments.of(
                        "answer lost, no read, so sent again",
                        List.of(new Fault.Cut(true)),
                        List.of(new Fault.Cut(true))),
                Arguments.of("carried out before it is sent again", List.of(new Fault.Later(1)), List.of()),
                Arguments.of("carried out with the second", List.of(new Fault.Later(2)), List.of()),
                Arguments.of("carried out long after", List.of(new Fault.Later(3)), List.of()));
    }

    private static List<Fault> times(int count, Fault fault) {
        return IntStream.range(0, count).mapToObj(i -> fault).toList();
    }

    @Test
    void givesUpWaitingForAnAnswerLongBeforeALeaseEnds() throws InterruptedException {
        Fault.Hold hold = new Fault.Hold(new CountDownLatch(1), new CountDownLatch(1));
        fake.nextWrites(hold);
        CompletableFuture<Void> commit = subject.ledger.commit();
        assertThat(hold.arrived().await(10, TimeUnit.SECONDS)).isTrue();

        assertThat(Ledgers.outcome(commit)).as("the second try went through").isNull();
        assertThat(fake.applied()).hasSize(2);

        // The first try is carried out now, or rather not: its precondition has gone.
        hold.open().countDown();
        assertThat(Ledgers.outcome(subject.ledger.commit())).isNull();
        assertThat(fake.applied()).hasSize(3);
        assertThat(subject.lost).isEmpty();
    }

    @Test
    void nothingElseIsWrittenWhileAnOutcomeIsUnknown() {
        fake.nextWrites(times(5, new Fault.Cut(false)).toArray(Fault[]::new));
        CompletableFuture<Void> first = subject.ledger.commit();
        await().until(() -> fake.writes().size() >= 3);
        subject.decisions.set(Snapshots.pending(Snapshots.pending("u-2", 21001)));
        CompletableFuture<Void> second = subject.ledger.commit();

        assertThat(Ledgers.outcome(first)).isNull();
        assertThat(Ledgers.outcome(second)).isNull();

        assertThat(fake.writes().stream().skip(1).map(Request::body).distinct()).hasSize(2);
        assertThat(Ledgers.uids(fake.applied().get(1).spec())).containsExactly("u-1");
        assertThat(Ledgers.uids(fake.applied().get(2).spec())).containsExactly("u-2");
    }

    @ParameterizedTest
    @MethodSource
    void losesToWhoeverWroteBetween(String name, Interference interference, String why) {
        interference.on(fake);
        List<CompletableFuture<Void>> commits =
                IntStream.range(0, 10).mapToObj(i -> subject.ledger.commit()).toList();

        commits.forEach(commit -> assertThat(Ledgers.outcome(commit)).isInstanceOf(LeadershipLost.class));

        assertThat(Ledgers.outcome(subject.ledger.commit())).isInstanceOf(LeadershipLost.class);
        await().untilAsserted(() ->
                assertThat(subject.lost).singleElement().asString().contains(why));
        assertThat(fake.applied()).as("nothing but the fence").hasSize(1);
        assertThat(fake.writes().stream().skip(1).map(Request::body).distinct()).hasSize(1);
        assertThat(subject.served).isEmpty();
    }

    interface Interference {
        void on(FakeLedger ledger);
    }

    static Stream<Arguments> losesToWhoeverWroteBetween() {
        PortLedgerSpec other = Ledgers.written("c-x", "other/portclaim", "pod-x", Snapshot.EMPTY);
        Interference written = ledger -> ledger.restore(other, ledger.version() + 1);
        Interference unheard = ledger -> {
            written.on(ledger);
            ledger.nextWrites(new Fault.Cut(false), new Fault.Cut(false));
            ledger.nextReads(new Fault.Cut(false), FakeLedger.status(500, "InternalError", "no"));
        };
        return Stream.of(
                Arguments.of("another leader", written, "pod-x with the Lease other/portclaim"),
                Arguments.of("another leader, learned late", unheard, "pod-x with the Lease other/portclaim"),
                Arguments.of(
                        "etcd restored, same version",
                        (Interference) ledger -> ledger.restore(
                                Ledgers.written("c-old", Ledgers.LEASE, "b", Snapshot.EMPTY), ledger.version()),
                        "b with the Lease " + Ledgers.LEASE),
                Arguments.of("deleted", (Interference) FakeLedger::delete, "the ledger was deleted"),
                Arguments.of("touched", (Interference) FakeLedger::touch, "edited"),
                Arguments.of(
                        "refused though nobody wrote",
                        (Interference) ledger ->
                                ledger.nextWrites(FakeLedger.status(422, "Invalid", "denied by policy none-may")),
                        "denied by policy none-may"));
    }

    @Test
    void aConflictAfterALostAnswerIsNoLoss() {
        // The first is carried out, its answer lost, the read fails, the second meets the first's traces.
        fake.nextWrites(new Fault.Cut(true));
        fake.nextReads(new Fault.Cut(false), new Fault.Cut(false));

        assertThat(Ledgers.outcome(subject.ledger.commit())).isNull();
        assertThat(subject.lost).isEmpty();
        assertThat(fake.applied()).hasSize(2);
    }
}
