package io.portclaim.operator.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.portclaim.operator.allocation.ClaimAllocation;
import io.portclaim.operator.codec.Snapshots;
import io.portclaim.operator.ledger.FakeLedger.Fault;
import io.portclaim.operator.ledger.Ledgers.Subject;
import io.portclaim.operator.protocol.LeadershipLost;
import io.portclaim.operator.protocol.Ledger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LedgerCommitTest {
    private final FakeLedger fake = new FakeLedger();
    private final FakeLedgerServer server = new FakeLedgerServer(fake);
    private final KubernetesClient client = server.client(Duration.ofSeconds(20));
    private final Subject subject = new Subject(client, "a").fenced();

    @AfterEach
    void close() {
        subject.close();
        client.close();
        server.close();
    }

    /** A write that stands still at the server. */
    private Fault.Hold holdNextWrite() {
        Fault.Hold hold = new Fault.Hold(new CountDownLatch(1), new CountDownLatch(1));
        fake.nextWrites(hold);
        return hold;
    }

    private static void awaitOpen(CountDownLatch latch) throws InterruptedException {
        assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void carriesWhatWasDecidedBeforeTheCall() {
        subject.decisions.set(Snapshots.pending(Snapshots.pending("u-1", 21000), Snapshots.pending("u-2", 21001)));

        assertThat(Ledgers.outcome(subject.ledger.commit())).isNull();

        assertThat(Ledgers.content(fake.spec().orElseThrow())).isEqualTo(Snapshots.roundTrip(subject.decisions.get()));
    }

    @Test
    void servesManyWaitersWithOneWrite() throws InterruptedException {
        Fault.Hold hold = holdNextWrite();
        CompletableFuture<Void> first = subject.ledger.commit();
        awaitOpen(hold.arrived());
        List<CompletableFuture<Void>> rest =
                IntStream.range(0, 500).mapToObj(i -> subject.ledger.commit()).toList();
        hold.open().countDown();

        assertThat(Ledgers.outcome(first)).isNull();
        rest.forEach(commit -> assertThat(Ledgers.outcome(commit)).isNull());

        assertThat(fake.applied()).hasSize(3); // the fence, the first, all others
        await().untilAsserted(() -> assertThat(subject.served).containsExactly(1, 500));
    }

    @Test
    void servesACommitByALaterWriteThanTheOneUnderWay() throws InterruptedException {
        Fault.Hold hold = holdNextWrite();
        CompletableFuture<Void> first = subject.ledger.commit();
        awaitOpen(hold.arrived());
        Fault.Hold second = holdNextWrite();
        subject.decisions.set(Snapshots.pending(Snapshots.pending("u-late", 21000)));
        CompletableFuture<Void> later = subject.ledger.commit();
        hold.open().countDown();

        assertThat(Ledgers.outcome(first)).isNull();
        awaitOpen(second.arrived());
        assertThat(later).isNotDone();
        assertThat(Ledgers.uids(fake.spec().orElseThrow())).isEmpty();
        second.open().countDown();

        assertThat(Ledgers.outcome(later)).isNull();
        assertThat(Ledgers.uids(fake.spec().orElseThrow())).containsExactly("u-late");
    }

    @Test
    void writesNothingUnasked() {
        assertThat(Ledgers.outcome(subject.ledger.commit())).isNull();
        assertThat(fake.applied()).hasSize(2);
        assertThat(fake.writes()).hasSize(2);
    }

    @Test
    void aCommitAskedInTheAnswerOfAnotherIsServed() {
        CompletableFuture<Void> chained = subject.ledger.commit().thenCompose(nothing -> subject.ledger.commit());

        assertThat(Ledgers.outcome(chained)).isNull();
        assertThat(fake.applied()).hasSize(3);
    }

    @Test
    void dataBeyondTheLimitIsCommittedAllTheSame() {
        List<ClaimAllocation> many = new ArrayList<>();
        for (int claim = 0; claim < 40_000; claim++) {
            many.add(Snapshots.pending(
                    UUID.nameUUIDFromBytes(new byte[] {(byte) claim, (byte) (claim >> 8)})
                            .toString(),
                    1 + claim));
        }
        subject.decisions.set(Snapshots.pending(many));

        assertThat(Ledgers.outcome(subject.ledger.commit())).isNull();
        assertThat(Ledgers.uids(fake.spec().orElseThrow())).hasSize(40_000);
        assertThat(subject.lost).isEmpty();
    }

    @Test
    void closeEndsThoseWhoWaitAndThoseWhoComeLater() throws InterruptedException {
        Fault.Hold hold = holdNextWrite();
        CompletableFuture<Void> underWay = subject.ledger.commit();
        awaitOpen(hold.arrived());
        CompletableFuture<Void> waiting = subject.ledger.commit();

        subject.close();

        assertThat(Ledgers.outcome(waiting)).isInstanceOf(LeadershipLost.class);
        assertThat(Ledgers.outcome(underWay)).isInstanceOf(LeadershipLost.class);
        assertThat(Ledgers.outcome(subject.ledger.commit())).isInstanceOf(LeadershipLost.class);
        assertThat(subject.lost).as("stopping is no loss").isEmpty();
        hold.open().countDown();
    }

    @Test
    void closeEndsAnIdleLedger() {
        subject.close();

        assertThat(Ledgers.outcome(subject.ledger.commit()))
                .isInstanceOf(LeadershipLost.class)
                .hasMessageContaining("stopping");
        assertThat(fake.applied()).hasSize(1);
    }

    @Test
    void anErrorInTheWriterEndsLeadershipInsteadOfLeavingEveryoneWaiting() {
        AtomicBoolean broken = new AtomicBoolean();
        try (Subject other =
                new Subject(client, new Ledger.Identity(Ledgers.LEASE, "b", lease -> Optional.empty()), snapshot -> {
                    if (broken.get()) {
                        throw new StackOverflowError("deep");
                    }
                    return snapshot;
                })) {
            other.fenced();
            broken.set(true);

            assertThat(Ledgers.outcome(other.ledger.commit())).isInstanceOf(LeadershipLost.class);
            assertThat(Ledgers.outcome(other.ledger.commit())).isInstanceOf(LeadershipLost.class);
            await().untilAsserted(() -> assertThat(other.lost).hasSize(1));
        }
    }
}
