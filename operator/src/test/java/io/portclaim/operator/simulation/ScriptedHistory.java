package io.portclaim.operator.simulation;

import io.portclaim.api.v1alpha1.PortPool;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One history that a person has written: who does what, line by line, with the production code. Only the operator that a line names
 * runs, and only in that line. Its grammar is in the README of the folder {@code histories}.
 */
public final class ScriptedHistory {
    /** How the result begins where a step could not be done or a statement was wrong: the promise may be kept all the same. */
    public static final String UNEXPECTED = "it is not so that ";

    private static final long MOST_STEPS = 20_000;
    /** What a line waits for comes by then, or the history is wrong. */
    private static final Duration LONGEST = Duration.ofSeconds(120);

    private final SimulatedCluster cluster;
    private final Baton baton;
    private final LateRequests late;
    private final Random random = new Random(0);
    private final Map<String, ScriptedOperator> operators = new LinkedHashMap<>();
    private final Map<Pattern, Consumer<MatchResult>> grammar = new LinkedHashMap<>();
    private final List<String> lines;
    private @Nullable ScriptedOperator running;
    private final Supplier<PortPool> pool;
    private final PodSide.Maker podSide;
    private Supplier<@Nullable String> alsoBroken = () -> null;
    private @Nullable String broken;

    /** {@code text} has one step a line; empty lines and those that begin with {@code #} say nothing. */
    ScriptedHistory(String text) {
        this(text, () -> SimulatedOperator.POOL, parts -> new NoPods());
    }

    /** The same with operators that also serve pods, from another pool. */
    public ScriptedHistory(String text, Supplier<PortPool> pool, PodSide.Maker podSide) {
        this.pool = pool;
        this.podSide = podSide;
        this.lines = text.lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                .toList();
        this.baton = new Baton(random, this::nextTimer);
        this.cluster = new SimulatedCluster(baton::nanos);
        this.late = new LateRequests(baton, random);
        ScriptedClaims.addTo(this);
        addOperators();
        addSurroundings();
    }

    private void addOperators() {
        say("(op\\d) begins", words -> operators.put(words.group(1), begin(words.group(1))));
        say("(op\\d) runs until (.+)", words -> runUntil(words.group(1), words.group(2)));
        say("(op\\d) runs for (\\d+) s", words -> runFor(words.group(1), seconds(words.group(2))));
        say("(op\\d) dies", words -> operator(words.group(1)).process().crash());
        say(
                "(op\\d) stops (before|after) the (.+)",
                words -> operator(words.group(1)).stopAt(words.group(2), words.group(3)));
        say("(op\\d) goes on", words -> operator(words.group(1)).goOn());
        say(
                "(op\\d): the (.+): (lost|unanswered|late|doubled|failed)",
                words -> operator(words.group(1)).nextFault(words.group(2), words.group(3)));
        say(
                "(op\\d) hears of (claims|ConfigMaps|nothing|everything)",
                words -> operator(words.group(1)).hearOf(words.group(2)));
        say(
                "(op\\d) hears of (no pods|pods)",
                words -> operator(words.group(1)).hearOfPods(words.group(2).equals("pods")));
    }

    private void addSurroundings() {
        say("(\\d+) s pass", words -> baton.skip(seconds(words.group(1))));
        say("late requests arrive", words -> arrive());
        say("garbage is collected", words -> cluster.maps().collectGarbage());
        say("a policy refuses ConfigMaps", words -> cluster.maps().refuse(true, false));
        say(
                "a policy refuses ConfigMaps and their deletion",
                words -> cluster.maps().refuse(true, true));
        say("no policy refuses ConfigMaps", words -> cluster.maps().refuse(false, false));
        say("node (\\S+) leaves", words -> changeNodes(() -> cluster.nodes().leave(words.group(1))));
        say("node (\\S+) joins", words -> changeNodes(() -> cluster.nodes().join(words.group(1))));
        say("the ledger is lost", words -> cluster.loseLedger());
        say(
                "(op\\d) is dead",
                words -> require(
                        words.group(), operator(words.group(1)).process().isDead()));
    }

    /** Adds a line, as a regular expression, and what is done for it. */
    public void say(String line, Consumer<MatchResult> step) {
        grammar.put(Pattern.compile(line), step);
    }

    /** Runs it; the result is what is wrong, null when nothing is. */
    public @Nullable String run() {
        return Baton.call(() -> {
            try {
                prepare();
                lines.stream().takeWhile(line -> violation() == null).forEach(this::play);
                return violation();
            } finally {
                operators.values().forEach(operator -> operator.process().crash());
                baton.end();
            }
        });
    }

    private @Nullable String violation() {
        if (broken != null) {
            return broken;
        }
        return cluster.violation() == null ? alsoBroken.get() : cluster.violation();
    }

    /** The promise is also broken where {@code violation} says so. */
    public void alsoBroken(Supplier<@Nullable String> violation) {
        alsoBroken = violation;
    }

    /** What the API server has stored. */
    public SimulatedCluster cluster() {
        return cluster;
    }

    /** The time, in ns. */
    public long nanos() {
        return baton.nanos();
    }

    Collection<ScriptedOperator> operators() {
        return operators.values();
    }

    /** What happened, oldest first. */
    public List<String> transcript() {
        return cluster.history();
    }

    private void prepare() {
        baton.mayHappen(
                "news",
                4,
                () -> running != null && running.process().hasNews(),
                () -> Objects.requireNonNull(running).process().hear(0));
        baton.mayHappen(
                "news of pods",
                4,
                () -> running != null && running.hasPodNews(),
                () -> Objects.requireNonNull(running).process().hearOfPod());
        baton.mayHappen(
                "time",
                4,
                () -> running != null && running.process().isTimeUp(),
                () -> Objects.requireNonNull(running).process().keepTime());
    }

    private void play(String line) {
        for (Map.Entry<Pattern, Consumer<MatchResult>> known : grammar.entrySet()) {
            Matcher matcher = known.getKey().matcher(line);
            if (matcher.matches()) {
                cluster.note("-- " + line);
                known.getValue().accept(matcher.toMatchResult());
                return;
            }
        }
        throw new IllegalArgumentException("not a step: " + line);
    }

    /** The promise is broken. */
    public void fail(String what) {
        broken = what;
    }

    /** A statement is wrong, or a step can't be done, where {@code holds} is not so. */
    public void require(String what, boolean holds) {
        if (!holds) {
            broken = UNEXPECTED + what;
        }
    }

    private long nextTimer() {
        return running == null ? Long.MAX_VALUE : running.process().nextTimer();
    }

    private void changeNodes(Runnable change) {
        change.run();
        operators.values().forEach(operator -> operator.process().news().nodesChanged());
    }

    // Operators and time.

    private ScriptedOperator begin(String name) {
        cluster.note(name + " begins");
        return new ScriptedOperator(name, baton, cluster, random, late, pool.get(), podSide);
    }

    private ScriptedOperator operator(String name) {
        return Objects.requireNonNull(operators.get(name), name);
    }

    private static Duration seconds(String text) {
        return Duration.ofSeconds(Long.parseLong(text));
    }

    private void runUntil(String name, String what) {
        int before = cluster.history().size();
        long end = baton.nanos() + LONGEST.toNanos();
        BooleanSupplier isThere = () -> cluster.historySince(before).stream().anyMatch(line -> line.contains(what));
        run(name, () -> isThere.getAsBoolean() || baton.nanos() > end);
        require("%s runs until %s".formatted(name, what), violation() != null || isThere.getAsBoolean());
    }

    private void runFor(String name, Duration duration) {
        long end = baton.nanos() + duration.toNanos();
        run(name, () -> baton.nanos() > end);
    }

    private void run(String name, BooleanSupplier until) {
        running = operator(name);
        baton.letRun(task -> task.startsWith(name));
        baton.run(MOST_STEPS, () -> violation() != null || until.getAsBoolean());
        running = null;
    }

    private void arrive() {
        while (late.next() < Long.MAX_VALUE) {
            late.arrive();
        }
    }
}
