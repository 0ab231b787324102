package io.portclaim.operator.simulation;

import io.portclaim.operator.protocol.Background;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** The threads and timers of one operator, which die and stand still together. */
final class SimulatedProcess implements Background {
    private final String name;
    private final Baton baton;
    private final Consumer<String> note;
    private final List<Baton.Task> tasks = new ArrayList<>();
    private final List<Later> later = new ArrayList<>();
    private long stalledUntil;
    private boolean dead;

    private record Later(long at, Runnable work) {}

    SimulatedProcess(String name, Baton baton, Consumer<String> note) {
        this.name = name;
        this.baton = baton;
        this.note = note;
    }

    /** Begins a thread. */
    void begin(String what, Runnable work) {
        tasks.add(baton.begin(name + "'s " + what, work));
    }

    /** Has {@code work} done after a {@code pause}. */
    void in(Duration pause, Runnable work) {
        later.add(new Later(baton.nanos() + pause.toNanos(), work));
    }

    boolean isDead() {
        return dead;
    }

    /** All that it knew is lost; what it has sent is not. */
    void crash() {
        if (!dead) {
            dead = true;
            note.accept(name + " dies");
            tasks.forEach(Baton.Task::kill);
            later.clear();
        }
    }

    /** It stands still for some time and then goes on as if nothing had been. */
    void stall(Duration duration) {
        stalledUntil = baton.nanos() + duration.toNanos();
        tasks.forEach(task -> task.stall(stalledUntil));
    }

    boolean isStalled() {
        return stalledUntil > baton.nanos();
    }

    /** Until when it stands still, in {@link Baton#nanos}. */
    long stalledUntil() {
        return stalledUntil;
    }

    boolean isAnyDue() {
        return next() <= baton.nanos();
    }

    /** When its next timer fires, in {@link Baton#nanos}. */
    long next() {
        return later.stream().mapToLong(Later::at).min().orElse(Long.MAX_VALUE);
    }

    /** Does what is due. */
    void doDue() {
        List<Later> due =
                later.stream().filter(entry -> entry.at <= baton.nanos()).toList();
        later.removeAll(due);
        due.forEach(entry -> entry.work.run());
    }

    @Override
    public boolean run(Runnable work) {
        if (!dead) {
            begin("releaser", work);
        }
        return !dead;
    }

    @Override
    public void runAfter(Duration pause, Runnable work) {
        in(pause, () -> run(work));
    }

    @Override
    public boolean finish(Duration atMost) {
        return true;
    }
}
