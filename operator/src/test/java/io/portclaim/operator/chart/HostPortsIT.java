package io.portclaim.operator.chart;

import static io.portclaim.operator.chart.Release.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortPool;
import io.portclaim.api.v1alpha1.Scope;
import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.Place;
import io.portclaim.operator.allocation.PortGrant;
import io.portclaim.operator.publish.ConfigMapData;
import io.portclaim.testing.LocalCluster;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * With admission.hostPorts, a pod whose label names a claim gets the claim's hostPorts. admission.requireClaims is on too: it
 * has to see what was written.
 */
@ExtendWith(ChartCluster.class)
class HostPortsIT {
    private static final String VALUES = "{admission: {hostPorts: {enabled: true}, requireClaims: {enabled: true}}}";
    private static final String ASSIGNED = "portclaim.io/assigned-host-ports";

    private static LocalCluster cluster;
    private static Release release;
    private static String holders;
    private static String others;

    @BeforeAll
    static void install(LocalCluster given) {
        cluster = given;
        release = Release.install(cluster, VALUES);
        holders = cluster.newNamespace();
        others = cluster.newNamespace();
        YamlObjects.create(cluster.client(), PortPool.class, """
                apiVersion: portclaim.io/v1alpha1
                kind: PortPool
                metadata: {name: all}
                spec: {ranges: ["21000-21999"]}
                """);
        claim(
                "web",
                "scope: Cluster, ports: [{name: http}, {name: game-udp, protocol: UDP, count: 4}, {name: dns, protocol: TCPUDP}]",
                "ports: [{name: http, protocol: TCP, port: 21000}, {name: game-udp, protocol: UDP, port: 21100, endPort: 21103},"
                        + " {name: dns, protocol: TCPUDP, port: 21053}]");
        claim("waiting", "scope: Cluster, ports: [{name: http}]", """
                conditions: [{type: Ready, status: "False", reason: NoDefaultPool, message: create a pool,\
                 lastTransitionTime: "2026-01-01T00:00:00Z", observedGeneration: 1}]""");
        claim("unseen", "scope: Cluster, ports: [{name: http}]", "");
        claim(
                "growing",
                "scope: Cluster, ports: [{name: http}, {name: late}]",
                "ports: [{name: http, protocol: TCP, port: 21010}]");
        claim(
                "by-node",
                "scope: Node, allNodes: true, ports: [{name: http}]",
                "nodes: [{names: [a], ports: [{name: http, protocol: TCP, port: 21011}]}]");
        await("the policies hold")
                .atMost(SOON)
                .ignoreExceptionsInstanceOf(KubernetesClientException.class)
                .untilAsserted(() -> {
                    assertThat(refusal(others, "web", "", http("")))
                            .contains("namespace " + others + " has no PortClaim web, which the pod's label");
                    assertThat(hostPorts(pod(holders, "web", "", http("")))).containsExactly(21000);
                    assertThat(refusal(holders, "", "", http(", hostPort: 21900")))
                            .contains("requireclaims.portclaim.io");
                });
    }

    @AfterAll
    static void uninstall() {
        cluster.client().resources(PortClaim.class).inAnyNamespace().delete();
        cluster.client().resources(PortPool.class).delete();
        release.close();
    }

    /** A claim whose status, which the operator would write, says that. */
    private static void claim(String name, String spec, String status) {
        YamlObjects.createClaim(cluster.client(), """
                apiVersion: portclaim.io/v1alpha1
                kind: PortClaim
                metadata: {name: "%s", namespace: "%s"}
                spec: {%s}
                """.formatted(name, holders, spec), status);
    }

    /** A container with a port named http, and {@code more} of that port. */
    private static String http(String more) {
        return "containers: [{name: main, image: a, ports: [{name: http, containerPort: 80%s}]}]".formatted(more);
    }

    private static String ports(String ports) {
        return "containers: [{name: main, image: a, ports: [%s]}]".formatted(ports);
    }

    /** A pod whose label names the claim, if that is not empty; with {@code metadata} beside its name. */
    private static Pod unsent(String namespace, String claim, String metadata, String spec) {
        Pod pod = cluster.client()
                .getKubernetesSerialization()
                .unmarshal("""
                        apiVersion: v1
                        kind: Pod
                        metadata: {name: probe, namespace: %s, labels: {a: b}, %s}
                        spec: {automountServiceAccountToken: false, %s}
                        """.formatted(namespace, metadata, spec), Pod.class);
        if (!claim.isEmpty()) {
            pod.getMetadata().getLabels().put("portclaim.io/host-ports", claim);
        }
        return pod;
    }

    /** What the API server would store. */
    private static Pod pod(String namespace, String claim, String metadata, String spec) {
        return cluster.client()
                .resource(unsent(namespace, claim, metadata, spec))
                .dryRun(true)
                .create();
    }

    /** The same for a pod with an index, in the label of that name or in the annotation. */
    private static Pod indexed(String claim, String kind, String index, String spec) {
        Pod pod = unsent(holders, claim, "", spec);
        if (kind.equals("annotation")) {
            pod.getMetadata().setAnnotations(Map.of("batch.kubernetes.io/job-completion-index", index));
        } else {
            pod.getMetadata().getLabels().put(kind, index);
        }
        return cluster.client().resource(pod).dryRun(true).create();
    }

    private static String refusal(String namespace, String claim, String metadata, String spec) {
        return words(() -> pod(namespace, claim, metadata, spec));
    }

    private static String words(Runnable create) {
        try {
            create.run();
        } catch (KubernetesClientException e) {
            assertThat(e.getCode()).isEqualTo(403);
            return e.getStatus().getMessage();
        }
        throw new AssertionError("the pod was not refused");
    }

    private static Stream<Container> containers(Pod pod) {
        return Stream.concat(pod.getSpec().getInitContainers().stream(), pod.getSpec().getContainers().stream());
    }

    private static List<Integer> hostPorts(Pod pod) {
        return containers(pod)
                .flatMap(container -> container.getPorts().stream())
                .map(ContainerPort::getHostPort)
                .filter(Objects::nonNull)
                .toList();
    }

    private static List<String> env(Container container) {
        return container.getEnv().stream()
                .map(variable -> variable.getName() + "=" + variable.getValue())
                .toList();
    }

    private static String assigned(Pod pod) {
        return pod.getMetadata().getAnnotations().get(ASSIGNED);
    }

    // --- What is written

    @Test
    void aPodWithoutAnIndexGetsTheFirstNumber() {
        Pod pod = pod(
                holders,
                "web",
                "",
                ports("{name: other, containerPort: 1}, {name: http, containerPort: 80},"
                        + " {name: game-udp, containerPort: 81, protocol: UDP}, {containerPort: 82}"));
        assertThat(pod.getSpec().getContainers().get(0).getPorts())
                .extracting(ContainerPort::getHostPort)
                .containsExactly(null, 21000, 21100, null);
        assertThat(pod.getSpec().getContainers().get(0).getPorts())
                .extracting(ContainerPort::getContainerPort)
                .containsExactly(1, 80, 81, 82);
        assertThat(env(pod.getSpec().getContainers().get(0)))
                .containsExactlyInAnyOrder("HTTP_PORT=21000", "GAME_UDP_PORT=21100");
        assertThat(assigned(pod)).isEqualTo("http=21000, game-udp=21100/UDP");
    }

    @ParameterizedTest
    @ValueSource(strings = {"apps.kubernetes.io/pod-index", "batch.kubernetes.io/job-completion-index", "annotation"})
    void aPodWithAnIndexGetsItsOwnOfABlock(String kind) {
        for (int index : List.of(0, 3)) {
            Pod pod = indexed(
                    "web",
                    kind,
                    String.valueOf(index),
                    ports("{name: http, containerPort: 80}, {name: game-udp, containerPort: 81, protocol: UDP}"));
            assertThat(hostPorts(pod)).containsExactly(21000, 21100 + index);
            assertThat(env(pod.getSpec().getContainers().get(0)))
                    .containsExactlyInAnyOrder("HTTP_PORT=21000", "GAME_UDP_PORT=" + (21100 + index));
        }
    }

    /** The other init container ends before any port is needed, but may want to know the number. */
    @Test
    void aSidecarGetsOneToo() {
        Pod pod = pod(
                holders,
                "web",
                "",
                "initContainers: [{name: first, image: a, ports: [{name: http, containerPort: 1}]},"
                        + " {name: sidecar, image: a, restartPolicy: Always, ports: [{name: http, containerPort: 2}]}],"
                        + " containers: [{name: main, image: a, env: [{name: A, value: $(HTTP_PORT)}]}]");
        assertThat(pod.getSpec().getInitContainers())
                .extracting(container -> container.getPorts().get(0).getHostPort())
                .containsExactly(null, 21000);
        assertThat(containers(pod))
                .allSatisfy(container -> assertThat(env(container)).first().isEqualTo("HTTP_PORT=21000"));
        assertThat(pod.getSpec().getContainers().get(0).getEnv()).hasSize(2);
    }

    /** The names of a container's ports differ. */
    @ParameterizedTest
    @CsvSource({"dns, TCP", "dns, UDP", "dns-tcp, TCP", "dns-udp, UDP"})
    void aNumberOnBothProtocolsHasNamesForBoth(String name, String protocol) {
        Pod pod =
                pod(holders, "web", "", ports("{name: %s, containerPort: 53, protocol: %s}".formatted(name, protocol)));
        assertThat(hostPorts(pod)).containsExactly(21053);
        assertThat(env(pod.getSpec().getContainers().get(0))).containsExactly("DNS_PORT=21053");
        assertThat(assigned(pod)).isEqualTo("dns=21053/TCPUDP");
    }

    @Test
    void oneContainerMayServeBothProtocols() {
        Pod pod = pod(
                holders,
                "web",
                "",
                ports("{name: dns, containerPort: 53}, {name: dns-udp, containerPort: 53, protocol: UDP}"));
        assertThat(hostPorts(pod)).containsExactly(21053, 21053);
    }

    @Test
    void onTheNodesNetworkTheContainersPortIsTheSameNumber() {
        Pod pod = indexed(
                "web",
                "apps.kubernetes.io/pod-index",
                "2",
                "hostNetwork: true, "
                        + ports(
                                "{name: game-udp, containerPort: 29500, protocol: UDP}, {name: http, containerPort: 80}"));
        assertThat(pod.getSpec().getContainers().get(0).getPorts())
                .allSatisfy(port -> assertThat(port.getHostPort()).isEqualTo(port.getContainerPort()));
        assertThat(hostPorts(pod)).containsExactly(21102, 21000);
    }

    @Test
    void theClaimsNumberReplacesOneOfTheTemplate() {
        assertThat(hostPorts(pod(holders, "web", "", http(", hostPort: 21900"))))
                .containsExactly(21000);
    }

    @Test
    void aVariableOfThePodsOwnStays() {
        Pod pod = pod(
                holders,
                "web",
                "",
                "containers: [{name: main, image: a, ports: [{name: http, containerPort: 80}],"
                        + " env: [{name: HTTP_PORT, value: own}]}, {name: second, image: a}]");
        assertThat(env(pod.getSpec().getContainers().get(0))).containsExactly("HTTP_PORT=own");
        assertThat(env(pod.getSpec().getContainers().get(1))).containsExactly("HTTP_PORT=21000");
    }

    /** Who reads the ConfigMap today need not rename anything. */
    @Test
    void variablesAreCalledAsInTheConfigMap() {
        Assignment assignment = Assignment.at(
                Place.EVERYWHERE,
                List.of(
                        new PortGrant("http", TransportProtocol.TCP, 21000, 1),
                        new PortGrant("game-udp", TransportProtocol.UDP, 21100, 4),
                        new PortGrant("dns", TransportProtocol.TCPUDP, 21053, 1)));
        Pod pod = pod(
                holders,
                "web",
                "",
                ports("{name: http, containerPort: 80}, {name: game-udp, containerPort: 81, protocol: UDP},"
                        + " {name: dns, containerPort: 53}"));
        Map<String, String> data = ConfigMapData.render(Scope.CLUSTER, null, assignment);
        assertThat(pod.getSpec().getContainers().get(0).getEnv())
                .hasSize(3)
                .allSatisfy(variable -> assertThat(data).containsEntry(variable.getName(), variable.getValue()));
    }

    /** The API server limits what an expression may cost. */
    @Test
    void aClaimOfTheMostPortsIsServed() {
        String spec = IntStream.range(0, 64).mapToObj("{name: p%d}"::formatted).collect(Collectors.joining(", "));
        String status = IntStream.range(0, 64)
                .mapToObj(i -> "{name: p%d, protocol: TCP, port: %d}".formatted(i, 21200 + i))
                .collect(Collectors.joining(", "));
        claim("most", "scope: Cluster, ports: [" + spec + "]", "ports: [" + status + "]");
        String containers = IntStream.range(0, 8)
                .mapToObj(container -> IntStream.range(8 * container, 8 * container + 8)
                        .mapToObj(port -> "{name: p%d, containerPort: %d}".formatted(port, 1 + port))
                        .collect(Collectors.joining(", ", "{name: c" + container + ", image: a, ports: [", "]}")))
                .collect(Collectors.joining(", "));
        Pod pod = await("the policy knows the claim")
                .atMost(SOON)
                .ignoreExceptionsInstanceOf(KubernetesClientException.class)
                .until(
                        () -> pod(holders, "most", "", "hostNetwork: true, containers: [" + containers + "]"),
                        Objects::nonNull);
        assertThat(hostPorts(pod))
                .containsExactlyElementsOf(IntStream.range(21200, 21264).boxed().toList());
        assertThat(pod.getSpec().getContainers())
                .allSatisfy(container -> assertThat(env(container)).hasSize(64));
    }

    // --- What is refused

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "none | http | TCP | has no PortClaim none, which the pod's label portclaim.io/host-ports names: create it with scope Cluster",
                "waiting | http | TCP | waiting has no number yet for http (NoDefaultPool: create a pool): wait until the claim is Ready",
                "unseen | http | TCP | unseen has no number yet for http, because no operator has seen it",
                "growing | late | TCP | growing has no number yet for late, because",
                "by-node | http | TCP | by-node has scope Node, so that its numbers may differ by node",
                "web | web | TCP | web has ports http/TCP, game-udp/UDP, dns/TCPUDP, and no container of the pod has a port of such a name",
                "web | http | UDP | and container port http has protocol UDP: set the protocol"
            })
    void whatCantBeServedIsRefusedWithTheReason(String claim, String port, String protocol, String words) {
        String spec = ports("{name: %s, containerPort: 80, protocol: %s}".formatted(port, protocol));
        assertThat(refusal(holders, claim, "", spec)).contains("'hostports.portclaim.io'", words);
    }

    @Test
    void anIndexBeyondTheBlockIsRefused() {
        String spec = ports("{name: game-udp, containerPort: 81, protocol: UDP}");
        assertThat(words(() -> indexed("web", "apps.kubernetes.io/pod-index", "4", spec)))
                .contains(
                        "web is too small for a pod with index 4: port game-udp has the numbers 21100-21103; set the count to 5 or more");
        assertThat(words(() -> indexed("web", "apps.kubernetes.io/pod-index", "last", spec)))
                .contains("web can't be used by a pod with index last, which is not a number");
    }

    /** Its number is given to others once it is gone. */
    @Test
    void aClaimThatIsBeingDeletedIsNotUsed() {
        claim("going", "scope: Cluster, ports: [{name: http}]", "ports: [{name: http, protocol: TCP, port: 21030}]");
        var going =
                cluster.client().resources(PortClaim.class).inNamespace(holders).withName("going");
        going.edit(claim -> {
            claim.getMetadata().setFinalizers(List.of("example.com/kept"));
            return claim;
        });
        going.delete();
        try {
            await("the policy knows it")
                    .atMost(SOON)
                    .untilAsserted(() -> assertThat(refusal(holders, "going", "", http("")))
                            .contains("going is being deleted: create it again, or name another claim"));
        } finally {
            going.edit(claim -> {
                claim.getMetadata().setFinalizers(List.of());
                return claim;
            });
        }
    }

    @Test
    void aPortThatWaitsHindersNoPodThatDoesNotUseIt() {
        assertThat(hostPorts(pod(holders, "growing", "", http("")))).containsExactly(21010);
    }

    /** The annotation by which the policies speak to each other is no user's to write. */
    @Test
    void whoWritesTheAnnotationByHandGainsNothing() {
        String forged = "annotations: {a: b, %s: \"http=21000\"}".formatted(ASSIGNED);
        // The API server takes the policies in any order.
        for (int i = 0; i < 10; i++) {
            assertThat(refusal(others, "web", forged, http(""))).contains("has no PortClaim web");
            assertThat(refusal(holders, "none", forged, http(""))).contains("has no PortClaim none");
            assertThat(assigned(pod(holders, "web", forged, ports("{name: dns, containerPort: 53}"))))
                    .isEqualTo("dns=21053/TCPUDP");
        }
    }

    // --- What is left alone

    @Test
    void aPodWithoutTheLabelIsNotTouched() {
        Pod pod = pod(holders, "", "", http(""));
        assertThat(hostPorts(pod)).isEmpty();
        assertThat(pod.getSpec().getContainers().get(0).getEnv()).isEmpty();
        assertThat(pod.getMetadata().getAnnotations()).isNullOrEmpty();
    }

    /** It shows a pod that runs already. */
    @Test
    void theMirrorOfAStaticPodIsNotTouched() {
        Pod pod = pod(holders, "none", "annotations: {kubernetes.io/config.mirror: a}", "nodeName: a, " + http(""));
        assertThat(hostPorts(pod)).isEmpty();
    }

    /** Its claim may be gone, and its ports never change. */
    @Test
    void anExistingPodMayBeChanged() {
        claim("short", "scope: Cluster, ports: [{name: http}]", "ports: [{name: http, protocol: TCP, port: 21020}]");
        Pod unsent = unsent(holders, "short", "", http(""));
        Pod pod = await("the policy knows the claim")
                .atMost(SOON)
                .ignoreExceptions()
                .until(() -> cluster.client().resource(unsent).create(), Objects::nonNull);
        cluster.client()
                .resources(PortClaim.class)
                .inNamespace(holders)
                .withName("short")
                .delete();
        Pod changed = cluster.client().resource(pod).edit(found -> {
            found.getMetadata().getLabels().put("c", "d");
            found.getMetadata().getLabels().put("portclaim.io/host-ports", "none");
            found.getSpec().getContainers().get(0).setImage("b");
            return found;
        });
        assertThat(hostPorts(changed)).containsExactly(21020);
        cluster.client().resource(pod).withGracePeriod(0).delete();
    }

    // --- The chart

    @Test
    void byDefaultThereIsNone() {
        assertThat(Chart.render().objects())
                .noneMatch(object -> object.at("/metadata/name").asText().contains("hostports"));
        assertThat(Chart.render("{admission: {hostPorts: {enabled: true}}}").objects())
                .filteredOn(object -> object.at("/metadata/name").asText().contains("hostports"))
                .hasSize(6);
    }

    @Test
    void anOlderKubernetesIsReported() {
        assertThatThrownBy(() -> Chart.withFile(
                        "{admission: {hostPorts: {enabled: true}}}",
                        (Path file) -> Chart.helm()
                                .template()
                                .withKubeVersion("1.35.4")
                                .withValuesFile(file)
                                .call()))
                .hasMessageContaining("admission.hostPorts.enabled needs Kubernetes 1.36 or newer");
    }
}
