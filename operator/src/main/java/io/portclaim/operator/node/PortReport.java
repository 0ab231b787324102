package io.portclaim.operator.node;

import io.fabric8.kubernetes.api.model.OwnerReference;
import io.portclaim.api.v1alpha1.NodePortReport;
import io.portclaim.api.v1alpha1.NodePortReportStatus;
import io.portclaim.api.v1alpha1.NodePortReportStatus.Reporter;
import io.portclaim.operator.ports.CompactPorts;
import io.portclaim.operator.ports.PortRange;
import io.portclaim.operator.ports.PortSet;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A report as it was read.
 *
 * @param nodeUid the UID of the node that owns it; null where nobody does
 */
record PortReport(
        PortSet ephemeral,
        PortSet reserved,
        CompactPorts tcp,
        CompactPorts udp,
        Reporter reporter,
        @Nullable String nodeUid) {
    /**
     * Reads what {@code report} says.
     *
     * @throws IllegalArgumentException when that makes no sense; the message says what does not
     */
    static PortReport of(NodePortReport report) {
        NodePortReportStatus status = required("", report.getStatus());
        return new PortReport(
                PortSet.of(PortRange.parse(required(".ephemeralRange", status.ephemeralRange()))),
                ports(status.reservedPorts()),
                CompactPorts.of(ports(required(".listeners", status.listeners()).tcp())),
                CompactPorts.of(ports(required(".listeners", status.listeners()).udp())),
                required(".reporter", status.reporter()),
                nodeUid(report));
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

    private static @Nullable String nodeUid(NodePortReport report) {
        return Objects.requireNonNullElse(report.getMetadata().getOwnerReferences(), List.<OwnerReference>of()).stream()
                .filter(owner -> "Node".equals(owner.getKind()))
                .map(OwnerReference::getUid)
                .findFirst()
                .orElse(null);
    }
}
