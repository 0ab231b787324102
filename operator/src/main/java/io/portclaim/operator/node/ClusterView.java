package io.portclaim.operator.node;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeStatusBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Informable;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.portclaim.api.v1alpha1.PortReport;
import io.portclaim.api.v1alpha1.PortReportStatus;
import io.portclaim.operator.allocation.ForeignPorts;
import io.portclaim.operator.allocation.Listeners;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Watches nodes and their agents' reports, pods, Services and namespaces, and keeps what decisions need. Thread-safe. */
public final class ClusterView implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ClusterView.class);
    /**
     * How many objects the first answer of a list has; where those of a kind that tenants may make are small, the next ones have more
     * ({@code LeanLists}). They are pruned when they are stored: ten thousand claims in one
     * answer take more heap than all that is kept of them. A page of the largest that tenants may make, one
     * and a half mebibytes of JSON each, must arrive within the client's timeout on a slow machine too.
     */
    public static final long LIST_PAGE = 50;

    private final KubernetesClient client;
    private final Nodes nodes;
    private final PortReports reports;
    private final Pods pods;
    private final PrunedStore<Pod> knownPods = PrunedStore.ofIdentities(KnownPod::of);
    private final List<ResourceEventHandler<Pod>> podHandlers = new ArrayList<>();
    private final ServicePorts services;
    private final Map<String, Map<String, String>> namespaces = new ConcurrentHashMap<>();
    private final ClusterListener listener;
    private final List<Watched> watched = new CopyOnWriteArrayList<>();

    /**
     * One kind of objects.
     *
     * @param handled completes when the handlers have handled everything in the first list: the informer's own signal
     *     comes before that
     */
    private record Watched(SharedIndexInformer<?> informer, CompletableFuture<Void> handled) {
        boolean isHealthy() {
            return handled.isDone() && !handled.isCompletedExceptionally() && informer.isRunning();
        }
    }

    /**
     * A view that reports changes to {@code listener}.
     *
     * @param client reads and watches
     * @param foreign gets the ports that pods and Services declare
     * @param listeners gets the ports that processes listen on, as agents report them
     * @param reporterGrace how long those count after their reporter's pod is gone
     */
    public ClusterView(
            KubernetesClient client,
            ForeignPorts foreign,
            Listeners listeners,
            ClusterListener listener,
            Clock clock,
            Duration reporterGrace) {
        this.client = client;
        this.listener = listener;
        this.nodes = new Nodes(clock, listener::nodeChanged);
        this.reports = new PortReports(
                new ReportedRanges(nodes), listeners, this::isOn, listener::listenersChanged, clock, reporterGrace);
        this.pods = new Pods(foreign, listener::declarationsChanged, listener::readersChanged);
        this.services = new ServicePorts(foreign, listener::declarationsChanged);
        podHandlers.add(pods);
        podHandlers.add(reports.pods());
    }

    /** Has {@code handler} see pods too; to be called before {@link #start}. */
    public void alsoPods(ResourceEventHandler<Pod> handler) {
        podHandlers.add(handler);
    }

    /** Whether the watch has this pod. */
    public boolean hasPod(String namespace, String name, String uid) {
        return knownPods.get(namespace + "/" + name) instanceof KnownPod known
                && known.getMetadata().getUid().equals(uid);
    }

    private boolean isOn(String node, PortReportStatus.Reporter reporter) {
        return hasPod(reporter.namespace(), reporter.name(), reporter.uid())
                && knownPods.get(reporter.namespace() + "/" + reporter.name()) instanceof KnownPod known
                && known.node().equals(node);
    }

    /** Begins to watch nodes, their agents' reports, pods, Services and namespaces. */
    public void start() {
        watch(client.nodes(), List.of(nodes, services.nodes()), new PrunedStore<>(ClusterView::withAddresses));
        watch(client.resources(PortReport.class), reports, PrunedStore.ofIdentities(PortReports::prune));
        watch(client.pods().inAnyNamespace(), podHandlers, knownPods);
        watch(client.services().inAnyNamespace(), services, PrunedStore.ofIdentities(ClusterView::identity));
        watch(client.namespaces(), new NamespaceLabels(), new PrunedStore<>(PrunedStore::withoutAnnotations));
    }

    /** Begins to watch {@code kind} too, and keeps in {@code store} what the watch itself needs. */
    public <T extends HasMetadata> void watch(
            Informable<T> kind, ResourceEventHandler<T> handler, PrunedStore<T> store) {
        watch(kind, List.of(handler), store);
    }

    private <T extends HasMetadata> void watch(
            Informable<T> kind, List<ResourceEventHandler<T>> handlers, PrunedStore<T> store) {
        SharedIndexInformer<T> informer = kind.withLimit(LIST_PAGE).runnableInformer(0);
        informer.itemStore(store);
        handlers.forEach(informer::addEventHandler);
        // A watch that breaks is started again, however it broke: a view that stands still decides wrongly.
        informer.exceptionHandler((started, failure) -> {
            LOG.warn(
                    "{}: the watch failed and is restarted: {}",
                    informer.getApiTypeClass().getSimpleName(),
                    failure.toString());
            return true;
        });
        CompletableFuture<Void> handled = new CompletableFuture<>();
        informer.addEventHandler(new EndOfFirstList<>(handled));
        watched.add(new Watched(informer, handled));
        informer.start().whenComplete((nothing, failure) -> {
            if (failure != null) {
                handled.completeExceptionally(failure);
            }
        });
    }

    /**
     * Waits until everything that is watched has been seen once.
     *
     * @throws TimeoutException when that takes longer than {@code timeout}
     */
    public void awaitFirstLists(Duration timeout) throws TimeoutException {
        CompletableFuture<?> all =
                CompletableFuture.allOf(watched.stream().map(Watched::handled).toArray(CompletableFuture<?>[]::new));
        try {
            all.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for a first list", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("a first list failed: " + e.getCause(), e);
        } catch (TimeoutException e) {
            TimeoutException withNames = new TimeoutException(
                    "the API server did not list %s within %d s; does that API exist, and may the operator list it?"
                            .formatted(missing(), timeout.toSeconds()));
            withNames.initCause(e);
            throw withNames;
        }
    }

    private String missing() {
        return watched.stream()
                .filter(kind -> !kind.handled.isDone())
                .map(kind -> kind.informer.getApiTypeClass().getSimpleName())
                .collect(Collectors.joining(", "));
    }

    private static Service identity(Service service) {
        return new ServiceBuilder().withMetadata(PrunedStore.identity(service)).build();
    }

    /** Of a status, which has a list of images and more, only the addresses are ever read. */
    private static Node withAddresses(Node node) {
        if (node.getStatus() != null) {
            node.setStatus(new NodeStatusBuilder()
                    .withAddresses(node.getStatus().getAddresses())
                    .build());
        }
        return PrunedStore.withoutManagedFields(node);
    }

    /** The nodes. */
    public Nodes nodes() {
        return nodes;
    }

    /** What live pods use. */
    public Pods pods() {
        return pods;
    }

    /** Lets time pass: what agents said that are gone no longer counts. */
    public void advance() {
        reports.advance();
    }

    /** How many reports there are whose listeners no longer count, for the agent has been gone for the grace. */
    public long abandonedReports() {
        return reports.abandoned();
    }

    /** The labels of a namespace; empty when it is not known. */
    public Optional<Map<String, String>> namespaceLabels(String namespace) {
        // A namespace may be younger than the watch's last news.
        return Optional.ofNullable(namespaces.get(namespace))
                .or(() -> Optional.ofNullable(
                                client.namespaces().withName(namespace).get())
                        .map(found -> Map.copyOf(
                                Objects.requireNonNullElse(found.getMetadata().getLabels(), Map.of()))));
    }

    /** Whether every watch has listed once and still runs. */
    public boolean isHealthy() {
        return !watched.isEmpty() && watched.stream().allMatch(Watched::isHealthy);
    }

    @Override
    public void close() {
        watched.forEach(kind -> kind.informer.stop());
    }

    /** The last of a kind's handlers, so that it comes last. */
    private record EndOfFirstList<T>(CompletableFuture<Void> handled) implements ResourceEventHandler<T> {
        @Override
        public void onList(String resourceVersion, boolean remainedEmpty) {
            handled.complete(null);
        }

        @Override
        public void onAdd(T object) {}

        @Override
        public void onUpdate(T before, T object) {}

        @Override
        public void onDelete(T object, boolean finalStateUnknown) {}
    }

    private final class NamespaceLabels implements ResourceEventHandler<Namespace> {
        @Override
        public void onAdd(Namespace namespace) {
            String name = namespace.getMetadata().getName();
            Map<String, String> labels = Map.copyOf(
                    Objects.requireNonNullElse(namespace.getMetadata().getLabels(), Map.of()));
            @Nullable Map<String, String> before = namespaces.put(name, labels);
            if (!labels.equals(before)) {
                listener.namespaceChanged(name);
            }
        }

        @Override
        public void onUpdate(Namespace before, Namespace namespace) {
            onAdd(namespace);
        }

        @Override
        public void onDelete(Namespace namespace, boolean finalStateUnknown) {
            namespaces.remove(namespace.getMetadata().getName());
        }
    }
}
