package io.portclaim.operator.chart;

import static io.portclaim.operator.chart.Release.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSchedulingGate;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.Scope;
import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.Place;
import io.portclaim.operator.allocation.PortGrant;
import io.portclaim.operator.docs.Examples;
import io.portclaim.operator.publish.ConfigMapData;
import io.portclaim.testing.LocalCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * With podScope, a pod whose label names a claim of scope Pod waits behind a gate for its ports, which the operator writes once.
 * Nobody, with whatever rights, gets such a pod to run without its ports or with others.
 */
@ExtendWith(ChartCluster.class)
class PodScopePolicyIT {
    private static final String LABEL = "portclaim.io/claim";
    private static final String GATE = "portclaim.io/ports";
    private static final String GATES = "schedulingGates: [{name: portclaim.io/ports}], ";
    private static final String ONE = "containers: [{name: main, image: a}]";
    private static final String REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";

    private static final String ANNOTATIONS = """
            {portclaim.io/ports: "[]", port.portclaim.io/http: "21080", port.portclaim.io/game-udp: "21100",\
             port-end.portclaim.io/game-udp: "21103"}""";
    private static final String LATCH = """
            {op: test, path: /spec/schedulingGates/0/name, value: portclaim.io/ports},
            {op: remove, path: /spec/schedulingGates/0}""";
    private static final String TERM =
            "{matchExpressions: [{key: kubernetes.io/hostname, operator: NotIn, values: [b]}]}";
    /** What the operator writes on a pod that has neither annotations nor affinity. */
    private static final String RESULT = """
            {op: test, path: /metadata/annotations, value: null}, {op: test, path: /spec/affinity, value: null},
            {op: add, path: /metadata/annotations, value: %s},
            {op: add, path: /spec/affinity, value: {nodeAffinity: {%s: {nodeSelectorTerms: [%s]}}}},
            %s""".formatted(ANNOTATIONS, REQUIRED, TERM, LATCH);

    private static final AtomicInteger NAMES = new AtomicInteger();

    private static LocalCluster cluster;
    private static Release release;
    private static Wire admin;
    private static Wire operator;
    private static String namespace;

    @BeforeAll
    static void install(LocalCluster given) {
        cluster = given;
        release = Release.install(cluster, "{podScope: {enabled: true}, touchPods: {enabled: true}}");
        admin = new Wire(cluster.client());
        operator = new Wire(release.asOperator());
        namespace = cluster.newNamespace();
        claim("web", "scope: Pod, ports: [{name: http}, {name: game-udp, protocol: UDP, count: 4}]");
        claim("wide", "scope: Cluster, ports: [{name: http}]");
        claim("by-node", "scope: Node, allNodes: true, ports: [{name: http}]");
        await("the policies hold")
                .atMost(SOON)
                .ignoreExceptionsInstanceOf(KubernetesClientException.class)
                .untilAsserted(() -> {
                    assertThat(refusal(labelled("none", ONE)))
                            .contains(cluster.hasMutatingPolicies() ? "has no PortClaim none" : "no scheduling gate");
                    assertThat(gates(dryRun("web", "", ONE))).containsExactly(GATE);
                    Pod probe = unsent("", "", ONE);
                    cluster.client().resource(probe).create();
                    assertThat(bind("pods/" + probe.getMetadata().getName() + "/binding", probe, "labels: {%s: a}"))
                            .startsWith("403");
                    assertThat(operator.merge(path(probe) + "?dryRun=All", "{metadata: {labels: {a: c}}}"))
                            .startsWith("403");
                });
    }

    @AfterAll
    static void uninstall() {
        cluster.client().pods().inNamespace(namespace).withGracePeriod(0).delete();
        cluster.client().resources(PortClaim.class).inAnyNamespace().delete();
        release.close();
    }

    private static void claim(String name, String spec) {
        YamlObjects.createClaim(cluster.client(), """
                apiVersion: portclaim.io/v1alpha1
                kind: PortClaim
                metadata: {name: "%s", namespace: "%s"}
                spec: {%s}
                """.formatted(name, namespace, spec), "");
    }

    /**
     * A pod whose label names the claim, if that is not empty; with {@code metadata} beside its name. It has the gate where the
     * API server does not add it.
     */
    private static Pod unsent(String claim, String metadata, String spec) {
        boolean needsGate = !cluster.hasMutatingPolicies()
                && !claim.isEmpty()
                && !spec.contains("schedulingGates")
                && !spec.contains("nodeName: ");
        return labelled(claim, metadata, needsGate ? GATES + spec : spec);
    }

    private static Pod labelled(String claim, String spec) {
        return labelled(claim, "", spec);
    }

    private static Pod labelled(String claim, String metadata, String spec) {
        Pod pod = cluster.client()
                .getKubernetesSerialization()
                .unmarshal("""
                        apiVersion: v1
                        kind: Pod
                        metadata: {name: pod-%d, namespace: %s, labels: {a: b}, %s}
                        spec: {automountServiceAccountToken: false, %s}
                        """.formatted(NAMES.incrementAndGet(), namespace, metadata, spec), Pod.class);
        if (!claim.isEmpty()) {
            pod.getMetadata().getLabels().put(LABEL, claim);
        }
        return pod;
    }

    /** What the API server would store. */
    private static Pod dryRun(String claim, String metadata, String spec) {
        return cluster.client()
                .resource(unsent(claim, metadata, spec))
                .dryRun(true)
                .create();
    }

    /** A pod of the claim web, stored. */
    private static Pod waiting(String spec) {
        return cluster.client().resource(unsent("web", "", spec)).create();
    }

    private static Pod stored(Pod pod) {
        return cluster.client().resource(pod).require();
    }

    private static String refusal(String claim, String metadata, String spec) {
        return refusal(unsent(claim, metadata, spec));
    }

    private static String refusal(Pod unsent) {
        try {
            cluster.client().resource(unsent).dryRun(true).create();
        } catch (KubernetesClientException e) {
            assertThat(e.getCode()).isEqualTo(403);
            return e.getStatus().getMessage();
        }
        throw new AssertionError("the pod was not refused");
    }

    private static String path(Pod pod) {
        return "/api/v1/namespaces/%s/pods/%s"
                .formatted(namespace, pod.getMetadata().getName());
    }

    private static String bind(String resource, Pod pod, String metadata) {
        return admin.post("/api/v1/namespaces/%s/%s".formatted(namespace, resource), """
                apiVersion: v1
                kind: Binding
                metadata: {name: %s, namespace: %s, %s}
                target: {kind: Node, name: a}
                """.formatted(
                        pod.getMetadata().getName(), namespace, metadata.formatted(LABEL)));
    }

    private static Stream<Container> containers(Pod pod) {
        return Stream.concat(pod.getSpec().getInitContainers().stream(), pod.getSpec().getContainers().stream());
    }

    /** Each variable, with what it is read from. */
    private static List<String> env(Container container) {
        return container.getEnv().stream()
                .map(variable -> variable.getName() + "="
                        + (variable.getValueFrom() == null
                                ? variable.getValue()
                                : variable.getValueFrom().getFieldRef().getFieldPath()))
                .toList();
    }

    private static List<String> gates(Pod pod) {
        return pod.getSpec().getSchedulingGates().stream()
                .map(PodSchedulingGate::getName)
                .toList();
    }

    private static String of(String annotation) {
        return "metadata.annotations['" + annotation + "']";
    }

    // --- What is written into a new pod

    @Test
    void theLabelAloneGetsGateAndVariables() {
        assumeThat(cluster.hasMutatingPolicies()).isTrue();
        Pod pod = dryRun(
                "web",
                "",
                "initContainers: [{name: first, image: a}, {name: sidecar, image: a, restartPolicy: Always}],"
                        + " containers: [{name: main, image: a, ports: [{name: http, containerPort: 80}],"
                        + " env: [{name: URL, value: 'http://a:$(HTTP_PORT)'}]}, {name: second, image: a}]");
        assertThat(gates(pod)).containsExactly(GATE);
        assertThat(containers(pod))
                .hasSize(4)
                .allSatisfy(container -> assertThat(env(container))
                        .startsWith(
                                "HTTP_PORT=" + of("port.portclaim.io/http"),
                                "GAME_UDP_PORT=" + of("port.portclaim.io/game-udp"),
                                "GAME_UDP_PORT_END=" + of("port-end.portclaim.io/game-udp")));
        assertThat(env(pod.getSpec().getContainers().get(0))).hasSize(4).endsWith("URL=http://a:$(HTTP_PORT)");
        assertThat(pod.getSpec().getContainers().get(0).getPorts())
                .extracting(ContainerPort::getHostPort)
                .containsOnlyNulls();
        assertThat(pod.getMetadata().getAnnotations()).isNullOrEmpty();
    }

    @Test
    void aVariableOfThePodsOwnStays() {
        assumeThat(cluster.hasMutatingPolicies()).isTrue();
        Pod pod = dryRun(
                "web",
                "",
                "containers: [{name: main, image: a, env: [{name: A, value: b}, {name: GAME_UDP_PORT, value: own}]},"
                        + " {name: second, image: a}]");
        assertThat(env(pod.getSpec().getContainers().get(0)))
                .containsExactly(
                        "HTTP_PORT=" + of("port.portclaim.io/http"),
                        "GAME_UDP_PORT_END=" + of("port-end.portclaim.io/game-udp"),
                        "A=b",
                        "GAME_UDP_PORT=own");
        assertThat(env(pod.getSpec().getContainers().get(1))).hasSize(3);
    }

    /** Who moves from another scope need not rename anything. */
    @Test
    void variablesAreCalledAsInTheConfigMap() {
        assumeThat(cluster.hasMutatingPolicies()).isTrue();
        Map<String, String> data = ConfigMapData.render(
                Scope.CLUSTER,
                null,
                Assignment.at(
                        Place.EVERYWHERE,
                        List.of(
                                new PortGrant("http", TransportProtocol.TCP, 21000, 1),
                                new PortGrant("game-udp", TransportProtocol.UDP, 21100, 4))));
        assertThat(dryRun("web", "", ONE).getSpec().getContainers().get(0).getEnv())
                .extracting(EnvVar::getName)
                .containsExactlyInAnyOrderElementsOf(data.keySet().stream()
                        .filter(key -> key.matches("\\w+_PORT(_END)?"))
                        .toList());
    }

    @ParameterizedTest
    @ValueSource(strings = {"{name: other}", "{name: other}, {name: portclaim.io/ports}"})
    void otherGatesStay(String gates) {
        assumeThat(cluster.hasMutatingPolicies()).isTrue();
        Pod pod = dryRun("web", "", "schedulingGates: [" + gates + "], " + ONE);
        assertThat(gates(pod)).containsExactly("other", GATE);
        assertThat(pod.getSpec().getContainers().get(0).getEnv()).hasSize(3);
    }

    @Test
    void aTemplateWithAllOfItIsLeftAsItIs(@TempDir Path folder) throws IOException {
        String example = Chart.read(Examples.folder().resolve("pod-scope/static-template.yaml"));
        Path file = Files.writeString(folder.resolve("example.yaml"), example.replace(Examples.NAMESPACE, namespace));
        cluster.kubectl("create", "--validate=strict", "-f", file.toString());
        Deployment deployment = cluster.client()
                .apps()
                .deployments()
                .inNamespace(namespace)
                .withName("arcade")
                .require();
        PodSpec template = deployment.getSpec().getTemplate().getSpec();
        try {
            var pods = cluster.client().pods().inNamespace(namespace).withLabel(LABEL, "arcade");
            await("its pods")
                    .atMost(SOON)
                    .untilAsserted(() -> assertThat(pods.list().getItems())
                            .hasSize(3)
                            .allSatisfy(pod -> {
                                assertThat(pod.getSpec().getSchedulingGates()).isEqualTo(template.getSchedulingGates());
                                assertThat(env(pod.getSpec().getContainers().get(0)))
                                        .hasSize(3)
                                        .isEqualTo(env(template.getContainers().get(0)));
                                assertThat(pod.getMetadata().getAnnotations()).isNullOrEmpty();
                            }));
        } finally {
            cluster.client().resource(deployment).delete();
        }
    }

    /** The API server limits what an expression may cost. */
    @Test
    void aClaimOfTheMostPortsIsServed() {
        assumeThat(cluster.hasMutatingPolicies()).isTrue();
        claim(
                "most",
                IntStream.range(0, 64)
                        .mapToObj("{name: p%d, count: 2}"::formatted)
                        .collect(Collectors.joining(", ", "scope: Pod, ports: [", "]")));
        String containers = IntStream.range(0, 8)
                .mapToObj("{name: c%d, image: a, env: [{name: P63_PORT, value: own}]}"::formatted)
                .collect(Collectors.joining(", "));
        Pod pod = await("the policy knows the claim")
                .atMost(SOON)
                .ignoreExceptionsInstanceOf(KubernetesClientException.class)
                .until(() -> dryRun("most", "", "containers: [" + containers + "]"), Objects::nonNull);
        assertThat(pod.getSpec().getContainers())
                .hasSize(8)
                .allSatisfy(container -> assertThat(env(container)).hasSize(128));
    }

    // --- What is refused when a pod is created

    @Test
    void withoutTheGateAndWithNobodyToAddItAPodIsRefusedWithWhatToAdd() {
        assumeThat(cluster.hasMutatingPolicies()).isFalse();
        assertThat(refusal(labelled("web", ONE)))
                .contains("no scheduling gate portclaim.io/ports", "add schedulingGates: [{name: portclaim.io/ports}]");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "none | '' | has no PortClaim none, which the pod's label portclaim.io/claim names: create it with scope Pod, or correct the label",
                "wide | '' | wide has scope Cluster, so that it has no numbers for a single pod: name a claim of scope Pod",
                "by-node | 'schedulingGates: [{name: portclaim.io/ports}],' | by-node has scope Node, so that it has no numbers for a single pod",
                "web | 'nodeName: a,' | and its spec.nodeName is a: leave nodeName out, and select the node with nodeSelector or affinity"
            })
    void whatCantBeServedIsRefusedWithTheReason(String claim, String spec, String words) {
        assumeThat(cluster.hasMutatingPolicies()).isTrue();
        assertThat(refusal(claim, "", spec + ONE)).contains("'podscope.portclaim.io'", words);
    }

    @Test
    void anEmptyLabelIsRefused() {
        Pod pod = unsent("web", "", GATES + ONE);
        pod.getMetadata().getLabels().put(LABEL, "");
        assertThat(refusal(pod))
                .contains("the pod's label portclaim.io/claim is empty: it must name a PortClaim of scope Pod");
    }

    @Test
    void aClaimThatIsBeingDeletedIsNotUsed() {
        assumeThat(cluster.hasMutatingPolicies()).isTrue();
        claim("going", "scope: Pod, ports: [{name: http}]");
        var going = cluster.client()
                .resources(PortClaim.class)
                .inNamespace(namespace)
                .withName("going");
        going.edit(claim -> {
            claim.getMetadata().setFinalizers(List.of("example.com/kept"));
            return claim;
        });
        going.delete();
        try {
            await("the policy knows it")
                    .atMost(SOON)
                    .untilAsserted(() -> assertThat(refusal("going", "", ONE))
                            .contains("going is being deleted: create it again, or name another claim"));
        } finally {
            going.edit(claim -> {
                claim.getMetadata().setFinalizers(List.of());
                return claim;
            });
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"portclaim.io/ports", "port.portclaim.io/http", "port-end.portclaim.io/other"})
    void aForgedAnnotationIsRefused(String annotation) {
        String forged = "annotations: {%s: \"80\"}".formatted(annotation);
        String words = "annotation " + annotation + " is written by the operator only, once";
        assertThat(refusal("web", forged, ONE)).contains(words);
        assertThat(refusal("none", forged, GATES + ONE)).contains(words);
        assertThat(refusal("web", forged.replace("{", "{kubernetes.io/config.mirror: a, "), "nodeName: a, " + ONE))
                .contains(words);
    }

    // --- What is left alone

    @Test
    void aPodWithoutTheLabelIsNotTouched() {
        Pod pod = dryRun("", "annotations: {port.portclaim.io/http: \"80\"}", ONE);
        assertThat(gates(pod)).isEmpty();
        assertThat(pod.getSpec().getContainers().get(0).getEnv()).isEmpty();
    }

    /** It shows a pod that runs already. */
    @Test
    void theMirrorOfAStaticPodIsNotTouched() {
        Pod pod = dryRun("web", "annotations: {kubernetes.io/config.mirror: a}", "nodeName: a, " + ONE);
        assertThat(gates(pod)).isEmpty();
        assertThat(pod.getSpec().getContainers().get(0).getEnv()).isEmpty();
    }

    @Test
    void aWaitingPodMayBeChangedOtherwise() {
        Pod pod = waiting(ONE);
        assertThat(admin.merge(
                        path(pod),
                        "{metadata: {annotations: {a: b}, labels: {c: d}}, spec: {activeDeadlineSeconds: 60}}"))
                .isEqualTo("200");
        assertThat(admin.merge(path(pod) + "/status", "{metadata: {annotations: {e: f}}, status: {message: g}}"))
                .isEqualTo("200");
        assertThat(admin.delete(path(pod))).isEqualTo("200");
    }

    // --- What nobody may change

    @ParameterizedTest
    @ValueSource(strings = {"", "/status"})
    void annotationsOfPortsAreNotForUsers(String subresource) {
        Pod pod = waiting(ONE);
        assertThat(admin.merge(path(pod) + subresource, "{metadata: {annotations: {port.portclaim.io/http: \"80\"}}}"))
                .startsWith("403")
                .contains("annotation port.portclaim.io/http is written by the operator only, once");
    }

    /** With these, the API server stores no labels and annotations; if a later one does, the policy applies. */
    @ParameterizedTest
    @ValueSource(strings = {"/ephemeralcontainers", "/resize"})
    void someSubresourcesHaveNoMetadata(String subresource) {
        Pod pod = waiting(ONE);
        assertThat(
                        admin.merge(
                                path(pod) + subresource,
                                "{metadata: {annotations: {port.portclaim.io/http: \"80\"}, labels: {portclaim.io/claim: wide}}}"))
                .isEqualTo("200");
        assertThat(stored(pod).getMetadata().getAnnotations()).isNullOrEmpty();
        assertThat(stored(pod).getMetadata().getLabels()).containsEntry(LABEL, "web");
    }

    @ParameterizedTest
    @CsvSource({"web, wide, ''", "web, null, ''", "web, null, /status", "'', web, ''", "'', web, /status", "web, '', ''"
    })
    void theLabelNeverChanges(String before, String after, String subresource) {
        Pod pod = cluster.client().resource(unsent(before, "", ONE)).create();
        String value = after.equals("null") ? after : "\"" + after + "\"";
        assertThat(admin.merge(
                        path(pod) + subresource, "{metadata: {labels: {portclaim.io/claim: %s}}}".formatted(value)))
                .startsWith("403")
                .contains("the label portclaim.io/claim of a pod can't be added, changed or removed");
    }

    @Test
    void usersDoNotRemoveTheGate() {
        Pod pod = waiting(ONE);
        assertThat(admin.patch(path(pod), "[" + LATCH + "]"))
                .startsWith("403")
                .contains("the scheduling gate portclaim.io/ports is removed by the operator only");
        assertThat(admin.patch(path(pod), "[" + RESULT + "]"))
                .startsWith("403")
                .contains("is written by the operator only");
    }

    /** The API server would copy them to the pod. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "port.portclaim.io/http | annotations: {port.portclaim.io/http: b}",
                "portclaim.io/claim | labels: {%s: b}"
            })
    void aBindingBringsNeither(String key, String metadata) {
        Pod pod = cluster.client().resource(unsent("", "", ONE)).create();
        for (String resource : List.of("bindings", "pods/" + pod.getMetadata().getName() + "/binding")) {
            assertThat(bind(resource, pod, metadata))
                    .startsWith("403")
                    .contains("a Binding must not have " + key + ", which it would write on the pod");
        }
        assertThat(bind("bindings", pod, "annotations: {c: d}")).isEqualTo("201");
        assertThat(stored(pod).getMetadata().getAnnotations()).containsEntry("c", "d");
    }

    // --- What the operator may change

    @Test
    void theResultIsWrittenOnce() {
        Pod pod = waiting(ONE);
        assertThat(operator.patch(path(pod), "[" + RESULT + "]")).isEqualTo("200");
        assertThat(stored(pod).getMetadata().getAnnotations())
                .hasSize(4)
                .containsEntry("port.portclaim.io/http", "21080");
        assertThat(gates(stored(pod))).isEmpty();
        assertThat(operator.patch(path(pod), "[" + RESULT + "]")).startsWith("422");
        assertThat(operator.patch(path(pod), "[" + LATCH + "]")).startsWith("422");
        for (String change : List.of("\"21081\"", "null")) {
            String patch = "{metadata: {annotations: {port.portclaim.io/http: %s}}}".formatted(change);
            assertThat(operator.merge(path(pod), patch)).startsWith("403");
            for (String subresource : List.of("", "/status")) {
                assertThat(admin.merge(path(pod) + subresource, patch))
                        .startsWith("403")
                        .contains("annotation port.portclaim.io/http can't be changed or removed");
            }
        }
        assertThat(operator.merge(path(pod), "{metadata: {annotations: {port.portclaim.io/late: \"1\"}}}"))
                .startsWith("403");
        assertThat(bind("bindings", pod, "annotations: {port.portclaim.io/http: \"1\"}"))
                .startsWith("403");
        assertThat(bind("bindings", pod, "annotations: {c: d}")).isEqualTo("201");
    }

    /** A template may have several terms, of which one must match, and annotations. */
    @Test
    void eachTermOfTheAffinityIsNarrowed() {
        String own = "{matchExpressions: [{key: zone, operator: In, values: [%s]}]}";
        Pod pod = cluster.client()
                .resource(unsent("web", "annotations: {a: b}", """
                        affinity: {nodeAffinity: {%s: {nodeSelectorTerms: [%s, %s]},
                        preferredDuringSchedulingIgnoredDuringExecution: [{weight: 1, preference: %s}]}}, %s""".formatted(
                                REQUIRED, own.formatted("a"), own.formatted("b"), own.formatted("c"), ONE)))
                .create();
        String terms = "/spec/affinity/nodeAffinity/" + REQUIRED + "/nodeSelectorTerms/";
        String add =
                "{op: add, path: %s%d/matchExpressions/-, value: {key: kubernetes.io/hostname, operator: NotIn, values: [b]}}";
        String annotations = Stream.of(
                        "{op: add, path: /metadata/annotations/portclaim.io~1ports, value: '[]'}",
                        "{op: add, path: /metadata/annotations/port.portclaim.io~1http, value: '21080'}")
                .collect(Collectors.joining(", "));
        String result =
                "[%s, %s, %s, %s]".formatted(annotations, add.formatted(terms, 0), add.formatted(terms, 1), LATCH);
        assertThat(operator.patch(
                        path(pod),
                        result.replaceFirst("\\[", "[{op: remove, path: " + terms + "0/matchExpressions/0}, ")))
                .startsWith("422");
        assertThat(operator.patch(path(pod), result)).isEqualTo("200");
        assertThat(stored(pod)
                        .getSpec()
                        .getAffinity()
                        .getNodeAffinity()
                        .getRequiredDuringSchedulingIgnoredDuringExecution()
                        .getNodeSelectorTerms())
                .hasSize(2)
                .allSatisfy(term -> assertThat(term.getMatchExpressions()).hasSize(2));
    }

    /** Where every node will do. */
    @Test
    void theAffinityMayStayAsItIs() {
        Pod pod = waiting(ONE);
        assertThat(operator.patch(
                        path(pod),
                        "[{op: add, path: /metadata/annotations, value: %s}, %s]".formatted(ANNOTATIONS, LATCH)))
                .isEqualTo("200");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{op: replace, path: /spec/containers/0/image, value: b}",
                "{op: replace, path: /spec/initContainers/0/image, value: b}",
                "{op: add, path: /spec/tolerations/-, value: {operator: Exists}}",
                "{op: add, path: /spec/activeDeadlineSeconds, value: 1}",
                "{op: add, path: /spec/nodeSelector, value: {a: b}}",
                "{op: remove, path: /spec/schedulingGates/0}",
                "{op: add, path: /spec/affinity/nodeAffinity/preferredDuringSchedulingIgnoredDuringExecution,"
                        + " value: [{weight: 1, preference: {matchExpressions: [{key: a, operator: Exists}]}}]}",
                "{op: add, path: /metadata/labels/c, value: d}",
                "{op: add, path: /metadata/annotations/other, value: d}",
                "{op: add, path: /metadata/annotations/port.portclaim.io~1http, value: '1; reboot'}",
                "{op: remove, path: /metadata/annotations/portclaim.io~1ports}",
                "{op: add, path: /metadata/finalizers, value: [a.example/b]}",
                "{op: add, path: /metadata/ownerReferences, value: [{apiVersion: v1, kind: Node, name: a, uid: b}]}"
            })
    void nothingElseGoesWithIt(String change) {
        Pod pod = waiting("initContainers: [{name: first, image: a}], schedulingGates: [{name: portclaim.io/ports},"
                + " {name: other}], " + ONE);
        assertThat(operator.patch(path(pod) + "?dryRun=All", "[" + RESULT + "]"))
                .isEqualTo("200");
        assertThat(operator.patch(path(pod), "[" + RESULT + ", " + change + "]"))
                .startsWith("403")
                .containsAnyOf("the operator may change nothing of a pod but", "is removed by the operator only");
    }

    @Test
    void theOperatorDoesNotRemoveTheGateAlone() {
        Pod pod = waiting(ONE);
        assertThat(operator.patch(path(pod), "[" + LATCH + "]"))
                .startsWith("403")
                .containsAnyOf("the operator may change nothing of a pod but", "is removed by the operator only");
        assertThat(operator.patch(
                        path(pod), "[{op: add, path: /metadata/annotations, value: %s}]".formatted(ANNOTATIONS)))
                .startsWith("403");
        assertThat(operator.patch(
                        path(pod),
                        "[{op: add, path: /spec/affinity, value: {nodeAffinity: {%s:".formatted(REQUIRED)
                                + " {nodeSelectorTerms: [%s]}}}}]".formatted(TERM)))
                .startsWith("403");
    }

    @Test
    void theAnnotationOfTouchPodsIsStillTheOperators() {
        String touch = "{metadata: {annotations: {portclaim.io/ports-published-at: \"%d\"}}}";
        Pod pod = cluster.client().resource(unsent("", "", ONE)).create();
        assertThat(operator.merge(path(pod), touch.formatted(1))).isEqualTo("200");
        assertThat(operator.merge(path(pod), touch.formatted(2))).isEqualTo("200");
        assertThat(operator.merge(path(pod), "{metadata: {annotations: {port.portclaim.io/http: \"1\"}}}"))
                .startsWith("403");
    }

    /** By these, the operator's patch learns that a pod has got what it had not. */
    @Test
    void aMissingPathIsNull() {
        Pod pod = waiting(ONE);
        for (String path : List.of("/spec/affinity", "/metadata/annotations")) {
            assertThat(operator.patch(path(pod), "[{op: test, path: %s, value: null}]".formatted(path)))
                    .isEqualTo("200");
        }
        assertThat(admin.merge(path(pod), "{metadata: {annotations: {a: b}}}")).isEqualTo("200");
        assertThat(operator.patch(path(pod), "[{op: test, path: /metadata/annotations, value: null}]"))
                .startsWith("422");
        assertThat(operator.patch(path(pod), "[{op: test, path: /spec/affinity/nodeAffinity, value: null}]"))
                .startsWith("422");
    }

    // --- The chart

    /** The API server checks the types of expressions only after it has stored them. */
    @Test
    void theTypesOfAllExpressionsAreRight() {
        for (String policy : List.of("podscope", "podscope-bindings", "operator-pods")) {
            await(policy + " is checked")
                    .atMost(SOON)
                    .untilAsserted(() -> assertThat(cluster.kubectl(
                                    "get",
                                    "validatingadmissionpolicy",
                                    policy + ".portclaim.io",
                                    "-o",
                                    "jsonpath={.status.typeChecking}"))
                            .isEqualTo("{}"));
        }
    }
}
