package io.portclaim.operator.publish;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ConfigMapIdentityTest {
    private static final ConfigMapIdentity WEB = new ConfigMapIdentity("web", "uid-1");

    @Test
    void whatItWritesItReads() {
        assertThat(ConfigMapIdentity.of(WEB.labels(), WEB.annotations())).contains(WEB);
        assertThat(WEB.labels())
                .containsOnly(
                        Map.entry("app.kubernetes.io/managed-by", "portclaim"),
                        Map.entry("portclaim.io/claim-uid", "uid-1"));
        assertThat(WEB.annotations())
                .containsOnly(
                        Map.entry("portclaim.io/claim-name", "web"), Map.entry("portclaim.io/claim-uid", "uid-1"));
    }

    @Test
    void whatLacksALabelOrAnAnnotationIsNobodys() {
        Map<String, String> annotations = WEB.annotations();

        assertThat(ConfigMapIdentity.of(null, annotations)).isEmpty();
        assertThat(ConfigMapIdentity.of(Map.of(), annotations)).isEmpty();
        assertThat(ConfigMapIdentity.of(Map.of("app.kubernetes.io/managed-by", "portclaim"), annotations))
                .isEmpty();
        assertThat(ConfigMapIdentity.of(WEB.labels(), null)).isEmpty();
        assertThat(ConfigMapIdentity.of(WEB.labels(), Map.of("portclaim.io/claim-name", "web")))
                .isEmpty();
        assertThat(ConfigMapIdentity.of(WEB.labels(), Map.of("portclaim.io/claim-uid", "uid-1")))
                .isEmpty();
    }

    /** A tenant writes the annotation; the name goes into requests and logs. */
    @Test
    void aNameThatNoClaimCanHaveIsNobodys() {
        for (String name : List.of("", "a/b", "a b", "a?b", "../b", "a..b", "-a", "a.", "A", "a\nb", "a".repeat(254))) {
            assertThat(ConfigMapIdentity.of(WEB.labels(), new ConfigMapIdentity(name, "uid-1").annotations()))
                    .as(name)
                    .isEmpty();
        }
        for (String name : List.of("a", "0", "web.blue-2", "a".repeat(253))) {
            assertThat(ConfigMapIdentity.of(WEB.labels(), new ConfigMapIdentity(name, "uid-1").annotations()))
                    .as(name)
                    .isPresent();
        }
    }

    @Test
    void whoMeansToManageItMakesNoDifference() {
        Map<String, String> labels = Map.of("app.kubernetes.io/managed-by", "Helm", "portclaim.io/claim-uid", "uid-1");

        assertThat(ConfigMapIdentity.of(labels, WEB.annotations())).contains(WEB);
    }

    @Test
    void onlyAnEarlierClaimOfTheSameNameIsFollowed() {
        assertThat(WEB.precedes(new ConfigMapIdentity("web", "uid-2"))).isTrue();
        assertThat(WEB.precedes(WEB)).isFalse();
        assertThat(WEB.precedes(new ConfigMapIdentity("db", "uid-2"))).isFalse();
    }

    @Test
    void aConflictSaysWhatWouldWork() {
        assertThat(ConfigMapIdentity.conflict("web-ports").message())
                .isEqualTo("ConfigMap web-ports exists and does not belong to this claim, so the operator does not"
                        + " change it: delete it, or delete the claim and create it again with another"
                        + " configMapName");
    }
}
