package io.portclaim.operator.claim;

import static io.portclaim.operator.claim.Samples.map;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.portclaim.api.v1alpha1.PortClaimApi;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Which claim a ConfigMap belongs to, so that the claim is looked at when it changes. */
class ClaimReconcilerTest {
    private static final ResourceID WEB = new ResourceID("web", "shop");

    private static ConfigMap ownedBy(String kind, ConfigMap map) {
        return new ConfigMapBuilder(map)
                .editMetadata()
                .withOwnerReferences(new OwnerReferenceBuilder()
                        .withApiVersion(PortClaimApi.API_VERSION)
                        .withKind(kind)
                        .withName("web")
                        .withUid("uid-1")
                        .withController(true)
                        .build())
                .endMetadata()
                .build();
    }

    private static ConfigMap stripped() {
        return new ConfigMapBuilder(map("uid-1", 5))
                .editMetadata()
                .withAnnotations(Map.of())
                .endMetadata()
                .build();
    }

    @Test
    void itIsTheOneThatItsAnnotationsName() {
        assertThat(ClaimReconciler.claimsOf(map("uid-1", 5))).containsExactly(WEB);
        assertThat(ClaimReconciler.claimsOf(ownedBy("PortClaim", map("uid-1", 5))))
                .containsExactly(WEB);
    }

    @Test
    void withoutAnnotationsItIsItsOwner() {
        assertThat(ClaimReconciler.claimsOf(ownedBy("PortClaim", stripped()))).containsExactly(WEB);
    }

    @Test
    void withoutEitherItIsNobodys() {
        assertThat(ClaimReconciler.claimsOf(stripped())).isEmpty();
        assertThat(ClaimReconciler.claimsOf(ownedBy("Deployment", stripped()))).isEmpty();
    }
}
