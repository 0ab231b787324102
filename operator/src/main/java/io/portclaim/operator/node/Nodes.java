package io.portclaim.operator.node;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.portclaim.api.v1alpha1.PortClaimApi;
import io.portclaim.operator.allocation.NodeFacts;
import io.portclaim.operator.allocation.Unreadable;
import io.portclaim.operator.protocol.NodeView;
import io.portclaim.ports.PortSets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The nodes of the cluster and what is known of their ports. Thread-safe. */
public final class Nodes implements ResourceEventHandler<Node>, NodeView {
    /** What {@code net.ipv4.ip_local_port_range} says on the node, as {@code 32768-60999} or as the kernel writes it. */
    public static final String EPHEMERAL_RANGE = PortClaimApi.KEY_PREFIX + "ephemeral-port-range";
    /** What {@code net.ipv4.ip_local_reserved_ports} says on the node, a comma list of ports and ranges. */
    public static final String RESERVED_PORTS = PortClaimApi.KEY_PREFIX + "reserved-ports";

    /** Longer than any grace: a node that is asked for later counts as absent from then on. */
    private static final Duration FORGOTTEN_AFTER = Duration.ofDays(1);

    private final Clock clock;
    private final Consumer<NodeChange> changed;
    private final List<Consumer<NodeChange>> followers = new CopyOnWriteArrayList<>();
    private final PortSets sets = new PortSets();
    private final NodeAnnotations annotations = new NodeAnnotations(sets);
    private final Map<String, KnownNode> nodes = new ConcurrentHashMap<>();
    private final NodesByLabel byLabel = new NodesByLabel(nodes);
    /** The nodes by what their objects say, and what agents report, also of nodes that are not there yet. */
    private final Map<String, Annotated> annotated = new HashMap<>();

    private final Map<String, Reported> reports = new HashMap<>();
    private final Map<String, Instant> absentSince = new ConcurrentHashMap<>();
    private final AtomicLong version = new AtomicLong();

    /**
     * A node and how it may be selected.
     *
     * @param facts what is known of its ports
     * @param labels its labels
     */
    public record KnownNode(NodeFacts facts, Map<String, String> labels) {
        private KnownNode with(Reported report) {
            DampedRange.Settings settings = report.settings;
            NodeFacts reported = settings == null
                    ? NodeFacts.unknown(facts.name(), facts.windows(), report.unreadable)
                    : new NodeFacts(
                            facts.name(),
                            settings.ephemeral(),
                            settings.reserved(),
                            facts.windows(),
                            NodeFacts.Source.REPORTED,
                            report.unreadable);
            return new KnownNode(reported, labels);
        }
    }

    private record Annotated(KnownNode node, @Nullable String uid) {}

    /**
     * What an agent says of its node's own use of ports.
     *
     * @param settings what counts; null where nothing of it could ever be read
     * @param unreadable what can't be read of what it says
     * @param nodeUid the UID of the node that it says it of; null where whoever wrote it did not say
     */
    record Reported(
            DampedRange.@Nullable Settings settings,
            List<Unreadable> unreadable,
            @Nullable String nodeUid) {
        /** A machine that comes under the name of an earlier one has settings of its own. */
        private boolean isOf(Annotated node) {
            return nodeUid == null || nodeUid.equals(node.uid);
        }
    }

    /** Nodes that call {@code changed} with each change, one after the other, once all that {@link #follow} have it. */
    public Nodes(Clock clock, Consumer<NodeChange> changed) {
        this.clock = clock;
        this.changed = changed;
    }

    /** Has {@code follower} get each change before the claims are requeued that it concerns: they must not read what was before. */
    public void follow(Consumer<NodeChange> follower) {
        followers.add(follower);
    }

    @Override
    public void onAdd(Node node) {
        String name = node.getMetadata().getName();
        absentSince.remove(name);
        refresh(name, () -> annotated.put(name, read(node)));
    }

    /** What the node's agent reports from now on; it comes before what the annotations of that very node say. */
    void reported(String name, Reported report) {
        refresh(name, () -> reports.put(name, report));
    }

    /** Equal settings, of sets that are there but once: the nodes of a cluster have few different ones. */
    DampedRange.Settings unique(DampedRange.Settings settings) {
        return new DampedRange.Settings(sets.unique(settings.ephemeral()), sets.unique(settings.reserved()));
    }

    /** The node has no report any more. */
    void notReported(String name) {
        refresh(name, () -> reports.remove(name));
    }

    private void refresh(String name, Runnable news) {
        synchronized (annotated) {
            news.run();
            KnownNode now = known(annotated.get(name), reports.get(name));
            @Nullable KnownNode before = now == null ? nodes.remove(name) : nodes.put(name, now);
            if (Objects.equals(now, before)) {
                return;
            }
            version.incrementAndGet();
            // Still locked, so that nobody gets an earlier change after a later one.
            NodeChange change = new NodeChange(name, before, now);
            byLabel.changed(change);
            followers.forEach(follower -> follower.accept(change));
            changed.accept(change);
        }
    }

    private static @Nullable KnownNode known(@Nullable Annotated own, @Nullable Reported report) {
        if (own == null) {
            return null;
        }
        return report != null && report.isOf(own) ? own.node.with(report) : own.node;
    }

    @Override
    public void onUpdate(Node before, Node node) {
        onAdd(node);
    }

    @Override
    public void onDelete(Node node, boolean finalStateUnknown) {
        String name = node.getMetadata().getName();
        Instant now = clock.instant();
        absentSince.values().removeIf(since -> since.isBefore(now.minus(FORGOTTEN_AFTER)));
        absentSince.put(name, now);
        refresh(name, () -> annotated.remove(name));
    }

    /** Every node, by name. */
    public SortedMap<String, KnownNode> all() {
        return new TreeMap<>(nodes);
    }

    /** The same by their labels. */
    public NodesByLabel byLabel() {
        return byLabel;
    }

    /** The node of this name, if it is there. */
    public Optional<KnownNode> get(String name) {
        return Optional.ofNullable(nodes.get(name));
    }

    /** Grows with every change, so that what was derived can be recognized as old. */
    public long version() {
        return version.get();
    }

    @Override
    public Set<String> names() {
        return Set.copyOf(nodes.keySet());
    }

    @Override
    public boolean exists(String name) {
        return nodes.containsKey(name);
    }

    @Override
    public Instant absentSince(String name) {
        return absentSince.computeIfAbsent(name, key -> clock.instant());
    }

    private Annotated read(Node node) {
        String uid = node.getMetadata().getUid();
        Annotated before = annotated.get(node.getMetadata().getName());
        // A machine that comes under the name of an earlier one has settings of its own.
        NodeFacts known = before != null && Objects.equals(before.uid, uid) ? before.node.facts() : null;
        return new Annotated(
                new KnownNode(
                        annotations.read(node, known),
                        Map.copyOf(Objects.requireNonNullElse(node.getMetadata().getLabels(), Map.of()))),
                uid);
    }
}
