package io.portclaim.operator.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PrunedStoreTest {
    private final PrunedStore<ConfigMap> store =
            new PrunedStore<>(map -> map.edit().withData(Map.of()).build());

    private static ConfigMap map(String name, String value) {
        return new ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace("team")
                .withName(name)
                .addToManagedFields(new ManagedFieldsEntry())
                .endMetadata()
                .addToData("key", value)
                .build();
    }

    @Test
    void keepsWhatPruningLeavesAndNotTheObject() {
        ConfigMap first = map("a", "1");
        String key = store.getKey(first);

        assertThat(key).isEqualTo("team/a");
        assertThat(store.put(key, first)).isNull();
        assertThat(store.get(key).getData()).isEmpty();
        assertThat(first.getData()).containsEntry("key", "1");
        assertThat(store.put(key, map("a", "2"))).isNotNull();
        assertThat(store.size()).isEqualTo(1);
        assertThat(store.keySet()).containsExactly("team/a");
        assertThat(store.values()).hasSize(1);
        assertThat(store.remove(key)).isNotNull();
        assertThat(store.get(key)).isNull();
        assertThat(store.remove(key)).isNull();
    }

    @Test
    void onlyAStoreThatKeepsWhatHandlersReadMayStandForTheFirstList() {
        assertThat(store.isFullState()).isTrue();
        assertThat(PrunedStore.<ConfigMap>ofIdentities(map -> map).isFullState())
                .isFalse();
    }

    @Test
    void dropsManagedFields() {
        assertThat(PrunedStore.withoutManagedFields(map("a", "1")).getMetadata().getManagedFields())
                .isNullOrEmpty();
    }
}
