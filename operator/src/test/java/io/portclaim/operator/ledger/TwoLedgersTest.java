package io.portclaim.operator.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.portclaim.operator.allocation.ClaimAllocation;
import io.portclaim.operator.codec.Snapshots;
import io.portclaim.operator.ledger.FakeLedger.Applied;
import io.portclaim.operator.ledger.FakeLedger.Fault;
import io.portclaim.operator.ledger.Ledgers.Subject;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Leaders that follow and overlap each other on one ledger, over a bad line. Each decides one claim after the other and
 * never takes back; whoever takes over goes on with what the ledger held. So what was ever acknowledged must be in the
 * ledger for good.
 */
class TwoLedgersTest {
    private static final int STEPS = 30;

    static IntStream seeds() {
        return IntStream.range(0, 250);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void neverAcknowledgeTwoCommitsOnOnePredecessorAndNeverLoseOne(int seed) {
        Run run = new Run(seed);
        try {
            for (int step = 0; step < STEPS; step++) {
                run.step();
            }
            run.check();
        } finally {
            run.close();
        }
    }

    private static final class Run {
        private final Random random;
        private final FakeLedger fake = new FakeLedger();
        private final KubernetesClient client = FakeLedgerClient.of(fake);
        private final Map<String, Leader> leaders = new LinkedHashMap<>();
        private final List<Leader> all = new ArrayList<>();
        private final Set<String> acknowledged = new HashSet<>();
        private int next;

        Run(int seed) {
            random = new Random(seed);
            Random weather = new Random(~seed);
            fake.chaos(() -> weather(weather));
        }

        private static Fault weather(Random random) {
            return switch (random.nextInt(16)) {
                case 0 -> new Fault.Cut(true);
                case 1 -> new Fault.Cut(false);
                case 2 -> new Fault.Later(1 + random.nextInt(6));
                case 3 -> FakeLedger.status(500 + random.nextInt(5), "InternalError", "no");
                case 4 -> FakeLedger.status(429, "TooManyRequests", "no");
                default -> Fault.NONE;
            };
        }

        void step() {
            String name = random.nextBoolean() ? "a" : "b";
            Leader leader = leaders.get(name);
            if (leader == null) {
                fence(name);
            } else if (random.nextInt(8) == 0) {
                leader.subject.close();
                leaders.remove(name);
            } else {
                commit(name, leader);
            }
        }

        private void fence(String name) {
            Leader leader = new Leader(new Subject(client, name));
            all.add(leader);
            try {
                leader.decided.addAll(leader.subject.ledger.fence().pending());
                leaders.put(name, leader);
            } catch (Exception e) {
                leader.subject.close();
            }
        }

        /** One or two commits, the second while the first is under way. */
        private void commit(String name, Leader leader) {
            List<String> decided = new ArrayList<>();
            List<CompletableFuture<Void>> commits = new ArrayList<>();
            for (int i = 0; i <= random.nextInt(2); i++) {
                decided.add("u-" + next);
                leader.decided.add(Snapshots.pending("u-" + next, 1 + next));
                next++;
                leader.subject.decisions.set(Snapshots.pending(List.copyOf(leader.decided)));
                commits.add(leader.subject.ledger.commit());
            }
            for (int i = 0; i < commits.size(); i++) {
                if (Ledgers.outcome(commits.get(i)) == null) {
                    acknowledged.add(decided.get(i));
                } else {
                    leader.subject.close();
                    leaders.remove(name);
                }
            }
        }

        void check() {
            List<Applied> applied = fake.applied();
            assertThat(applied.stream().map(Applied::before).filter(before -> before != null))
                    .as("no two writes on one predecessor")
                    .doesNotHaveDuplicates();
            assertThat(applied.stream().map(write -> write.spec().commitId())).doesNotHaveDuplicates();
            Set<String> kept = applied.isEmpty()
                    ? Set.of()
                    : Set.copyOf(Ledgers.uids(applied.get(applied.size() - 1).spec()));
            assertThat(kept).as("what was acknowledged").containsAll(acknowledged);
            for (int i = 1; i < applied.size(); i++) {
                assertThat(Ledgers.uids(applied.get(i).spec()))
                        .containsAll(Ledgers.uids(applied.get(i - 1).spec()));
            }
        }

        void close() {
            all.forEach(leader -> leader.subject.close());
            client.close();
        }
    }

    private static final class Leader {
        final Subject subject;
        final List<ClaimAllocation> decided = new ArrayList<>();

        Leader(Subject subject) {
            this.subject = subject;
        }
    }
}
