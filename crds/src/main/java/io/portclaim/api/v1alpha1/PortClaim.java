package io.portclaim.api.v1alpha1;

import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;
import org.jspecify.annotations.Nullable;

/** A namespaced request for named host ports. */
@Group("portclaim.io")
@Version("v1alpha1")
@Kind("PortClaim")
@Plural("portclaims")
@ShortNames("pclaim")
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
}
