package io.portclaim.installed;

import static io.portclaim.installed.Installation.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Pod;
import io.portclaim.api.v1alpha1.Condition;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.testing.LocalCluster;
import io.portclaim.testing.Pages;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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

    /** Those of the page that have not been run yet. */
    private static final List<String> commands = new ArrayList<>();

    private static Installation installation;
    private static PodWorkloads workloads;

    @BeforeAll
    static void install(Installation given) {
        installation = given;
        workloads = new PodWorkloads(given);
        commands.addAll(Pages.blocks(LocalCluster.repository().resolve("docs/pod-scope.md"), "sh"));
        installation.upgradeTo(
                Installation.chart(),
                "--set",
                "extraArgs={--min-cooldown=1s,--lease-duration=4s,--renew-deadline=3s,--retry-period=1s,"
                        + "--ledger-request-timeout=2s}");
        runFromPage("podScope.enabled=true");
        // A short cooldown, for numbers to come back while the tests run.
        workloads.pool("per-pod", "29200-29203", "cooldown: {tcp: 1s}");
        workloads.pool("full", "29205-29205", "cooldown: {tcp: 1s}");
        workloads.pool("down", "29220-29229", "cooldown: {tcp: 1s}");
        installation.apply("default", """
                apiVersion: portclaim.io/v1alpha1
                kind: PortPool
                metadata: {name: examples, annotations: {portclaim.io/is-default-pool: "true"}}
                spec: {ranges: [29300-29399], staticBand: 0}
                """);
        String namespace = installation.newNamespace();
        workloads.claim(namespace, "ready", "per-pod");
        workloads.awaitPolicies(namespace, "ready");
    }

    @AfterAll
    static void restore() {
        installation.run("""
                kubectl delete namespace portclaim-examples --ignore-not-found --wait=false
                kubectl delete portpool per-pod full down examples
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
        workloads.claim(namespace, "nine", "per-pod");
        workloads.workload(namespace, "Deployment", "nine", "nine", 9);

        List<Pod> ready = workloads.ready(namespace, "nine", 8);
        workloads.answer(ready, "http", "name");
        assertThat(ready).extracting(pod -> Pods.port(pod, "http")).contains(29200, 29201, 29202, 29203);
        Pod ninth = workloads.pods(namespace, "nine").stream()
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
        workloads.answer(workloads.ready(namespace, "nine", 8), "http", "name");
        installation.client().apps().deployments().inNamespace(namespace).delete();
    }

    /** As autoscalers need it. */
    @Order(2)
    @Test
    void withNewNodeAPodMoreThanThereIsRoomForIsUnschedulable() {
        String namespace = installation.newNamespace();
        installation.claim(namespace, "full", "{poolName: full, scope: Pod, whenFull: NewNode, ports: [{name: http}]}");
        workloads.workload(namespace, "Deployment", "full", "full", 3);

        workloads.answer(workloads.ready(namespace, "full", 2), "http", "name");
        await("the third is left to a node that joins")
                .atMost(SOON)
                .untilAsserted(() -> assertThat(workloads.pods(namespace, "full"))
                        .as("%s", condition(namespace, "full"))
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
            for (Pod worker : workloads.ready(EXAMPLES, "workers", 4)) {
                assertThat(installation.requested(
                                worker.getSpec().getNodeName(), Pods.port(worker, "rendezvous"), "rank"))
                        .isEqualTo("worker "
                                + worker.getMetadata()
                                        .getAnnotations()
                                        .get("batch.kubernetes.io/job-completion-index"));
            }
            runFromPage("game-servers.yaml");
            workloads.answer(workloads.ready(EXAMPLES, "match", 6), "http", "join");
            theSurgeIsTwoPodsOnANode(history);
            aPodOfTheStatefulSetGetsItsPortBack();
            runFromPage("kubectl get pclaim");
            assertThat(history.faults()).isEmpty();
        }
        installation.run("kubectl delete -f examples/pod-scope/game-servers.yaml"
                + " -f examples/pod-scope/daemonset-surge.yaml -f examples/pod-scope/sticky-ports.yaml");
    }

    private static void theSurgeIsTwoPodsOnANode(PodHistory history) {
        workloads.answer(workloads.ready(EXAMPLES, "relay", 2), "http", "relay");
        assertThat(history.mostOnOneNode("relay")).isEqualTo(1);
        runFromPage("rollout restart daemonset/relay");
        assertThat(history.mostOnOneNode("relay")).isEqualTo(2);
        workloads.answer(workloads.ready(EXAMPLES, "relay", 2), "http", "relay");
    }

    private static void aPodOfTheStatefulSetGetsItsPortBack() {
        Map<String, Integer> before = new HashMap<>();
        workloads
                .ready(EXAMPLES, "shard", 3)
                .forEach(pod -> before.put(pod.getMetadata().getName(), Pods.port(pod, "http")));
        Pod first = workloads.pods(EXAMPLES, "shard").stream()
                .filter(pod -> pod.getMetadata().getName().equals("shard-1"))
                .findFirst()
                .orElseThrow();
        runFromPage("kubectl delete pod shard-1");
        await("another pod has its name")
                .atMost(SOON)
                .until(() -> workloads.pods(EXAMPLES, "shard").stream()
                        .noneMatch(pod -> pod.getMetadata()
                                .getUid()
                                .equals(first.getMetadata().getUid())));
        List<Pod> after = workloads.ready(EXAMPLES, "shard", 3);
        assertThat(after)
                .allSatisfy(pod -> assertThat(Pods.port(pod, "http"))
                        .isEqualTo(before.get(pod.getMetadata().getName())));
        workloads.answer(after, "http", "shard");
    }

    /** After a while: its workers were asked above. */
    @Order(4)
    @Test
    void theIndexedJobEndsAndThePageHasNoOtherCommands() {
        runFromPage("indexed-job.yaml");
        assertThat(commands).as("not run").isEmpty();
    }

    // --- Without the operator

    @Order(5)
    @Test
    void whileNoOperatorRunsPodsGoOnAndNewOnesWait() {
        String namespace = installation.newNamespace();
        workloads.claim(namespace, "down", "down");
        workloads.workload(namespace, "Deployment", "down", "down", 2);
        List<Pod> before = workloads.ready(namespace, "down", 2);
        installation.scale(0);
        installation.cluster().kubectl("scale", "deployment/down", "--namespace", namespace, "--replicas=4");
        await("two more wait")
                .atMost(SOON)
                .until(() -> workloads.pods(namespace, "down").stream()
                                .filter(Pods::isGated)
                                .count()
                        == 2);
        workloads.answer(before, "http", "name");

        installation.scale(2);
        List<Pod> after = workloads.ready(namespace, "down", 4);
        workloads.answer(after, "http", "name");
        assertThat(after)
                .extracting(pod -> pod.getMetadata().getUid())
                .contains(
                        before.get(0).getMetadata().getUid(),
                        before.get(1).getMetadata().getUid());
        installation.client().apps().deployments().inNamespace(namespace).delete();
    }
}
