package io.portclaim.operator.faults;

import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KubernetesResourceList;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.dsl.AnyNamespaceOperation;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortPool;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Every version of every claim, ConfigMap, pool, node, pod and Service from the start on, in the order in which etcd took
 * them: revisions count over all kinds. Thread-safe.
 */
final class ClusterHistory implements AutoCloseable {
    /**
     * A version of an object.
     *
     * @param revision etcd's
     * @param object as it was then; where {@code deleted}, as it last was
     * @param deleted whether this is the end of it
     * @param clock the operators' time when it was seen
     * @param seen the machine's time when it was seen, which is the API server's
     * @param nanos the same, for measuring
     */
    record Entry(long revision, HasMetadata object, boolean deleted, Instant clock, Instant seen, long nanos) {}

    private final InstantSource clock;
    private final PriorityQueue<Entry> waiting = new PriorityQueue<>(Comparator.comparingLong(Entry::revision));
    private final List<Stream<?>> streams = new ArrayList<>();
    private volatile @Nullable Exception broken;

    ClusterHistory(KubernetesClient client, InstantSource clock) {
        this.clock = clock;
        streams.add(new Stream<>(client.resources(PortClaim.class).inAnyNamespace()));
        streams.add(new Stream<>(client.configMaps().inAnyNamespace()));
        streams.add(new Stream<>(client.resources(PortPool.class)));
        streams.add(new Stream<>(client.nodes()));
        streams.add(new Stream<>(client.pods().inAnyNamespace()));
        streams.add(new Stream<>(client.services().inAnyNamespace()));
    }

    private final class Stream<T extends HasMetadata> implements Watcher<T> {
        private final AnyNamespaceOperation<T, ? extends KubernetesResourceList<T>, ?> operation;
        private final Map<String, T> present = new ConcurrentHashMap<>();
        private final AtomicLong latest = new AtomicLong();
        private volatile Watch watch;

        Stream(AnyNamespaceOperation<T, ? extends KubernetesResourceList<T>, ?> operation) {
            this.operation = operation;
            this.watch = open();
        }

        /** Lists what there is, and watches from there on. */
        private Watch open() {
            KubernetesResourceList<T> list = operation.list();
            String version = list.getMetadata().getResourceVersion();
            Set<String> listed = new HashSet<>();
            for (T item : list.getItems()) {
                listed.add(item.getMetadata().getUid());
                if (revision(present.get(item.getMetadata().getUid())) < revision(item)
                        || !present.containsKey(item.getMetadata().getUid())) {
                    add(item, false);
                }
            }
            for (T gone : List.copyOf(present.values())) {
                if (!listed.contains(gone.getMetadata().getUid())) {
                    gone.getMetadata().setResourceVersion(version);
                    add(gone, true);
                }
            }
            latest.accumulateAndGet(Long.parseLong(version), Math::max);
            return operation.watch(
                    new ListOptionsBuilder().withResourceVersion(version).build(), this);
        }

        private void add(T object, boolean deleted) {
            long revision = Long.parseLong(object.getMetadata().getResourceVersion());
            Entry entry = new Entry(revision, object, deleted, clock.instant(), Instant.now(), System.nanoTime());
            synchronized (waiting) {
                waiting.add(entry);
            }
            if (deleted) {
                present.remove(object.getMetadata().getUid());
            } else {
                present.put(object.getMetadata().getUid(), object);
            }
            latest.accumulateAndGet(revision, Math::max);
        }

        @Override
        public void eventReceived(Action action, T object) {
            if (action != Action.BOOKMARK) {
                add(object, action == Action.DELETED);
            }
        }

        /** An API server that was away does not know what a quiet watch saw last (410 Gone): then it begins again. */
        @Override
        public void onClose(WatcherException cause) {
            if (!cause.isHttpGone()) {
                broken = cause;
                return;
            }
            Thread again = new Thread(
                    () -> await().atMost(Duration.ofMinutes(2))
                            .ignoreExceptions()
                            .until(() -> {
                                watch = open();
                                return true;
                            }),
                    "history");
            again.setDaemon(true);
            again.start();
        }

        /** Whether everything has arrived that {@code list} shows. */
        private boolean has(KubernetesResourceList<T> list) {
            Map<String, Long> listed = new HashMap<>();
            list.getItems()
                    .forEach(item -> listed.put(
                            item.getMetadata().getUid(),
                            Long.parseLong(item.getMetadata().getResourceVersion())));
            long version = Long.parseLong(list.getMetadata().getResourceVersion());
            return listed.entrySet().stream().allMatch(item -> revision(present.get(item.getKey())) >= item.getValue())
                    && present.entrySet().stream()
                            .allMatch(seen -> listed.containsKey(seen.getKey()) || revision(seen.getValue()) > version);
        }

        /** Of an object that is not there any more, that of what came last. */
        private long revision(@Nullable T object) {
            return object == null
                    ? latest.get()
                    : Long.parseLong(object.getMetadata().getResourceVersion());
        }

        long catchUp() {
            KubernetesResourceList<T> list = operation.list();
            await().atMost(Duration.ofMinutes(2))
                    .pollInterval(Duration.ofMillis(5))
                    .until(() -> isAlive() && has(list));
            return Long.parseLong(list.getMetadata().getResourceVersion());
        }
    }

    /** The objects of {@code type} in {@code namespace} as they are known now. */
    <T extends HasMetadata> List<T> present(Class<T> type, String namespace) {
        return streams.stream()
                .flatMap(stream -> stream.present.values().stream())
                .filter(type::isInstance)
                .map(type::cast)
                .filter(object -> namespace.equals(object.getMetadata().getNamespace()))
                .toList();
    }

    private boolean isAlive() {
        Exception cause = broken;
        if (cause != null) {
            throw new IllegalStateException("the history has a gap: a watch has ended", cause);
        }
        return true;
    }

    /** Takes what has come so far and is sure to be in order: claims, ConfigMaps and pods are never quiet for long. */
    List<Entry> next() {
        isAlive();
        return upTo(IntStream.of(0, 1, 4)
                .mapToLong(stream -> streams.get(stream).latest.get())
                .min()
                .orElseThrow());
    }

    /** Takes everything that has happened up to now. */
    List<Entry> all() {
        return upTo(streams.stream().mapToLong(Stream::catchUp).min().orElseThrow());
    }

    private List<Entry> upTo(long revision) {
        List<Entry> entries = new ArrayList<>();
        synchronized (waiting) {
            while (!waiting.isEmpty() && waiting.peek().revision <= revision) {
                entries.add(waiting.remove());
            }
        }
        return entries;
    }

    /** Whether it is a ConfigMap of an operator. */
    static boolean isPortClaims(ConfigMap map) {
        return map.getMetadata().getLabels() != null
                && map.getMetadata().getLabels().containsKey("portclaim.io/claim-uid");
    }

    @Override
    public void close() {
        streams.forEach(stream -> stream.watch.close());
    }
}
