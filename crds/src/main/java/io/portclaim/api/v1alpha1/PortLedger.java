package io.portclaim.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Categories;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.Version;
import org.jspecify.annotations.Nullable;

/** The write-ahead record of assignments: one object, named {@value #NAME}, written by the operator only. */
@Group(PortClaimApi.GROUP)
@Version(PortClaimApi.VERSION)
@Kind("PortLedger")
@Plural("portledgers")
@JsonClassDescription(
        "The PortLedger, one object with the name cluster, makes assignments durable before they are published. Only the operator writes it; do not edit it.")
@Categories("hostports")
@AdditionalPrinterColumn(name = "Lease", jsonPath = ".spec.lease", getDescription = "The Lease whose holder may write")
@AdditionalPrinterColumn(name = "Holder", jsonPath = ".spec.holder", getDescription = "The operator that wrote last")
@AdditionalPrinterColumn(
        name = "Age",
        jsonPath = ".metadata.creationTimestamp",
        type = AdditionalPrinterColumn.Type.DATE,
        getDescription = "Time since it was created")
@ValidationRule(
        value = "self.metadata.name == 'cluster'",
        message = "there is only one PortLedger, with the name cluster; the operator creates it")
public class PortLedger extends CustomResource<PortLedgerSpec, Void> {
    private static final long serialVersionUID = 1L;

    /** The name of the only ledger. */
    public static final String NAME = "cluster";

    @Override
    protected @Nullable PortLedgerSpec initSpec() {
        return null;
    }

    @Override
    @Required
    @JsonPropertyDescription("The content, for the operator only.")
    public PortLedgerSpec getSpec() {
        return super.getSpec();
    }
}
