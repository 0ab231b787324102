package io.portclaim.operator.simulation;

import io.portclaim.api.v1alpha1.PortClaimSpec;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.protocol.Claim;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One history that a person has written: who does what, line by line, with the production code. Only the operator that a line names
 * runs, and only in that line. Its grammar is in the README of the folder {@code histories}.
 */
final class ScriptedHistory {
    /** How the result begins where a step could not be done or a statement was wrong: the promise may be kept all the same. */
    static final String UNEXPECTED = "it is not so that ";

    private static final long MOST_STEPS = 20_000;
    /** What a line waits for comes by then, or the history is wrong. */
    private static final Duration LONGEST = Duration.ofSeconds(120);

    private final SimulatedCluster cluster;
    private final Baton baton;
    private final LateRequests late;
    private final Random random = new Random(0);
    private final Map<String, ScriptedOperator> operators = new LinkedHashMap<>();
    private final Map<String, SimulatedPod> pods = new HashMap<>();
    private final Map<String, StoredMap> backups = new HashMap<>();
    private final Map<Pattern, Consumer<MatchResult>> grammar = new LinkedHashMap<>();
    private final List<String> lines;
    private @Nullable ScriptedOperator running;
    private @Nullable String broken;

    /** {@code text} has one step a line; empty lines and those that begin with {@code #} say nothing. */
    ScriptedHistory(String text) {
        this.lines = text.lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                .toList();
        this.baton = new Baton(random, this::nextTimer);
        this.cluster = new SimulatedCluster(baton::nanos);
        this.late = new LateRequests(baton, random);
        addUsers();
        addOperators();
        addSurroundings();
    }

    private void addUsers() {
        say(
                "create (\\S+) on (.+): (.+)",
                words -> cluster.create(key(words.group(1)), spec(words.group(2), words.group(3))));
        say(
                "edit (\\S+) on (.+): (.+)",
                words -> cluster.edit(claim(words.group(1)), spec(words.group(2), words.group(3))));
        say("delete (\\S+)", words -> cluster.delete(claim(words.group(1))));
        say(
                "edit ConfigMap (\\S+): (\\S+)=(\\S+)",
                words -> cluster.maps().edit(map(words.group(1)), Map.of(words.group(2), words.group(3))));
        say("delete ConfigMap (\\S+)", words -> cluster.maps().delete(map(words.group(1)), "a user"));
        say("pod (\\S+) on (\\S+) reads (\\S+)", words -> readMap(words.group(1), words.group(2), words.group(3)));
        say("pod (\\S+) ends", words -> endPod(words.group(1)));
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
        say(
                "the status of (\\S+) is forged from (\\S+)",
                words -> cluster.forgeStatus(claim(words.group(1)), claim(words.group(2))));
        say("ConfigMap (\\S+) is backed up", words -> backups.put(words.group(1), map(words.group(1))));
        say(
                "ConfigMap (\\S+) is restored",
                words -> cluster.maps().restore(Objects.requireNonNull(backups.get(words.group(1)))));
        say("the ledger is lost", words -> cluster.loseLedger());
        say("all is settled", words -> cluster.checkSettled());
        say("(\\S+) must have ports", words -> requirePorts(words.group(1)));
        say("(\\S+) has no ports", words -> require(words.group(), !hasPorts(words.group(1))));
        say("(\\S+) has ports", words -> require(words.group(), hasPorts(words.group(1))));
        say(
                "(op\\d) is dead",
                words -> require(
                        words.group(), operator(words.group(1)).process().isDead()));
    }

    private void say(String line, Consumer<MatchResult> step) {
        grammar.put(Pattern.compile(line), step);
    }

    /** Runs it; the result is what is wrong, null when nothing is. */
    @Nullable
    String run() {
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
        return broken == null ? cluster.violation() : broken;
    }

    List<String> transcript() {
        return cluster.history();
    }

    private void prepare() {
        baton.mayHappen(
                "news",
                4,
                () -> running != null && running.process().hasNews(),
                () -> Objects.requireNonNull(running).process().hear(0));
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

    /** What a claim waits for has leaked. */
    private void requirePorts(String name) {
        if (!hasPorts(name)) {
            broken = "%s has no ports: %s".formatted(name, claim(name).status());
        }
    }

    private void require(String what, boolean holds) {
        if (!holds) {
            broken = UNEXPECTED + what;
        }
    }

    private long nextTimer() {
        return running == null ? Long.MAX_VALUE : running.process().nextTimer();
    }

    // Users.

    private static ClaimKey key(String name) {
        return new ClaimKey("n", name);
    }

    private Claim claim(String name) {
        return cluster.claim(key(name)).orElseThrow();
    }

    private StoredMap map(String name) {
        return cluster.map(key(name + "-ports")).orElseThrow();
    }

    private void changeNodes(Runnable change) {
        change.run();
        operators.values().forEach(operator -> operator.process().news().nodesChanged());
    }

    private boolean hasPorts(String name) {
        return cluster.claim(key(name))
                .filter(claim -> !Invariants.numbers(claim).isEmpty())
                .isPresent();
    }

    /** {@code ports} are names, each with its number where one is requested: {@code http admin=1001}. */
    private static PortClaimSpec spec(String place, String ports) {
        String scope = switch (place) {
            case "every node with one number" -> "Cluster";
            case "each node" -> "Node";
            default -> "Node, nodeName: " + place;
        };
        String requests = Stream.of(ports.split(" "))
                .map(port -> "{name: " + port.replace("=", ", port: ") + "}")
                .collect(Collectors.joining(", "));
        return Users.spec("{poolName: main, scope: %s, ports: [%s]}".formatted(scope, requests));
    }

    private void readMap(String name, String node, String claim) {
        SimulatedPod pod = cluster.createPod(node, map(claim));
        pods.put(name, pod);
        operators.values().forEach(operator -> operator.hearOfPod(news -> news.podCreated(pod)));
    }

    private void endPod(String name) {
        SimulatedPod pod = Objects.requireNonNull(pods.remove(name), name);
        cluster.endPod(pod);
        operators.values().forEach(operator -> operator.hearOfPod(news -> news.podEnded(pod)));
    }

    // Operators and time.

    private ScriptedOperator begin(String name) {
        cluster.note(name + " begins");
        return new ScriptedOperator(name, baton, cluster, random, late);
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
