package io.portclaim.operator.simulation.pods;

import io.portclaim.api.v1alpha1.Phase;
import io.portclaim.api.v1alpha1.PortLedgerSpec;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.protocol.Claim;
import io.portclaim.operator.protocol.LedgerApi;
import io.portclaim.operator.simulation.Baton;
import io.portclaim.operator.simulation.LateRequests;
import io.portclaim.operator.simulation.Play;
import io.portclaim.operator.simulation.RandomFaults;
import io.portclaim.operator.simulation.SimulatedCluster;
import io.portclaim.operator.simulation.SimulatedOperator;
import io.portclaim.operator.simulation.Users;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** One random history of pods with ports of their own. One seed is one history. */
final class PodHistory implements Play {
    private static final ClaimKey ALL = new ClaimKey(StoredPods.NAMESPACE, "all");

    private static final long MOST_STEPS = 50_000;
    private static final int MOST_STEPS_AFTER_USERS = 300;
    private static final int MOST_OPERATORS = 4;
    /** Longer than the longest grace, the grace of a pod of which nothing is known, a cooldown, and the time until a sweep. */
    private static final Duration TO_SETTLE = Duration.ofSeconds(160);

    private static final int[] LAGS = {1, 1, 8, 40, 1000};
    private static final int[] DROPS = {4, 30, 1_000_000};
    private static final int QUIET = 8;
    private static final Duration LONGEST_QUIET = Duration.ofSeconds(20);
    private static final Duration LONGEST_SKEW = Duration.ofSeconds(60);
    private static final Duration LONGEST_LAG = Duration.ofSeconds(1);
    private static final Duration LONGEST_STANDBY = Duration.ofSeconds(10);

    private final long seed;
    private final Random random;
    private final Baton baton;
    private final SimulatedCluster cluster;
    private final LateRequests late;
    private final RandomFaults faults;
    private final PodInvariants invariants;
    private final StoredPods pods;
    private final Scheduler scheduler;
    private final Kubelets kubelets;
    private final PodUsers users;
    private final List<SimulatedOperator> operators = new ArrayList<>();
    private final Map<String, PodProcess> processes = new HashMap<>();
    private final SmallPool pool;
    /** How seldom a watch brings news: once in how many steps. */
    private final int lag;

    private final int schedulerLag;
    private final int kubeletLag;
    private final PodProcess.Watches watches;
    private final Duration cacheLag;
    private final boolean sweeps;
    private final boolean pauses;
    private int begun;
    private int stepsOfUsersLeft;
    private int stepsAfterUsers;
    /** Users do nothing until then, in {@link Baton#nanos}. */
    private long quietUntil;

    /** Who has begun when nothing fails any more; empty where nobody has. */
    private String begunInCalm = "";

    private boolean isCalm;
    private @Nullable String unsettled;
    private List<Baton.Step> steps = List.of();

    PodHistory(long seed) {
        this.seed = seed;
        this.random = new Random(seed);
        this.baton = new Baton(random, this::nextTimer);
        this.late = new LateRequests(baton, random);
        this.cluster = new SimulatedCluster(baton::nanos);
        this.faults = new RandomFaults(random);
        faults.limit(random.nextInt(8));
        boolean hasPolicies = random.nextInt(4) > 0;
        this.invariants = new PodInvariants();
        this.pods = new StoredPods(cluster, baton::nanos, invariants, hasPolicies);
        this.scheduler = new Scheduler(random, pods, cluster.nodes());
        this.kubelets = new Kubelets(random, pods);
        Users competitors = new Users(
                random,
                cluster,
                pod -> operators.forEach(operator -> operator.news().podCreated(pod)),
                pod -> operators.forEach(operator -> operator.news().podEnded(pod)),
                this::nodesChanged);
        this.users = new PodUsers(random, cluster, pods, competitors, hasPolicies);
        this.pool = new SmallPool(2 + Math.min(random.nextInt(3), random.nextInt(3)));
        this.lag = LAGS[random.nextInt(LAGS.length)];
        this.schedulerLag = LAGS[random.nextInt(4)];
        this.kubeletLag = LAGS[random.nextInt(4)];
        this.watches = new PodProcess.Watches(
                random.nextBoolean() ? LONGEST_LAG : LONGEST_LAG.multipliedBy(20), DROPS[random.nextInt(DROPS.length)]);
        this.cacheLag = LONGEST_LAG.dividedBy(1 + random.nextInt(4));
        this.sweeps = random.nextBoolean();
        this.pauses = random.nextBoolean();
        this.stepsOfUsersLeft = 6 + random.nextInt(24);
        this.stepsAfterUsers = random.nextInt(MOST_STEPS_AFTER_USERS);
    }

    private void nodesChanged() {
        TreeSet<String> gone = new TreeSet<>();
        pods.all().forEach(pod -> {
            String node = pod.getSpec().getNodeName();
            if (node != null && !cluster.nodes().names().contains(node)) {
                gone.add(node);
            }
        });
        gone.forEach(pods::nodeGone);
        operators.forEach(operator -> operator.news().nodesChanged());
    }

    @Override
    public @Nullable String run() {
        return Baton.call(this::runHere);
    }

    @Override
    public @Nullable String replay(List<Baton.Step> others) {
        return Baton.call(() -> {
            baton.replay(others);
            return runHere();
        });
    }

    @Override
    public List<Baton.Step> steps() {
        return steps;
    }

    @Override
    public List<String> transcript() {
        return cluster.history();
    }

    private @Nullable String violation() {
        return cluster.violation() == null ? invariants.violation() : cluster.violation();
    }

    private @Nullable String runHere() {
        try {
            prepare();
            baton.run(MOST_STEPS, () -> violation() != null || (stepsOfUsersLeft == 0 && stepsAfterUsers-- <= 0));
            steps = baton.steps();
            settle();
            return violation() == null ? unsettled : violation();
        } finally {
            operators.forEach(SimulatedOperator::crash);
            baton.end();
        }
    }

    private void prepare() {
        begin();
        users.begin();
        baton.mayHappen("users", 1, () -> !isCalm && stepsOfUsersLeft > 0 && quietUntil <= baton.nanos(), this::goOn);
        baton.mayHappen(
                "the scheduler",
                1,
                scheduler::hasWork,
                () -> isCalm || random.nextInt(schedulerLag) == 0,
                scheduler::step);
        baton.mayHappen(
                "kubelets", 1, kubelets::hasWork, () -> isCalm || random.nextInt(kubeletLag) == 0, kubelets::step);
        baton.mayHappen(
                "another operator",
                1,
                () -> !isCalm && begun < MOST_OPERATORS,
                () -> random.nextInt(operators.stream().anyMatch(SimulatedOperator::isStalled) ? 4 : 60) == 0,
                this::begin);
        baton.mayHappen("a new operator", 2, () -> isCalm && isLeaderless(), this::begin);
        watch();
        baton.mayHappen(
                "time",
                4,
                () -> operators.stream().anyMatch(SimulatedOperator::isTimeUp),
                () -> operators.stream()
                        .filter(SimulatedOperator::isTimeUp)
                        .toList()
                        .forEach(SimulatedOperator::keepTime));
        baton.mayHappen("late requests", 4, late::isAnyDue, late::arrive);
        baton.mayHappen("the garbage collector", 1, cluster.maps()::hasGarbage, cluster.maps()::collectGarbage);
    }

    /** Whether the lease of who leads runs out, and nobody has begun since who could get it. */
    private boolean isLeaderless() {
        String leader = leader();
        return operators.stream()
                .filter(operator -> !operator.isDead())
                .map(SimulatedOperator::toString)
                .noneMatch(name -> leader.isEmpty() || name.equals(leader) || name.equals(begunInCalm));
    }

    /** Who has written the ledger last. */
    private String leader() {
        return cluster.readLedger()
                .map(LedgerApi.Stored::spec)
                .map(PortLedgerSpec::holder)
                .orElse("");
    }

    private void watch() {
        baton.mayHappen(
                "news",
                2,
                () -> operators.stream().anyMatch(SimulatedOperator::hasNews),
                () -> isCalm || random.nextInt(lag) == 0 || operators.stream().anyMatch(SimulatedOperator::isOverdue),
                () -> any(operators.stream().filter(SimulatedOperator::hasNews).toList())
                        .hear(random.nextInt(100)));
        baton.mayHappen(
                "news of pods",
                2,
                () -> operators.stream().anyMatch(SimulatedOperator::hasPodNews),
                () -> isCalm
                        || random.nextInt(lag) == 0
                        || operators.stream().anyMatch(SimulatedOperator::isPodNewsOverdue),
                () -> any(operators.stream()
                                .filter(SimulatedOperator::hasPodNews)
                                .toList())
                        .hearOfPod());
    }

    private <T> T any(List<T> all) {
        return all.get(random.nextInt(all.size()));
    }

    private void goOn() {
        stepsOfUsersLeft--;
        users.step();
        if (pauses && random.nextInt(QUIET) == 0) {
            quietUntil = baton.nanos() + (long) (random.nextDouble() * LONGEST_QUIET.toNanos());
        }
    }

    private long nextTimer() {
        long next = quietUntil > baton.nanos() ? Math.min(quietUntil, late.next()) : late.next();
        for (SimulatedOperator operator : operators) {
            next = Math.min(next, operator.nextTimer());
        }
        return next;
    }

    private void begin() {
        operators.removeIf(SimulatedOperator::isDead);
        String name = "op" + ++begun;
        begunInCalm = isCalm ? name : "";
        cluster.note(name + " begins");
        Duration longest = random.nextBoolean() ? LONGEST_STANDBY : LONGEST_LAG;
        operators.add(new SimulatedOperator(
                name,
                baton,
                cluster,
                random,
                faults,
                late,
                new SimulatedOperator.Habits(part(longest), LONGEST_LAG.dividedBy(4), cacheLag, false, sweeps, skew()),
                pool.pool(),
                parts -> {
                    PodProcess process = new PodProcess(pods, random, watches, parts);
                    processes.put(name, process);
                    return process;
                }));
    }

    private Duration part(Duration longest) {
        return Duration.ofNanos((long) (random.nextDouble() * longest.toNanos()));
    }

    /** How far a process's clock is ahead of the API server's. */
    private Duration skew() {
        return random.nextInt(3) > 0
                ? Duration.ZERO
                : part(LONGEST_SKEW).multipliedBy(2).minus(LONGEST_SKEW);
    }

    /** Without faults and users, each pod has what it can have, and what nobody holds can be given again. */
    private void settle() {
        isCalm = true;
        faults.calm();
        kubelets.calm();
        baton.restartChance(seed);
        users.endClaimsPods();
        cluster.maps().refuse(false, false);
        runFor(TO_SETTLE);
        unsettled = violation() == null ? wrongWhenSettled() : null;
        if (violation() != null || unsettled != null) {
            return;
        }
        users.leave();
        runFor(TO_SETTLE);
        cluster.create(ALL, pool.whole());
        long end = baton.nanos() + TO_SETTLE.toNanos();
        baton.run(MOST_STEPS, () -> violation() != null || isBound() || baton.nanos() > end);
        unsettled = isBound()
                ? wrongWhenSettled()
                : "the whole pool can't be given again: "
                        + cluster.claim(ALL).map(Claim::status).orElse(null);
    }

    private @Nullable String wrongWhenSettled() {
        PodProcess process = processes.get(leader());
        return process == null
                ? "nobody leads"
                : new SettledPods(cluster, pods, pool.numbers(), process.portIndex()).wrong();
    }

    private void runFor(Duration duration) {
        long end = baton.nanos() + duration.toNanos();
        baton.run(MOST_STEPS, () -> violation() != null || baton.nanos() > end);
    }

    private boolean isBound() {
        return cluster.claim(ALL)
                .map(Claim::status)
                .filter(status -> status.phase() == Phase.BOUND)
                .isPresent();
    }
}
