package io.portclaim.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crd.generator.annotation.AdditionalSelectableField;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Categories;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Singular;
import io.fabric8.kubernetes.model.annotation.Version;
import org.jspecify.annotations.Nullable;

/** A namespaced request for named host ports. */
@Group(PortClaimApi.GROUP)
@Version(PortClaimApi.VERSION)
@Kind("PortClaim")
@Plural("portclaims")
@Singular("portclaim")
@ShortNames("pclaim")
@JsonClassDescription(
        "A PortClaim requests named ports on the addresses of nodes. Once it is Ready, it holds the ports for as long as it exists, and pods read them from the ConfigMap in status.configMapName.")
@Categories("hostports")
@AdditionalPrinterColumn(
        name = "Pool",
        jsonPath = ".status.poolName",
        getDescription = "The pool that serves the claim")
@AdditionalPrinterColumn(name = "Scope", jsonPath = ".spec.scope", getDescription = "Where a number is unique")
@AdditionalPrinterColumn(name = "Phase", jsonPath = ".status.phase", getDescription = "The claim's state in one word")
@AdditionalPrinterColumn(
        name = "Ports",
        jsonPath = ".status.summary",
        getDescription = "The ports that are the same on all its nodes")
@AdditionalPrinterColumn(
        name = "Reason",
        jsonPath = ".status.conditions[?(@.type==\"Ready\")].reason",
        getDescription = "Why it is Ready, or not")
@AdditionalPrinterColumn(
        name = "Usable",
        jsonPath = ".status.conditions[?(@.type==\"Usable\")].status",
        getDescription = "Whether nothing else is known to use its ports")
@AdditionalPrinterColumn(
        name = "Assigned",
        jsonPath = ".status.nodesAssigned",
        type = AdditionalPrinterColumn.Type.INTEGER,
        priority = 1,
        getDescription = "Scope Node: on how many nodes it holds all its ports")
@AdditionalPrinterColumn(
        name = "Nodes",
        jsonPath = ".status.nodesDesired",
        type = AdditionalPrinterColumn.Type.INTEGER,
        priority = 1,
        getDescription = "Scope Node: on how many nodes it requests ports")
@AdditionalPrinterColumn(
        name = "Served",
        jsonPath = ".status.pods.served",
        type = AdditionalPrinterColumn.Type.INTEGER,
        priority = 1,
        getDescription = "Scope Pod: how many pods hold ports")
@AdditionalPrinterColumn(
        name = "Waiting",
        jsonPath = ".status.pods.waiting",
        type = AdditionalPrinterColumn.Type.INTEGER,
        priority = 1,
        getDescription = "Scope Pod: how many pods wait for ports")
@AdditionalPrinterColumn(
        name = "ConfigMap",
        jsonPath = ".status.configMapName",
        priority = 1,
        getDescription = "Where the ports are published")
@AdditionalPrinterColumn(
        name = "Message",
        jsonPath = ".status.conditions[?(@.type==\"Ready\")].message",
        priority = 1,
        getDescription = "What would make it Ready")
@AdditionalPrinterColumn(
        name = "Usable-Message",
        jsonPath = ".status.conditions[?(@.type==\"Usable\")].message",
        priority = 1,
        getDescription = "What would make it Usable")
@AdditionalPrinterColumn(
        name = "Age",
        jsonPath = ".metadata.creationTimestamp",
        type = AdditionalPrinterColumn.Type.DATE,
        getDescription = "Time since it was created")
@AdditionalSelectableField(jsonPath = ".spec.poolName")
@AdditionalSelectableField(jsonPath = ".spec.nodeName")
@AdditionalSelectableField(jsonPath = ".spec.scope")
@AdditionalSelectableField(jsonPath = ".status.poolName")
@AdditionalSelectableField(jsonPath = ".status.phase")
@ValidationRule(
        value = "has(self.spec.configMapName) || size(self.metadata.name) <= 247",
        message =
                "the claim's name is longer than 247 characters, so <claim>-ports is too long for a ConfigMap: set spec.configMapName, or shorten the name")
public class PortClaim extends CustomResource<PortClaimSpec, PortClaimStatus> implements Namespaced {
    private static final long serialVersionUID = 1L;

    @Override
    protected @Nullable PortClaimSpec initSpec() {
        return null;
    }

    @Override
    protected @Nullable PortClaimStatus initStatus() {
        return null;
    }

    @Override
    @Required
    @JsonPropertyDescription("What the claim requests.")
    public PortClaimSpec getSpec() {
        return super.getSpec();
    }

    @Override
    @JsonPropertyDescription("What the claim holds; only the operator writes it.")
    public @Nullable PortClaimStatus getStatus() {
        return super.getStatus();
    }
}
