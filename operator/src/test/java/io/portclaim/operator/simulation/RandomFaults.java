package io.portclaim.operator.simulation;

import io.portclaim.operator.simulation.FaultyCalls.Fault;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Which call fails is chance: each history has some faults often, and others never. */
public final class RandomFaults implements FaultyCalls.Calls {
    private static final int MOST_CALLS_UNTIL_STALL = 4;
    private static final int[] SELDOM = {4, 10, 25};

    private final Random random;
    private final List<Fault> kinds = new ArrayList<>();
    /** Once in how many calls. */
    private final int seldom;

    private int left;
    /** What was answered wrongly matters most to a leader that then stands still: after how many calls; 0 for not. */
    private int callsUntilStall;

    /** One that was frozen may be so again soon. */
    private boolean wasFrozen;

    private boolean isCalm;

    /** Chooses the kinds of this history. */
    public RandomFaults(Random random) {
        this.random = random;
        for (Fault fault : Fault.values()) {
            if (random.nextBoolean()) {
                kinds.add(fault);
            }
        }
        kinds.add(Fault.CRASH_BEFORE);
        this.seldom = SELDOM[random.nextInt(SELDOM.length)];
    }

    /** There are no more than that. */
    public void limit(int most) {
        left = most;
    }

    /** From now on nothing fails. */
    public void calm() {
        isCalm = true;
    }

    @Override
    public Fault before(String what) {
        if (isCalm) {
            return Fault.NONE;
        }
        if (callsUntilStall > 0 && --callsUntilStall == 0) {
            return Fault.STALLED;
        }
        if (wasFrozen && random.nextInt(4) > 0) {
            return Fault.FROZEN;
        }
        wasFrozen = false;
        if (left == 0 || random.nextInt(seldom) > 0) {
            return Fault.NONE;
        }
        left--;
        Fault fault = kinds.get(random.nextInt(kinds.size()));
        wasFrozen = fault == Fault.FROZEN;
        if (fault.isOfTheNetwork() && kinds.contains(Fault.STALLED) && random.nextBoolean()) {
            callsUntilStall = 1 + random.nextInt(MOST_CALLS_UNTIL_STALL);
        }
        return fault;
    }

    @Override
    public void after(String what) {}
}
