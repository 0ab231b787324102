package io.portclaim.operator.simulation.pods;

import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.portclaim.api.v1alpha1.PortClaimSpec;
import io.portclaim.api.v1alpha1.PortPool;
import io.portclaim.operator.simulation.Users;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A pool of so few numbers that they are scarce. */
record SmallPool(int size) {
    private static final int FIRST = 1000;
    private static final String TEXT = """
            apiVersion: portclaim.io/v1alpha1
            kind: PortPool
            metadata: {name: main, uid: pool, generation: 1, creationTimestamp: "2026-01-01T00:00:00Z"}
            spec: {ranges: [%d-%d], staticBand: 0, cooldown: {tcp: 9s}}
            """;
    private static final KubernetesSerialization YAML = new KubernetesSerialization();
    private static final Map<Integer, PortPool> POOLS = new ConcurrentHashMap<>();

    List<Integer> numbers() {
        return IntStream.range(FIRST, FIRST + size).boxed().toList();
    }

    PortPool pool() {
        return POOLS.computeIfAbsent(
                size, any -> YAML.unmarshal(TEXT.formatted(FIRST, FIRST + size - 1), PortPool.class));
    }

    /** A claim of all of it. */
    PortClaimSpec whole() {
        return Users.spec(numbers().stream()
                .map(number -> "{name: p%1$d, port: %1$d}".formatted(number))
                .collect(Collectors.joining(", ", "{poolName: main, scope: Cluster, ports: [", "]}")));
    }
}
