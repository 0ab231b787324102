package io.portclaim.operator.node;

import io.fabric8.kubernetes.api.model.OwnerReference;
import io.portclaim.api.v1alpha1.PortReport;
import io.portclaim.api.v1alpha1.PortReportStatus;
import io.portclaim.api.v1alpha1.PortReportStatus.Reporter;
import io.portclaim.operator.allocation.Unreadable;
import io.portclaim.ports.CompactPorts;
import io.portclaim.ports.PortRange;
import io.portclaim.ports.PortSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A report as it was read.
 *
 * @param reserved empty where that cannot be read
 * @param nodeUid the UID of the node that owns it; null where nobody does
 * @param unreadable what cannot be read, though the rest can
 */
record ReadReport(
        PortSet ephemeral,
        PortSet reserved,
        CompactPorts tcp,
        CompactPorts udp,
        Reporter reporter,
        @Nullable String nodeUid,
        List<Unreadable> unreadable) {
    /**
     * Reads what {@code report} says.
     *
     * @throws IllegalArgumentException when that makes no sense; the message says what does not
     */
    static ReadReport of(PortReport report) {
        PortReportStatus status = required("", report.getStatus());
        List<Unreadable> unreadable = new ArrayList<>();
        return new ReadReport(
                PortSet.of(range(required(".ephemeralRange", status.ephemeralRange()))),
                reserved(status.reservedPorts(), unreadable),
                listened(
                        ".listeners.tcp",
                        required(".listeners", status.listeners()).tcp()),
                listened(
                        ".listeners.udp",
                        required(".listeners", status.listeners()).udp()),
                required(".reporter", status.reporter()),
                nodeUid(report),
                unreadable);
    }

    /** The report of a node as a whole, of which {@code why} keeps the operator from reading anything. */
    static Unreadable unreadable(String why) {
        return new Unreadable(Unreadable.Fact.EPHEMERAL_RANGE, "the PortReport of its agent cannot be read: " + why);
    }

    private static PortRange range(String text) {
        try {
            return PortRange.parseTwoEnds(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("status.ephemeralRange: " + e.getMessage(), e);
        }
    }

    private static CompactPorts listened(String field, @Nullable String text) {
        try {
            return CompactPorts.of(ports(text));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("status%s: %s".formatted(field, e.getMessage()), e);
        }
    }

    /** What cannot be read reserves nothing. */
    private static PortSet reserved(@Nullable String text, List<Unreadable> unreadable) {
        try {
            return ports(text);
        } catch (IllegalArgumentException e) {
            unreadable.add(new Unreadable(
                    Unreadable.Fact.RESERVED_PORTS,
                    "status.reservedPorts of the PortReport of its agent cannot be read: " + e.getMessage()));
            return PortSet.EMPTY;
        }
    }

    /** The schema requires it, but who writes objects past the schema must not stop a watch. */
    private static <T> T required(String field, @Nullable T value) {
        if (value == null) {
            throw new IllegalArgumentException("status%s is missing".formatted(field));
        }
        return value;
    }

    private static PortSet ports(@Nullable String text) {
        return text == null ? PortSet.EMPTY : PortSet.parse(text);
    }

    /** The UID of the node that owns {@code report}; null where nobody does. */
    static @Nullable String nodeUid(PortReport report) {
        return Objects.requireNonNullElse(report.getMetadata().getOwnerReferences(), List.<OwnerReference>of()).stream()
                .filter(owner -> "Node".equals(owner.getKind()))
                .map(OwnerReference::getUid)
                .findFirst()
                .orElse(null);
    }
}
