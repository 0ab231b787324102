package io.portclaim.crds;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortClaimApi;
import io.portclaim.api.v1alpha1.PortLedger;
import io.portclaim.api.v1alpha1.PortPool;
import io.portclaim.api.v1alpha1.PortReport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Objects and policies outside of Java have the group and the version as text: neither changes unnoticed. */
class PortClaimApiTest {
    @ParameterizedTest
    @ValueSource(classes = {PortClaim.class, PortPool.class, PortLedger.class, PortReport.class})
    void isTheApiOfEachKind(Class<? extends HasMetadata> kind) {
        assertThat(HasMetadata.getApiVersion(kind))
                .isEqualTo(PortClaimApi.API_VERSION)
                .isEqualTo("portclaim.io/v1alpha1");
        assertThat("/apis/" + HasMetadata.getApiVersion(kind)).isEqualTo(PortClaimApi.PATH);
    }
}
