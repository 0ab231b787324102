package io.portclaim.operator.simulation;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * How the calls of one process fare: others go on before a call and before its answer, and it may get lost, be carried out later
 * or twice, lose its answer, or be the process's last.
 */
public final class FaultyCalls {
    private static final Duration SLOW_REQUEST = Duration.ofSeconds(1);
    private static final Duration SLOW_ANSWER = Duration.ofSeconds(5);
    private static final Duration STALL = Duration.ofSeconds(3);
    /** A process that goes on after that finds that its ports have been given to others. */
    private static final Duration FREEZE = Duration.ofSeconds(25);

    private final String who;
    private final Baton baton;
    private final Consumer<String> note;
    private final Calls calls;
    private final Runnable crash;
    private final Consumer<Duration> stall;
    private final LateRequests late;
    private int freezes;

    /** Hears of each call, on the thread that makes it, and may have it wait. */
    public interface Calls {
        /** The call is about to be made; returns what befalls it. */
        Fault before(String what);

        /** The call was carried out, and its answer is on the way. */
        void after(String what);
    }

    /** What befalls one call. */
    public enum Fault {
        NONE,
        /** It gets lost on the way there. */
        LOST,
        /** It is carried out and its answer gets lost. */
        UNANSWERED,
        /** Nobody answers, and it is carried out some time later. */
        LATE,
        /** It is carried out at once, and once more some time later. */
        DOUBLED,
        /** The API server answers with an error. */
        FAILED,
        /** It takes long, there or back, while the process goes on. */
        SLOW,
        /** The process stands still before it, long enough for another to take over. */
        STALLED,
        /** The process stands still after it, longer than a cooldown. */
        FROZEN,
        /** The process dies before it. */
        CRASH_BEFORE,
        /** It is carried out, and the process dies before it gets the answer. */
        CRASH_AFTER;

        boolean isOfTheNetwork() {
            return this == LOST || this == UNANSWERED || this == LATE || this == DOUBLED;
        }
    }

    /** An error of the API server's. */
    public static final class ServerError extends RuntimeException {
        private static final long serialVersionUID = 1L;

        ServerError(String answer) {
            super(answer, null, false, false);
        }
    }

    /** {@code late} gets what is carried out some time later, {@code note} is called with what becomes of a call. */
    FaultyCalls(
            String who,
            Baton baton,
            Consumer<String> note,
            Calls calls,
            Runnable crash,
            Consumer<Duration> stall,
            LateRequests late) {
        this.who = who;
        this.baton = baton;
        this.note = note;
        this.calls = calls;
        this.crash = crash;
        this.stall = stall;
        this.late = late;
    }

    /** The process that makes them. */
    public String who() {
        return who;
    }

    /** Lets others go on first, perhaps. */
    public void pause() {
        baton.pause();
    }

    /** Makes one call.
     *
     * @throws ServerError when the API server answers with an error
     * @throws UncheckedIOException when no answer comes
     */
    public <T> T call(String what, Supplier<T> effect) {
        int freezesBefore = freezes;
        baton.pause();
        requireNoFreezeSince(freezesBefore);
        Fault fault = calls.before(what);
        if (fault != Fault.NONE) {
            note.accept("%s: %s: %s".formatted(who, what, fault));
        }
        switch (fault) {
            case NONE, SLOW, STALLED, FROZEN -> {
                return answered(what, fault, effect);
            }
            case DOUBLED -> {
                T answer = effect.get();
                late.add(() -> unheard(effect));
                baton.pause();
                return answer;
            }
            case UNANSWERED -> effect.get();
            case LATE -> late.add(() -> unheard(effect));
            case FAILED -> throw new ServerError("HTTP 500");
            case LOST -> {}
            case CRASH_BEFORE -> {
                crash.run();
                throw new Baton.Killed();
            }
            case CRASH_AFTER -> {
                effect.get();
                crash.run();
                throw new Baton.Killed();
            }
        }
        baton.pause();
        throw new UncheckedIOException(new IOException("no answer"));
    }

    /** Between its last look at a clock and a create, nothing protects a process that is frozen: it is taken to have sent nothing. */
    private void requireNoFreezeSince(int before) {
        if (freezes != before) {
            throw new UncheckedIOException(new IOException("no answer"));
        }
    }

    /** Nobody gets the answer. */
    private static void unheard(Supplier<?> effect) {
        try {
            effect.get();
        } catch (ServerError e) {
            // Nor that it is an error.
        }
    }

    private <T> T answered(String what, Fault fault, Supplier<T> effect) {
        int freezesBefore = freezes;
        if (fault == Fault.STALLED) {
            stall.accept(STALL);
            baton.pause();
        } else if (fault == Fault.SLOW) {
            baton.delay(SLOW_REQUEST);
        }
        requireNoFreezeSince(freezesBefore);
        T answer = effect.get();
        calls.after(what);
        if (fault == Fault.FROZEN) {
            freezes++;
            stall.accept(FREEZE);
        } else if (fault == Fault.SLOW) {
            baton.delay(SLOW_ANSWER);
        }
        baton.pause();
        return answer;
    }

    /** The same for a list. */
    public <T> T listed(String what, Supplier<T> effect) throws IOException {
        try {
            return call(what, effect);
        } catch (UncheckedIOException | ServerError e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    /** The same for a read. */
    public <T> T read(String what, Supplier<T> effect) {
        try {
            return call(what, effect);
        } catch (ServerError e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
    }
}
