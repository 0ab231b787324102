package io.portclaim.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.generator.annotation.Required;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Categories;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;
import org.jspecify.annotations.Nullable;

/** The ports that may be assigned, and on which nodes. */
@Group(PortClaimApi.GROUP)
@Version(PortClaimApi.VERSION)
@Kind("PortPool")
@Plural("portpools")
@ShortNames("ppool")
@JsonClassDescription(
        "A PortPool defines which ports may be assigned, on which nodes and to the claims of which namespaces.")
@Categories("hostports")
@AdditionalPrinterColumn(name = "Ranges", jsonPath = ".spec.ranges", getDescription = "The ports that may be assigned")
@AdditionalPrinterColumn(
        name = "Default",
        jsonPath = ".metadata.annotations.portclaim\\.io/is-default-pool",
        getDescription = "Whether it serves claims that name no pool. If there are several such pools, the newest does")
@AdditionalPrinterColumn(
        name = "Available",
        jsonPath = ".status.slots.available",
        type = AdditionalPrinterColumn.Type.INTEGER,
        getDescription = "Ports that are free, added up over the nodes")
@AdditionalPrinterColumn(
        name = "Cluster-Free",
        jsonPath = ".status.clusterNumbers.available",
        type = AdditionalPrinterColumn.Type.INTEGER,
        getDescription = "Ports that are free on all nodes at once and can be assigned to claims of scope Cluster")
@AdditionalPrinterColumn(
        name = "Assigned",
        jsonPath = ".status.slots.assigned",
        type = AdditionalPrinterColumn.Type.INTEGER,
        getDescription = "Ports that claims hold, added up over the nodes")
@AdditionalPrinterColumn(
        name = "Ready",
        jsonPath = ".status.conditions[?(@.type==\"Ready\")].status",
        getDescription = "Whether the pool can assign ports")
@AdditionalPrinterColumn(
        name = "Total",
        jsonPath = ".status.slots.total",
        type = AdditionalPrinterColumn.Type.INTEGER,
        priority = 1,
        getDescription = "Ports that may be assigned, added up over the nodes")
@AdditionalPrinterColumn(
        name = "Cooling",
        jsonPath = ".status.slots.cooling",
        type = AdditionalPrinterColumn.Type.INTEGER,
        priority = 1,
        getDescription = "Ports that were released and are still blocked or cooling")
@AdditionalPrinterColumn(
        name = "Nodes",
        jsonPath = ".status.nodes",
        type = AdditionalPrinterColumn.Type.INTEGER,
        priority = 1,
        getDescription = "How many nodes the pool serves")
@AdditionalPrinterColumn(
        name = "Claims",
        jsonPath = ".status.claims",
        type = AdditionalPrinterColumn.Type.INTEGER,
        priority = 1,
        getDescription = "How many claims hold ports of the pool")
@AdditionalPrinterColumn(
        name = "Tightest",
        jsonPath = ".status.tightestNode.name",
        priority = 1,
        getDescription = "The node that has the fewest free ports")
@AdditionalPrinterColumn(
        name = "Age",
        jsonPath = ".metadata.creationTimestamp",
        type = AdditionalPrinterColumn.Type.DATE,
        getDescription = "Time since it was created")
public class PortPool extends CustomResource<PortPoolSpec, PortPoolStatus> {
    private static final long serialVersionUID = 1L;

    /** Marks the pool for claims that name none; of several the newest wins, as for StorageClass. */
    public static final String DEFAULT_ANNOTATION = PortClaimApi.KEY_PREFIX + "is-default-pool";

    @Override
    protected @Nullable PortPoolSpec initSpec() {
        return null;
    }

    @Override
    protected @Nullable PortPoolStatus initStatus() {
        return null;
    }

    @Override
    @Required
    @JsonPropertyDescription("Which ports may be assigned, on which nodes and to the claims of which namespaces.")
    public PortPoolSpec getSpec() {
        return super.getSpec();
    }

    @Override
    @JsonPropertyDescription("What the pool has and has assigned; only the operator writes it.")
    public @Nullable PortPoolStatus getStatus() {
        return super.getStatus();
    }
}
