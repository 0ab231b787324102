package io.portclaim.operator.claim;

import static io.portclaim.operator.claim.Samples.port;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.portclaim.api.v1alpha1.PortClaimApi;
import io.portclaim.operator.kube.LeanLists;
import io.portclaim.operator.protocol.Claim;
import io.portclaim.operator.protocol.WantedMap;
import io.portclaim.operator.publish.DataDigest;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What is kept of a ConfigMap, whatever others put into it. */
class KnownMapTest {
    private static final int MEBIBYTE = 1 << 20;
    private static final Claim WEB = Samples.web("uid-1", 10);

    private static ConfigMap ours() {
        return Samples.asWritten("uid-1", 5, port(1000));
    }

    private static int size(ConfigMap map) {
        return Samples.json(map).length();
    }

    @Test
    void ofItsDataNoMoreIsKeptThanADigest() {
        ConfigMap large = new ConfigMapBuilder(ours())
                .addToData("node-a.env", "#".repeat(MEBIBYTE))
                .addToBinaryData("binary", "#".repeat(MEBIBYTE))
                .build();
        ConfigMap kept = KnownMap.of(large);
        assertThat(size(kept)).isLessThan(1000);
        assertThat(KnownMap.hasData(kept)).isFalse();
        assertThat(KnownMap.hasMetadata(kept)).isTrue();
        assertThat(WantedMap.of(WEB, port(1000)).standsIn(new KubernetesMap(kept)))
                .isFalse();
        assertThat(KnownMap.digest(kept)).isEqualTo(KnownMap.digest(large));
    }

    @Test
    void whatStandsIsKnownByTheDigest() {
        ConfigMap kept = KnownMap.of(ours());
        assertThat(WantedMap.of(WEB, port(1000)).standsIn(new KubernetesMap(kept)))
                .isTrue();
        assertThat(WantedMap.of(WEB, port(1001)).standsIn(new KubernetesMap(kept)))
                .isFalse();
        assertThat(KnownMap.of(kept)).isEqualTo(kept);
        assertThat(KnownMap.digest(kept)).isEqualTo(KnownMap.digest(ours()));
    }

    @Test
    void aListedOneIsKeptAsIfItHadComeWhole() {
        Map<String, String> data = Map.of(LeanLists.DIGEST, KnownMap.digest(ours()));
        ConfigMap listed = new ConfigMapBuilder(ours()).withData(data).build();
        assertThat(KnownMap.of(listed)).isEqualTo(KnownMap.of(ours()));
        listed.setData(Map.of(LeanLists.DIGEST, KnownMap.digest(ours()), LeanLists.CUT, ""));
        assertThat(KnownMap.hasMetadata(KnownMap.of(listed))).isFalse();
        assertThat(WantedMap.of(WEB, port(1000)).standsIn(new KubernetesMap(KnownMap.of(listed))))
                .isTrue();
    }

    @Test
    void noTextMovesFromAKeyToItsValue() {
        List<Map<String, String>> all = List.of(
                Map.of(),
                Map.of("", ""),
                Map.of("ab", "c"),
                Map.of("a", "bc"),
                Map.of("a", "b", "c", ""),
                Map.of("a", "", "b", "c"));
        assertThat(all.stream().map(DataDigest::of)).doesNotHaveDuplicates();
    }

    @Test
    void ofMuchMetadataOnlyWhatSaysWhoseItIsIsKept() {
        ConfigMap large = new ConfigMapBuilder(ours())
                .withImmutable(true)
                .editMetadata()
                .addToAnnotations("example.com/large", "#".repeat(MEBIBYTE))
                .addToLabels(Map.of("example.com/label", "#".repeat(MEBIBYTE)))
                .addToFinalizers("#".repeat(MEBIBYTE))
                .addAllToOwnerReferences(IntStream.range(0, 10_000)
                        .mapToObj(i -> new OwnerReferenceBuilder()
                                .withApiVersion(PortClaimApi.API_VERSION)
                                .withKind("PortClaim")
                                .withName("other-" + i)
                                .withUid("other-" + i)
                                .build())
                        .toList())
                .endMetadata()
                .build();
        ConfigMap kept = KnownMap.of(large);
        assertThat(size(kept)).isLessThan(1500);
        assertThat(KnownMap.hasMetadata(kept)).isFalse();
        assertThat(WantedMap.of(WEB, port(1000)).standsIn(new KubernetesMap(kept)))
                .isTrue();
        assertThat(kept.getImmutable()).isTrue();
        assertThat(kept.getMetadata().getUid()).isEqualTo("map-of-uid-1");
        assertThat(kept.getMetadata().getResourceVersion()).isEqualTo("5");
    }

    @Test
    void anIdentityThatIsNoNameIsNotKept() {
        ConfigMap large = new ConfigMapBuilder(ours())
                .editMetadata()
                .addToAnnotations("portclaim.io/claim-uid", "#".repeat(MEBIBYTE))
                .withOwnerReferences(new OwnerReferenceBuilder()
                        .withApiVersion(PortClaimApi.API_VERSION)
                        .withKind("PortClaim")
                        .withName("#".repeat(MEBIBYTE))
                        .withUid("uid-1")
                        .withController(true)
                        .build())
                .endMetadata()
                .build();
        ConfigMap kept = KnownMap.of(large);
        assertThat(size(kept)).isLessThan(1000);
        assertThat(new KubernetesMap(kept).identity()).isEmpty();
    }

    @Test
    void whatOthersSeeOfItIsAsItWas() {
        ConfigMap map = new ConfigMapBuilder(ours())
                .editMetadata()
                .addToLabels("team", "a")
                .addToManagedFields(new ManagedFieldsEntry())
                .endMetadata()
                .build();
        ConfigMap written = new KubernetesMap(KnownMap.of(map)).updated(WantedMap.of(WEB, port(1001)));
        assertThat(written.getMetadata().getAnnotations())
                .isEqualTo(ours().getMetadata().getAnnotations());
        assertThat(written.getMetadata().getLabels()).containsEntry("team", "a");
        assertThat(written.getMetadata().getManagedFields()).isEmpty();
        assertThat(written.getData()).containsEntry("HTTP_PORT", "1001");
    }
}
