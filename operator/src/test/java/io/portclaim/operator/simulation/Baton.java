package io.portclaim.operator.simulation;

import io.portclaim.operator.protocol.Time;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Threads of which only one runs at a time: whoever has the baton. It is passed on wherever a task pauses or waits, to a task that
 * chance picks; so one seed is one history. What never waits is an action, which needs no thread of its own.
 */
public final class Baton implements Time {
    /** What every call costs at most: it lets timers fire between calls. */
    private static final long MOST_NANOS_PER_STEP = Duration.ofMillis(20).toNanos();

    private static final int TASK_WEIGHT = 2;
    /** Who has the baton while time passes. */
    private static final String NOBODY = "nobody";

    private static final ExecutorService THREADS = threads();

    private final Random random;
    private final Random master;
    private final LongSupplier timers;
    private final List<Task> tasks = new ArrayList<>();
    private final List<Action> actions = new ArrayList<>();
    private final List<Object> candidates = new ArrayList<>();
    private final List<Step> steps = new ArrayList<>();
    private final Semaphore main = new Semaphore(0);
    private final ThreadLocal<@Nullable Task> own = new ThreadLocal<>();
    private @Nullable Iterator<Step> replayed;
    private Predicate<String> mayRun = task -> true;
    private long nanos = 1;
    private long stepsLeft;
    private BooleanSupplier isOver = () -> false;
    private @Nullable Throwable failure;

    /**
     * {@code random} is what everyone draws from, {@code timers} says when an action is due that is not due now, in
     * {@link #nanos}.
     */
    public Baton(Random random, LongSupplier timers) {
        this.random = random;
        this.master = new Random(random.nextLong());
        this.timers = timers;
    }

    /**
     * Who had the baton, and what was drawn then: all chance of a step comes from its own seed, so it stays the same when another is
     * left out.
     *
     * @param who the name of a task or action; null for one that is still to be picked
     */
    public record Step(@Nullable String who, long seed) {
        Step by(String picked) {
            return new Step(picked, seed);
        }

        /** What the step itself draws, other than who it is. */
        long ownSeed() {
            return seed * 0x9E3779B97F4A7C15L + 1;
        }
    }

    /** Virtual threads where there are any (JEP 444): the baton goes from one to the other in a fraction of the time. */
    private static ExecutorService threads() {
        try {
            return (ExecutorService)
                    Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
        } catch (ReflectiveOperationException e) {
            return Executors.newCachedThreadPool(work -> {
                Thread thread = new Thread(work, "simulated");
                thread.setDaemon(true);
                return thread;
            });
        }
    }

    /** Calls {@code work} on such a thread, so that it hands on to the first task as fast as they do. */
    public static <T extends @Nullable Object> T call(Callable<T> work) {
        try {
            return THREADS.submit(work).get();
        } catch (ExecutionException | InterruptedException e) {
            throw new IllegalStateException(e.getCause() == null ? e : e.getCause());
        }
    }

    /** Ends a task whose process is dead. No code under test catches it to go on. */
    static final class Killed extends Error {
        private static final long serialVersionUID = 1L;

        Killed() {
            super("killed", null, false, false);
        }
    }

    /** Something that a process does on a thread. */
    final class Task {
        private final String name;
        private final Semaphore turn = new Semaphore(0);
        private @Nullable CompletableFuture<?> waitsFor;
        private long until = Long.MAX_VALUE;
        private long stalledUntil;
        private boolean killed;

        private Task(String name) {
            this.name = name;
        }

        private boolean isReady() {
            return killed || (stalledUntil <= nanos && (waitsFor == null || waitsFor.isDone() || until <= nanos));
        }

        /** The process stands still until then, in {@link Baton#nanos}, as for a garbage collection or in a frozen machine. */
        void stall(long end) {
            stalledUntil = end;
        }

        void kill() {
            killed = true;
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /** Something that happens by itself. */
    private record Action(String name, int weight, BooleanSupplier isDue, BooleanSupplier chance, Runnable body) {
        @Override
        public String toString() {
            return name;
        }
    }

    /** Adds what may happen whenever {@code isDue}, the more often the greater its weight. */
    public void mayHappen(String name, int weight, BooleanSupplier isDue, Runnable body) {
        mayHappen(name, weight, isDue, () -> true, body);
    }

    /** The same, but only by {@code chance}, which is asked in each step. */
    public void mayHappen(String name, int weight, BooleanSupplier isDue, BooleanSupplier chance, Runnable body) {
        actions.add(new Action(name, weight, isDue, chance, body));
    }

    /** What was done until now. */
    public List<Step> steps() {
        return List.copyOf(steps);
    }

    /** The next {@link #run} does these instead of picking at random, leaves out what is not possible then, and ends after the last. */
    public void replay(List<Step> others) {
        replayed = others.iterator();
    }

    /** From now on chance depends on {@code seed} alone, and not on how many steps there were. */
    public void restartChance(long seed) {
        master.setSeed(seed);
    }

    /** Begins a task, which runs when the baton comes to it. */
    Task begin(String name, Runnable work) {
        Task task = new Task(name);
        tasks.add(task);
        THREADS.execute(() -> {
            own.set(task);
            task.turn.acquireUninterruptibly();
            try {
                if (!task.killed) {
                    work.run();
                }
            } catch (Killed e) {
                // That is how it ends.
            } catch (RuntimeException | Error e) {
                failure = failure == null ? e : failure;
            } finally {
                own.remove();
                tasks.remove(task);
                passOn(null);
            }
        });
        return task;
    }

    /** Runs for {@code steps} at most, or until {@code over}; then the main thread goes on. */
    public void run(long steps, BooleanSupplier over) {
        stepsLeft = steps;
        isOver = over;
        passOn(null);
        main.acquireUninterruptibly();
        replayed = null;
        if (failure != null) {
            throw new IllegalStateException("a task failed", failure);
        }
    }

    /** From now on only those of these names run. */
    public void letRun(Predicate<String> names) {
        mayRun = names;
    }

    /** Time passes, and nobody runs. */
    public void skip(Duration duration) {
        nanos += duration.toNanos();
    }

    /** Runs all tasks to their end, which all are killed. */
    public void end() {
        actions.clear();
        mayRun = task -> true;
        tasks.forEach(Task::kill);
        run(Long.MAX_VALUE, tasks::isEmpty);
    }

    /** Lets others go on first, perhaps. */
    public void pause() {
        Task task = own.get();
        if (task != null) {
            waitFor(task, null, Long.MAX_VALUE);
        }
    }

    /** Lets up to {@code atMost} pass for the calling task alone, as while an answer is on its way. */
    public void delay(Duration atMost) {
        Task task = Objects.requireNonNull(own.get(), "an action can't wait");
        long until = nanos + (long) (random.nextDouble() * atMost.toNanos());
        while (nanos < until) {
            waitFor(task, new CompletableFuture<>(), until);
        }
    }

    private void waitFor(Task task, @Nullable CompletableFuture<?> what, long until) {
        task.waitsFor = what;
        task.until = until;
        if (!passOn(task)) {
            task.turn.acquireUninterruptibly();
        }
        task.waitsFor = null;
        task.until = Long.MAX_VALUE;
        if (task.killed) {
            throw new Killed();
        }
    }

    /** Passes the baton on; true where it stays with {@code from}. */
    private boolean passOn(@Nullable Task from) {
        while (stepsLeft > 0 && (replayed == null || replayed.hasNext()) && !isOver.getAsBoolean() && failure == null) {
            stepsLeft--;
            Step step = replayed == null ? new Step(null, master.nextLong()) : replayed.next();
            random.setSeed(step.seed);
            long before = nanos;
            nanos += (long) (random.nextDouble() * MOST_NANOS_PER_STEP);
            Object next = step.who == null ? pick() : named(step.who);
            if (next == null && step.who != null && !step.who.equals(NOBODY)) {
                // It is not possible now, and no part of this run.
                nanos = before;
                continue;
            }
            random.setSeed(step.ownSeed());
            steps.add(step.by(next == null ? NOBODY : next.toString()));
            if (next instanceof Action action) {
                action.body.run();
            } else if (next instanceof Task task) {
                if (task == from) {
                    return true;
                }
                task.turn.release();
                return false;
            } else {
                nanos = Math.max(nanos, nextTimer());
            }
        }
        main.release();
        return false;
    }

    private long nextTimer() {
        long next = timers.getAsLong();
        for (Task task : tasks) {
            if (mayRun.test(task.name)) {
                next = Math.min(next, task.stalledUntil > nanos ? task.stalledUntil : task.until);
            }
        }
        return next == Long.MAX_VALUE ? nanos + MOST_NANOS_PER_STEP : next;
    }

    /** The first of this name that could go on; null when none can. */
    private @Nullable Object named(String who) {
        for (Task task : tasks) {
            if (task.name.equals(who) && task.isReady()) {
                return task;
            }
        }
        for (Action action : actions) {
            if (action.name.equals(who) && action.isDue.getAsBoolean()) {
                return action;
            }
        }
        return null;
    }

    private @Nullable Object pick() {
        candidates.clear();
        for (Task task : tasks) {
            if (mayRun.test(task.name) && task.isReady()) {
                candidates.add(task);
            }
        }
        for (Action action : actions) {
            if (action.isDue.getAsBoolean() && action.chance.getAsBoolean()) {
                candidates.add(action);
            }
        }
        int all = 0;
        for (Object candidate : candidates) {
            all += weight(candidate);
        }
        int left = all == 0 ? 0 : random.nextInt(all);
        for (Object candidate : candidates) {
            left -= weight(candidate);
            if (left < 0) {
                return candidate;
            }
        }
        return null;
    }

    private static int weight(Object candidate) {
        return candidate instanceof Action action ? action.weight : TASK_WEIGHT;
    }

    @Override
    public long nanos() {
        return nanos;
    }

    @Override
    public void await(CompletableFuture<?> done) {
        Task task = own.get();
        if (task == null) {
            throw new IllegalStateException("an action can't wait");
        }
        while (!done.isDone()) {
            waitFor(task, done, Long.MAX_VALUE);
        }
    }

    @Override
    public boolean await(CompletableFuture<?> done, Duration atMost) {
        Task task = own.get();
        if (task == null) {
            throw new IllegalStateException("an action can't wait");
        }
        long until = nanos + atMost.toNanos();
        while (!done.isDone() && nanos < until) {
            waitFor(task, done, until);
        }
        return done.isDone();
    }
}
