package io.portclaim.api.v1alpha1;

import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;
import org.jspecify.annotations.Nullable;

/** The ports that may be given out, and on which nodes. */
@Group("portclaim.io")
@Version("v1alpha1")
@Kind("PortPool")
@Plural("portpools")
@ShortNames("ppool")
public class PortPool extends CustomResource<PortPoolSpec, PortPoolStatus> {
    private static final long serialVersionUID = 1L;

    /** Marks the pool for claims that name none; of several the newest wins, as for StorageClass. */
    public static final String DEFAULT_ANNOTATION = "portclaim.io/is-default-pool";

    @Override
    protected @Nullable PortPoolSpec initSpec() {
        return null;
    }

    @Override
    protected @Nullable PortPoolStatus initStatus() {
        return null;
    }
}
