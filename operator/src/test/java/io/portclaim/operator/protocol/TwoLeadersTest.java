package io.portclaim.operator.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.operator.protocol.SimulatedLedger.Fault;
import io.portclaim.testing.SetClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Two operators that believe to lead, on one ledger and some claims: no port has two holders and none moves, whatever comes
 * late or never and whoever dies when. With any one of the protocol's guards left out, the same histories find a violation:
 * the guards are needed, and this test would notice if one were lost.
 */
class TwoLeadersTest {
    private static final int RUNS = 2_000;
    private static final int STEPS = 120;
    private static final Fault[] BAD_LINE = {Fault.UNANSWERED, Fault.LOST, Fault.LATE};

    @Test
    void noPortIsDoubleOrMoves() {
        for (int seed = 0; seed < RUNS; seed++) {
            Run run = new Run(seed, EnumSet.allOf(Guard.class), true);
            assertThat(run.violation()).as("seed %d: %s", seed, run.history).isNull();
        }
    }

    @ParameterizedTest
    @EnumSource(Guard.class)
    void aGuardThatIsLeftOutIsMissed(Guard guard) {
        Set<Guard> others = EnumSet.complementOf(EnumSet.of(guard));
        int seed = 0;
        while (seed < RUNS && new Run(seed, others, false).violation() == null) {
            seed++;
        }
        assertThat(seed).as("runs until a violation without %s", guard).isLessThan(RUNS);
    }

    /** One random history. */
    private final class Run {
        private final Random random;
        private final SimulatedLedger ledger;
        private final SimulatedClaims claims;
        private final List<SimulatedLeader> leaders;
        private final List<String> history = new ArrayList<>();
        private final SetClock clock = new SetClock();
        private final List<Step> steps = new ArrayList<>();

        Run(int seed, Set<Guard> guards, boolean badLine) {
            random = new Random(seed);
            claims = new SimulatedClaims(random, guards.contains(Guard.VERSION));
            ledger = new SimulatedLedger(
                    badLine ? SimulatedLedger.weather(new Random(~seed), 60, BAD_LINE) : () -> Fault.NONE);
            int ports = 1 + random.nextInt(2);
            leaders = List.of(leader("a", guards, ports), leader("b", guards, ports));
            add("create", 1, claims::create);
            add("delete", 0, atMost(2, claims::delete));
            add("edit", 0, atMost(4, claims::edit));
            add("flap", 0, atMost(4, claims::flap));
            add("arrive", 1, claims::arrive);
            add("lose", 0, atMost(4, claims::lose));
            leaders.forEach(this::addSteps);
        }

        private SimulatedLeader leader(String name, Set<Guard> guards, int ports) {
            return new SimulatedLeader(name, ledger, claims, clock, random, guards, ports);
        }

        private void addSteps(SimulatedLeader leader) {
            add(leader + " crashes", 0, atMost(2, leader::crash));
            add(leader + " takes over", 1, leader::takeOver);
            add(leader + " loads", 1, leader::load);
            add(leader + " refreshes", 1, leader::refresh);
            add(leader + " decides", 1, leader::decide);
            add(leader + " withdraws", 1, leader::withdraw);
            add(leader + " commits", 1, leader::commit);
            add(leader + " sends", 1, leader::send);
            add(leader + " confirms", 1, leader::confirm);
            add(leader + " repairs", 0, leader::repair);
            add(leader + " drops", 0, leader::dropPending);
            add(leader + " releases", 1, leader::releaseGone);
        }

        /** Each history does some things often, some seldom and some, where that makes sense, never. */
        private void add(String name, int atLeast, BooleanSupplier action) {
            int weight = Math.max(atLeast, (1 << random.nextInt(5)) / 2);
            for (int i = 0; i < weight; i++) {
                steps.add(new Step(name, action));
            }
        }

        @Nullable
        String violation() {
            try {
                String violation = null;
                for (int step = 0; step < STEPS && violation == null && happens(); step++) {
                    clock.goOn(Duration.ofSeconds(60));
                    violation = claims.violation();
                }
                return violation;
            } finally {
                leaders.forEach(SimulatedLeader::crash);
            }
        }

        /** What goes on for ever hides what happens seldom. */
        private BooleanSupplier atMost(int times, BooleanSupplier action) {
            AtomicInteger left = new AtomicInteger(times);
            return () -> left.get() > 0 && action.getAsBoolean() && left.decrementAndGet() >= 0;
        }

        private boolean happens() {
            for (int tries = 0; tries < 500; tries++) {
                Step step = steps.get(random.nextInt(steps.size()));
                if (step.action.getAsBoolean()) {
                    history.add(step.name);
                    return true;
                }
            }
            return false;
        }
    }

    private record Step(String name, BooleanSupplier action) {}
}
