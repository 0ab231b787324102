package io.portclaim.installed;

import static io.portclaim.installed.Installation.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.portclaim.api.v1alpha1.Condition;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.testing.LocalCluster;
import io.portclaim.testing.Pages;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Pods with ports of their own, with the real scheduler, kubelets and containers: each serves on its number and no other. */
@ExtendWith(Installation.class)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class PortPerPodIT {
    private static final Logger LOG = LoggerFactory.getLogger(PortPerPodIT.class);
    private static final String EXAMPLES = "portclaim-examples";
    private static final Duration CHAOS = Duration.ofSeconds(60);
    private static final int KILLS = 12;

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

    /** Those of the page that have not been run yet. */
    private static final List<String> commands = new ArrayList<>();

    private static Installation installation;

    @BeforeAll
    static void install(Installation given) {
        installation = given;
        commands.addAll(Pages.blocks(LocalCluster.repository().resolve("docs/pod-scope.md"), "sh"));
        installation.upgradeTo(
                Installation.chart(),
                "--set",
                "extraArgs={--min-cooldown=1s,--lease-duration=4s,--renew-deadline=3s,--retry-period=1s,"
                        + "--ledger-request-timeout=2s}");
        runFromPage("podScope.enabled=true");
        // A short cooldown, for numbers to come back while the tests run.
        pool("per-pod", "29200-29203", "cooldown: {tcp: 1s}");
        pool("full", "29205-29205", "cooldown: {tcp: 1s}");
        pool("chaos", "29210-29219", "cooldown: {tcp: 5s}");
        pool("down", "29220-29229", "cooldown: {tcp: 1s}");
        installation.apply("default", """
                apiVersion: portclaim.io/v1alpha1
                kind: PortPool
                metadata: {name: examples, annotations: {portclaim.io/is-default-pool: "true"}}
                spec: {ranges: [29300-29399], staticBand: 0}
                """);
        String namespace = installation.newNamespace();
        claim(namespace, "ready", "per-pod");
        await("the policies hold")
                .atMost(SOON)
                .ignoreExceptionsInstanceOf(KubernetesClientException.class)
                .untilAsserted(
                        () -> assertThat(dryRun(namespace, "ready").getSpec().getSchedulingGates())
                                .hasSize(1));
    }

    @AfterAll
    static void restore() {
        installation.run("""
                kubectl delete namespace portclaim-examples --ignore-not-found --wait=false
                kubectl delete portpool per-pod full chaos down examples
                """);
        installation.install();
    }

    /** Runs the one block of commands of the page that has these words. */
    private static void runFromPage(String words) {
        List<String> found =
                commands.stream().filter(block -> block.contains(words)).toList();
        assertThat(found).as(words).hasSize(1);
        commands.removeAll(found);
        installation.run(found.get(0));
    }

    private static void pool(String name, String range, String more) {
        installation.apply("default", """
                apiVersion: portclaim.io/v1alpha1
                kind: PortPool
                metadata: {name: %s}
                spec: {ranges: ["%s"], staticBand: 0, %s}
                """.formatted(name, range, more));
    }

    private static void claim(String namespace, String name, String pool) {
        installation.claim(namespace, name, "{poolName: %s, scope: Pod, ports: [{name: http}]}".formatted(pool));
    }

    private static Pod dryRun(String namespace, String claim) {
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

    private static void workload(String namespace, String kind, String name, String claim, int replicas) {
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

    private static List<Pod> pods(String namespace, String app) {
        return installation
                .client()
                .pods()
                .inNamespace(namespace)
                .withLabel("app", app)
                .list()
                .getItems();
    }

    /** Those of an application that are ready, once there are so many. */
    private static List<Pod> ready(String namespace, String app, int count) {
        return await("%d pods of %s are ready".formatted(count, app))
                .atMost(SOON)
                .until(
                        () -> pods(namespace, app).stream()
                                .filter(Pods::isReady)
                                .toList(),
                        pods -> pods.size() == count);
    }

    /** Each says its name on its own number, and no two on a node have one. */
    private static void answer(List<Pod> pods, String port, String path) {
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

    private static Condition condition(String namespace, String claim) {
        PortClaimStatus status = installation
                .client()
                .resources(PortClaim.class)
                .inNamespace(namespace)
                .withName(claim)
                .require()
                .getStatus();
        return Objects.requireNonNull(Objects.requireNonNull(status).conditions()).stream()
                .filter(condition -> condition.type().equals("Ready"))
                .findFirst()
                .orElseThrow();
    }

    private static void delete(Pod pod) {
        installation.client().resource(pod).delete();
    }

    // --- One number on each node once

    @Order(1)
    @Test
    void fourNumbersOnTwoNodesAreEightPodsAndTheNinthWaitsForOneToGo() {
        String namespace = installation.newNamespace();
        claim(namespace, "nine", "per-pod");
        workload(namespace, "Deployment", "nine", "nine", 9);

        List<Pod> ready = ready(namespace, "nine", 8);
        answer(ready, "http", "name");
        assertThat(ready).extracting(pod -> Pods.port(pod, "http")).contains(29200, 29201, 29202, 29203);
        Pod ninth = pods(namespace, "nine").stream()
                .filter(pod -> !Pods.isReady(pod))
                .findFirst()
                .orElseThrow();
        assertThat(ninth.getSpec().getSchedulingGates()).hasSize(1);
        await("it says why it waits").atMost(SOON).untilAsserted(() -> {
            assertThat(Pods.isGated(installation.client().resource(ninth).require()))
                    .isTrue();
            assertThat(condition(namespace, "nine"))
                    .satisfies(said -> assertThat(said.reason()).isEqualTo("PoolExhausted"))
                    .satisfies(said -> assertThat(said.message()).startsWith("1 of 9 pods wait: no port is free"));
            assertThat(installation
                            .client()
                            .v1()
                            .events()
                            .inNamespace(namespace)
                            .withField("involvedObject.uid", ninth.getMetadata().getUid())
                            .list()
                            .getItems())
                    .extracting(Event::getReason)
                    .contains("PoolExhausted");
        });

        delete(ready.get(0));
        await("the ninth has its turn")
                .atMost(SOON)
                .until(() -> Pods.isReady(installation.client().resource(ninth).require()));
        answer(ready(namespace, "nine", 8), "http", "name");
        installation.client().apps().deployments().inNamespace(namespace).delete();
    }

    /** As autoscalers need it. */
    @Order(2)
    @Test
    void withNewNodeAPodMoreThanThereIsRoomForIsUnschedulable() {
        String namespace = installation.newNamespace();
        installation.claim(namespace, "full", "{poolName: full, scope: Pod, whenFull: NewNode, ports: [{name: http}]}");
        workload(namespace, "Deployment", "full", "full", 3);

        answer(ready(namespace, "full", 2), "http", "name");
        await("the third is left to a node that joins")
                .atMost(SOON)
                .untilAsserted(() -> assertThat(pods(namespace, "full"))
                        .filteredOn(pod -> pod.getSpec().getNodeName() == null)
                        .singleElement()
                        .satisfies(pod ->
                                assertThat(pod.getSpec().getSchedulingGates()).isEmpty())
                        .satisfies(pod -> assertThat(Pods.port(pod, "http")).isEqualTo(29205))
                        .satisfies(pod -> assertThat(Pods.whyUnscheduled(pod)).isEqualTo("Unschedulable")));
        installation.client().apps().deployments().inNamespace(namespace).delete();
    }

    // --- The examples

    @Order(3)
    @Test
    void theExamplesDoWhatTheyAreFor() {
        installation.run("""
                kubectl apply -f examples/00-namespace.yaml
                kubectl apply -f examples/pod-scope/indexed-job.yaml
                """);
        try (PodHistory history = new PodHistory(installation.client(), EXAMPLES)) {
            installation.run(
                    "kubectl apply -f examples/pod-scope/sticky-ports.yaml -f examples/pod-scope/daemonset-surge.yaml");
            for (Pod worker : ready(EXAMPLES, "workers", 4)) {
                assertThat(installation.requested(
                                worker.getSpec().getNodeName(), Pods.port(worker, "rendezvous"), "rank"))
                        .isEqualTo("worker "
                                + worker.getMetadata()
                                        .getAnnotations()
                                        .get("batch.kubernetes.io/job-completion-index"));
            }
            runFromPage("game-servers.yaml");
            answer(ready(EXAMPLES, "match", 6), "http", "join");
            theSurgeIsTwoPodsOnANode(history);
            aPodOfTheStatefulSetGetsItsPortBack();
            runFromPage("kubectl get pclaim");
            assertThat(history.faults()).isEmpty();
        }
        installation.run("kubectl delete -f examples/pod-scope/game-servers.yaml"
                + " -f examples/pod-scope/daemonset-surge.yaml -f examples/pod-scope/sticky-ports.yaml");
    }

    private static void theSurgeIsTwoPodsOnANode(PodHistory history) {
        answer(ready(EXAMPLES, "relay", 2), "http", "relay");
        assertThat(history.mostOnOneNode("relay")).isEqualTo(1);
        runFromPage("rollout restart daemonset/relay");
        assertThat(history.mostOnOneNode("relay")).isEqualTo(2);
        answer(ready(EXAMPLES, "relay", 2), "http", "relay");
    }

    private static void aPodOfTheStatefulSetGetsItsPortBack() {
        Map<String, Integer> before = new HashMap<>();
        ready(EXAMPLES, "shard", 3).forEach(pod -> before.put(pod.getMetadata().getName(), Pods.port(pod, "http")));
        Pod first = pods(EXAMPLES, "shard").stream()
                .filter(pod -> pod.getMetadata().getName().equals("shard-1"))
                .findFirst()
                .orElseThrow();
        runFromPage("kubectl delete pod shard-1");
        await("another pod has its name")
                .atMost(SOON)
                .until(() -> pods(EXAMPLES, "shard").stream()
                        .noneMatch(pod -> pod.getMetadata()
                                .getUid()
                                .equals(first.getMetadata().getUid())));
        List<Pod> after = ready(EXAMPLES, "shard", 3);
        assertThat(after)
                .allSatisfy(pod -> assertThat(Pods.port(pod, "http"))
                        .isEqualTo(before.get(pod.getMetadata().getName())));
        answer(after, "http", "shard");
    }

    // --- Chaos

    @Order(4)
    @Test
    void noNumberIsTwiceOnANodeWhileOperatorsAreKilled() throws InterruptedException {
        String namespace = installation.newNamespace();
        claim(namespace, "chaos", "chaos");
        try (PodHistory history = new PodHistory(installation.client(), namespace)) {
            workload(namespace, "Deployment", "churn", "chaos", 8);
            workload(namespace, "StatefulSet", "named", "chaos", 4);
            ready(namespace, "churn", 8);
            ready(namespace, "named", 4);

            int killed = new PodChaos(installation, namespace, System.nanoTime()).run(CHAOS, KILLS);

            assertThat(history.faults()).isEmpty();
            assertThat(killed).isGreaterThanOrEqualTo(8);
            List<Pod> ready = ready(namespace, "churn", 8);
            answer(ready, "http", "name");
            List<Pod> named = ready(namespace, "named", 4);
            answer(named, "http", "name");
            for (String node : List.of("node-1", "node-2")) {
                Set<Integer> carried = new TreeSet<>();
                pods(namespace, "churn").stream()
                        .filter(pod -> node.equals(pod.getSpec().getNodeName()))
                        .forEach(pod -> carried.add(Pods.port(pod, "http")));
                pods(namespace, "named").stream()
                        .filter(pod -> node.equals(pod.getSpec().getNodeName()))
                        .forEach(pod -> carried.add(Pods.port(pod, "http")));
                await("processes listen where pods say so")
                        .atMost(SOON)
                        .untilAsserted(() -> assertThat(Pods.listened(installation, node, 29210, 29219))
                                .isEqualTo(carried));
            }
            LOG.info("{} pods were served", history.served());
            assertThat(history.served()).isGreaterThan(40);
            assertThat(history.faults()).isEmpty();
        }
        installation.client().apps().deployments().inNamespace(namespace).delete();
        installation.client().apps().statefulSets().inNamespace(namespace).delete();
    }

    /** After a while: its workers were asked above. */
    @Order(5)
    @Test
    void theIndexedJobEndsAndThePageHasNoOtherCommands() {
        runFromPage("indexed-job.yaml");
        assertThat(commands).as("not run").isEmpty();
    }

    // --- Without the operator

    @Order(6)
    @Test
    void whileNoOperatorRunsPodsGoOnAndNewOnesWait() {
        String namespace = installation.newNamespace();
        claim(namespace, "down", "down");
        workload(namespace, "Deployment", "down", "down", 2);
        List<Pod> before = ready(namespace, "down", 2);
        scaleOperators(0);
        installation.cluster().kubectl("scale", "deployment/down", "--namespace", namespace, "--replicas=4");
        await("two more wait")
                .atMost(SOON)
                .until(() ->
                        pods(namespace, "down").stream().filter(Pods::isGated).count() == 2);
        answer(before, "http", "name");

        scaleOperators(2);
        List<Pod> after = ready(namespace, "down", 4);
        answer(after, "http", "name");
        assertThat(after)
                .extracting(pod -> pod.getMetadata().getUid())
                .contains(
                        before.get(0).getMetadata().getUid(),
                        before.get(1).getMetadata().getUid());
        installation.client().apps().deployments().inNamespace(namespace).delete();
    }

    private static void scaleOperators(int replicas) {
        installation
                .cluster()
                .kubectl(
                        "scale",
                        "deployment/portclaim",
                        "--namespace",
                        Installation.NAMESPACE,
                        "--replicas=" + replicas);
        await("%d operators run".formatted(replicas))
                .atMost(SOON)
                .until(() -> installation.operators().size() == replicas);
    }

    // --- Where the API server adds neither gate nor variables

    @Order(7)
    @Test
    void aTemplateWithAllOfItNeedsNoPolicyThatAddsIt() {
        installation.run("kubectl delete mutatingadmissionpolicybinding write-podscope.portclaim.io");
        String namespace = installation.newNamespace();
        claim(namespace, "label", "down");
        await("nothing is added any more")
                .atMost(SOON)
                .untilAsserted(() -> assertThat(refusal(namespace)).contains("namespace " + namespace));
        installation.run("""
                kubectl apply -f examples/00-namespace.yaml -f examples/pod-scope/static-template.yaml
                kubectl rollout status deployment/arcade -n portclaim-examples --timeout=120s
                """);
        List<Pod> ready = ready(EXAMPLES, "arcade", 3);
        Set<String> slots = new TreeSet<>();
        for (Pod pod : ready) {
            String node = pod.getSpec().getNodeName();
            assertThat(installation.requested(node, Pods.port(pod, "http"), "hostname"))
                    .isEqualTo(node);
            assertThat(slots.add(node + Pods.port(pod, "http"))).isTrue();
            assertThat(pod.getMetadata().getAnnotations())
                    .containsEntry("port-end.portclaim.io/game", String.valueOf(Pods.port(pod, "game") + 1));
        }
    }

    private static String refusal(String namespace) {
        try {
            return "not refused: " + dryRun(namespace, "label");
        } catch (KubernetesClientException e) {
            return Objects.requireNonNullElse(e.getMessage(), "");
        }
    }

    // --- Uninstalled

    @Order(8)
    @Test
    void withoutTheChartNothingHangs() {
        String namespace = installation.newNamespace();
        claim(namespace, "left", "down");
        gated(namespace, "waits", "left-out");
        List<Pod> running = ready(EXAMPLES, "arcade", 3);
        installation.uninstall();

        for (Pod pod : running) {
            installation.requested(pod.getSpec().getNodeName(), Pods.port(pod, "http"), "hostname");
        }
        await("the policies are gone")
                .atMost(SOON)
                .ignoreExceptionsInstanceOf(KubernetesClientException.class)
                .until(() -> dryRun(namespace, "left") != null);
        installation.apply(namespace, """
                apiVersion: v1
                kind: Pod
                metadata: {name: no-port, labels: {app: no-port, portclaim.io/claim: left}}
                spec:
                  terminationGracePeriodSeconds: 1
                  containers:
                  - name: main
                    image: portclaim.local/busybox:1
                    command: [sh, -c, 'test -z "$HTTP_PORT" && exec sleep 1000']
                """);
        gated(namespace, "waits-too", "left");
        ready(namespace, "no-port", 1);
        for (String name : List.of("waits", "waits-too")) {
            await("%s waits".formatted(name))
                    .atMost(SOON)
                    .until(() -> Pods.isGated(installation
                            .client()
                            .pods()
                            .inNamespace(namespace)
                            .withName(name)
                            .require()));
            installation.cluster().kubectl("delete", "pod", name, "--namespace", namespace, "--timeout=30s");
        }
        installation.cluster().kubectl("delete", "namespace", namespace, "--timeout=60s");
    }

    private static void gated(String namespace, String name, String claim) {
        installation.apply(namespace, """
                apiVersion: v1
                kind: Pod
                metadata: {name: %s, labels: {app: %s, portclaim.io/claim: %s}}
                spec:
                  schedulingGates: [{name: portclaim.io/ports}]
                  containers: [{name: main, image: portclaim.local/busybox:1, command: [sleep, "1000"]}]
                """.formatted(name, name, claim));
    }
}
