package io.portclaim.operator.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.ForeignPorts;
import io.portclaim.operator.node.WaitingPods.WaitingPod;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which pods wait for which ConfigMap. */
class WaitingPodsTest {
    private static final ClaimKey WEB_PORTS = new ClaimKey("team", "web-ports");
    private static final String PENDING = "nodeName: a | Pending | envFrom: [{configMapRef: {name: web-ports}}]";

    private final Pods pods = new Pods(new ForeignPorts(), slots -> {}, (map, node) -> {});

    /** {@code text} has a part of the spec, the phase and a part of the container. */
    private static Pod pod(String uid, String text) {
        String[] parts = text.split(" \\| ");
        return Serialization.unmarshal("""
                metadata: {name: "%1$s", namespace: team, uid: "%1$s"}
                status: {phase: "%3$s"}
                spec: {%2$s, containers: [{name: c, %4$s}]}
                """.formatted(uid, parts[0], parts[1], parts[2]), Pod.class);
    }

    @Test
    void aPodWaitsUntilItRuns() {
        pods.onAdd(pod("u1", PENDING));
        pods.onAdd(pod("u2", PENDING));
        assertThat(pods.waiting().of(WEB_PORTS))
                .containsExactly(new WaitingPod("team", "u1", "u1"), new WaitingPod("team", "u2", "u2"));
        pods.onUpdate(pod("u1", PENDING), pod("u1", PENDING.replace("Pending", "Running")));
        assertThat(pods.waiting().of(WEB_PORTS)).containsExactly(new WaitingPod("team", "u2", "u2"));
        pods.onDelete(pod("u2", PENDING), false);
        assertThat(pods.waiting().of(WEB_PORTS)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nodeName: a | Running | envFrom: [{configMapRef: {name: web-ports}}]",
                "hostNetwork: true | Pending | envFrom: [{configMapRef: {name: web-ports}}]",
                "nodeName: a | Pending | envFrom: [{configMapRef: {name: web-ports, optional: true}}]",
                "nodeName: a | Pending | envFrom: [{configMapRef: {name: other-ports}}]",
                "nodeName: a | Pending | image: b",
            })
    void othersDoNotWait(String text) {
        pods.onAdd(pod("u1", text));
        assertThat(pods.waiting().of(WEB_PORTS)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nodeName: a, volumes: [{name: v, configMap: {name: web-ports}}] | Pending | image: b",
                "nodeName: a | Pending | env: [{name: A, valueFrom: {configMapKeyRef: {name: web-ports, key: A}}}]",
            })
    void eachWayToReadItCounts(String text) {
        pods.onAdd(pod("u1", text));
        assertThat(pods.waiting().of(WEB_PORTS)).hasSize(1);
    }

    /** What a tenant can make the operator keep in memory is bounded. */
    @Test
    void onePodWaitsForFewConfigMapsOnly() {
        String many = IntStream.range(0, Readers.MOST_MAPS + 1)
                .mapToObj("{configMapRef: {name: m-%d}}"::formatted)
                .collect(Collectors.joining(", ", "nodeName: a | Pending | envFrom: [", "]"));
        pods.onAdd(pod("u1", many));
        assertThat(pods.waiting().of(new ClaimKey("team", "m-0"))).isEmpty();
    }
}
