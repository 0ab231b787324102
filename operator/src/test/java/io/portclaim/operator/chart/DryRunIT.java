package io.portclaim.operator.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.portclaim.testing.LocalCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The API server takes all that the chart renders, with each of its values. */
@ExtendWith(ChartCluster.class)
class DryRunIT {
    private static final Path MONITORS = Path.of("src/test/resources/chart/prometheus-operator-crds.yaml");

    private static LocalCluster cluster;
    private static Release release;

    @TempDir
    Path folder;

    @BeforeAll
    static void install(LocalCluster given) {
        cluster = given;
        release = Release.install(cluster, "{}");
        // Only the definitions stay: an apply onto an object that is there is a mixture of the two.
        release.uninstall();
        cluster.kubectl("apply", "-f", monitors());
        await("the definitions are served")
                .atMost(Release.SOON)
                .ignoreExceptions()
                .until(
                        () -> cluster.kubectl(
                                "get", "servicemonitors,podmonitors,prometheusrules", "-A", "--ignore-not-found"),
                        found -> true);
    }

    @AfterAll
    static void uninstall() {
        cluster.kubectl("delete", "-f", monitors());
        release.close();
    }

    private static String monitors() {
        return Path.of(System.getProperty("basedir", "."))
                .resolve(MONITORS)
                .toAbsolutePath()
                .toString();
    }

    private String dryRun(Iterable<JsonNode> objects) throws IOException {
        List<String> documents = new ArrayList<>();
        objects.forEach(object -> documents.add(object.toString()));
        Path file = folder.resolve("objects.yaml");
        Files.writeString(file, String.join("\n---\n", documents));
        return cluster.kubectl(
                "apply",
                "--server-side",
                "--force-conflicts",
                "--dry-run=server",
                "--validate=strict",
                "-f",
                file.toString());
    }

    @Test
    void everyRenderingIsAccepted() throws IOException {
        Set<JsonNode> objects = new LinkedHashSet<>();
        List<ValueCase> cases = ValueCases.all();
        cases.forEach(value -> objects.addAll(Chart.render(value.values()).objects()));
        assertThat(objects.size()).isGreaterThan(cases.size());
        List<String> made = makeNamespacesOf(objects);
        try {
            assertThat(dryRun(objects).lines())
                    .hasSize(objects.size())
                    .allMatch(line -> line.endsWith("serverside-applied (server dry run)"));
        } finally {
            made.forEach(namespace -> cluster.kubectl("delete", "namespace", namespace, "--wait=false"));
        }
    }

    /** Some values name namespaces that their users have. */
    private static List<String> makeNamespacesOf(Set<JsonNode> objects) {
        List<String> missing = objects.stream()
                .map(object -> object.at("/metadata/namespace").asText())
                .filter(namespace -> !namespace.isEmpty())
                .distinct()
                .filter(namespace ->
                        cluster.client().namespaces().withName(namespace).get() == null)
                .toList();
        missing.forEach(namespace -> cluster.kubectl("create", "namespace", namespace));
        return missing;
    }

    @Test
    void thePlainManifestIsAccepted() {
        String manifest = Chart.folder().resolveSibling("portclaim.yaml").toString();
        assertThat(cluster.kubectl(
                                "apply",
                                "--server-side",
                                "--force-conflicts",
                                "--dry-run=server",
                                "--validate=strict",
                                "-f",
                                manifest)
                        .lines())
                .allMatch(line -> line.endsWith("serverside-applied (server dry run)"));
    }

    @Test
    void whatTheNotesSayToApplyIsAccepted() throws IOException {
        Set<JsonNode> objects = new LinkedHashSet<>();
        for (String values : List.of("{}", "{defaultPool: {create: true}}")) {
            String notes = Chart.notes(values);
            for (String part : notes.split("<<'END'\n")) {
                if (part.contains("     END\n")) {
                    String yaml = part.substring(0, part.indexOf("     END\n"))
                            .lines()
                            .map(String::strip)
                            .collect(Collectors.joining("\n"));
                    ObjectNode object = (ObjectNode) Chart.yaml(yaml);
                    objects.add(object);
                }
            }
        }
        assertThat(objects).extracting(object -> object.path("kind").asText()).containsOnly("PortPool", "PortClaim");
        assertThat(dryRun(objects).lines()).hasSize(2);
    }

    /** A pod as a kubelet's node would get it, in a namespace that takes no other. */
    @Test
    void podSecurityRestrictedAcceptsThePods() {
        String namespace = cluster.newNamespace();
        enforce(namespace, "restricted");
        Wire admin = new Wire(cluster.client());
        Rendering rendering = Chart.render();
        ObjectNode test = (ObjectNode) rendering.find("Pod", "portclaim-test");
        ObjectNode operator = (ObjectNode)
                rendering.find("Deployment", "portclaim").at("/spec/template").deepCopy();
        ((ObjectNode) operator.path("metadata")).put("name", "operator");
        operator.put("apiVersion", "v1").put("kind", "Pod");
        ((ObjectNode) test.path("metadata")).remove("namespace");
        ((ObjectNode) operator.path("spec")).put("serviceAccountName", "default");
        String pods = "/api/v1/namespaces/" + namespace + "/pods?dryRun=All";
        awaitServiceAccount(namespace);
        ObjectNode capable = operator.deepCopy();
        ((ObjectNode) capable.at("/spec/containers/0/securityContext")).remove("capabilities");
        awaitAnswer("403 .*violates PodSecurity.*", () -> admin.post(pods, capable.toString()));
        assertThat(admin.post(pods, operator.toString())).isEqualTo("201");
        assertThat(admin.post(pods, test.toString())).isEqualTo("201");
    }

    /** Of all that Pod Security forbids, an agent has nothing but the node's network. */
    @Test
    void anAgentNeedsAPrivilegedNamespaceForTheNodesNetworkOnly() {
        String namespace = cluster.newNamespace();
        Wire admin = new Wire(cluster.client());
        enforce(namespace, "baseline");
        ObjectNode agent = (ObjectNode) Chart.render("{agent: {enabled: true}}")
                .find("DaemonSet", "portclaim-agent")
                .at("/spec/template")
                .deepCopy();
        ((ObjectNode) agent.path("metadata")).put("name", "agent");
        agent.put("apiVersion", "v1").put("kind", "Pod");
        ((ObjectNode) agent.path("spec")).put("serviceAccountName", "default");
        awaitServiceAccount(namespace);
        String pods = "/api/v1/namespaces/" + namespace + "/pods?dryRun=All";
        String refusal = "403 .*violates PodSecurity.*host namespaces \\(hostNetwork=true\\).*";
        awaitAnswer(refusal, () -> admin.post(pods, agent.toString()));
        enforce(namespace, "privileged");
        awaitAnswer("201", () -> admin.post(pods, agent.toString()));
        enforce(namespace, "restricted");
        awaitAnswer(refusal, () -> admin.post(pods, agent.toString()));
        ((ObjectNode) agent.path("spec")).remove("hostNetwork");
        ((ObjectNode) agent.at("/spec/containers/0/ports/0")).remove("hostPort");
        ((ObjectNode) agent.at("/spec/containers/0/livenessProbe/httpGet")).remove("host");
        assertThat(admin.post(pods, agent.toString())).isEqualTo("201");
    }

    private static void enforce(String namespace, String level) {
        cluster.client().namespaces().withName(namespace).edit(found -> {
            found.getMetadata().getLabels().put("pod-security.kubernetes.io/enforce", level);
            return found;
        });
    }

    /** Pod Security follows a namespace's labels a moment later. */
    private static void awaitAnswer(String pattern, Supplier<String> request) {
        await().atMost(Release.SOON)
                .untilAsserted(() -> assertThat(request.get()).matches(pattern));
    }

    private static void awaitServiceAccount(String namespace) {
        await("the namespace's service account")
                .atMost(Release.SOON)
                .until(() -> cluster.client()
                                .serviceAccounts()
                                .inNamespace(namespace)
                                .withName("default")
                                .get()
                        != null);
    }
}
