package io.portclaim.installed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portclaim.api.v1alpha1.AssignedPort;
import io.portclaim.api.v1alpha1.Condition;
import io.portclaim.api.v1alpha1.NodeAssignment;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.api.v1alpha1.PortPool;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Pods read the ports that they were given, each in the ways that docs/configmap.md shows, and serve on them. */
@ExtendWith(Installation.class)
class PodsIT {
    private static final Logger LOG = LoggerFactory.getLogger(PodsIT.class);

    /** Says on the port that it was given on which node it runs. */
    private static final String AGENT = """
            apiVersion: apps/v1
            kind: DaemonSet
            metadata: {name: agent}
            spec:
              selector: {matchLabels: {app: agent}}
              template:
                metadata: {labels: {app: agent}}
                spec:
                  hostNetwork: true
                  terminationGracePeriodSeconds: 0
                  containers:
                  - name: agent
                    image: portclaim.local/busybox:1
                    command: [sh, -c]
                    args:
                    - |
                      until [ -s "/etc/ports/$NODE_NAME.env" ]; do sleep 1; done
                      . "/etc/ports/$NODE_NAME.env"
                      echo "$NODE_NAME" > /tmp/node
                      exec httpd -f -p "$HTTP_PORT" -h /tmp
                    env:
                    - {name: NODE_NAME, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}
                    volumeMounts:
                    - {name: ports, mountPath: /etc/ports, readOnly: true}
                  volumes:
                  - {name: ports, configMap: {name: agent-ports}}
            """;

    /** One container for each way to read a variable. */
    private static final String EARLY = """
            apiVersion: v1
            kind: Pod
            metadata: {name: early, labels: {app: early}}
            spec:
              hostNetwork: true
              nodeName: node-1
              terminationGracePeriodSeconds: 0
              containers:
              - name: by-key
                image: portclaim.local/busybox:1
                command: [httpd, -f, -p, $(PORT), -h, /etc]
                env:
                - {name: PORT, valueFrom: {configMapKeyRef: {name: early-ports, key: KEY_PORT}}}
              - name: whole
                image: portclaim.local/busybox:1
                command: [httpd, -f, -p, $(WHOLE_PORT), -h, /etc]
                envFrom:
                - configMapRef: {name: early-ports}
            """;

    /** Several: by itself, a kubelet retries after about 10 s, which may be soon for one pod, but not for all. */
    private static final String SLEEPERS = """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: sleepers}
            spec:
              replicas: 6
              selector: {matchLabels: {app: sleepers}}
              template:
                metadata: {labels: {app: sleepers}}
                spec:
                  terminationGracePeriodSeconds: 0
                  containers:
                  - name: sleeper
                    image: portclaim.local/busybox:1
                    command: [sleep, "1000"]
                    envFrom:
                    - configMapRef: {name: sleepers-ports}
            """;

    private static Installation installation;

    @BeforeAll
    static void install(Installation given) {
        installation = given;
        installation.upgradeTo(Installation.chart(), "--set", "touchPods.enabled=true");
    }

    private static PortClaimStatus status(PortClaim claim) {
        return Objects.requireNonNull(claim.getStatus());
    }

    /** The one port that the claim has on the node. */
    private static int portOn(PortClaim claim, String node) {
        return status(claim).nodes().stream()
                .filter(group -> group.names().contains(node))
                .map(NodeAssignment::ports)
                .flatMap(List::stream)
                .map(AssignedPort::port)
                .findFirst()
                .orElseThrow();
    }

    private static int port(PortClaim claim, String name) {
        return status(claim).ports().stream()
                .filter(port -> port.name().equals(name))
                .map(AssignedPort::port)
                .findFirst()
                .orElseThrow();
    }

    /** The pool's first two numbers are lent out on node-2; the other two are each held on one node. */
    @Test
    void aDaemonSetServesOnItsNodesOwnPort() {
        String namespace = installation.newNamespace();
        installation.pool("half", "24999-25002");
        installation.claim(
                namespace,
                "holds-1",
                "{poolName: half, scope: Node, nodeName: node-1, ports: [{name: http, port: 25001}]}");
        installation.claim(
                namespace,
                "holds-2",
                "{poolName: half, scope: Node, nodeName: node-2, ports: [{name: http, port: 25002}]}");
        installation.ready(namespace, "holds-1");
        installation.ready(namespace, "holds-2");
        installation.apply(namespace, AGENT);
        installation.claim(namespace, "agent", "{poolName: half, scope: Node, allNodes: true, ports: [{name: http}]}");

        PortClaim claim = installation.ready(namespace, "agent");
        assertThat(portOn(claim, "node-2")).as("all that is left there").isEqualTo(25001);
        assertThat(portOn(claim, "node-1")).isIn(24999, 25000, 25002);
        installation.podsReady(namespace, "agent", 2);
        for (String node : List.of("node-1", "node-2")) {
            assertThat(installation.requested(node, portOn(claim, node), "node"))
                    .isEqualTo(node);
        }
    }

    @Test
    void whatANodeLendsToOutgoingConnectionsIsGivenOnTheOtherNodeOnlyAndThePoolSaysSo() {
        String namespace = installation.newNamespace();
        installation.pool("lent", "24000-24003");
        installation.claim(
                namespace, "given", "{poolName: lent, scope: Node, nodeName: node-1, ports: [{name: http, count: 4}]}");
        installation.claim(
                namespace,
                "refused",
                "{poolName: lent, scope: Node, nodeName: node-2, ports: [{name: http, port: 24000}]}");

        assertThat(portOn(installation.ready(namespace, "given"), "node-1")).isEqualTo(24000);
        installation
                .cluster()
                .kubectl(
                        "wait",
                        "--namespace",
                        namespace,
                        "portclaim/refused",
                        "--for=jsonpath={.status.conditions[?(@.type==\"Ready\")].reason}=PortNotUsable",
                        "--timeout=120s");
        await("the pool tells")
                .atMost(Installation.SOON)
                .untilAsserted(() -> assertThat(conditions("lent"))
                        .filteredOn(condition -> condition.type().equals("RangeOverlapsEphemeral"))
                        .singleElement()
                        .satisfies(condition -> {
                            assertThat(condition.status()).isEqualTo("True");
                            assertThat(condition.message())
                                    .contains("24000-24003", "node-2")
                                    .doesNotContain("node-1");
                        }));
    }

    private static List<Condition> conditions(String pool) {
        PortPool found =
                installation.client().resources(PortPool.class).withName(pool).require();
        return found.getStatus() == null
                ? List.of()
                : Objects.requireNonNullElse(found.getStatus().conditions(), List.of());
    }

    @Test
    void podsThatWaitForTheirPortsStartAtOnceWhenTheyArePublished() {
        String namespace = installation.newNamespace();
        installation.pool("sleepers", "25200-25209");
        installation.apply(namespace, SLEEPERS);
        await("the pods wait for their ConfigMap").atMost(Installation.SOON).until(() -> waiting(namespace) == 6);
        installation.claim(namespace, "sleepers", "{poolName: sleepers, scope: Cluster, ports: [{name: http}]}");
        installation.podsReady(namespace, "sleepers", 6);
        Instant published = Instant.parse(installation
                .client()
                .configMaps()
                .inNamespace(namespace)
                .withName("sleepers-ports")
                .require()
                .getMetadata()
                .getCreationTimestamp());
        List<Duration> delays = installation.client().pods().inNamespace(namespace).list().getItems().stream()
                .map(pod -> pod.getStatus()
                        .getContainerStatuses()
                        .get(0)
                        .getState()
                        .getRunning()
                        .getStartedAt())
                .map(started -> Duration.between(published, Instant.parse(started)))
                .toList();
        LOG.info("Started after {}", delays);
        assertThat(delays).hasSize(6).allMatch(delay -> delay.compareTo(Duration.ofSeconds(5)) <= 0);
    }

    private static long waiting(String namespace) {
        return installation.client().pods().inNamespace(namespace).list().getItems().stream()
                .flatMap(pod -> pod.getStatus().getContainerStatuses().stream())
                .flatMap(container -> Stream.ofNullable(container.getState().getWaiting()))
                .filter(waiting -> "CreateContainerConfigError".equals(waiting.getReason()))
                .count();
    }

    @Test
    void aPodThatStartsBeforeItsClaimWaitsAndThenRuns() {
        String namespace = installation.newNamespace();
        installation.pool("early", "25100-25109");
        installation.apply(namespace, EARLY);
        await("the pod waits for its ConfigMap").atMost(Installation.SOON).until(() -> waiting(namespace) == 2);
        installation.claim(
                namespace, "early", "{poolName: early, scope: Cluster, ports: [{name: key}, {name: whole}]}");

        PortClaim claim = installation.ready(namespace, "early");
        installation.podsReady(namespace, "early", 1);
        for (String name : List.of("key", "whole")) {
            assertThat(installation.requested("node-1", port(claim, name), "hostname"))
                    .isEqualTo("node-1");
        }
    }
}
