package io.portclaim.installed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import io.portclaim.api.v1alpha1.PortReport;
import io.portclaim.testing.LocalCluster;
import io.portclaim.testing.Pages;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Every command that the pages of this part show, run as it is written, from the top of the source tree. */
@ExtendWith(Installation.class)
class PagesIT {
    /** Begins a block of commands that are meant to be typed on a node, where there are other programs than here. */
    private static final Pattern OF_A_NODE = Pattern.compile("^(ss|sysctl|grep) ");

    private Installation installation;

    @BeforeEach
    void begin(Installation given) {
        installation = given;
        removeAll();
    }

    /** Other tests need another pool, or none. */
    @AfterEach
    void removeAll() {
        installation.run("""
                helm uninstall portclaim --namespace portclaim --ignore-not-found --wait
                kubectl delete -f helm/portclaim.yaml --ignore-not-found --wait
                kubectl delete namespace portclaim portclaim-examples games shop --ignore-not-found
                """);
    }

    private static Path page(String name) {
        return LocalCluster.repository().resolve("docs").resolve(name);
    }

    @Test
    void installationPage() {
        List<String> left = new ArrayList<>(Pages.blocks(page("install.md"), "sh"));
        assertThat(left).hasSize(10);
        String uninstall = takeExactly(left, "helm uninstall portclaim --namespace portclaim");

        run(left, "helm test portclaim");
        run(left, "--reset-then-reuse-values\n");
        installation.run("kubectl create namespace games; kubectl create namespace shop");
        run(left, "configMaps.namespaces");
        run(left, "touchPods.enabled");
        run(left, "admission.requireClaims.enabled");
        run(left, "admission.allowedWriters.users");
        installation.run(uninstall);
        removeAll();
        run(left, "kubectl apply --server-side -f helm/portclaim.yaml");
        installation.run("kubectl rollout status deployment/portclaim -n portclaim --timeout=120s");
        removeAll();
        run(left, "--set crds.enabled=false");
        run(left, "kubectl delete -f crds/");
        assertThat(left).as("not run").isEmpty();
    }

    /** All of its commands, the Job that has none, and that each pod answers on the number that it was given. */
    @Test
    void hostPortPage() {
        installation.install();
        installation.run("kubectl apply -f examples/00-namespace.yaml -f examples/16-host-port.yaml");
        installation.apply("default", """
                apiVersion: portclaim.io/v1alpha1
                kind: PortPool
                metadata: {name: host-ports, annotations: {portclaim.io/is-default-pool: "true"}}
                spec: {ranges: [25200-25209], staticBand: 0}
                """);
        try {
            // First, so that it has the pool's first number.
            installation.ready("portclaim-examples", "shop");
            Pages.blocks(page("host-port.md"), "sh").forEach(installation::run);
            assertThat(answers("shop", 1, "hostname"))
                    .containsOnlyKeys(25200)
                    .allSatisfy((port, answer) -> assertThat(answer).startsWith("shop-"));
            int store = firstOf("store");
            assertThat(answers("store", 1, "hostname"))
                    .containsOnlyKeys(store)
                    .allSatisfy((port, answer) -> assertThat(answer).startsWith("store-"));
            int arena = firstOf("arena");
            assertThat(answers("arena", 3, "arena"))
                    .isEqualTo(Map.of(
                            arena,
                            "arena-0 at port " + arena,
                            arena + 1,
                            "arena-1 at port " + (arena + 1),
                            arena + 2,
                            "arena-2 at port " + (arena + 2)));
            installation.run("kubectl apply -f examples/host-port-by-label/job.yaml");
            int training = firstOf("training");
            assertThat(answers("training", 3, "hostname")).containsOnlyKeys(training, training + 1, training + 2);
        } finally {
            installation.run("kubectl delete portpool host-ports");
        }
    }

    /** The first number of a claim with one port. */
    private int firstOf(String claim) {
        return Objects.requireNonNull(
                        installation.ready("portclaim-examples", claim).getStatus())
                .ports()
                .get(0)
                .port();
    }

    /** What the pods of an application answer on their nodes, by hostPort. */
    private Map<Integer, String> answers(String app, int count, String path) {
        installation.podsReady("portclaim-examples", app, count);
        Map<Integer, String> answers = new TreeMap<>();
        for (Pod pod : installation
                .client()
                .pods()
                .inNamespace("portclaim-examples")
                .withLabel("app", app)
                .list()
                .getItems()) {
            int port = pod.getSpec().getContainers().get(0).getPorts().get(0).getHostPort();
            answers.put(port, installation.requested(pod.getSpec().getNodeName(), port, path));
        }
        return answers;
    }

    /** With it the commands for the alerts that ask the API server, for some of them are about agents. */
    @Test
    void agentPage() {
        installation.install();
        List<String> left = new ArrayList<>(Pages.blocks(page("agent.md"), "sh"));
        assertThat(left).hasSize(2);
        run(left, "agent.enabled=true");
        await("both nodes have a report")
                .atMost(Installation.SOON)
                .until(() -> reports().stream()
                                .filter(report -> report.getStatus() != null)
                                .count()
                        == 2);

        installation.run("kubectl apply -f examples/00-namespace.yaml -f examples/01-default-pool.yaml"
                + " -f examples/10-one-port-everywhere.yaml");
        try {
            installation.ready("portclaim-examples", "web");
            List<String> commands = new ArrayList<>(Pages.blocks(page("exhaustion.md"), "sh"));
            commands.removeIf(block -> OF_A_NODE.matcher(block).find());
            assertThat(commands).hasSize(11).allSatisfy(installation::run);
        } finally {
            installation.run("kubectl delete -f examples/01-default-pool.yaml");
        }

        run(left, "agent.enabled=false");
        await("no agent and no report is left").atMost(Installation.SOON).untilAsserted(() -> {
            assertThat(new Agents(installation).pods()).isEmpty();
            assertThat(reports()).isEmpty();
        });
        assertThat(left).as("not run").isEmpty();
    }

    private List<PortReport> reports() {
        return installation.client().resources(PortReport.class).list().getItems();
    }

    /** Runs the one block that has these words, and takes it off the list. */
    private void run(List<String> left, String words) {
        List<String> found =
                left.stream().filter(block -> block.contains(words)).toList();
        assertThat(found).as(words).hasSize(1);
        left.removeAll(found);
        installation.run(found.get(0));
    }

    private static String takeExactly(List<String> left, String command) {
        String block = command + "\n";
        assertThat(left.remove(block)).as(command).isTrue();
        return block;
    }
}
