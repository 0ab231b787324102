package io.portclaim.operator.claim;

import static io.portclaim.operator.claim.Samples.YAML;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.portclaim.operator.cache.CachePosition;
import io.portclaim.operator.cache.PackedStore;
import io.portclaim.operator.kube.LaterEvents;
import io.portclaim.operator.protocol.Listing;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Objects of a cache that is behind, with later events, are as they are at some moment after they were requested. */
class CurrentObjectsTest {
    private static final int LAST = 60;

    private final CachePosition position = new CachePosition();
    private final PackedStore<ConfigMap> cache = KnownObjects.maps(YAML, position);
    private final List<ConfigMap> shown = new ArrayList<>();
    private List<LaterEvents.Event> events = List.of();
    private long since;

    static LongStream seeds() {
        return LongStream.range(0, 300);
    }

    /** What is written: a version of an object, or its deletion. */
    private record Write(int version, String name, boolean isDeletion) {}

    private CurrentObjects<ConfigMap, ConfigMap> current() {
        return new CurrentObjects<>(
                ConfigMap.class,
                cache,
                version -> {
                    since = version;
                    return () -> events;
                },
                YAML,
                UnaryOperator.identity(),
                -1);
    }

    private static ConfigMap map(String name, int version) {
        return new ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace("shop")
                .withName(name)
                .withUid("uid-" + name)
                .withResourceVersion(Integer.toString(version))
                .endMetadata()
                .build();
    }

    private static LaterEvents.Event event(Write write) {
        return new LaterEvents.Event(
                "shop/" + write.name(),
                write.version(),
                write.isDeletion()
                        ? null
                        : YAML.asJson(map(write.name(), write.version())).getBytes(StandardCharsets.UTF_8));
    }

    private static List<Write> history(Random random) {
        List<Write> writes = new ArrayList<>();
        Map<String, Boolean> exists = new HashMap<>();
        for (int version = 1; version <= LAST; version++) {
            String name = "m" + random.nextInt(8);
            boolean deletes = exists.getOrDefault(name, false) && random.nextInt(3) == 0;
            exists.put(name, !deletes);
            writes.add(new Write(version, name, deletes));
        }
        return writes;
    }

    /** The version of the object then; null while there is none. */
    private static @Nullable Integer at(List<Write> history, String name, int then) {
        Integer version = null;
        for (Write write : history.subList(0, then)) {
            if (write.name().equals(name)) {
                version = write.isDeletion() ? null : (Integer) write.version();
            }
        }
        return version;
    }

    /** Has the cache show the object as it is at {@code then}; the position stays. */
    private void put(String name, List<Write> history, int then) {
        OptionalLong reached = position.now();
        Integer version = at(history, name, then);
        if (version != null) {
            ConfigMap map = map(name, version);
            position.listing();
            cache.put(cache.getKey(map), map);
            position.watching(reached.orElseThrow());
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void noneIsOlderThanTheRequestAndNoneIsMissing(long seed) throws IOException {
        Random random = new Random(seed);
        List<Write> history = history(random);
        int behind = 1 + random.nextInt(LAST);
        int now = behind + random.nextInt(LAST - behind + 1);
        int until = now + random.nextInt(LAST - now + 1);
        position.listing();
        position.watching(behind);
        for (int i = 0; i < 8; i++) {
            // Some objects have come to the cache since its position was asked for, and others have not.
            put("m" + i, history, random.nextBoolean() ? behind : behind + random.nextInt(LAST - behind + 1));
        }
        events = history.subList(behind, until).stream()
                .map(CurrentObjectsTest::event)
                .toList();

        Listing<ConfigMap> listing = current()
                .requested(
                        visitor -> {
                            throw new IOException("nothing is listed");
                        },
                        UnaryOperator.identity());
        if (random.nextBoolean()) {
            listing.prepare();
            // What comes to the cache after that changes nothing.
            put("m" + random.nextInt(8), history, LAST);
        }
        listing.forEach(shown::add);

        assertThat(since).isEqualTo(behind);
        for (int i = 0; i < 8; i++) {
            String name = "m" + i;
            List<Integer> versions = shown.stream()
                    .map(ConfigMap::getMetadata)
                    .filter(metadata -> metadata.getName().equals(name))
                    .map(metadata -> Integer.valueOf(metadata.getResourceVersion()))
                    .toList();
            assertThat(versions).as("once or not at all").hasSizeLessThan(2);
            Integer version = versions.isEmpty() ? null : versions.get(0);
            List<Integer> later = new ArrayList<>();
            for (int then = now; then <= LAST; then++) {
                later.add(at(history, name, then));
            }
            assertThat(later).as("%s at %d or later", name, now).contains(version);
        }
    }

    @Test
    void areListedWhileTheCacheIsNotFilled() throws IOException {
        current()
                .requested(visitor -> visitor.accept(map("listed", 1)), UnaryOperator.identity())
                .forEach(shown::add);
        assertThat(shown).extracting(map -> map.getMetadata().getName()).containsExactly("listed");
        assertThat(since).isZero();
    }

    @Test
    void areReadWhileTheEventsCome() throws IOException {
        position.listing();
        position.watching(9);
        cache.put("shop/m", map("m", 3));
        List<String> read = new ArrayList<>();
        CurrentObjects<ConfigMap, ConfigMap> current = new CurrentObjects<>(
                ConfigMap.class,
                cache,
                version -> () -> {
                    assertThat(read).containsExactly("m");
                    return List.of();
                },
                YAML,
                UnaryOperator.identity(),
                0);
        Listing<String> names = current.requested(visitor -> {}, map -> {
            read.add(map.getMetadata().getName());
            return map.getMetadata().getName();
        });
        names.prepare();
        List<String> visited = new ArrayList<>();
        names.forEach(visited::add);
        assertThat(visited).containsExactly("m");
        assertThat(read).containsExactly("m");
    }

    /** They are built some hundred at a time, by several threads, and shown by one. */
    @Test
    void areAllShownByOneThreadWhereTheyAreMany() throws IOException {
        position.listing();
        position.watching(9);
        for (int i = 0; i < 1300; i++) {
            cache.put("shop/m" + i, map("m" + i, 3));
        }
        Set<Thread> threads = new HashSet<>();
        current().requested(visitor -> {}, UnaryOperator.identity()).forEach(map -> {
            threads.add(Thread.currentThread());
            shown.add(map);
        });
        assertThat(threads).containsExactly(Thread.currentThread());
        assertThat(shown)
                .extracting(map -> map.getMetadata().getName())
                .doesNotHaveDuplicates()
                .hasSize(1300);
    }

    @Test
    void areListedWhereTheyAreFew() throws IOException {
        position.listing();
        position.watching(9);
        CurrentObjects<ConfigMap, ConfigMap> current = new CurrentObjects<>(
                ConfigMap.class,
                cache,
                version -> {
                    throw new IllegalStateException("no events are requested");
                },
                YAML,
                UnaryOperator.identity());
        for (int i = 0; i < CurrentObjects.FEW; i++) {
            cache.put("shop/m" + i, map("m" + i, 3));
        }
        current.requested(visitor -> visitor.accept(map("listed", 1)), UnaryOperator.identity())
                .forEach(shown::add);
        assertThat(shown).extracting(map -> map.getMetadata().getName()).containsExactly("listed");

        cache.put("shop/more", map("more", 3));
        assertThatThrownBy(() -> current.requested(visitor -> {}, UnaryOperator.identity()))
                .hasMessage("no events are requested");
    }

    @Test
    void areListedWhereTheLaterEventsAreNotKnown() throws IOException {
        position.listing();
        position.watching(9);
        cache.put("shop/stale", map("stale", 3));
        CurrentObjects<ConfigMap, ConfigMap> current = new CurrentObjects<>(
                ConfigMap.class,
                cache,
                version -> () -> {
                    throw new IOException("the watch ended");
                },
                YAML,
                UnaryOperator.identity(),
                0);
        current.requested(visitor -> visitor.accept(map("listed", 1)), UnaryOperator.identity())
                .forEach(shown::add);
        assertThat(shown).extracting(map -> map.getMetadata().getName()).containsExactly("listed");
    }
}
