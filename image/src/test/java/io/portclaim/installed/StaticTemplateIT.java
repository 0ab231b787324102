package io.portclaim.installed;

import static io.portclaim.installed.Installation.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;

/** Pods with ports of their own where the API server adds nothing to them, as below Kubernetes 1.36, and where nothing is left. */
@ExtendWith(Installation.class)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class StaticTemplateIT {
    private static final String EXAMPLES = "portclaim-examples";

    private static Installation installation;
    private static PodWorkloads workloads;

    @BeforeAll
    static void install(Installation given) {
        installation = given;
        workloads = new PodWorkloads(given);
        installation.upgradeTo(Installation.chart(), "--set", "podScope.enabled=true");
        installation.apply("default", """
                apiVersion: portclaim.io/v1alpha1
                kind: PortPool
                metadata: {name: static, annotations: {portclaim.io/is-default-pool: "true"}}
                spec: {ranges: [29300-29399], staticBand: 0}
                """);
        if (installation.cluster().hasMutatingPolicies()) {
            installation.run("kubectl delete mutatingadmissionpolicybinding write-podscope.portclaim.io");
        }
    }

    @AfterAll
    static void restore() {
        installation.run("""
                kubectl delete namespace portclaim-examples --ignore-not-found --wait=false
                kubectl delete portpool static
                """);
        installation.install();
    }

    @Order(1)
    @Test
    void aTemplateWithAllOfItNeedsNoPolicyThatAddsIt() {
        String namespace = installation.newNamespace();
        workloads.claim(namespace, "label", "static");
        String why = installation.cluster().hasMutatingPolicies() ? "namespace " + namespace : "no scheduling gate";
        await("the policies hold, and nothing is added")
                .atMost(SOON)
                .untilAsserted(() -> assertThat(refusal(namespace)).contains(why));
        installation.run("""
                kubectl apply -f examples/00-namespace.yaml -f examples/pod-scope/static-template.yaml
                kubectl rollout status deployment/arcade -n portclaim-examples --timeout=120s
                """);
        List<Pod> ready = workloads.ready(EXAMPLES, "arcade", 3);
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
            return "not refused: " + workloads.dryRun(namespace, "label");
        } catch (KubernetesClientException e) {
            return Objects.requireNonNullElse(e.getMessage(), "");
        }
    }

    @Order(2)
    @Test
    void withoutTheChartNothingHangs() {
        String namespace = installation.newNamespace();
        workloads.claim(namespace, "left", "static");
        gated(namespace, "waits", "left-out");
        List<Pod> running = workloads.ready(EXAMPLES, "arcade", 3);
        installation.uninstall();

        for (Pod pod : running) {
            installation.requested(pod.getSpec().getNodeName(), Pods.port(pod, "http"), "hostname");
        }
        await("the policies are gone")
                .atMost(SOON)
                .ignoreExceptionsInstanceOf(KubernetesClientException.class)
                .until(() -> workloads.dryRun(namespace, "left") != null);
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
        workloads.ready(namespace, "no-port", 1);
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
