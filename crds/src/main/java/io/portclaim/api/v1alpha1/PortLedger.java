package io.portclaim.api.v1alpha1;

import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.Version;
import org.jspecify.annotations.Nullable;

/** The write-ahead record of assignments: one object, named {@value #NAME}, written by the operator only. */
@Group("portclaim.io")
@Version("v1alpha1")
@Kind("PortLedger")
@Plural("portledgers")
public class PortLedger extends CustomResource<PortLedgerSpec, Void> {
    private static final long serialVersionUID = 1L;

    /** The name of the only ledger. */
    public static final String NAME = "cluster";

    @Override
    protected @Nullable PortLedgerSpec initSpec() {
        return null;
    }
}
