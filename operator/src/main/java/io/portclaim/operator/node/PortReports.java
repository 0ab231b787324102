package io.portclaim.operator.node;

import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.portclaim.api.v1alpha1.NodePortReport;
import io.portclaim.api.v1alpha1.NodePortReportStatus;
import io.portclaim.api.v1alpha1.NodePortReportStatus.Reporter;
import io.portclaim.operator.allocation.Listeners;
import io.portclaim.operator.allocation.Slot;
import io.portclaim.operator.ports.CompactPorts;
import io.portclaim.operator.ports.PortRange;
import io.portclaim.operator.ports.PortSet;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What agents report of their nodes. The ephemeral range of a report holds for as long as there is the report: a kernel's
 * setting outlives who has read it. Where processes listen holds for as long as the pod exists that wrote it, whatever its
 * phase, for that of a node that does not answer goes on existing, and for a grace after that, so that an agent that is
 * replaced leaves no gap. Thread-safe.
 */
final class PortReports implements ResourceEventHandler<NodePortReport> {
    private static final Logger LOG = LoggerFactory.getLogger(PortReports.class);

    private final Nodes nodes;
    private final Listeners listeners;
    private final Predicate<Reporter> exists;
    private final Consumer<Set<Slot>> listenersChanged;
    private final Clock clock;
    private final Duration grace;
    /** Who reported, by node. */
    private final Map<String, Reporter> reporters = new HashMap<>();
    /** The nodes by their reporters' UIDs. */
    private final Map<String, String> nodesByReporter = new HashMap<>();
    /** Since when this process has known a node's reporter to be gone, by node. */
    private final Map<String, Instant> goneSince = new HashMap<>();
    /** The nodes whose listeners don't count, for their reporter has been gone for the grace. */
    private final Set<String> passedOver = new HashSet<>();
    /** What could not be read, by node, so that it is told once. */
    private final Map<String, String> complaints = new HashMap<>();

    /**
     * Reports that go to {@code nodes} and {@code listeners}.
     *
     * @param exists whether the API server has the pod, as of what is watched
     * @param listenersChanged is told the slots where a listener came or went
     * @param grace how long listeners count after their reporter is gone
     */
    PortReports(
            Nodes nodes,
            Listeners listeners,
            Predicate<Reporter> exists,
            Consumer<Set<Slot>> listenersChanged,
            Clock clock,
            Duration grace) {
        this.nodes = nodes;
        this.listeners = listeners;
        this.exists = exists;
        this.listenersChanged = listenersChanged;
        this.clock = clock;
        this.grace = grace;
    }

    /** What a watch of reports has to keep in memory: who they are. */
    static NodePortReport prune(NodePortReport report) {
        ObjectMeta meta = report.getMetadata();
        NodePortReport kept = new NodePortReport();
        kept.setMetadata(new ObjectMetaBuilder()
                .withName(meta.getName())
                .withUid(meta.getUid())
                .withResourceVersion(meta.getResourceVersion())
                .build());
        return kept;
    }

    /** A report as it was read. */
    private record Read(PortSet ephemeral, PortSet reserved, CompactPorts tcp, CompactPorts udp, Reporter reporter) {
        static Read of(NodePortReportStatus status) {
            return new Read(
                    PortSet.of(PortRange.parse(required("ephemeralRange", status.ephemeralRange()))),
                    ports(status.reservedPorts()),
                    CompactPorts.of(
                            ports(required("listeners", status.listeners()).tcp())),
                    CompactPorts.of(
                            ports(required("listeners", status.listeners()).udp())),
                    required("reporter", status.reporter()));
        }

        /** The schema requires it, but who writes objects past the schema must not stop a watch. */
        private static <T> T required(String field, @Nullable T value) {
            if (value == null) {
                throw new IllegalArgumentException("status.%s is missing".formatted(field));
            }
            return value;
        }

        private static PortSet ports(@Nullable String text) {
            return text == null ? PortSet.EMPTY : PortSet.parse(text);
        }
    }

    @Override
    public void onAdd(NodePortReport report) {
        String node = report.getMetadata().getName();
        // The agent creates the object first and then writes its status.
        Read read = report.getStatus() == null ? null : read(node, report.getStatus());
        if (read == null) {
            forget(node);
            return;
        }
        nodes.reported(node, read.ephemeral, read.reserved);
        tell(listen(node, read));
    }

    @Override
    public void onUpdate(NodePortReport before, NodePortReport report) {
        onAdd(report);
    }

    @Override
    public void onDelete(NodePortReport report, boolean finalStateUnknown) {
        forget(report.getMetadata().getName());
    }

    private @Nullable Read read(String node, NodePortReportStatus status) {
        try {
            Read read = Read.of(status);
            complaint(node, null);
            return read;
        } catch (IllegalArgumentException e) {
            if (complaint(node, String.valueOf(e.getMessage()))) {
                LOG.warn("NodePortReport {}: passed over, it can't be read: {}", node, e.getMessage());
            }
            return null;
        }
    }

    /** Remembers what is wrong with a report; whether that is news. */
    private synchronized boolean complaint(String node, @Nullable String what) {
        return what == null ? complaints.remove(node) != null : !what.equals(complaints.put(node, what));
    }

    private void forget(String node) {
        nodes.notReported(node);
        tell(stopListening(node));
    }

    private synchronized Set<Slot> listen(String node, Read read) {
        Reporter known = reporters.put(node, read.reporter);
        if (known != null && !known.uid().equals(read.reporter.uid())) {
            nodesByReporter.remove(known.uid(), node);
            goneSince.remove(node);
            passedOver.remove(node);
        }
        // Before it is looked for: if it goes from now on, that is told.
        nodesByReporter.put(read.reporter.uid(), node);
        if (!exists.test(read.reporter)) {
            goneSince.putIfAbsent(node, clock.instant());
        }
        return passedOver.contains(node) ? Set.of() : listeners.report(node, read.tcp, read.udp);
    }

    private synchronized Set<Slot> stopListening(String node) {
        Reporter known = reporters.remove(node);
        if (known != null) {
            nodesByReporter.remove(known.uid(), node);
        }
        goneSince.remove(node);
        passedOver.remove(node);
        return listeners.withdraw(node);
    }

    /** Is to be told of pods that come and go. */
    ResourceEventHandler<Pod> pods() {
        return new Pods();
    }

    private synchronized void podCame(String uid) {
        String node = nodesByReporter.get(uid);
        if (node != null) {
            goneSince.remove(node);
        }
    }

    private synchronized void podWent(String uid) {
        String node = nodesByReporter.get(uid);
        if (node != null) {
            goneSince.putIfAbsent(node, clock.instant());
        }
    }

    /** Lets time pass: listeners whose reporter has been gone for the grace no longer count. */
    void advance() {
        Set<Slot> changed = new HashSet<>();
        synchronized (this) {
            Instant limit = clock.instant().minus(grace);
            goneSince.forEach((node, since) -> {
                if (!since.isAfter(limit) && passedOver.add(node)) {
                    LOG.info(
                            "NodePortReport {}: its agent's pod has been gone for {} s, so its listeners no longer count",
                            node,
                            grace.toSeconds());
                    changed.addAll(listeners.withdraw(node));
                }
            });
        }
        tell(changed);
    }

    private void tell(Set<Slot> slots) {
        if (!slots.isEmpty()) {
            listenersChanged.accept(slots);
        }
    }

    private final class Pods implements ResourceEventHandler<Pod> {
        @Override
        public void onAdd(Pod pod) {
            podCame(pod.getMetadata().getUid());
        }

        @Override
        public void onUpdate(Pod before, Pod pod) {
            if (!before.getMetadata().getUid().equals(pod.getMetadata().getUid())) {
                podWent(before.getMetadata().getUid());
                podCame(pod.getMetadata().getUid());
            }
        }

        @Override
        public void onDelete(Pod pod, boolean finalStateUnknown) {
            podWent(pod.getMetadata().getUid());
        }
    }
}
