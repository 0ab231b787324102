package io.portclaim.operator.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.ConfigMapId;
import io.portclaim.operator.allocation.ForeignPorts;
import io.portclaim.operator.allocation.Place;
import io.portclaim.operator.allocation.PortGrant;
import io.portclaim.operator.allocation.Release;
import io.portclaim.operator.allocation.Slot;
import io.portclaim.ports.Protocol;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullAndEmptySource;
import org.junit.jupiter.params.provider.ValueSource;

class PodsTest {
    private static final Instant NAMED_UNTIL = Instant.parse("2026-01-01T00:00:00Z");
    private static final ClaimKey WEB_PORTS = new ClaimKey("team", "web-ports");

    private final ForeignPorts foreign = new ForeignPorts();
    private final List<Set<Slot>> announced = new ArrayList<>();
    private final List<String> readings = new ArrayList<>();
    private final Pods pods = new Pods(foreign, announced::add, (map, node) -> readings.add(map + " on " + node));

    private static Pod pod(String uid, @Nullable String node, String phase, String spec) {
        Pod pod = Serialization.unmarshal(
                "---\n{metadata: {name: web, namespace: team, uid: %s, resourceVersion: '7'}, status: {phase: %s}, spec: %s}"
                        .formatted(uid, phase, spec),
                Pod.class);
        pod.getSpec().setNodeName(node);
        return pod;
    }

    private static Pod listening(String uid, String phase) {
        return pod(uid, "node-a", phase, "{containers: [{name: c, ports: [{containerPort: 80, hostPort: 21000}]}]}");
    }

    private static Pod reading(String uid, @Nullable String node, String phase) {
        return pod(uid, node, phase, "{containers: [{name: c, envFrom: [{configMapRef: {name: web-ports}}]}]}");
    }

    private static Slot slot(int port, Protocol protocol) {
        return new Slot("node-a", protocol, port);
    }

    private static Release release(String place, int port) {
        return release("team", place, port);
    }

    private static Release release(String namespace, String place, int port) {
        return new Release(
                new ClaimKey(namespace, "web"),
                ConfigMapId.of(namespace, "web-ports"),
                "default",
                place,
                new PortGrant("http", TransportProtocol.TCP, port, 2),
                Duration.ofSeconds(120),
                null,
                null);
    }

    @Test
    void declaresTheHostPortsOfAllContainersOnItsNode() {
        pods.onAdd(pod(
                "u",
                "node-a",
                "Running",
                "{hostNetwork: true,"
                        + " initContainers: [{name: s, restartPolicy: Always, ports: [{containerPort: 1, hostPort: 21001}]}],"
                        + " containers: ["
                        + "{name: a, ports: [{containerPort: 2, hostPort: 21002, protocol: UDP}, {containerPort: 3}]},"
                        + "{name: b, ports: [{containerPort: 4, hostPort: 21002, protocol: SCTP},"
                        + " {containerPort: 5, hostPort: 21003, hostIP: 127.0.0.1},"
                        + " {containerPort: 6, hostPort: 21004, protocol: QUIC}]}]}"));

        assertThat(announced)
                .containsExactly(Set.of(
                        slot(3, Protocol.TCP),
                        slot(21001, Protocol.TCP),
                        slot(21002, Protocol.UDP),
                        slot(21002, Protocol.SCTP),
                        slot(21003, Protocol.TCP)));
        assertThat(foreign.isDeclared(slot(21003, Protocol.TCP))).isTrue();
        assertThat(foreign.isDeclared(new Slot("node-b", Protocol.TCP, 21003))).isFalse();
    }

    @Test
    void onANetworkOfItsOwnAContainerPortIsNoneOfTheNodes() {
        pods.onAdd(pod("u", "node-a", "Running", "{containers: [{name: a, ports: [{containerPort: 3}]}]}"));

        assertThat(announced).isEmpty();
    }

    @Test
    void saysWhenTheFirstReaderOfAConfigMapComesToANodeAndWhenTheLastGoes() {
        ClaimKey map = new ClaimKey("team", "web-ports");
        pods.onAdd(reading("u", "node-a", "Running"));
        pods.onAdd(reading("v", "node-a", "Running"));
        pods.onUpdate(KnownPod.of(reading("v", "node-a", "Running")), reading("v", "node-a", "Running"));
        assertThat(readings).containsExactly("team/web-ports on node-a");
        assertThat(pods.reads(map, "node-a")).isTrue();
        assertThat(pods.reads(map, "node-b")).isFalse();
        assertThat(pods.reads(new ClaimKey("others", "web-ports"), "node-a")).isFalse();

        pods.onDelete(reading("u", "node-a", "Running"), false);
        assertThat(readings).hasSize(1);
        pods.onUpdate(KnownPod.of(reading("v", "node-a", "Running")), reading("v", "node-a", "Failed"));
        assertThat(readings).containsExactly("team/web-ports on node-a", "team/web-ports on node-a");
        assertThat(pods.reads(map, "node-a")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Pending", "Running", "Unknown"})
    void aPodThatHasNotEndedIsLiveAlsoWhileItIsDeleted(String phase) {
        Pod pod = listening("u", phase);
        pod.getMetadata().setDeletionTimestamp("2026-01-01T00:00:00Z");

        pods.onAdd(pod);

        assertThat(foreign.isDeclared(slot(21000, Protocol.TCP))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Succeeded", "Failed"})
    void aPodThatHasEndedIsGone(String phase) {
        pods.onAdd(listening("u", phase));
        assertThat(announced).isEmpty();

        pods.onAdd(listening("v", "Running"));
        pods.onUpdate(KnownPod.of(listening("v", "Running")), listening("v", phase));

        assertThat(foreign.isDeclared(slot(21000, Protocol.TCP))).isFalse();
        assertThat(announced).hasSize(2);
    }

    @Test
    void anotherPodOfTheNameTakesThePlaceOfTheFirst() {
        pods.onAdd(listening("u", "Running"));
        pods.onUpdate(KnownPod.of(listening("u", "Running")), pod("v", "node-a", "Pending", "{containers: []}"));

        assertThat(foreign.isDeclared(slot(21000, Protocol.TCP))).isFalse();
    }

    @Test
    void aPodIsForgottenByWhatIsKeptOfIt() {
        pods.onAdd(listening("u", "Running"));
        pods.onAdd(reading("v", "node-a", "Running"));

        pods.onDelete(KnownPod.of(listening("u", "Running")), true);
        pods.onDelete(KnownPod.of(reading("v", "node-a", "Running")), true);

        assertThat(foreign.isDeclared(slot(21000, Protocol.TCP))).isFalse();
        assertThat(pods.stillUses(release("node-a", 21000))).isFalse();
    }

    @Test
    void prunesAllButWhoItIsAndWhere() {
        KnownPod kept = KnownPod.of(listening("u", "Running"));

        assertThat(kept.getMetadata().getUid()).isEqualTo("u");
        assertThat(kept.getMetadata().getName()).isEqualTo("web");
        assertThat(kept.getMetadata().getNamespace()).isEqualTo("team");
        assertThat(kept.getMetadata().getResourceVersion()).isEqualTo("7");
        assertThat(kept.node()).isEqualTo("node-a");
        assertThat(kept.getSpec()).isNull();
        assertThat(kept.getStatus()).isNull();
    }

    @ParameterizedTest
    @NullAndEmptySource
    void aPodWithoutANodeDeclaresNothingYet(@Nullable String node) {
        Pod pod = listening("u", "Pending");
        pod.getSpec().setNodeName(node);
        pods.onAdd(pod);
        assertThat(announced).isEmpty();

        assertThat(KnownPod.of(pod).node()).isEmpty();
        pods.onUpdate(KnownPod.of(pod), listening("u", "Pending"));
        assertThat(announced).containsExactly(Set.of(slot(21000, Protocol.TCP)));
    }

    @Test
    void aReleaseIsInUseWhileItsPortIsDeclared() {
        pods.onAdd(listening("u", "Running"));

        assertThat(pods.stillUses(release("node-a", 21000))).isTrue();
        assertThat(pods.stillUses(release("node-a", 20999)))
                .as("the last of the block")
                .isTrue();
        assertThat(pods.stillUses(release("node-a", 21001))).isFalse();
        assertThat(pods.stillUses(release("node-b", 21000))).isFalse();
        assertThat(pods.stillUses(release(Place.EVERYWHERE, 21000))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{containers: [{name: c, envFrom: [{configMapRef: {name: web-ports}}]}]}",
                "{containers: [{name: c, env: [{name: P, valueFrom: {configMapKeyRef: {name: web-ports, key: P}}}]}]}",
                "{initContainers: [{name: c, envFrom: [{configMapRef: {name: web-ports}}]}], containers: []}",
                "{containers: [], volumes: [{name: v, configMap: {name: web-ports}}]}",
                "{containers: [], volumes: [{name: v, projected: {sources: [{secret: {name: s}}, {configMap: {name: web-ports}}]}}]}",
                "{containers: [], ephemeralContainers: [{name: d, envFrom: [{configMapRef: {name: web-ports}}]}]}",
                "{containers: [], ephemeralContainers: [{name: d, env: [{name: P, valueFrom: {configMapKeyRef: {name: web-ports, key: P}}}]}]}"
            })
    void aReleaseIsInUseWhileItsConfigMapIsRead(String spec) {
        pods.onAdd(pod("u", "node-a", "Running", spec));

        assertThat(pods.stillUses(release("node-a", 30000))).isTrue();
        assertThat(pods.stillUses(release("node-b", 30000))).isFalse();
        assertThat(pods.stillUses(release(Place.EVERYWHERE, 30000))).isTrue();
        assertThat(pods.stillUses(release("other-team", "node-a", 30000))).isFalse();
        PortGrant number = new PortGrant("", TransportProtocol.TCP, 30000, 1);
        assertThat(pods.stillUses(
                        new Release(null, ConfigMapId.UNKNOWN, "", "node-a", number, Duration.ZERO, null, null)))
                .isFalse();

        pods.onUpdate(KnownPod.of(reading("u", "node-a", "Running")), reading("u", "node-a", "Failed"));
        assertThat(pods.stillUses(release("node-a", 30000))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{containers: [{name: c, env: [{name: P, value: web-ports}]}]}",
                "{containers: [{name: c, env: [{name: P, valueFrom: {secretKeyRef: {name: web-ports, key: P}}}]}]}",
                "{containers: [{name: c, envFrom: [{secretRef: {name: web-ports}}]}]}",
                "{containers: [], volumes: [{name: web-ports, secret: {secretName: web-ports}}]}"
            })
    void whatIsNoConfigMapIsNotOne(String spec) {
        pods.onAdd(pod("u", "node-a", "Running", spec));

        assertThat(pods.stillUses(release("node-a", 30000))).isFalse();
    }

    @ParameterizedTest
    @NullAndEmptySource
    void aReaderWithoutANodeMayStartOnAny(@Nullable String node) {
        pods.onAdd(reading("u", node, "Pending"));
        assertThat(pods.stillUses(release("node-a", 30000))).isTrue();
        assertThat(pods.stillUses(release("node-b", 30000))).isTrue();

        pods.onUpdate(KnownPod.of(reading("u", node, "Pending")), reading("u", "node-b", "Pending"));
        assertThat(pods.stillUses(release("node-a", 30000))).isFalse();
        assertThat(pods.stillUses(release("node-b", 30000))).isTrue();
    }

    @Test
    void aReleaseIsInUseUntilTheLastReaderIsGone() {
        pods.onAdd(reading("u", "node-a", "Running"));
        pods.onAdd(reading("v", "node-a", "Running"));
        pods.onUpdate(reading("v", "node-a", "Running"), reading("v", "node-a", "Running"));

        pods.onDelete(reading("u", "node-a", "Running"), false);
        assertThat(pods.stillUses(release("node-a", 30000))).isTrue();

        pods.onDelete(reading("v", "node-a", "Running"), false);
        assertThat(pods.stillUses(release("node-a", 30000))).isFalse();
    }

    /** A tenant may name tens of thousands in one pod. */
    @Test
    void aPodMayReadAnyNumberOfConfigMaps() {
        String many = IntStream.rangeClosed(0, Readers.MOST_MAPS)
                .mapToObj("{configMapRef: {name: other-%d}}"::formatted)
                .collect(Collectors.joining(", "));
        String spec = "{containers: [{name: c, envFrom: [%s, {configMapRef: {name: web-ports}}]}]}".formatted(many);
        pods.onAdd(created(pod("u", "node-a", "Running", spec), NAMED_UNTIL));

        assertThat(pods.stillUses(named("node-a", null))).isTrue();
        assertThat(pods.usedAt(named(Place.SOMEWHERE, NAMED_UNTIL))).containsExactly("node-a");
        assertThat(pods.stillUses(named("node-a", NAMED_UNTIL.minusSeconds(60))))
                .as("it came later")
                .isFalse();
        assertThat(pods.stillUses(named("node-b", null))).isFalse();
        assertThat(pods.stillUses(release("other-team", "node-a", 30000))).isFalse();
        assertThat(pods.reads(WEB_PORTS, "node-a")).isTrue();
        assertThat(pods.reads(WEB_PORTS, "node-b")).isFalse();
        assertThat(pods.reads(new ClaimKey("team", "another"), "node-a")).isFalse();
        PortGrant number = new PortGrant("", TransportProtocol.TCP, 30000, 1);
        assertThat(List.of(ConfigMapId.UNKNOWN, ConfigMapId.ANY))
                .allSatisfy(map -> assertThat(pods.stillUses(
                                new Release(null, map, "", "node-a", number, Duration.ZERO, NAMED_UNTIL, null)))
                        .isTrue());

        pods.onDelete(KnownPod.of(reading("u", "node-a", "Running")), false);
        assertThat(pods.stillUses(named("node-a", null))).isFalse();
        pods.onAdd(pod("u", "node-a", "Running", spec));
        pods.onAdd(reading("u", "node-a", "Running"));
        assertThat(pods.reads(new ClaimKey("team", "other-0"), "node-a")).isFalse();
        assertThat(pods.reads(WEB_PORTS, "node-a")).isTrue();
    }

    /** What a ConfigMap named until {@code namedUntil}; null: until now. */
    private static Release named(String place, @Nullable Instant namedUntil) {
        return named(release(place, 30000), namedUntil);
    }

    private static Release named(Release release, @Nullable Instant namedUntil) {
        return new Release(
                release.key(),
                release.map(),
                release.pool(),
                release.place(),
                release.grant(),
                release.cooldown(),
                namedUntil,
                release.until());
    }

    private static Pod created(Pod pod, @Nullable Instant at) {
        pod.getMetadata().setCreationTimestamp(at == null ? null : at.toString());
        return pod;
    }

    private static Pod reading(String uid, String node, Instant created) {
        return created(reading(uid, node, "Running"), created);
    }

    @ParameterizedTest
    @CsvSource({"-3600, true", "-1, true", "0, true", "59, true", "60, false", "61, false", "3600, false"})
    void onlyAPodThatCameBeforeTheConfigMapCeasedToNameThePortMayKnowIt(int seconds, boolean mayKnow) {
        pods.onAdd(reading("u", "node-a", NAMED_UNTIL.plusSeconds(seconds)));

        assertThat(pods.stillUses(named("node-a", NAMED_UNTIL))).isEqualTo(mayKnow);
        assertThat(pods.stillUses(named(Place.EVERYWHERE, NAMED_UNTIL))).isEqualTo(mayKnow);
        assertThat(pods.usedAt(named(Place.SOMEWHERE, NAMED_UNTIL))).isEqualTo(mayKnow ? Set.of("node-a") : Set.of());
        assertThat(pods.stillUses(named("node-b", NAMED_UNTIL))).isFalse();
        assertThat(pods.stillUses(named("node-a", null)))
                .as("it may still name it")
                .isTrue();
    }

    @Test
    void aPodThatCameLaterStillUsesThePortThatItDeclares() {
        pods.onAdd(created(listening("u", "Running"), NAMED_UNTIL.plusSeconds(3600)));

        assertThat(pods.stillUses(named(release("node-a", 21000), NAMED_UNTIL))).isTrue();
    }

    @ParameterizedTest
    @NullAndEmptySource
    void aReaderWithoutANodeIsAsOldAsItIs(@Nullable String node) {
        pods.onAdd(created(reading("u", node, "Pending"), NAMED_UNTIL.plusSeconds(61)));
        assertThat(pods.stillUses(named("node-b", NAMED_UNTIL))).isFalse();

        pods.onAdd(created(reading("v", node, "Pending"), NAMED_UNTIL));
        assertThat(pods.stillUses(named("node-b", NAMED_UNTIL))).isTrue();
        assertThat(pods.usedAt(named(Place.SOMEWHERE, NAMED_UNTIL))).containsExactly(Place.EVERYWHERE);
    }

    @Test
    void theOldestOfSeveralPodsCountsWhicheverComesOrGoesFirst() {
        Instant late = NAMED_UNTIL.plusSeconds(600);
        pods.onAdd(reading("late", "node-a", late));
        assertThat(pods.stillUses(named("node-a", NAMED_UNTIL))).isFalse();

        pods.onAdd(reading("old", "node-a", NAMED_UNTIL));
        pods.onAdd(reading("as-old", "node-a", NAMED_UNTIL));
        pods.onAdd(reading("oldest-elsewhere", "node-b", NAMED_UNTIL.minusSeconds(600)));
        assertThat(pods.stillUses(named("node-a", NAMED_UNTIL))).isTrue();

        pods.onDelete(reading("old", "node-a", NAMED_UNTIL), false);
        assertThat(pods.stillUses(named("node-a", NAMED_UNTIL)))
                .as("another was created in the same second")
                .isTrue();
        pods.onDelete(reading("as-old", "node-a", NAMED_UNTIL), false);
        assertThat(pods.stillUses(named("node-a", NAMED_UNTIL))).isFalse();
        assertThat(pods.stillUses(named("node-a", late)))
                .as("the late one is still there")
                .isTrue();
        assertThat(pods.usedAt(named(Place.SOMEWHERE, NAMED_UNTIL))).containsExactly("node-b");
        assertThat(readings).containsExactly("team/web-ports on node-a", "team/web-ports on node-b");
    }

    @Test
    void aPodThatDoesNotSayWhenItCameMayHaveReadAnything() {
        pods.onAdd(created(reading("u", "node-a", "Running"), null));

        assertThat(pods.stillUses(named("node-a", Instant.parse("2001-01-01T00:00:00Z"))))
                .isTrue();
    }

    @Test
    void aConfigMapIsKnownAgainByItsNumberAlsoAfterItsLastReaderHasGone() {
        pods.onAdd(reading("u", "node-a", NAMED_UNTIL));
        pods.onDelete(reading("u", "node-a", NAMED_UNTIL), false);
        assertThat(pods.usedAt(named(Place.SOMEWHERE, NAMED_UNTIL))).isEmpty();

        pods.onAdd(reading("v", "node-b", NAMED_UNTIL));
        assertThat(pods.usedAt(named(Place.SOMEWHERE, NAMED_UNTIL))).containsExactly("node-b");
        pods.onAdd(reading("w", "node-a", NAMED_UNTIL));
        pods.onDelete(reading("v", "node-b", NAMED_UNTIL), false);
        assertThat(pods.usedAt(named(Place.SOMEWHERE, NAMED_UNTIL)))
                .as("one of several readers has gone")
                .containsExactly("node-a");
    }

    @Test
    void saysOfAPortThatWasHeldSomewhereWhereItIsDeclared() {
        pods.onAdd(listening("u", "Running"));

        Release somewhere = unknown(Place.SOMEWHERE, 21000);
        assertThat(pods.usedAt(somewhere)).containsExactly("node-a");
        assertThat(pods.usedAt(unknown(Place.SOMEWHERE, 21001))).isEmpty();
        assertThat(pods.stillUses(somewhere)).isTrue();
    }

    /** A port of which nobody knows what ConfigMap published it. */
    private static Release unknown(String place, int port) {
        return new Release(
                null,
                ConfigMapId.UNKNOWN,
                "",
                place,
                new PortGrant("", TransportProtocol.TCP, port, 1),
                Duration.ZERO,
                NAMED_UNTIL,
                null);
    }

    @Test
    void aPortOfAnUnknownConfigMapIsInUseWhereAPodNeedsOneThatHasVanished() {
        pods.onAdd(reading("u", "node-a", NAMED_UNTIL));
        assertThat(pods.stillUses(unknown("node-a", 30000))).isFalse();
        assertThat(pods.requiredMaps()).containsExactly(WEB_PORTS);

        pods.suspects(Set.of(WEB_PORTS), Set.of());

        assertThat(pods.stillUses(unknown("node-a", 30000))).isTrue();
        assertThat(pods.stillUses(unknown("node-b", 30000))).isFalse();
        assertThat(pods.usedAt(unknown(Place.SOMEWHERE, 30000))).containsExactly("node-a");
        pods.onAdd(reading("later", "node-b", NAMED_UNTIL.plusSeconds(60)));
        assertThat(pods.stillUses(unknown("node-b", 30000)))
                .as("a pod that came after")
                .isFalse();
        pods.onDelete(reading("u", "node-a", NAMED_UNTIL), false);
        assertThat(pods.stillUses(unknown("node-a", 30000))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{containers: [{name: c, envFrom: [{configMapRef: {name: web-ports, optional: true}}]}]}",
                "{containers: [{name: c, env: [{name: P, valueFrom: {configMapKeyRef: {name: web-ports, key: P, optional: true}}}]}]}",
                "{containers: [], volumes: [{name: v, configMap: {name: web-ports, optional: true}}]}",
                "{containers: [], volumes: [{name: v, projected: {sources: [{configMap: {name: web-ports, optional: true}}]}}]}",
                "{containers: [], ephemeralContainers: [{name: d, envFrom: [{configMapRef: {name: web-ports}}]}]}",
                "{containers: [], volumes: [{name: v, configMap: {name: kube-root-ca.crt}}]}"
            })
    void whatAPodStartsWithoutIsNotMissed(String spec) {
        pods.onAdd(created(pod("u", "node-a", "Running", spec), NAMED_UNTIL));

        assertThat(pods.requiredMaps()).isEmpty();
    }

    @Test
    void whatOneContainerNeedsIsNeededThoughAnotherDoesWithout() {
        pods.onAdd(created(
                pod(
                        "u",
                        "node-a",
                        "Running",
                        "{containers: [{name: c, envFrom: [{configMapRef: {name: web-ports, optional: true}}]},"
                                + " {name: d, envFrom: [{configMapRef: {name: web-ports}}]}]}"),
                NAMED_UNTIL));

        assertThat(pods.requiredMaps()).containsExactly(WEB_PORTS);
        pods.onDelete(reading("u", "node-a", "Running"), false);
        assertThat(pods.requiredMaps()).isEmpty();
    }
}
