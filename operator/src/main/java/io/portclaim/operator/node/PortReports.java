package io.portclaim.operator.node;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.portclaim.api.v1alpha1.PortReport;
import io.portclaim.api.v1alpha1.PortReportStatus.Reporter;
import io.portclaim.operator.allocation.Listeners;
import io.portclaim.operator.allocation.Slot;
import io.portclaim.operator.allocation.Unreadable;
import io.portclaim.ports.CompactPorts;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What agents report of their nodes. The ephemeral range of a report holds for as long as there is the report: a kernel's
 * setting outlives who has read it. Where processes listen holds for as long as the pod exists on that node that wrote it,
 * whatever its phase, for that of a node that does not answer goes on existing, and for a grace after that, so that an
 * agent that is replaced leaves no gap. A report that is deleted while that pod exists still holds: the agent is silent
 * until it reads its report again, and then creates it again. One that can't be read takes nothing back: what was read before it counts
 * on, listeners too, for a port that a process has would else be given out. Thread-safe.
 */
final class PortReports implements ResourceEventHandler<PortReport> {
    private static final Logger LOG = LoggerFactory.getLogger(PortReports.class);

    private final ReportedRanges ranges;
    private final Listeners listeners;
    private final BiPredicate<String, Reporter> isOn;
    private final Consumer<Set<Slot>> listenersChanged;
    private final Clock clock;
    private final Duration grace;
    /** What counts, by node. */
    private final Map<String, Standing> standing = new HashMap<>();
    /** The nodes by their reporters' UIDs: one, unless somebody lies. */
    private final Map<String, Set<String>> nodesByReporter = new HashMap<>();
    /** The nodes of reports that time alone changes: their reporter is gone, for less than the grace. */
    private final Set<String> ending = new HashSet<>();
    /** What could not be read, by node, so that it is logged once. */
    private final Map<String, String> complaints = new HashMap<>();

    /** A node's last report, without its range, which {@link ReportedRanges} has. */
    private static final class Standing {
        final Reporter reporter;
        CompactPorts tcp;
        CompactPorts udp;
        ReportState state = ReportState.CURRENT;

        Standing(ReadReport read) {
            this.reporter = read.reporter();
            this.tcp = read.tcp();
            this.udp = read.udp();
        }
    }

    /**
     * Reports that go to {@code ranges} and {@code listeners}.
     *
     * @param isOn whether the API server has the pod, on the node of that name, as of what is watched: by a pod that lives
     *     elsewhere a report of a node that is gone would count on
     * @param listenersChanged gets the slots where a listener came or went
     * @param grace how long listeners count after their reporter is gone
     */
    PortReports(
            ReportedRanges ranges,
            Listeners listeners,
            BiPredicate<String, Reporter> isOn,
            Consumer<Set<Slot>> listenersChanged,
            Clock clock,
            Duration grace) {
        this.ranges = ranges;
        this.listeners = listeners;
        this.isOn = isOn;
        this.listenersChanged = listenersChanged;
        this.clock = clock;
        this.grace = grace;
    }

    /** What a watch of reports has to keep in memory: who they are. */
    static PortReport prune(PortReport report) {
        PortReport kept = new PortReport();
        kept.setMetadata(PrunedStore.identity(report));
        return kept;
    }

    @Override
    public void onAdd(PortReport report) {
        String node = report.getMetadata().getName();
        // The agent creates the object first and then writes its status.
        if (report.getStatus() == null) {
            announce(empty(node));
            return;
        }
        ReadReport read = read(node, report);
        if (read != null) {
            announce(take(node, read));
        }
    }

    @Override
    public void onUpdate(PortReport before, PortReport report) {
        onAdd(report);
    }

    @Override
    public void onDelete(PortReport report, boolean finalStateUnknown) {
        String node = report.getMetadata().getName();
        complaint(node, null);
        announce(empty(node));
        // On a standby nobody lets time pass, and it must not remember all nodes that ever were.
        advance();
    }

    private @Nullable ReadReport read(String node, PortReport report) {
        try {
            ReadReport read = ReadReport.of(report);
            complaint(node, null);
            return read;
        } catch (IllegalArgumentException e) {
            if (complaint(node, String.valueOf(e.getMessage()))) {
                LOG.warn("PortReport {}: it can't be read: {}", node, e.getMessage());
            }
            takeUnreadable(node, ReadReport.nodeUid(report), ReadReport.unreadable(String.valueOf(e.getMessage())));
            return null;
        }
    }

    /** Remembers what is wrong with a report; whether that is news. */
    private synchronized boolean complaint(String node, @Nullable String what) {
        return what == null ? complaints.remove(node) != null : !what.equals(complaints.put(node, what));
    }

    private synchronized Set<Slot> take(String node, ReadReport read) {
        Standing known = standing.get(node);
        if (known == null || !known.reporter.equals(read.reporter())) {
            forgetReporter(node, known);
            listeners.endExcuses(node);
            known = new Standing(read);
            standing.put(node, known);
        }
        known.tcp = read.tcp();
        known.udp = read.udp();
        enter(node, known, known.state.written());
        // Before it is looked for: if it goes from now on, podWent is called.
        nodesByReporter
                .computeIfAbsent(read.reporter().uid(), uid -> new HashSet<>())
                .add(node);
        if (!isOn.test(node, read.reporter())) {
            enter(node, known, known.state.podWent(clock.instant()));
        }
        boolean count = known.state.listenersCount();
        // A listener counts only outside the range, so with another range they come before it and go after it.
        Set<Slot> changed = new HashSet<>(count ? listeners.add(node, read.tcp(), read.udp()) : Set.of());
        ranges.say(node, read, clock.instant());
        changed.addAll(count ? listeners.report(node, read.tcp(), read.udp()) : Set.of());
        return changed;
    }

    /** The report is gone, or says nothing yet; what it said still counts if an agent will write it again. */
    private synchronized Set<Slot> empty(String node) {
        Standing known = standing.get(node);
        if (known == null) {
            // What could never be read leaves nothing behind.
            ranges.forget(node);
            return Set.of();
        }
        return change(node, known, known.state.deleted());
    }

    private void enter(String node, Standing known, ReportState next) {
        known.state = next;
        if (next.changesWithTime()) {
            ending.add(node);
        } else {
            ending.remove(node);
        }
    }

    /** Brings what counts of the report in line with its state. */
    private Set<Slot> change(String node, Standing known, ReportState next) {
        ReportState before = known.state;
        enter(node, known, next);
        if (!next.rangeCounts()) {
            ranges.forget(node);
        }
        if (next.phase() == ReportState.Phase.FORGOTTEN) {
            forgetReporter(node, standing.remove(node));
        }
        if (before.listenersCount() == next.listenersCount()) {
            return Set.of();
        }
        return next.listenersCount() ? listeners.report(node, known.tcp, known.udp) : listeners.withdraw(node);
    }

    private synchronized void takeUnreadable(String node, @Nullable String nodeUid, Unreadable why) {
        Standing known = standing.get(node);
        if (known != null) {
            enter(node, known, known.state.written());
        }
        ranges.sayUnreadable(node, nodeUid, why);
    }

    private void forgetReporter(String node, @Nullable Standing known) {
        if (known != null) {
            nodesByReporter.computeIfPresent(
                    known.reporter.uid(), (uid, all) -> all.remove(node) && all.isEmpty() ? null : all);
        }
    }

    /** Handles the events of pods. */
    ResourceEventHandler<Pod> pods() {
        return new Pods();
    }

    private synchronized Set<Slot> podCame(String uid) {
        Set<Slot> changed = new HashSet<>();
        for (String node : nodesByReporter.getOrDefault(uid, Set.of())) {
            Standing known = standing.get(node);
            if (known != null && known.state.isPodGone() && isOn.test(node, known.reporter)) {
                changed.addAll(change(node, known, known.state.podCame()));
            }
        }
        return changed;
    }

    private synchronized void podWent(String uid) {
        for (String node : nodesByReporter.getOrDefault(uid, Set.of())) {
            Standing known = standing.get(node);
            if (known != null) {
                change(node, known, known.state.podWent(clock.instant()));
            }
        }
    }

    /** How many reports there are whose reporter has been gone for the grace. */
    synchronized long abandoned() {
        Instant limit = clock.instant().minus(grace);
        return standing.values().stream()
                .filter(known -> known.state.isAbandoned(limit))
                .count();
    }

    /** Lets time pass: listeners whose reporter has been gone for the grace no longer count; ranges settle. */
    void advance() {
        announce(advance(clock.instant()));
    }

    private synchronized Set<Slot> advance(Instant now) {
        ranges.advance(now);
        Instant limit = now.minus(grace);
        Set<Slot> changed = new HashSet<>();
        for (String node : List.copyOf(ending)) {
            Standing known = standing.get(node);
            ReportState next = known == null ? null : known.state.advance(limit);
            if (known == null || next == null || next.equals(known.state)) {
                continue;
            }
            LOG.info(
                    "PortReport {}: its agent's pod has been gone for {} s, so its listeners no longer count",
                    node,
                    grace.toSeconds());
            changed.addAll(change(node, known, next));
        }
        return changed;
    }

    private void announce(Set<Slot> slots) {
        if (!slots.isEmpty()) {
            listenersChanged.accept(slots);
        }
    }

    private final class Pods implements ResourceEventHandler<Pod> {
        @Override
        public void onAdd(Pod pod) {
            announce(podCame(pod.getMetadata().getUid()));
        }

        @Override
        public void onUpdate(Pod before, Pod pod) {
            if (!before.getMetadata().getUid().equals(pod.getMetadata().getUid())) {
                podWent(before.getMetadata().getUid());
            }
            // What was made before it had a node is there from now on.
            announce(podCame(pod.getMetadata().getUid()));
        }

        @Override
        public void onDelete(Pod pod, boolean finalStateUnknown) {
            podWent(pod.getMetadata().getUid());
        }
    }
}
