package io.portclaim.operator.simulation;

import io.portclaim.api.v1alpha1.Phase;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.protocol.Claim;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One random history of a cluster with operators that die, believe to lead, and lose answers. One seed is one history. */
final class History implements Play {
    private static final int MOST_STEPS_AFTER_USERS = 300;
    private static final long MOST_STEPS = 50_000;
    private static final Duration TO_SETTLE = Duration.ofSeconds(30);
    /** Longer than a kubelet's lag and a cooldown. */
    private static final Duration TO_RELEASE = Duration.ofSeconds(100);

    private static final ClaimKey ALL = new ClaimKey("n", "all");
    private static final int MOST_OPERATORS = 4;

    private static final int[] LAGS = {1, 1, 8, 40, 1000, 1000};
    /** Once in how many steps of theirs users pause. */
    private static final int QUIET = 8;
    /** Longer than a cooldown. */
    private static final Duration LONGEST_QUIET = Duration.ofSeconds(20);

    private static final Duration LONGEST_CACHE_LAG = Duration.ofSeconds(15);
    private static final Duration LONGEST_SKEW = Duration.ofSeconds(60);
    private static final Duration SHORT_STANDBY = Duration.ofSeconds(1);
    private static final Duration LONGEST_STANDBY = Duration.ofSeconds(10);

    private final Random random;
    private final Baton baton;
    private final SimulatedCluster cluster;
    private final Users users;
    private final Disasters disasters;
    private final List<SimulatedOperator> operators = new ArrayList<>();
    private final LateRequests late;
    private int begun;
    private final RandomFaults faults;
    /** How seldom a watch brings news: once in how many steps. */
    private final int lag;
    /** How late operators hear of pods and nodes at most. */
    private final Duration podLag;
    /** How late operators hear of claims and ConfigMaps at most. */
    private final Duration cacheLag;

    private final boolean mapsFirst;
    /** Whether what a watch missed is looked up early, or only long after. */
    private final boolean sweeps;

    private int stepsOfUsersLeft;
    /** Whether users pause. */
    private final boolean pauses;
    /** Users do nothing until then, in {@link Baton#nanos}. */
    private long quietUntil;
    /** Whether something goes wrong that the operators can't help, and after how many steps of users at least. */
    private boolean hasDisaster;

    private int stepsUntilDisaster;
    /** Whether it is checked that claims are served while others remain. */
    private final boolean checksClaims;
    /** Steps after the last of a user, in which operators still work, die and begin. */
    private int stepsAfterUsers;

    private final boolean restoresAtLast;
    private boolean isCalm;
    private List<Baton.Step> steps = List.of();

    /**
     * What a history is played with.
     *
     * @param isCalm whether nothing goes wrong any more
     * @param crashAll has all operators die, and what they have sent get lost
     */
    record Stage(
            Random random,
            Baton baton,
            SimulatedCluster cluster,
            Users users,
            List<SimulatedOperator> operators,
            LateRequests late,
            BooleanSupplier isCalm,
            Runnable crashAll) {}

    History(long seed) {
        this(seed, stage -> {}, false);
    }

    /** {@code addition} adds what may happen too; and at the end there may be a {@link LastRestore}. */
    History(long seed, Consumer<Stage> addition, boolean restoresAtLast) {
        this.restoresAtLast = restoresAtLast;
        this.random = new Random(seed);
        this.baton = new Baton(random, this::nextTimer);
        this.late = new LateRequests(baton, random);
        this.cluster = new SimulatedCluster(baton::nanos);
        this.users = new Users(
                random,
                cluster,
                pod -> operators.forEach(operator -> operator.news().podCreated(pod)),
                pod -> operators.forEach(operator -> operator.news().podEnded(pod)),
                () -> operators.forEach(operator -> operator.news().nodesChanged()));
        this.disasters = new Disasters(random, cluster);
        this.faults = new RandomFaults(random);
        this.lag = LAGS[random.nextInt(LAGS.length)];
        // Less than it is for kubelets: one that is behind and one that hears late come together.
        this.podLag = Users.LONGEST_LAG.dividedBy(2 + random.nextInt(10));
        this.cacheLag = random.nextInt(3) == 0 ? LONGEST_CACHE_LAG : Users.LONGEST_LAG;
        this.mapsFirst = random.nextInt(3) == 0;
        this.sweeps = random.nextBoolean();
        faults.limit(random.nextInt(8));
        this.stepsOfUsersLeft = 6 + random.nextInt(20);
        this.stepsAfterUsers = random.nextInt(MOST_STEPS_AFTER_USERS);
        this.hasDisaster = random.nextInt(4) == 0;
        this.stepsUntilDisaster = random.nextInt(stepsOfUsersLeft);
        this.checksClaims = random.nextBoolean();
        this.pauses = random.nextBoolean();
        addition.accept(new Stage(random, baton, cluster, users, operators, late, () -> isCalm, this::crashAll));
    }

    @Override
    public @Nullable String run() {
        return Baton.call(this::runHere);
    }

    @Override
    public @Nullable String replay(List<Baton.Step> steps) {
        return Baton.call(() -> {
            baton.replay(steps);
            return runHere();
        });
    }

    @Override
    public List<Baton.Step> steps() {
        return steps;
    }

    private @Nullable String runHere() {
        try {
            prepare();
            baton.run(
                    MOST_STEPS, () -> cluster.violation() != null || (stepsOfUsersLeft == 0 && stepsAfterUsers-- <= 0));
            steps = baton.steps();
            if (cluster.violation() == null) {
                settle();
            }
            String unsettled = cluster.violation() != null ? null : unsettled();
            return cluster.violation() != null ? cluster.violation() : unsettled;
        } finally {
            operators.forEach(SimulatedOperator::crash);
            baton.end();
        }
    }

    @Override
    public List<String> transcript() {
        return cluster.history();
    }

    private void prepare() {
        begin();
        baton.mayHappen("users", 1, () -> !isCalm && stepsOfUsersLeft > 0 && quietUntil <= baton.nanos(), this::goOn);
        baton.mayHappen(
                "another operator",
                1,
                () -> !isCalm && begun < MOST_OPERATORS,
                () -> random.nextInt(isAnyStalled() ? 4 : 60) == 0,
                this::begin);
        baton.mayHappen(
                "a new operator",
                2,
                () -> isCalm && operators.stream().allMatch(SimulatedOperator::isDead),
                this::begin);
        baton.mayHappen(
                "news",
                2,
                () -> operators.stream().anyMatch(SimulatedOperator::hasNews),
                () -> isCalm || random.nextInt(lag) == 0 || operators.stream().anyMatch(SimulatedOperator::isOverdue),
                this::hear);
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
        // It does most harm while something is published and not reported.
        baton.mayHappen(
                "a disaster",
                8,
                () -> !isCalm && hasDisaster && stepsUntilDisaster == 0 && cluster.isAnyUnreported(),
                this::strike);
    }

    private void hear() {
        List<SimulatedOperator> behind =
                operators.stream().filter(SimulatedOperator::hasNews).toList();
        behind.get(random.nextInt(behind.size())).hear(random.nextInt(100));
    }

    private void goOn() {
        stepsOfUsersLeft--;
        users.step();
        stepsUntilDisaster = Math.max(0, stepsUntilDisaster - 1);
        if (pauses && random.nextInt(QUIET) == 0) {
            quietUntil = baton.nanos() + (long) (random.nextDouble() * LONGEST_QUIET.toNanos());
        }
    }

    private void strike() {
        hasDisaster = false;
        crashAll();
        disasters.strike();
    }

    private void crashAll() {
        operators.forEach(SimulatedOperator::crash);
        late.loseAll();
    }

    private boolean isAnyStalled() {
        return operators.stream().anyMatch(SimulatedOperator::isStalled);
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
        cluster.note(name + " begins");
        Duration longest = random.nextBoolean() ? LONGEST_STANDBY : SHORT_STANDBY;
        Duration standby = Duration.ofNanos((long) (random.nextDouble() * longest.toNanos()));
        operators.add(new SimulatedOperator(
                name,
                baton,
                cluster,
                random,
                faults,
                late,
                new SimulatedOperator.Habits(standby, podLag, cacheLag, mapsFirst, sweeps, skew())));
    }

    /** How far a process's clock is ahead of the API server's. */
    private Duration skew() {
        return random.nextInt(3) > 0
                ? Duration.ZERO
                : Duration.ofNanos((long) ((random.nextDouble() * 2 - 1) * LONGEST_SKEW.toNanos()));
    }

    /** Without faults and users, every claim is served that can be, and what nobody holds can be given again. */
    private void settle() {
        isCalm = true;
        faults.calm();
        cluster.maps().refuse(false, false);
        runFor(TO_SETTLE);
        if (checksClaims && cluster.violation() == null) {
            users.endPods();
            runFor(TO_RELEASE);
            cluster.checkSettled();
        }
        if (cluster.violation() != null) {
            return;
        }
        users.leave();
        runFor(TO_RELEASE);
        cluster.create(ALL, Users.WHOLE_POOL);
        long end = baton.nanos() + TO_RELEASE.toNanos();
        baton.run(MOST_STEPS, () -> cluster.violation() != null || isBound() || baton.nanos() > end);
    }

    private void runFor(Duration duration) {
        long end = baton.nanos() + duration.toNanos();
        baton.run(MOST_STEPS, () -> cluster.violation() != null || baton.nanos() > end);
    }

    private boolean isBound() {
        return cluster.claim(ALL)
                .map(Claim::status)
                .filter(status -> status.phase() == Phase.BOUND)
                .isPresent();
    }

    private @Nullable String unsettled() {
        return isBound()
                ? (restoresAtLast
                        ? new LastRestore(random, cluster, this::runFor, LONGEST_CACHE_LAG, TO_RELEASE).run()
                        : null)
                : "the whole pool can't be given again: "
                        + cluster.claim(ALL).map(Claim::status).orElse(null);
    }
}
