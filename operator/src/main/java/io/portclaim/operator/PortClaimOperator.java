package io.portclaim.operator;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.javaoperatorsdk.operator.Operator;
import io.javaoperatorsdk.operator.api.config.ConfigurationServiceOverrider;
import io.javaoperatorsdk.operator.processing.retry.GenericRetry;
import io.portclaim.api.v1alpha1.PortPool;
import io.portclaim.operator.allocation.ForeignPorts;
import io.portclaim.operator.allocation.Listeners;
import io.portclaim.operator.allocation.PortIndex;
import io.portclaim.operator.claim.ClaimCaches;
import io.portclaim.operator.claim.ClaimServing;
import io.portclaim.operator.claim.NoRateLimit;
import io.portclaim.operator.claim.RequeueSource;
import io.portclaim.operator.claim.RequeueTriggers;
import io.portclaim.operator.codec.EstimatedSize;
import io.portclaim.operator.http.OperatorHttp;
import io.portclaim.operator.http.Probes;
import io.portclaim.operator.kube.CachePositions;
import io.portclaim.operator.kube.Clients;
import io.portclaim.operator.kube.Requests;
import io.portclaim.operator.lease.Halt;
import io.portclaim.operator.lease.Leadership;
import io.portclaim.operator.lease.LeaseSettings;
import io.portclaim.operator.lease.RulingLease;
import io.portclaim.operator.ledger.LedgerStore;
import io.portclaim.operator.metrics.ApiRequests;
import io.portclaim.operator.metrics.BuildInfo;
import io.portclaim.operator.metrics.CommitResult;
import io.portclaim.operator.metrics.OperatorMetrics;
import io.portclaim.operator.node.ClusterView;
import io.portclaim.operator.node.PrunedStore;
import io.portclaim.operator.options.Options;
import io.portclaim.operator.pool.CountedPools;
import io.portclaim.operator.pool.PoolReconciler;
import io.portclaim.operator.pool.Pools;
import io.portclaim.operator.protocol.ClaimTracker;
import io.portclaim.operator.protocol.Ledger;
import io.portclaim.operator.protocol.ServingGate;
import io.portclaim.operator.protocol.Time;
import io.portclaim.operator.threads.LedgerWriter;
import io.portclaim.operator.threads.SystemTime;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One operator: its clients, watches, controllers, election and endpoints, put together. */
public final class PortClaimOperator implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PortClaimOperator.class);
    /** Below the renew deadline, so that a leader without an API server notices in time. */
    private static final int REQUEST_TIMEOUT_MILLIS = 4_000;
    /** One retry: a renewal that retries for longer than its deadline is a lease that is lost unnoticed. {@link CachePositions} needs it. */
    private static final int REQUEST_RETRIES = 1;

    private static final Duration LAST_WORDS = Duration.ofSeconds(5);
    /** One write, and one more where its answer is lost; a pod that ends has 30 seconds for everything. */
    private static final Duration LAST_COMMIT = Duration.ofSeconds(4);

    private final Options options;
    private final Halt halt;
    private final Leadership leadership;
    private final KubernetesClient client;
    /** JOSDK watches pools too. */
    private final KubernetesClient poolClient;

    private final KubernetesClient ledgerClient;
    private final ClaimCaches caches;
    private final ClusterView cluster;
    private final Pools pools;
    private final PoolReconciler poolReconciler;
    private final Time time = new SystemTime();
    private final ServingGate gate = new ServingGate(time);
    private final ClaimTracker tracker = new ClaimTracker();
    private final Ledger ledger;
    private final LedgerWriter ledgerWriter;
    private final ClaimServing serving;
    private final OperatorMetrics metrics;
    private final Operator operator;
    private @Nullable OperatorHttp http;
    private volatile @Nullable String ledgerLost;

    /**
     * Puts an operator together.
     *
     * @param options its settings
     * @param config how to reach the API server
     * @param halt what ends it when it must not write any more
     * @param clock the time that cooldowns and graces go by
     * @param httpClients a last word on every HTTP client
     */
    public PortClaimOperator(
            Options options, Config config, Halt halt, Clock clock, Consumer<HttpClient.Builder> httpClients) {
        this.options = options;
        this.halt = halt;
        this.leadership = options.get(Options.LEADER_ELECTION)
                ? Leadership.elected(LeaseSettings.from(options), halt)
                : Leadership.alone(halt);
        String userAgent = "portclaim/" + BuildInfo.version();
        ApiRequests apiRequests = new ApiRequests();
        CachePositions positions = new CachePositions();
        this.client = Clients.of(config, userAgent, REQUEST_TIMEOUT_MILLIS, REQUEST_RETRIES, builder -> {
            leadership.observe(builder);
            apiRequests.observe(builder);
            builder.addOrReplaceInterceptor(CachePositions.NAME, positions);
            httpClients.accept(builder);
        });
        this.poolClient = Clients.apart(client, positions.apart());
        this.caches = ClaimCaches.empty(client.getKubernetesSerialization(), positions);
        this.ledgerClient = Clients.of(
                config,
                userAgent,
                (int) options.get(Options.LEDGER_REQUEST_TIMEOUT).toMillis(),
                0,
                builder -> {
                    apiRequests.observe(builder);
                    httpClients.accept(builder);
                });
        ForeignPorts foreign = new ForeignPorts();
        Listeners listeners = new Listeners(foreign, clock);
        PortIndex portIndex = new PortIndex(clock, foreign, listeners, new EstimatedSize());
        Requests requests = new Requests(client, Duration.ofSeconds(30).toMillis());
        RequeueSource requeues = new RequeueSource();
        RequeueTriggers triggers = new RequeueTriggers(
                gate,
                tracker,
                portIndex,
                this::pools,
                this::concernPool,
                requeues,
                options.get(Options.NODE_CHANGE_WINDOW),
                time);
        this.cluster = new ClusterView(client, foreign, listeners, triggers, clock, options.get(Options.NODE_GRACE));
        this.pools = new Pools(cluster.nodes(), options.get(Options.MIN_COOLDOWN), triggers::poolChanged);
        CountedPools counted = new CountedPools(pools, portIndex);
        this.poolReconciler = new PoolReconciler(
                pools, counted, client, requests, gate::isOpen, options.get(Options.POOL_STATUS_INTERVAL), clock);
        this.metrics = new OperatorMetrics(
                new Counts(gate, this::serving, pools, counted, cluster), leadership::isLeading, BuildInfo.version());
        apiRequests.bindTo(metrics.registry());
        this.ledger = new Ledger(
                new LedgerStore(ledgerClient), portIndex::snapshot, identity(clock), new LedgerWatch(), time);
        this.ledgerWriter = new LedgerWriter(ledger);
        this.serving = new ClaimServing(
                new ClaimServing.Parts(
                        client, caches, requests, portIndex, ledger, cluster, foreign, listeners, pools, metrics, clock,
                        time),
                gate,
                tracker,
                triggers,
                requeues,
                options);
        this.operator = new Operator(this::configure);
    }

    private Pools pools() {
        return pools;
    }

    private ClaimServing serving() {
        return serving;
    }

    private Ledger.Identity identity(Clock clock) {
        String own = options.get(Options.LEASE_NAMESPACE) + "/" + options.get(Options.LEASE_NAME);
        return new Ledger.Identity(own, options.get(Options.IDENTITY), new RulingLease(client, clock)::rival);
    }

    private void configure(ConfigurationServiceOverrider josdk) {
        josdk.withKubernetesClient(client)
                .withCloseClientOnStop(false)
                .withConcurrentReconciliationThreads(options.workers())
                .withCacheSyncTimeout(options.get(Options.CACHE_SYNC_TIMEOUT))
                .withReconciliationTerminationTimeout(LAST_WORDS)
                .withUseSSAToPatchPrimaryResource(false)
                .withResourceCloner(new SharedObjects())
                .withInformerStoppedHandler((informer, failure) -> {
                    if (failure != null && informer.hasSynced()) {
                        halt.now(Halt.WATCH_LOST, "A watch has ended: " + failure + ". Halting, to be restarted.");
                    }
                });
    }

    /** How often claims were looked at. */
    long looks() {
        return metrics.reconciles();
    }

    /**
     * Begins to watch and to stand for election; claims are served once this process leads and has loaded everything.
     *
     * @throws TimeoutException when the first lists take too long
     */
    public void start() throws TimeoutException {
        http = OperatorHttp.start(
                options.get(Options.HTTP_BIND_ADDRESS), options.get(Options.HTTP_PORT), probes(), metrics::scrape);
        cluster.start();
        cluster.watch(
                poolClient.resources(PortPool.class), pools, new PrunedStore<>(PrunedStore::withoutManagedFields));
        cluster.awaitFirstLists(options.get(Options.CACHE_SYNC_TIMEOUT));
        operator.register(
                serving.reconciler(),
                override -> override.withName("portclaims")
                        .withInformerListLimit(ClusterView.LIST_PAGE)
                        .withItemStore(caches.claims())
                        // Its own filter knows which status is news; a generation does not.
                        .withGenerationAware(false)
                        .withOnAddFilter(serving::concerns)
                        .withOnUpdateFilter(serving::isNews)
                        // Its timer would keep a task for every look at a claim, for hours; the sweep does its work.
                        .withReconciliationMaxInterval(null)
                        .withRateLimiter(NoRateLimit.INSTANCE)
                        .withRetry(endless()));
        operator.register(
                poolReconciler,
                override -> override.withName("portpools")
                        .withReconciliationMaxInterval(null)
                        .withRetry(endless()));
        leadership.onStart(serving::lead);
        LOG.info("PortClaim {} starts with {}", BuildInfo.version(), options.describe());
        operator.start();
        leadership.start(client);
    }

    /** A retry never ends: JOSDK's default gives up after five, and a minute's outage would leave claims for hours. */
    private static GenericRetry endless() {
        return new GenericRetry()
                .withoutMaxAttempts()
                .setInitialInterval(500)
                .setIntervalMultiplier(2)
                .setMaxInterval(30_000);
    }

    private Probes probes() {
        return Probes.of(
                leadership,
                () -> cluster.isHealthy() ? Optional.empty() : Optional.of("waiting for the first lists"),
                gate::waitingFor,
                () -> Optional.ofNullable(ledgerLost));
    }

    private void concernPool(String pool) {
        poolReconciler.concern(pool);
    }

    /** Whether claims are served. */
    public boolean isServing() {
        return gate.isOpen();
    }

    /** What keeps claims from being served; empty when they are. */
    public Optional<String> waitingFor() {
        return gate.waitingFor();
    }

    /** The port of the endpoints, once started. */
    public int httpPort() {
        OperatorHttp server = http;
        if (server == null) {
            throw new IllegalStateException("the operator is not started");
        }
        return server.port();
    }

    /** Finishes what is committed, writes down what was released, hands the lead over, and stops. */
    @Override
    public void close() {
        leadership.beginShutdown();
        serving.stopServing();
        operator.stop();
        serving.close();
        ledger.finish(LAST_COMMIT);
        ledgerWriter.close();
        if (leadership.release(client)) {
            LOG.info("The lease is released");
        }
        cluster.close();
        OperatorHttp server = http;
        if (server != null) {
            server.close();
        }
        metrics.close();
        ledgerClient.close();
        poolClient.close();
        client.close();
    }

    private final class LedgerWatch implements Ledger.Observer {
        @Override
        public void committed(int waiters, Duration duration, int bytes) {
            metrics.commit(CommitResult.COMMITTED, waiters, duration);
        }

        @Override
        public void unanswered(int waiters, Duration duration) {
            metrics.commit(CommitResult.UNKNOWN, waiters, duration);
        }

        @Override
        public void lost(String why) {
            metrics.commit(CommitResult.CONFLICT, 0, Duration.ZERO);
            ledgerLost = why;
            halt.now(Halt.FENCED_OFF, "Fenced off: " + why + ". Halting, so that nothing more is written.");
        }
    }
}
