package io.portclaim.installed;

import static io.portclaim.installed.Installation.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Workloads whose pods have ports of their own, on an installed chart, and what is asked of them. */
record PodWorkloads(Installation installation) {
    /** Says on its port which pod it is. One without a number ends with 42, and one that can't listen with 1. */
    private static final String POD = """
                metadata: {labels: {app: "%1$s", portclaim.io/claim: "%2$s"}}
                spec:
                  hostNetwork: true
                  terminationGracePeriodSeconds: 1
                  containers:
                  - name: server
                    image: portclaim.local/busybox:1
                    command: [sh, -c]
                    args:
                    - |
                      [ -n "$HTTP_PORT" ] || exit 42
                      echo "$POD_NAME" > /tmp/name
                      exec httpd -f -p "$HTTP_PORT" -h /tmp
                    env:
                    - {name: POD_NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
            """;

    void pool(String name, String range, String more) {
        installation.apply("default", """
                apiVersion: portclaim.io/v1alpha1
                kind: PortPool
                metadata: {name: %s}
                spec: {ranges: ["%s"], staticBand: 0, %s}
                """.formatted(name, range, more));
    }

    void claim(String namespace, String name, String pool) {
        installation.claim(namespace, name, "{poolName: %s, scope: Pod, ports: [{name: http}]}".formatted(pool));
    }

    Pod dryRun(String namespace, String claim) {
        return installation
                .client()
                .resource(installation
                        .client()
                        .getKubernetesSerialization()
                        .unmarshal("""
                        apiVersion: v1
                        kind: Pod
                        metadata: {name: tried, namespace: %s, labels: {portclaim.io/claim: %s}}
                        spec: {automountServiceAccountToken: false, containers: [{name: main, image: a}]}
                        """.formatted(namespace, claim), Pod.class))
                .dryRun(true)
                .create();
    }

    void workload(String namespace, String kind, String name, String claim, int replicas) {
        installation.apply(
                namespace,
                """
                apiVersion: apps/v1
                kind: %s
                metadata: {name: %s}
                spec:
                  replicas: %d
                  %s
                  selector: {matchLabels: {app: "%s"}}
                  template:
                """.formatted(
                                        kind,
                                        name,
                                        replicas,
                                        kind.equals("StatefulSet") ? "podManagementPolicy: Parallel" : "",
                                        name)
                        + POD.formatted(name, claim));
    }

    List<Pod> pods(String namespace, String app) {
        return installation
                .client()
                .pods()
                .inNamespace(namespace)
                .withLabel("app", app)
                .list()
                .getItems();
    }

    /** Returns when the policies hold and know this claim. */
    void awaitPolicies(String namespace, String claim) {
        await("the policies hold")
                .atMost(SOON)
                .ignoreExceptionsInstanceOf(KubernetesClientException.class)
                .untilAsserted(
                        () -> assertThat(dryRun(namespace, claim).getSpec().getSchedulingGates())
                                .hasSize(1));
    }

    /** Those of an application that are ready, once there are so many. */
    List<Pod> ready(String namespace, String app, int count) {
        return await("%d pods of %s are ready".formatted(count, app))
                .atMost(SOON)
                .until(
                        () -> pods(namespace, app).stream()
                                .filter(Pods::isReady)
                                .toList(),
                        pods -> pods.size() == count);
    }

    /** Each says its name on its own number, and no two on a node have one. */
    void answer(List<Pod> pods, String port, String path) {
        Map<String, Set<Integer>> byNode = new TreeMap<>();
        for (Pod pod : pods) {
            String node = pod.getSpec().getNodeName();
            int number = Pods.port(pod, port);
            assertThat(byNode.computeIfAbsent(node, key -> new TreeSet<>()).add(number))
                    .as("%d once on %s", number, node)
                    .isTrue();
            assertThat(installation.requested(node, number, path))
                    .startsWith(pod.getMetadata().getName());
        }
    }
}
