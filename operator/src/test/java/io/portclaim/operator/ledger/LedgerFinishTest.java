package io.portclaim.operator.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.ConfigMapId;
import io.portclaim.operator.allocation.Held;
import io.portclaim.operator.allocation.PortGrant;
import io.portclaim.operator.allocation.Release;
import io.portclaim.operator.allocation.Snapshot;
import io.portclaim.operator.codec.Snapshots;
import io.portclaim.operator.ledger.FakeLedger.Fault;
import io.portclaim.operator.ledger.Ledgers.Subject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The last write of an operator that stops. */
@Timeout(60)
class LedgerFinishTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final FakeLedger fake = new FakeLedger();
    private final FakeLedgerServer server = new FakeLedgerServer(fake);
    private final KubernetesClient client = server.client(Duration.ofSeconds(20));
    private final Subject subject = new Subject(client, "a");

    @AfterEach
    void close() {
        subject.close();
        client.close();
        server.close();
    }

    private static Snapshot released(int port) {
        return new Snapshot(
                Instant.EPOCH,
                List.of(),
                Map.of(),
                List.of(new Release(
                        new ClaimKey("team", "gone"),
                        ConfigMapId.of("team", "gone-ports"),
                        "default",
                        "node-a",
                        new PortGrant("http", TransportProtocol.TCP, port, 1),
                        Duration.ofSeconds(120),
                        null,
                        null)),
                Held.NOTHING);
    }

    private List<Integer> writtenReleases() {
        return Ledgers.content(fake.spec().orElseThrow()).releases().stream()
                .map(release -> release.grant().port())
                .toList();
    }

    @Test
    void whatWasReleasedSinceTheLastCommitIsWritten() {
        subject.fenced();
        assertThat(Ledgers.outcome(subject.ledger.commit())).isNull();
        subject.decisions.set(released(21000));

        subject.ledger.finish(PATIENCE);

        assertThat(writtenReleases()).containsExactly(21000);
    }

    @Test
    void whatWasReleasedBeforeThereWasAnyCommitIsWrittenToo() {
        subject.fenced();
        subject.decisions.set(released(21000));

        subject.ledger.finish(PATIENCE);

        assertThat(writtenReleases()).containsExactly(21000);
    }

    /** A decision that its status says already says more as long as it stays: whose the ports are. */
    @Test
    void nothingIsWrittenWhereNothingWasReleased() {
        subject.fenced();
        subject.decisions.set(released(21000));
        assertThat(Ledgers.outcome(subject.ledger.commit())).isNull();
        Snapshot now = subject.decisions.get();
        subject.decisions.set(new Snapshot(
                Instant.EPOCH,
                List.of(Snapshots.pending("u-1", 21001)),
                Map.of("default", 21001),
                now.releases(),
                now.held()));
        int before = fake.writes().size();

        subject.ledger.finish(PATIENCE);

        assertThat(fake.writes()).hasSize(before);
    }

    @Test
    void aStandbyWritesNothing() {
        subject.decisions.set(released(21000));

        subject.ledger.finish(PATIENCE);

        assertThat(fake.writes()).isEmpty();
    }

    @Test
    void nothingIsWrittenWhereAnotherHasTakenOver() {
        subject.fenced();
        assertThat(Ledgers.outcome(subject.ledger.commit())).isNull();
        try (Subject next = new Subject(client, "next").fenced()) {
            next.decisions.set(Snapshots.pending(Snapshots.pending("u-next", 21001)));
            assertThat(Ledgers.outcome(next.ledger.commit())).isNull();
            subject.decisions.set(released(21000));

            subject.ledger.finish(PATIENCE);

            assertThat(writtenReleases()).isEmpty();
            assertThat(Ledgers.uids(fake.spec().orElseThrow())).containsExactly("u-next");
            await("it halts, as ever")
                    .untilAsserted(() -> assertThat(subject.lost).hasSize(1));
        }
    }

    @Test
    void itDoesNotWaitForEver() {
        subject.fenced();
        subject.decisions.set(released(21000));
        Fault.Hold hold = new Fault.Hold(new CountDownLatch(1), new CountDownLatch(1));
        fake.nextWrites(hold);
        long begin = System.nanoTime();

        subject.ledger.finish(Duration.ofMillis(50));

        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(PATIENCE);
        hold.open().countDown();
    }
}
