package io.portclaim.operator.claim;

import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.operator.allocation.ClaimAllocation;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.ForeignPorts;
import io.portclaim.operator.allocation.Listeners;
import io.portclaim.operator.allocation.PortIndex;
import io.portclaim.operator.codec.EstimatedSize;
import io.portclaim.operator.kube.CachePositions;
import io.portclaim.operator.kube.Requests;
import io.portclaim.operator.ledger.LedgerStore;
import io.portclaim.operator.metrics.Census;
import io.portclaim.operator.metrics.OperatorMetrics;
import io.portclaim.operator.node.ClusterView;
import io.portclaim.operator.node.NoopClusterListener;
import io.portclaim.operator.options.Environment;
import io.portclaim.operator.options.Invocation;
import io.portclaim.operator.options.Options;
import io.portclaim.operator.pool.Pools;
import io.portclaim.operator.protocol.ClaimService;
import io.portclaim.operator.protocol.ClaimTracker;
import io.portclaim.operator.protocol.Ledger;
import io.portclaim.operator.protocol.ServingGate;
import io.portclaim.operator.threads.LedgerWriter;
import io.portclaim.operator.threads.SystemTime;
import java.lang.reflect.Field;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * What serves claims, wired as in production, on a {@link SmallApi}, with no watch: a test says what the watches would. It
 * knows the node n1 and the pool main, 1000 to 1099.
 */
final class Leader implements AutoCloseable {
    private static final long JOIN_MILLIS = TimeUnit.SECONDS.toMillis(10);

    private final KubernetesClient client;
    private final KubernetesClient ledgerClient;
    private final ForeignPorts foreign = new ForeignPorts();
    private final Listeners listeners = new Listeners(foreign, Clock.systemUTC());
    private final PortIndex portIndex = new PortIndex(Clock.systemUTC(), foreign, listeners, new EstimatedSize());
    private final ServingGate gate = new ServingGate(new SystemTime());
    private final ClaimTracker tracker = new ClaimTracker();
    private final Ledger ledger;
    private final LedgerWriter writer;
    private final ClusterView cluster;
    private final Pools pools;
    private final OperatorMetrics metrics = new OperatorMetrics(nothing(Census.class), () -> true, "test");
    private final ClaimServing serving;
    private final List<Thread> threads = new ArrayList<>();

    Leader(SmallApi api) {
        client = api.connect();
        ledgerClient = api.connect();
        Clock clock = Clock.systemUTC();
        RequeueTriggers triggers = new RequeueTriggers(
                gate, tracker, portIndex, this::pools, pool -> {}, key -> {}, Duration.ZERO, new SystemTime());
        cluster = new ClusterView(client, foreign, listeners, new NoopClusterListener(), clock, Duration.ZERO);
        cluster.nodes()
                .onAdd(new NodeBuilder()
                        .withNewMetadata()
                        .withName("n1")
                        .endMetadata()
                        .build());
        pools = new Pools(cluster.nodes(), Duration.ZERO, pool -> {});
        pools.onAdd(Samples.pool("{ranges: [1000-1099], staticBand: 0, cooldown: {tcp: 60s}}"));
        ledger = new Ledger(
                new LedgerStore(ledgerClient),
                portIndex::snapshot,
                new Ledger.Identity("ports/portclaim", "test", lease -> Optional.empty()),
                new Unobserved(),
                new SystemTime());
        writer = new LedgerWriter(ledger);
        serving = new ClaimServing(
                new ClaimServing.Parts(
                        client,
                        ClaimCaches.empty(client.getKubernetesSerialization(), new CachePositions()),
                        new Requests(client, Duration.ofSeconds(20).toMillis()),
                        portIndex,
                        ledger,
                        cluster,
                        foreign,
                        listeners,
                        pools,
                        metrics,
                        clock,
                        new SystemTime()),
                gate,
                tracker,
                triggers,
                new RequeueSource(),
                options());
    }

    private Pools pools() {
        return pools;
    }

    private static Options options() {
        Invocation read =
                Invocation.read(List.of("--lease-namespace=ports"), new Environment(Map.of(), Path.of("no-pod")));
        if (read instanceof Invocation.Run run) {
            return run.options();
        }
        throw new IllegalStateException("not a way to run: " + read);
    }

    private static <T> T nothing(Class<T> type) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, args) -> {
            throw new UnsupportedOperationException(method.getName());
        }));
    }

    /** Takes over, and returns when claims are served. */
    Leader lead() {
        serving.lead();
        return this;
    }

    /** Takes over in a thread of its own. */
    Thread beginToLead() {
        return inThread(serving::lead);
    }

    /** Does {@code work} in a thread that ends with this leader. */
    Thread inThread(Runnable work) {
        Thread thread = new Thread(work, "leader");
        // What it throws when everything is closed concerns nobody.
        thread.setUncaughtExceptionHandler((failed, e) -> {});
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
        return thread;
    }

    /** What JOSDK does when its cache has the claim so. */
    UpdateControl<PortClaim> reconcile(PortClaim cached) {
        @SuppressWarnings("unchecked")
        Context<PortClaim> context = nothing(Context.class);
        return serving.reconciler().reconcile(cached, context);
    }

    /** What a watch says when the claim was deleted. */
    void deleted(PortClaim claim) {
        try {
            Field service = ClaimServing.class.getDeclaredField("service");
            service.setAccessible(true);
            ((ClaimService) service.get(serving))
                    .releaser()
                    .deleted(
                            claim.getMetadata().getUid(),
                            new ClaimKey(
                                    claim.getMetadata().getNamespace(),
                                    claim.getMetadata().getName()));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    boolean isOpen() {
        return gate.isOpen();
    }

    /** What the claim of this UID holds. */
    Optional<ClaimAllocation> allocation(String uid) {
        return portIndex.allocation(uid);
    }

    /** How often a claim could not be dealt with, as the metrics say. */
    double failures() {
        return metrics.registry().get("portclaim.reconcile.failures").counter().count();
    }

    /** How many claims are looked at, so that any news may concern them. */
    long lookedAt() {
        return tracker.all().stream()
                .filter(ClaimTracker.TrackedClaim::isLookedAt)
                .count();
    }

    /** Forgets what concerns no claim that there is, as happens once in a while. */
    void prune() {
        tracker.prune();
    }

    /** How many claims hold ports. */
    int holders() {
        return portIndex.holdings().size();
    }

    @Override
    public void close() {
        serving.close();
        writer.close();
        cluster.close();
        metrics.close();
        client.close();
        ledgerClient.close();
        for (Thread thread : threads) {
            try {
                thread.join(JOIN_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static final class Unobserved implements Ledger.Observer {
        @Override
        public void committed(int waiters, Duration duration, int bytes) {}

        @Override
        public void unanswered(int waiters, Duration duration) {}

        @Override
        public void lost(String why) {}
    }
}
