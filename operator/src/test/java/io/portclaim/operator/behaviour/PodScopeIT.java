package io.portclaim.operator.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Binding;
import io.fabric8.kubernetes.api.model.BindingBuilder;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.NodeSelectorRequirement;
import io.fabric8.kubernetes.api.model.NodeSelectorTerm;
import io.fabric8.kubernetes.api.model.Pod;
import io.portclaim.api.v1alpha1.PodCounts;
import io.portclaim.testing.LocalCluster;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

/** Claims of scope Pod on a real API server; what the scheduler and the kubelet do is done by the test. */
@ExtendWith(LocalCluster.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PodScopeIT {
    private static final String CLAIM = "portclaim.io/claim";
    private static final String PORT = "port.portclaim.io/";
    private static final String GATED = "schedulingGates: [{name: portclaim.io/ports}]";

    private OperatorFixture fixture;

    @BeforeAll
    void start(LocalCluster cluster) {
        fixture = OperatorFixture.on(cluster);
        for (String node : List.of("pa", "pb")) {
            fixture.node(node, "{labels: {kubernetes.io/hostname: %s, pods: own}}".formatted(node));
        }
        fixture.startOperator("--pod-scope-in=*");
    }

    @AfterAll
    void stop() {
        fixture.close();
    }

    private void pool(String name, String ranges) {
        fixture.pool(
                name,
                "{ranges: [%s], staticBand: 0, nodeSelector: {matchLabels: {pods: own}}, cooldown: {tcp: 1s, udp: 1s, sctp: 1s}}"
                        .formatted(ranges));
    }

    private ClaimProbe claim(String name, String pool) {
        return fixture.claim(name, "{poolName: %s, scope: Pod, ports: [{name: http}]}".formatted(pool));
    }

    private Pod pod(String name, String claim, String spec) {
        return await("the namespace's service account")
                .ignoreExceptions()
                .atMost(OperatorFixture.SOON)
                .until(
                        () -> fixture.make(Pod.class, """
                        apiVersion: v1
                        kind: Pod
                        metadata: {name: "%s", namespace: "%s", labels: {%s: "%s"}}
                        spec:
                          automountServiceAccountToken: false
                          terminationGracePeriodSeconds: 1
                          containers: [{name: main, image: registry.example/main:1}]
                          %s
                        """.formatted(name, fixture.namespace(), CLAIM, claim, spec)),
                        made -> true);
    }

    private Pod now(String name) {
        return fixture.client()
                .pods()
                .inNamespace(fixture.namespace())
                .withName(name)
                .require();
    }

    private static Map<String, String> annotations(Pod pod) {
        return Objects.requireNonNullElse(pod.getMetadata().getAnnotations(), Map.of());
    }

    private static boolean isServed(Pod pod) {
        return annotations(pod).containsKey(PORT + "http")
                && pod.getSpec().getSchedulingGates().isEmpty();
    }

    private Pod served(String name) {
        return await("pod " + name + " is served")
                .atMost(OperatorFixture.SOON)
                .until(() -> now(name), PodScopeIT::isServed);
    }

    private static int port(Pod pod) {
        return Integer.parseInt(annotations(pod).get(PORT + "http"));
    }

    private static List<NodeSelectorTerm> terms(Pod pod) {
        return pod.getSpec()
                .getAffinity()
                .getNodeAffinity()
                .getRequiredDuringSchedulingIgnoredDuringExecution()
                .getNodeSelectorTerms();
    }

    private static Set<String> leftOut(Pod pod) {
        Set<String> hostnames = new HashSet<>();
        terms(pod).get(0).getMatchExpressions().stream()
                .filter(requirement -> requirement.getKey().equals("kubernetes.io/hostname")
                        && requirement.getOperator().equals("NotIn"))
                .map(NodeSelectorRequirement::getValues)
                .forEach(hostnames::addAll);
        return hostnames;
    }

    /** As the scheduler does. */
    private void bind(Pod pod, String node) {
        Binding binding = new BindingBuilder()
                .withNewMetadata()
                .withName(pod.getMetadata().getName())
                .withNamespace(pod.getMetadata().getNamespace())
                .endMetadata()
                .withNewTarget()
                .withApiVersion("v1")
                .withKind("Node")
                .withName(node)
                .endTarget()
                .build();
        fixture.client()
                .bindings()
                .inNamespace(fixture.namespace())
                .resource(binding)
                .create();
    }

    private String bindWhereAllowed(Pod pod) {
        String node = Stream.of("pa", "pb")
                .filter(name -> !leftOut(pod).contains(name))
                .findFirst()
                .orElseThrow();
        bind(pod, node);
        return node;
    }

    /** As the kubelet does once every container has stopped. */
    private void terminate(String name) {
        fixture.client()
                .pods()
                .inNamespace(fixture.namespace())
                .withName(name)
                .subresource("status")
                .patch(
                        OperatorFixture.merge(),
                        fixture.json(
                                "status: {phase: Running, containerStatuses: [{name: main, image: i, imageID: i, restartCount: 0, ready: false, state: {terminated: {exitCode: 0}}}]}"));
        remove(name);
    }

    private void remove(String name) {
        fixture.client()
                .pods()
                .inNamespace(fixture.namespace())
                .withName(name)
                .withGracePeriod(0)
                .delete();
    }

    @Test
    void eachNumberOnceOnEachNodeAndTheNinthWaitsForOne() {
        pool("nine", "21000-21003");
        ClaimProbe claim = claim("nine", "nine");
        Map<String, Set<Integer>> byNode = Map.of("pa", new TreeSet<>(), "pb", new TreeSet<>());
        for (int i = 0; i < 8; i++) {
            pod("nine-" + i, "nine", GATED);
            Pod served = served("nine-" + i);
            assertThat(byNode.get(bindWhereAllowed(served)).add(port(served))).isTrue();
        }
        assertThat(byNode.values()).allSatisfy(ports -> assertThat(ports).containsExactly(21000, 21001, 21002, 21003));

        pod("nine-8", "nine", GATED);

        await().atMost(OperatorFixture.SOON)
                .untilAsserted(
                        () -> assertThat(claim.condition("Ready"))
                                .startsWith(
                                        "False PoolExhausted: 1 of 9 pods wait: no port is free for 'http' (TCP) in pool nine"));
        assertThat(claim.status().pods()).isEqualTo(new PodCounts(8, 1));
        assertThat(claim.status().summary()).isEqualTo("8 pods, 1 waiting");
        await().atMost(OperatorFixture.SOON)
                .untilAsserted(() -> assertThat(fixture.client()
                                .v1()
                                .events()
                                .inNamespace(fixture.namespace())
                                .withField("involvedObject.name", "nine-8")
                                .list()
                                .getItems())
                        .extracting(Event::getReason)
                        .contains("PoolExhausted"));
        assertThat(now("nine-8").getSpec().getSchedulingGates()).hasSize(1);

        int freed = port(now("nine-3"));
        terminate("nine-3");
        assertThat(port(served("nine-8"))).isEqualTo(freed);
        assertThat(leftOut(served("nine-8"))).hasSize(1);
        await().atMost(OperatorFixture.SOON)
                .untilAsserted(() -> assertThat(claim.condition("Ready"))
                        .startsWith("True Assigned: 8 pods of the claim have ports"));
    }

    @Test
    void theConfigMapListsThePorts() {
        pool("listed", "21010-21019");
        ClaimProbe claim = claim("listed", "listed");
        assertThat(claim.ready().status().summary()).isNull();
        pod("listed-0", "listed", GATED);
        Pod served = served("listed-0");

        ConfigMap map = await().atMost(OperatorFixture.SOON)
                .ignoreExceptions()
                .until(() -> fixture.configMap(fixture.namespace(), "listed-ports"), found -> true);

        assertThat(map.getData()).containsExactly(Map.entry("listed-0.env", "HTTP_PORT=%d\n".formatted(port(served))));
        await().atMost(OperatorFixture.SOON)
                .untilAsserted(
                        () -> assertThat(claim.condition("Published")).startsWith("True Published: each pod carries"));
        assertThat(annotations(served).get("portclaim.io/ports"))
                .isEqualTo("[{\"name\":\"http\",\"protocol\":\"TCP\",\"port\":%d}]".formatted(port(served)));
    }

    @Test
    void whatAPodRequiresOfItsNodeStays() {
        pool("affine", "21020-21029");
        claim("affine", "affine").ready();
        pod("affine-0", "affine", """
                affinity:
                    podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: zone, labelSelector: {matchLabels: {a: b}}}]}
                    nodeAffinity:
                      requiredDuringSchedulingIgnoredDuringExecution:
                        nodeSelectorTerms:
                        - matchExpressions: [{key: zone, operator: In, values: [z1]}]
                        - matchExpressions: [{key: zone, operator: In, values: [z2]}]
                  %s
                """.formatted(GATED).stripTrailing());

        Pod served = served("affine-0");

        assertThat(terms(served))
                .hasSize(2)
                .allSatisfy(term -> assertThat(term.getMatchExpressions())
                        .extracting(NodeSelectorRequirement::getKey)
                        .containsExactly("zone", "pods"));
        assertThat(served.getSpec().getAffinity().getPodAntiAffinity()).isNotNull();
    }

    @Test
    void aPodOfADaemonSetIsServedForItsNode() {
        pool("daemon", "21030-21030");
        claim("daemon", "daemon").ready();
        for (String node : List.of("pa", "pb")) {
            pod("daemon-" + node, "daemon", """
                    affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchFields: [{key: metadata.name, operator: In, values: [%s]}]}]}}}
                      %s
                    """.formatted(node, GATED).stripTrailing());
        }

        assertThat(port(served("daemon-pa"))).isEqualTo(21030);
        assertThat(port(served("daemon-pb"))).isEqualTo(21030);
        assertThat(terms(served("daemon-pa")).get(0).getMatchExpressions()).isEmpty();
    }

    @Test
    void aPodWaitsForItsClaimAndForOtherGates() {
        pool("late", "21040-21049");
        pod("late-0", "late", GATED);
        pod("late-1", "late", "schedulingGates: [{name: example.com/other}, {name: portclaim.io/ports}]");
        claim("late", "late");

        served("late-0");
        assertThat(annotations(now("late-1"))).doesNotContainKey(PORT + "http");
        fixture.client()
                .pods()
                .inNamespace(fixture.namespace())
                .withName("late-1")
                .patch(OperatorFixture.merge(), fixture.json("spec: {schedulingGates: [{name: portclaim.io/ports}]}"));
        served("late-1");
    }

    @Test
    void aClaimThatGoesLeavesItsPodsTheirPorts() {
        pool("gone", "21050-21050");
        ClaimProbe claim = claim("gone", "gone");
        pod("gone-0", "gone", GATED);
        bind(served("gone-0"), "pa");
        claim.delete();

        assertThat(fixture.whyTaken("gone", "pa", 21050)).contains("held by pod gone-0");
        fixture.stopOperator();
        fixture.startOperator("--pod-scope-in=*");
        assertThat(fixture.whyTaken("gone", "pa", 21050)).contains("held by pod gone-0");
        remove("gone-0");
        await().atMost(OperatorFixture.SOON)
                .untilAsserted(
                        () -> assertThat(fixture.whyTaken("gone", "pa", 21050)).startsWith("True"));
    }

    @Test
    void aPodOfTheSameNameGetsItsPortBackWhileItCools() {
        fixture.pool(
                "sticky",
                "{ranges: [21060-21069], staticBand: 0, nodeSelector: {matchLabels: {pods: own}}, cooldown: {tcp: 600s}}");
        claim("sticky", "sticky").ready();
        pod("sticky-0", "sticky", GATED);
        Pod first = served("sticky-0");
        bind(first, "pa");
        Agent.on(fixture, "pa", "40000-50000").sees(port(first) + ",21069");
        await().atMost(OperatorFixture.SOON)
                .untilAsserted(() ->
                        assertThat(fixture.whyTaken("sticky", "pa", 21069)).contains("listens on it"));
        terminate("sticky-0");
        pod("sticky-0", "sticky", GATED);
        Pod second = await().atMost(OperatorFixture.SOON)
                .until(
                        () -> now("sticky-0"),
                        pod -> isServed(pod)
                                && !pod.getMetadata()
                                        .getUid()
                                        .equals(first.getMetadata().getUid()));
        assertThat(port(second)).isEqualTo(port(first));
        assertThat(leftOut(second))
                .as("though the agent reports the first still")
                .doesNotContain("pa");

        bind(second, "pb");
        // By force: nobody reports that its containers have ended.
        remove("sticky-0");
        pod("sticky-0", "sticky", GATED);
        Pod third = await().atMost(OperatorFixture.SOON)
                .until(
                        () -> now("sticky-0"),
                        pod -> isServed(pod)
                                && !pod.getMetadata()
                                        .getUid()
                                        .equals(second.getMetadata().getUid()));
        assertThat(port(third)).isNotEqualTo(port(second));
    }

    @Test
    void aPodThatNeverRanFreesItsPortAtOnce() {
        fixture.pool(
                "never",
                "{ranges: [21070-21070], staticBand: 0, nodeSelector: {matchLabels: {pods: own}}, cooldown: {tcp: 600s}}");
        claim("never", "never").ready();
        pod("never-0", "never", GATED);
        served("never-0");
        remove("never-0");
        pod("never-1", "never", GATED);

        assertThat(port(served("never-1"))).isEqualTo(21070);
    }

    @Test
    void aPodThatReadsAPortThatIsNotRequestedWaits() {
        pool("reads", "21080-21089");
        ClaimProbe claim = claim("reads", "reads");
        claim.ready();
        await().ignoreExceptions()
                .atMost(OperatorFixture.SOON)
                .until(() -> fixture.make(Pod.class, """
                apiVersion: v1
                kind: Pod
                metadata: {name: reads-0, namespace: "%s", labels: {%s: reads}}
                spec:
                  automountServiceAccountToken: false
                  containers:
                  - name: main
                    image: registry.example/main:1
                    env: [{name: GAME_PORT, valueFrom: {fieldRef: {fieldPath: "metadata.annotations['port.portclaim.io/game']"}}}]
                  %s
                """.formatted(fixture.namespace(), CLAIM, GATED)), made -> true);

        await().atMost(OperatorFixture.SOON)
                .untilAsserted(
                        () -> assertThat(claim.condition("Ready"))
                                .startsWith(
                                        "False PodsWaiting: the claim's pod waits: a container of the pod reads the ports game"));
        claim.edit("{ports: [{name: http}, {name: game, protocol: UDP}]}");
        assertThat(annotations(served("reads-0"))).containsKey(PORT + "game");
    }

    @Test
    void whereItIsNotServedTheClaimSaysSo() {
        pool("disabled", "21090-21099");
        fixture.stopOperator();
        fixture.startOperator();
        try {
            ClaimProbe claim = claim("disabled", "disabled");
            await().atMost(OperatorFixture.SOON)
                    .untilAsserted(() -> assertThat(claim.condition("Ready"))
                            .startsWith("False PodScopeDisabled: claims of scope Pod are not served in namespace"));
            assertThat(claim.condition("Stalled")).startsWith("True PodScopeDisabled");
        } finally {
            fixture.stopOperator();
            fixture.startOperator("--pod-scope-in=*");
        }
    }

    @Test
    void aRunningPodKeepsItsPortOverARestart() {
        pool("restart", "21100-21101");
        claim("restart", "restart").ready();
        pod("restart-0", "restart", GATED);
        Pod before = served("restart-0");
        bind(before, "pa");
        pod("restart-1", "restart", GATED);
        Pod wide = served("restart-1");
        fixture.stopOperator();
        pod("restart-2", "restart", GATED);
        fixture.startOperator("--pod-scope-in=*");

        assertThat(fixture.whyTaken("restart", "pa", port(before))).contains("held by pod restart-0");
        assertThat(fixture.whyTaken("restart", "pb", port(wide))).contains("held by pod restart-1");
        bind(wide, "pb");
        Pod third = served("restart-2");
        assertThat(leftOut(third)).containsExactly(port(third) == port(before) ? "pa" : "pb");
    }

    @Test
    void aPodWhoseGateSomebodyRemovedHoldsNothing() {
        pool("ungated", "21110-21110");
        pod("ungated-0", "ungated", "schedulingGates: [{name: example.com/other}, {name: portclaim.io/ports}]");
        fixture.client()
                .pods()
                .inNamespace(fixture.namespace())
                .withName("ungated-0")
                .patch(OperatorFixture.merge(), fixture.json("spec: {schedulingGates: []}"));
        claim("ungated", "ungated").ready();
        pod("ungated-1", "ungated", GATED);

        assertThat(port(served("ungated-1"))).isEqualTo(21110);
        assertThat(annotations(now("ungated-0"))).isEmpty();
    }

    @Test
    void aPodThatMayTakeANewNodeIsReleasedForOneThatJoins() {
        pool("newnode", "21120-21120");
        ClaimProbe claim =
                fixture.claim("newnode", "{poolName: newnode, scope: Pod, whenFull: NewNode, ports: [{name: http}]}");
        claim.ready();
        for (String node : List.of("newnode-0", "newnode-1")) {
            pod(node, "newnode", GATED);
            bindWhereAllowed(served(node));
        }
        pod("newnode-2", "newnode", GATED);
        assertThat(leftOut(served("newnode-2"))).containsExactlyInAnyOrder("pa", "pb");

        fixture.node("pc", "{labels: {kubernetes.io/hostname: pc, pods: own}}");
        try {
            bind(now("newnode-2"), "pc");
            await().atMost(OperatorFixture.SOON)
                    .untilAsserted(() ->
                            assertThat(fixture.whyTaken("newnode", "pc", 21120)).contains("held by pod newnode-2"));
        } finally {
            remove("newnode-2");
            fixture.removeNode("pc");
        }
    }

    /** Every pod has to pass: what waits longer than this was forgotten. */
    @Test
    void manyPodsAtOnceAreServedWithDistinctPorts() {
        pool("many", "22000-22999");
        claim("many", "many").ready();
        for (int i = 0; i < 60; i++) {
            pod("many-" + i, "many", GATED);
        }
        Set<Integer> ports = new TreeSet<>();
        for (int i = 0; i < 60; i++) {
            ports.add(port(served("many-" + i)));
        }
        assertThat(ports).hasSize(60);
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() ->
                        assertThat(fixture.metrics()).containsPattern("portclaim_pod_served_seconds_count \\d\\d"));
    }
}
