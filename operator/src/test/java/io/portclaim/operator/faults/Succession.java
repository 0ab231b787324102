package io.portclaim.operator.faults;

import io.fabric8.kubernetes.client.Config;
import io.portclaim.operator.testing.RunningOperator;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;

/** One operator after the other, without a Lease between them: what keeps them apart is the ledger alone. */
final class Succession implements AutoCloseable {
    private final Config config;
    private final Clock clock;
    private final List<RunningOperator> zombies = new ArrayList<>();
    private CutConnection connection = new CutConnection();
    private RunningOperator current;
    private int operators;
    private int halted;

    Succession(Config config, Clock clock) {
        this.config = config;
        this.clock = clock;
        this.current = begin();
    }

    private RunningOperator begin() {
        operators++;
        connection = new CutConnection();
        RunningOperator operator = RunningOperator.start(
                config,
                clock,
                connection::attachTo,
                "--leader-election=false",
                "--identity=operator-" + operators,
                "--reconcile-threads=16");
        return operator.awaitServing();
    }

    /** Stops the operator as SIGTERM does, and starts another; between the two happens {@code meanwhile}. */
    void restart(Runnable meanwhile) {
        current.close();
        meanwhile.run();
        current = begin();
    }

    /** The operator crashes; another starts. */
    void crash() {
        connection.cut();
        current.close();
        current = begin();
    }

    /** Another starts beside the operator, which knows nothing of it until it is fenced off. */
    void usurp() {
        bury();
        zombies.add(current);
        current = begin();
    }

    /** Ends those that have lost their place; how many had halted by themselves is counted. */
    void bury() {
        zombies.forEach(zombie -> {
            halted += zombie.halted().isPresent() ? 1 : 0;
            zombie.close();
        });
        zombies.clear();
    }

    /** Whether the operator whose turn it is has not halted. */
    boolean isWorking() {
        if (zombies.stream().anyMatch(zombie -> zombie.halted().isPresent())) {
            bury();
        }
        return current.halted().isEmpty();
    }

    @Override
    public String toString() {
        return "%d operators, %d of them fenced off".formatted(operators, halted);
    }

    @Override
    public void close() {
        bury();
        current.close();
    }
}
