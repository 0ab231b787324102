package io.portclaim.operator.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.portclaim.api.v1alpha1.Phase;
import io.portclaim.api.v1alpha1.Reason;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * What the operator counts and times. No metric is per claim, per namespace or per node: the labels are phases, outcomes,
 * reasons and pools. Thread-safe, except that it is closed once.
 */
public final class OperatorMetrics implements AutoCloseable {
    // From a claim that is served at once to one that waits for a node, with the promise of a second in between.
    private static final Duration[] READY_BUCKETS = {
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofMillis(2500),
        Duration.ofSeconds(5),
        Duration.ofSeconds(10),
        Duration.ofSeconds(30),
        Duration.ofSeconds(60)
    };
    private static final Duration[] COMMIT_BUCKETS = {
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(25),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofSeconds(3)
    };
    private static final double[] BATCH_BUCKETS = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512};
    private static final String NO_REASON = "none";

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final ProcessMetrics process;
    private final Census census;
    private final MultiGauge claims;
    private final MultiGauge waiting;
    private final MultiGauge unusable;
    private final PoolGauges pools;
    private final Counter reconciles;
    private final Counter reconcileFailures;
    private final Meter.MeterProvider<Counter> decisions;
    private final Meter.MeterProvider<Counter> commits;
    private final DistributionSummary batch;
    private final Timer commit;
    private final Timer ready;
    private final Timer podServed;
    private final Counter podFailures;

    /**
     * Begins to count.
     *
     * @param census asked at each scrape
     * @param leading whether this process leads, asked at each scrape
     * @param version of this build
     */
    public OperatorMetrics(Census census, BooleanSupplier leading, String version) {
        this.census = census;
        // First, for it keeps some meters out.
        process = new ProcessMetrics(registry);
        claims = gauge("portclaim.claims", "Claims, by phase.");
        waiting = gauge(
                "portclaim.claims.waiting",
                "Claims that wait for something to change, by the reason of their condition Ready.");
        unusable = gauge(
                "portclaim.claims.unusable",
                "Claims that hold a port that may not be free to listen on (Usable is False), by the reason of that condition.");
        pools = new PoolGauges(registry);
        reconciles = Counter.builder("portclaim.reconciles")
                .description("How often claims were reconciled. A claim whose ports are assigned at once needs one"
                        + " reconcile.")
                .register(registry);
        reconcileFailures = Counter.builder("portclaim.reconcile.failures")
                .description("How often a claim could not be reconciled and is re-queued; the log states why.")
                .register(registry);
        decisions = Counter.builder("portclaim.decisions")
                .description("Decisions on claims, by outcome (assigned, kept, refused) and, if refused, the reason.")
                .withRegistry(registry);
        commits = Counter.builder("portclaim.ledger.commits")
                .description("Writes of the ledger, by result: committed, conflict (another leader wrote), unknown (no"
                        + " answer, sent again).")
                .withRegistry(registry);
        batch = DistributionSummary.builder("portclaim.ledger.batch.entries")
                .description("Entries in one committed write of the ledger.")
                .serviceLevelObjectives(BATCH_BUCKETS)
                .register(registry);
        commit = timer("portclaim.ledger.commit", "How long a write of the ledger takes.", COMMIT_BUCKETS);
        ready = timer("portclaim.claim.ready", "From a claim's creation to the first time it is Ready.", READY_BUCKETS);
        podServed = timer(
                "portclaim.pod.served",
                "Scope Pod: from a pod's creation to the moment at which it has its ports and may be scheduled.",
                READY_BUCKETS);
        podFailures = Counter.builder("portclaim.pod.failures")
                .description("How often a pod could not be given its ports and is tried again; the log states why.")
                .register(registry);
        showAtEachScrape(leading, version);
        countFromZero();
    }

    private void showAtEachScrape(BooleanSupplier leading, String version) {
        Gauge.builder("portclaim.leading", () -> leading.getAsBoolean() ? 1 : 0)
                .description("Whether this process leads: 1 or 0.")
                .register(registry);
        Gauge.builder("portclaim.reports.abandoned", census::abandonedReports)
                .description(
                        "Reports of nodes whose agent's pod has been gone for --node-grace: listeners on these nodes"
                                + " no longer count.")
                .register(registry);
        Gauge.builder("portclaim.configmaps.unclaimed", census::unclaimedMaps)
                .description(
                        "ConfigMaps of claims that do not exist, as a backup tool restores them, whose ports are no longer"
                                + " kept because --restore-grace is over.")
                .register(registry);
        Gauge.builder("portclaim.pods.served", () -> census.pods().served())
                .description("Scope Pod: pods that have ports of their own.")
                .register(registry);
        Gauge.builder("portclaim.pods.waiting", () -> census.pods().waiting())
                .description("Scope Pod: pods that wait for ports of their own.")
                .register(registry);
        Gauge.builder("portclaim.build.info", () -> 1)
                .description("Always 1; the label says which version runs.")
                .tags("version", version)
                .register(registry);
    }

    /** A claim is looked at. */
    public void reconciling() {
        reconciles.increment();
    }

    /** How often claims were looked at. */
    public long reconciles() {
        return (long) reconciles.count();
    }

    /**
     * A pod has its ports.
     *
     * @param sinceCreation as for {@link #ready}
     */
    public void podServed(Duration sinceCreation) {
        podServed.record(sinceCreation.isNegative() ? Duration.ZERO : sinceCreation);
    }

    /** A pod could not be served and is tried again. */
    public void podFailed() {
        podFailures.increment();
    }

    /** A claim could not be dealt with and is tried again. */
    public void reconcileFailed() {
        reconcileFailures.increment();
    }

    /** A claim got new ports. */
    public void assigned() {
        decided("assigned", NO_REASON);
    }

    /** A claim was looked at and keeps what it has. */
    public void kept() {
        decided("kept", NO_REASON);
    }

    /**
     * A claim cannot have what it asks for.
     *
     * @param reason why; its text becomes a label
     */
    public void refused(Reason reason) {
        decided("refused", reason.text());
    }

    /**
     * The ledger was written, or it was tried.
     *
     * @param result how it ended
     * @param entries how many entries the write carried
     * @param duration from sending it to knowing the result
     */
    public void commit(CommitResult result, int entries, Duration duration) {
        commits.withTags("result", result.tag()).increment();
        commit.record(duration);
        if (result == CommitResult.COMMITTED) {
            batch.record(entries);
        }
    }

    /**
     * A claim is Ready for the first time.
     *
     * @param sinceCreation by the API server's creationTimestamp, which has whole seconds, and this machine's clock; less
     *     than nothing counts as nothing
     */
    public void ready(Duration sinceCreation) {
        ready.record(sinceCreation.isNegative() ? Duration.ZERO : sinceCreation);
    }

    /** Everything, in Prometheus' text format 0.0.4. */
    public synchronized String scrape() {
        Map<Phase, Long> phases = census.claims();
        claims.register(
                Arrays.stream(Phase.values())
                        .<Row<?>>map(phase -> Row.of(Tags.of("phase", label(phase)), phases.getOrDefault(phase, 0L)))
                        .toList(),
                true);
        waiting.register(
                census.waiting().entrySet().stream()
                        .<Row<?>>map(
                                count -> Row.of(Tags.of("reason", count.getKey().text()), count.getValue()))
                        .toList(),
                true);
        unusable.register(
                census.unusable().entrySet().stream()
                        .<Row<?>>map(count -> Row.of(
                                Tags.of(
                                        "pool",
                                        count.getKey().pool(),
                                        "reason",
                                        count.getKey().reason().text()),
                                count.getValue()))
                        .toList(),
                true);
        pools.showNodes(census.poolNodes());
        pools.show(census.pools());
        return MaxHelp.in(registry.scrape());
    }

    /** For what other parts measure. A name of their own, with few labels, and documented in docs/metrics.md. */
    public MeterRegistry registry() {
        return registry;
    }

    @Override
    public void close() {
        process.close();
        registry.close();
    }

    // As the API spells it.
    private static String label(Phase phase) {
        return switch (phase) {
            case PENDING -> "Pending";
            case BOUND -> "Bound";
            case CONFLICTED -> "Conflicted";
        };
    }

    private void decided(String outcome, String reason) {
        decisions.withTags("outcome", outcome, "reason", reason).increment();
    }

    // A series that appears with its first event has no increase that Prometheus could see.
    private void countFromZero() {
        decisions.withTags("outcome", "assigned", "reason", NO_REASON);
        decisions.withTags("outcome", "kept", "reason", NO_REASON);
        for (CommitResult result : CommitResult.values()) {
            commits.withTags("result", result.tag());
        }
    }

    private MultiGauge gauge(String name, String description) {
        return MultiGauge.builder(name).description(description).register(registry);
    }

    private Timer timer(String name, String description, Duration[] buckets) {
        return Timer.builder(name)
                .description(description)
                .serviceLevelObjectives(buckets)
                .register(registry);
    }
}
