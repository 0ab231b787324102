package io.portclaim.operator.claim;

import static io.portclaim.operator.claim.Samples.YAML;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortClaimSpec;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.PortGrant;
import io.portclaim.operator.cache.CachePosition;
import io.portclaim.operator.cache.PackedStore;
import io.portclaim.operator.protocol.Claim;
import io.portclaim.operator.protocol.WantedMap;
import io.portclaim.operator.publish.ClaimFacts;
import io.portclaim.operator.publish.ClaimProblems;
import io.portclaim.operator.publish.ClaimStatuses;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is kept of claims and ConfigMaps is all that is read of them, in little memory. */
class KnownObjectsTest {
    private static final Instant NOW = Instant.parse("2026-11-23T09:30:00Z");

    static LongStream seeds() {
        return LongStream.range(0, 20);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void anyClaimIsBuiltAgainAsItWas(long seed) {
        RandomRecords random = new RandomRecords(seed);
        PackedStore<PortClaim> store = KnownObjects.claims(YAML, new CachePosition());
        for (int round = 0; round < 50; round++) {
            PortClaim claim = Samples.object(
                    new ClaimKey("shop", "claim-" + round), "uid-" + round, round + 1, "{scope: Node, ports: []}");
            claim.getMetadata().setUid(random.text());
            claim.getMetadata().setDeletionTimestamp(random.chance() ? "2026-01-02T00:00:00Z" : null);
            claim.setSpec(random.of(PortClaimSpec.class));
            claim.setStatus(random.chance() ? random.of(PortClaimStatus.class) : null);
            Claim before = Claims.of(claim);
            String key = store.getKey(claim);

            assertThat(store.put(key, claim)).isNull();
            PortClaim kept = store.get(key);

            assertThat(Claims.of(kept)).isEqualTo(before);
            assertThat(kept.getMetadata())
                    .isEqualTo(((PackedClaim) kept).whole().getMetadata());
            assertThat(kept.isMarkedForDeletion()).isEqualTo(claim.isMarkedForDeletion());
        }
        assertThat(store.size()).isEqualTo(50);
    }

    @Test
    void everyFieldOfARandomClaimIsFilledNowAndThen() {
        RandomRecords random = new RandomRecords(1);
        List<PortClaimSpec> specs = random.many(PortClaimSpec.class, 200);
        List<PortClaimStatus> statuses = random.many(PortClaimStatus.class, 200);

        assertThat(RandomRecords.neverFilled(specs)).isEmpty();
        assertThat(RandomRecords.neverFilled(statuses)).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void anyConfigMapIsBuiltAgainAsItIsKnown(long seed) {
        RandomRecords random = new RandomRecords(seed);
        PackedStore<ConfigMap> store = KnownObjects.maps(YAML, new CachePosition());
        for (int round = 0; round < 50; round++) {
            ConfigMap map = new ConfigMapBuilder(Samples.asWritten("uid-" + round, round + 1, Samples.port(1000)))
                    .editMetadata()
                    .withName("map-" + round)
                    .addToLabels(random.texts())
                    .addToAnnotations(random.texts())
                    .withFinalizers(List.copyOf(random.texts().keySet()))
                    .withDeletionTimestamp(random.chance() ? "2026-01-02T00:00:00Z" : null)
                    .endMetadata()
                    .addToData(random.texts())
                    .withImmutable(random.chance() ? true : null)
                    .build();
            ConfigMap known = KnownMap.of(new ConfigMapBuilder(map).build());
            known.getMetadata().setManagedFields(List.of());
            store.put(store.getKey(map), map);

            assertThat(store.get(store.getKey(map))).isEqualTo(known);
        }
    }

    @Test
    void whatIsHandedOutIsNotWhatIsKept() {
        PackedStore<PortClaim> store = KnownObjects.claims(YAML, new CachePosition());
        PortClaim claim = served("web", "node-0007");
        store.put("shop/web", claim);
        claim.getMetadata().setName("changed");
        store.get("shop/web").getMetadata().setName("changed");

        assertThat(store.values().map(kept -> kept.getMetadata().getName())).containsExactly("web");
        assertThat(store.keySet()).containsExactly("shop/web");
        assertThat(store.put("shop/web", served("web", "node-0008")).getSpec().nodeName())
                .isEqualTo("node-0007");
        assertThat(store.remove("shop/web").getSpec().nodeName()).isEqualTo("node-0008");
        assertThat(store.remove("shop/web")).isNull();
        assertThat(store.get("shop/web")).isNull();
    }

    @Test
    void aClaimInTheQueueHoldsItsMetadataOnly() {
        PackedStore<PortClaim> store = KnownObjects.claims(YAML, new CachePosition());
        PortClaim claim = served("web", "node-0007");
        store.put("shop/web", claim);

        PortClaim queued = store.get("shop/web");

        assertThat(queued.getMetadata().getUid()).isEqualTo(claim.getMetadata().getUid());
        assertThat(queued.getMetadata().getGeneration()).isEqualTo(1);
        assertThat(queued.getApiVersion()).isEqualTo(claim.getApiVersion());
        assertThat(queued.getKind()).isEqualTo("PortClaim");
        assertThat(queued.getSpec()).isEqualTo(claim.getSpec()).isNotSameAs(queued.getSpec());
        assertThat(queued.getStatus()).isEqualTo(claim.getStatus()).isNotSameAs(queued.getStatus());
    }

    /** 1,400 bytes of JSON, and 2,800 as objects. */
    @Test
    void aServedClaimTakesLittle() {
        PackedStore<PortClaim> store = KnownObjects.claims(YAML, new CachePosition());
        for (int i = 0; i < 100; i++) {
            PortClaim claim = served("server-%05d".formatted(i), "node-%04d".formatted(i));
            store.put(store.getKey(claim), claim);
        }

        assertThat(store.bytes() / store.size()).isBetween(100L, 310L);
    }

    /** 900 bytes of JSON without its data, and 1,500 as objects. */
    @Test
    void aConfigMapTakesLittle() {
        PackedStore<ConfigMap> store = KnownObjects.maps(YAML, new CachePosition());
        for (int i = 0; i < 100; i++) {
            Claim claim = Claims.of(served("server-%05d".formatted(i), "node-%04d".formatted(i)));
            ConfigMap map = KubernetesMap.create(WantedMap.of(claim, claim.reported()));
            map.getMetadata()
                    .setUid(UUID.nameUUIDFromBytes(new byte[] {(byte) i}).toString());
            map.getMetadata().setResourceVersion(String.valueOf(1_000_000 + i));
            map.getMetadata().setCreationTimestamp(NOW.toString());
            store.put(store.getKey(map), map);
        }

        assertThat(store.bytes() / store.size()).isBetween(100L, 310L);
    }

    private static PortClaim served(String name, String node) {
        ClaimKey key = new ClaimKey("shop", name);
        String uid = UUID.nameUUIDFromBytes(key.toString().getBytes(StandardCharsets.UTF_8))
                .toString();
        PortClaim claim = Samples.object(
                key, uid, 1_234_567, "{scope: Node, nodeName: %s, ports: [{name: http}]}".formatted(node));
        claim.setStatus(ClaimStatuses.render(
                        new ClaimFacts(
                                uid,
                                1,
                                "default",
                                name + "-ports",
                                claim.getSpec().scope(),
                                new Assignment(new TreeMap<>(
                                        Map.of(node, List.of(new PortGrant("http", TransportProtocol.TCP, 21080, 1))))),
                                new TreeSet<>(List.of(node)),
                                ClaimProblems.NONE),
                        null,
                        NOW)
                .status());
        return claim;
    }
}
