package io.portclaim.operator.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.operator.allocation.ClaimAllocation;
import io.portclaim.operator.codec.LedgerCodec;
import io.portclaim.operator.codec.Snapshots;
import io.portclaim.operator.protocol.SimulatedLedger.Applied;
import io.portclaim.operator.protocol.SimulatedLedger.Fault;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
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
        for (int step = 0; step < STEPS; step++) {
            run.step();
        }
        run.check();
    }

    private static final class Run {
        private static final Fault[] BAD_LINE = {Fault.UNANSWERED, Fault.LOST, Fault.LATE, Fault.FAILED};

        private final Random random;
        private final SimulatedLedger api;
        private final Map<String, Leader> leaders = new LinkedHashMap<>();
        private final Set<String> acknowledged = new HashSet<>();
        private int next;

        Run(int seed) {
            random = new Random(seed);
            api = new SimulatedLedger(SimulatedLedger.weather(new Random(~seed), 16, BAD_LINE));
        }

        void step() {
            String name = random.nextBoolean() ? "a" : "b";
            Leader leader = leaders.get(name);
            if (leader == null) {
                fence(name);
            } else if (random.nextInt(8) == 0) {
                end(name);
            } else {
                commit(name, leader);
            }
        }

        private void fence(String name) {
            LedgerProcess process = new LedgerProcess(api, name);
            process.fence().ifPresent(held -> {
                Leader leader = new Leader(process);
                leader.decided.addAll(held.pending());
                leaders.put(name, leader);
            });
        }

        private void end(String name) {
            Leader leader = leaders.remove(name);
            if (leader != null) {
                leader.process.ledger.close();
            }
        }

        /** One or two that wait for the same write. */
        private void commit(String name, Leader leader) {
            List<String> decided = new ArrayList<>();
            List<CompletableFuture<Void>> commits = new ArrayList<>();
            for (int i = 0; i <= random.nextInt(2); i++) {
                decided.add("u-" + next);
                leader.decided.add(Snapshots.pending("u-" + next, 1 + next));
                next++;
                leader.process.decided(Snapshots.pending(List.copyOf(leader.decided)));
                commits.add(leader.process.ledger.commit());
            }
            leader.process.ledger.step();
            for (int i = 0; i < commits.size(); i++) {
                if (LedgerProcess.failure(commits.get(i)) == null) {
                    acknowledged.add(decided.get(i));
                } else {
                    end(name);
                }
            }
        }

        void check() {
            List<Applied> applied = api.applied();
            assertThat(applied.stream().map(Applied::before).filter(before -> before != null))
                    .as("no two writes on one predecessor")
                    .doesNotHaveDuplicates();
            assertThat(applied.stream().map(write -> write.spec().commitId())).doesNotHaveDuplicates();
            Set<String> kept = applied.isEmpty() ? Set.of() : uids(applied.get(applied.size() - 1));
            assertThat(kept).as("what was acknowledged").containsAll(acknowledged);
            for (int i = 1; i < applied.size(); i++) {
                assertThat(uids(applied.get(i))).containsAll(uids(applied.get(i - 1)));
            }
        }

        /** The claims whose decisions the write carries. */
        private static Set<String> uids(Applied write) {
            try {
                return LedgerCodec.decode(write.spec().data()).pending().stream()
                        .map(ClaimAllocation::uid)
                        .collect(Collectors.toSet());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static final class Leader {
        final LedgerProcess process;
        final List<ClaimAllocation> decided = new ArrayList<>();

        Leader(LedgerProcess process) {
            this.process = process;
        }
    }
}
