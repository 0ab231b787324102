package io.portclaim.agent.report;

import io.portclaim.agent.census.Destination;
import io.portclaim.agent.census.NodeUse;
import org.jspecify.annotations.Nullable;

/**
 * Says when connections to one destination hold nearly all ephemeral ports: from one share of the ports on, until it is
 * below another one. It stays with the destination that it has named for so long. For one thread.
 */
final class PressureRule {
    private static final int WHOLE = 100;
    private static final String NONE_NEAR = "No destination uses nearly all ephemeral ports.";

    private final int comesAtPercent;
    private final int goesBelowPercent;
    private @Nullable String named;

    PressureRule(int comesAtPercent, int goesBelowPercent) {
        this.comesAtPercent = comesAtPercent;
        this.goesBelowPercent = goesBelowPercent;
    }

    /** Takes up what an earlier agent has said; null if it has named no destination. */
    void resume(@Nullable String destination) {
        named = destination;
    }

    /** Judges what a look has found; the time is left to the caller. */
    Pressure judge(NodeUse use, String now) {
        Destination pressed = find(use);
        named = pressed == null ? null : pressed.name();
        return new Pressure(named, pressed == null ? NONE_NEAR : message(pressed, use.ephemeralPorts()), now);
    }

    private @Nullable Destination find(NodeUse use) {
        for (Destination destination : use.destinations()) {
            if (destination.name().equals(named) && reaches(destination, goesBelowPercent, use)) {
                return destination;
            }
        }
        Destination highest =
                use.destinations().isEmpty() ? null : use.destinations().get(0);
        return highest != null && reaches(highest, comesAtPercent, use) ? highest : null;
    }

    private static boolean reaches(Destination destination, int percent, NodeUse use) {
        return (long) destination.used() * WHOLE >= (long) percent * use.ephemeralPorts();
    }

    /** Begins with the destination's three words, by which a later agent finds it: {@link #destinationIn}. */
    private static String message(Destination pressed, int ports) {
        return pressed.name() + " uses " + pressed.used() + " of " + ports + " ephemeral ports ("
                + pressed.timeWait() + " in TIME_WAIT, " + pressed.established() + " ESTABLISHED, "
                + pressed.closeWait()
                + " in CLOSE_WAIT); when none is left, new connections to it fail with \"cannot assign requested"
                + " address\". " + advice(pressed);
    }

    private static String advice(Destination pressed) {
        if (pressed.closeWait() > Math.max(pressed.timeWait(), pressed.established())) {
            return "Most were closed by the peer and not by the process here: find it with ss -tnp state close-wait,"
                    + " and make it close them.";
        }
        if (pressed.timeWait() > pressed.established()) {
            return "Most are closed and stay in TIME_WAIT for 60 s: keep connections open instead of opening new"
                    + " ones, widen net.ipv4.ip_local_port_range, or use more addresses for the destination.";
        }
        return "Most are open: use fewer connections, widen net.ipv4.ip_local_port_range, or use more addresses for"
                + " the destination.";
    }

    /** The destination that a message names. */
    static String destinationIn(String message) {
        int end = 0;
        for (int word = 0; word < 3 && end >= 0; word++) {
            end = message.indexOf(' ', end + 1);
        }
        return end < 0 ? message : message.substring(0, end);
    }
}
