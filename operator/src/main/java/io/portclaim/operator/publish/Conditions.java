package io.portclaim.operator.publish;

import io.portclaim.api.v1alpha1.Condition;
import io.portclaim.api.v1alpha1.Reason;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Makes an object's conditions from those that it had: {@code lastTransitionTime} moves only when the status does, as
 * {@code metav1.Condition} demands, so that equal facts give equal conditions.
 */
public final class Conditions {
    /** Claim: all that is asked for is assigned and published. Pool: it can give out ports. */
    public static final String READY = "Ready";
    /** Claim: the ports are held. */
    public static final String ASSIGNED = "Assigned";
    /** Claim: the ConfigMap has the ports. */
    public static final String PUBLISHED = "Published";
    /** Claim: nothing else was found to use the ports. */
    public static final String USABLE = "Usable";
    /** Pool: ports of its ranges lie in a node's ephemeral range. */
    public static final String RANGE_OVERLAPS_EPHEMERAL = "RangeOverlapsEphemeral";
    /** Pool: one of its nodes has no free port, or no number is free on all of them. */
    public static final String EXHAUSTED = "Exhausted";

    /** Pool: what a node, or its agent, says of its ports can't be read. */
    public static final String NODES_UNREADABLE = "NodesUnreadable";
    /**
     * Waiting will not help: somebody has to change something. It stands only while that is so, as kstatus wants it
     * (sigs.k8s.io/cli-utils, pkg/kstatus), which then says Failed.
     */
    public static final String STALLED = "Stalled";

    /** Whether a condition holds. */
    public enum Status {
        TRUE("True"),
        FALSE("False"),
        UNKNOWN("Unknown");

        private final String text;

        Status(String text) {
            this.text = text;
        }

        /** The word as it stands in a condition. */
        public String text() {
            return text;
        }
    }

    /** As {@code status.nodes[].message} takes it; a condition takes more, but nobody reads it. */
    private static final int MAX_MESSAGE = 4096;

    private final List<Condition> previous;
    private final long generation;
    private final String now;

    /**
     * Conditions that follow on {@code previous}.
     *
     * @param previous what the object's status says; null where it says nothing
     * @param generation the generation of the spec that the new conditions speak of
     * @param now the time of a change; written in whole seconds, as Kubernetes does
     */
    public Conditions(@Nullable List<Condition> previous, long generation, Instant now) {
        this.previous = previous == null
                ? List.of()
                : previous.stream().filter(Objects::nonNull).toList();
        this.generation = generation;
        this.now = now.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    /** The condition {@code type} as it is now. */
    public Condition next(String type, Status status, Reason reason, String message) {
        String since = previous.stream()
                .filter(condition ->
                        type.equals(condition.type()) && status.text().equals(condition.status()))
                .map(Condition::lastTransitionTime)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(now);
        return new Condition(type, status.text(), generation, since, reason.text(), bounded(message));
    }

    /** A message cut to what the schema takes: one that says less is better than a status that is refused. */
    static String bounded(String message) {
        return message.length() <= MAX_MESSAGE ? message : message.substring(0, MAX_MESSAGE - 1) + "…";
    }
}
