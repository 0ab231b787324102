package io.portclaim.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Categories;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;
import org.jspecify.annotations.Nullable;

/** What a node's agent found out about the node's own ports; named after the node, owned by it, written by that agent only. */
@Group(PortClaimApi.GROUP)
@Version(PortClaimApi.VERSION)
@Kind("PortReport")
@Plural("portreports")
@ShortNames("preport")
@Categories("hostports")
@JsonClassDescription(
        "A PortReport states how a node uses its own ports: its ephemeral range, the ports that its kernel reserves, and the ports that processes listen on. PortClaim's agent on the node writes it, under the node's name, when something changes. It is deleted with the node. It takes precedence over the node's annotations and a pool's assumed range.")
@AdditionalPrinterColumn(
        name = "Ephemeral",
        jsonPath = ".status.ephemeralRange",
        getDescription = "The range of ports that the kernel uses for outgoing connections")
@AdditionalPrinterColumn(
        name = "Reserved",
        jsonPath = ".status.reservedPorts",
        getDescription = "The ports that the kernel never uses for outgoing connections")
@AdditionalPrinterColumn(
        name = "Conn/s",
        jsonPath = ".status.connectionsPerSecond",
        type = AdditionalPrinterColumn.Type.INTEGER,
        getDescription = "New connections a second to one destination that the node can sustain")
@AdditionalPrinterColumn(
        name = "Pressure",
        jsonPath = ".status.conditions[?(@.type==\"EphemeralPortPressure\")].status",
        getDescription = "Whether one destination uses nearly all ephemeral ports")
@AdditionalPrinterColumn(
        name = "TCP",
        jsonPath = ".status.listeners.tcp",
        priority = 1,
        getDescription = "TCP ports that processes listen on")
@AdditionalPrinterColumn(
        name = "UDP",
        jsonPath = ".status.listeners.udp",
        priority = 1,
        getDescription = "UDP ports that processes receive packets on")
@AdditionalPrinterColumn(
        name = "Age",
        jsonPath = ".metadata.creationTimestamp",
        type = AdditionalPrinterColumn.Type.DATE,
        getDescription = "Time since it was created")
public class PortReport extends CustomResource<Void, PortReportStatus> {
    private static final long serialVersionUID = 1L;

    @Override
    protected @Nullable PortReportStatus initStatus() {
        return null;
    }

    @Override
    @JsonPropertyDescription("What the agent found. It is written only when something in it changes.")
    public PortReportStatus getStatus() {
        return super.getStatus();
    }
}
