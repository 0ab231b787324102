package io.portclaim.operator.behaviour;

import static io.portclaim.operator.behaviour.OperatorFixture.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortClaimSpec;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.api.v1alpha1.PortLedger;
import io.portclaim.api.v1alpha1.PortRequest;
import io.portclaim.testing.LocalCluster;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A backup of five claims is restored as Velero does it: ConfigMaps, then pods, then claims, each without UID, owner and status; the
 * statuses in a second write where that is asked for.
 */
@ExtendWith(LocalCluster.class)
class RestoreIT {
    private static final List<String> PORTS =
            List.of("a=21011", "a=21012", "a=21013, b=21020-21023/UDP", "a=21014", "a=21015");

    private final List<PortClaim> claims = new ArrayList<>();
    private final List<ConfigMap> maps = new ArrayList<>();
    private OperatorFixture fixture;

    @BeforeEach
    void backUp(LocalCluster cluster) {
        fixture = OperatorFixture.withOperator(cluster);
        fixture.node("restore-a", "{labels: {row: restore}}");
        fixture.node("restore-b", "{labels: {row: restore}}");
        fixture.pool(
                "restore",
                "{ranges: [21000-21049], staticBand: 0, cooldown: {tcp: 65s, udp: 65s}, nodeSelector: {matchLabels: {row: restore}}}");
        // What they get is not what a new claim would get.
        for (int number = 0; number <= 10; number++) {
            claim("filler-" + number, "scope: Cluster, ports: [{name: a}]").ready();
        }
        claim("c0", "scope: Cluster, ports: [{name: a, port: 21011}]").ready();
        claim("c1", "scope: Node, nodeName: restore-a, ports: [{name: a, port: 21012}]")
                .ready();
        claim(
                        "c2",
                        "scope: Node, allNodes: true, ports: [{name: a, port: 21013}, {name: b, protocol: UDP, count: 4, port: 21020}]")
                .ready();
        claim("c3", "scope: Cluster, configMapName: others, ports: [{name: a, port: 21014}]")
                .ready();
        claim("c4", "scope: Cluster, ports: [{name: a, port: 21015}]").ready();
        for (int number = 0; number < PORTS.size(); number++) {
            ClaimProbe claim = new ClaimProbe(fixture, fixture.namespace(), "c" + number);
            assertThat(claim.ports()).isEqualTo(PORTS.get(number));
            claims.add(claim.now());
            maps.add(claim.configMap());
        }
        for (int number = 0; number < PORTS.size(); number++) {
            new ClaimProbe(fixture, fixture.namespace(), "c" + number).delete();
        }
        for (int number = 0; number <= 10; number++) {
            new ClaimProbe(fixture, fixture.namespace(), "filler-" + number).delete();
        }
        await("the ConfigMaps are gone")
                .atMost(SOON)
                .until(() -> fixture.claimVersions().isEmpty());
        // Another cluster, as far as the operator can know.
        fixture.stopOperator();
        fixture.client().resources(PortLedger.class).withName("cluster").delete();
    }

    /** Namespaces go in their own time, and what waits for a claim in one of another test would keep its ports in the next. */
    @AfterEach
    void end() {
        fixture.stopOperator();
        fixture.client()
                .configMaps()
                .inAnyNamespace()
                .withLabel("portclaim.io/claim-uid")
                .list()
                .getItems()
                .forEach(map -> fixture.client().resource(map).delete());
        fixture.close();
    }

    private ClaimProbe claim(String name, String spec) {
        return fixture.claim(name, "{poolName: restore, %s}".formatted(spec));
    }

    private static ObjectMeta restored(ObjectMeta saved) {
        return new ObjectMetaBuilder()
                .withName(saved.getName())
                .withNamespace(saved.getNamespace())
                .withLabels(saved.getLabels())
                .withAnnotations(saved.getAnnotations())
                .addToLabels("velero.io/backup-name", "nightly")
                .addToLabels("velero.io/restore-name", "nightly-1")
                .build();
    }

    private void restoreMaps() {
        maps.forEach(map -> fixture.client()
                .resource(new ConfigMapBuilder()
                        .withMetadata(restored(map.getMetadata()))
                        .withData(map.getData())
                        .build())
                .create());
    }

    private void restorePods() {
        fixture.make(Pod.class, """
                apiVersion: v1
                kind: Pod
                metadata: {name: reader, namespace: "%s"}
                spec:
                  nodeName: restore-a
                  automountServiceAccountToken: false
                  containers:
                  - {name: main, image: registry.example/main:1, envFrom: [{configMapRef: {name: c0-ports}}]}
                """.formatted(fixture.namespace()));
    }

    /** Only the ConfigMap and the status say which numbers it had. */
    private static PortClaimSpec withoutNumbers(PortClaimSpec spec) {
        List<PortRequest> ports = spec.ports().stream()
                .map(port -> new PortRequest(port.name(), port.protocol(), null, port.count(), port.alignment()))
                .toList();
        return new PortClaimSpec(
                spec.poolName(),
                spec.scope(),
                spec.nodeName(),
                spec.nodeSelector(),
                spec.allNodes(),
                ports,
                spec.configMapName(),
                null);
    }

    private void restoreClaims(boolean withStatus) {
        for (PortClaim saved : claims) {
            PortClaim claim = new PortClaim();
            claim.setMetadata(restored(saved.getMetadata()));
            claim.setSpec(withoutNumbers(saved.getSpec()));
            PortClaim created = fixture.client().resource(claim).create();
            if (withStatus) {
                created.setStatus(saved.getStatus());
                try {
                    fixture.client().resource(created).updateStatus();
                } catch (KubernetesClientException e) {
                    // The operator was faster, and Velero goes on.
                    assertThat(e.getCode()).isEqualTo(409);
                }
            }
        }
    }

    private void assertAllHaveTheirPorts() {
        for (int number = 0; number < PORTS.size(); number++) {
            ClaimProbe claim = new ClaimProbe(fixture, fixture.namespace(), "c" + number);
            PortClaim before = claims.get(number);
            await(claim + " is served")
                    .atMost(SOON)
                    .untilAsserted(() -> assertThat(
                                    Optional.ofNullable(claim.now().getStatus()).map(PortClaimStatus::claimUid))
                            .contains(claim.uid()));
            assertThat(claim.ports()).as(claim.toString()).isEqualTo(PORTS.get(number));
            assertThat(claim.uid()).isNotEqualTo(before.getMetadata().getUid());
            ConfigMap map = claim.configMap();
            assertThat(map.getData()).isEqualTo(maps.get(number).getData());
            assertThat(map.getMetadata().getOwnerReferences())
                    .singleElement()
                    .satisfies(owner -> assertThat(owner.getUid()).isEqualTo(claim.uid()));
            assertThat(map.getMetadata().getAnnotations()).containsEntry("portclaim.io/claim-uid", claim.uid());
            assertThat(map.getMetadata().getLabels()).containsEntry("velero.io/backup-name", "nightly");
        }
    }

    @ParameterizedTest(name = "operator runs: {0}, statuses: {1}")
    @CsvSource({"true, false", "true, true", "false, false", "false, true"})
    void everyClaimGetsItsPortsBack(boolean runs, boolean withStatus) {
        if (runs) {
            fixture.startOperator();
        }
        restoreMaps();
        restorePods();
        restoreClaims(withStatus);
        if (!runs) {
            fixture.startOperator();
        }
        assertAllHaveTheirPorts();
    }

    @Test
    void portsWaitForTheirClaims() {
        fixture.startOperator();
        restoreMaps();
        await("the ports are kept")
                .atMost(SOON)
                .untilAsserted(() -> assertThat(fixture.poolStatus("restore").slots())
                        .extracting(slots -> Objects.requireNonNull(slots).cooling())
                        .satisfies(cooling -> assertThat(cooling.intValue()).isGreaterThanOrEqualTo(17)));
        ClaimProbe other = claim("other", "scope: Cluster, ports: [{name: a, port: 21014}]");
        assertThat(other.refusal("PortTaken")).contains("21014/TCP on every node is cooling after its release");
        fixture.stopOperator();
        fixture.startOperator();
        restoreClaims(false);
        assertAllHaveTheirPorts();
    }

    @Test
    void aConfigMapOfWhichNoClaimComesIsLeftAlone() {
        fixture.startOperator("--restore-grace=2s", "--sweep-interval=1s");
        restoreMaps();
        await("they are counted")
                .atMost(Duration.ofMinutes(1))
                .untilAsserted(() -> assertThat(fixture.metrics()).contains("portclaim_configmaps_unclaimed 5.0"));
        assertThat(claim("other", "scope: Cluster, ports: [{name: a, port: 21014}]")
                        .ports())
                .isEqualTo("a=21014");
        assertThat(fixture.configMap(fixture.namespace(), "others").getData())
                .isEqualTo(maps.get(3).getData());
    }

    @Test
    void aCopyTakesNothingFromTheLivingOriginal() {
        fixture.startOperator();
        restoreMaps();
        restoreClaims(false);
        assertAllHaveTheirPorts();
        String copies = fixture.newNamespace("{}");
        ConfigMap living = new ClaimProbe(fixture, fixture.namespace(), "c0").configMap();
        living.getMetadata().setNamespace(copies);
        fixture.client()
                .resource(new ConfigMapBuilder()
                        .withMetadata(restored(living.getMetadata()))
                        .withData(living.getData())
                        .build())
                .create();
        ClaimProbe copy = fixture.claim(copies, "c0", "{poolName: restore, scope: Cluster, ports: [{name: a}]}");
        assertThat(copy.ports()).isNotEqualTo(PORTS.get(0));
        assertAllHaveTheirPorts();
    }
}
