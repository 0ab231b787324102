package io.portclaim.operator.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Pod;
import io.portclaim.testing.LocalCluster;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What a tenant with an editor's rights in its own namespace tries against others. */
@ExtendWith(LocalCluster.class)
class TenantsIT {
    private static final String ALL_PORTS =
            "[{\\\"name\\\":\\\"all\\\",\\\"protocol\\\":\\\"TCPUDP\\\",\\\"port\\\":1,\\\"endPort\\\":65535}]";

    private static OperatorFixture fixture;

    @BeforeAll
    static void begin(LocalCluster cluster) {
        fixture = OperatorFixture.withOperator(cluster);
        fixture.node("tenants-a", "{}");
    }

    @AfterAll
    static void end() {
        fixture.close();
    }

    /** No right to hostPorts is needed to write an annotation. */
    @Test
    void anAnnotationKeepsNoPortFromOthers() {
        fixture.pool("tenants-1", "{ranges: [21000-21001], staticBand: 0, cooldown: {tcp: 1s}}");
        String theirs = fixture.newNamespace("{}");
        Pod forged = fixture.pod(theirs, "forged", "tenants-a", "env: []");
        fixture.client()
                .resource(forged)
                .patch(
                        OperatorFixture.merge(),
                        fixture.json(
                                "metadata: {labels: {portclaim.io/claim: any}, annotations: {portclaim.io/ports: \"%s\"}}"
                                        .formatted(ALL_PORTS)));
        fixture.pod(theirs, "later", "tenants-a", "ports: [{containerPort: 80, hostPort: 21000}]");
        fixture.awaitTaken("tenants-1", "tenants-a", 21000);

        assertThat(fixture.claim("first", "{poolName: tenants-1, scope: Cluster, ports: [{name: http}]}")
                        .ports())
                .as("the hostPort of the later pod is known, and the ports that the annotation names are free")
                .isEqualTo("http=21001");

        fixture.stopOperator();
        fixture.startOperator();
        assertThat(fixture.claim(
                                "udp",
                                "{poolName: tenants-1, scope: Cluster, ports: [{name: http, protocol: UDP, port: 21001}]}")
                        .ports())
                .as("nor at a take-over")
                .isEqualTo("http=21001/UDP");
    }

    /** It holds each request for ten seconds; more claims wait in its namespace than the operator has threads. */
    @Test
    void aSlowWebhookKeepsOnlyItsOwnNamespaceWaiting(@TempDir Path folder) {
        fixture.pool("tenants-2", "{ranges: [22000-22999], staticBand: 0, cooldown: {tcp: 1s}}");
        String theirs = fixture.newNamespace("{}");
        try (SlowWebhook webhook = new SlowWebhook(fixture.client(), theirs, folder)) {
            List<ClaimProbe> slow = IntStream.range(0, 150)
                    .mapToObj(i -> fixture.claim(
                            theirs, "slow-" + i, "{poolName: tenants-2, scope: Cluster, ports: [{name: http}]}"))
                    .toList();
            await().atMost(OperatorFixture.SOON).until(() -> webhook.asked() >= 32);

            for (int i = 0; i < 10; i++) {
                fixture.claim("quick-" + i, "{poolName: tenants-2, scope: Cluster, ports: [{name: http}]}")
                        .ready();
            }
            assertThat(slow)
                    .as("all this time nothing was published there")
                    .allSatisfy(claim -> assertThat(claim.condition("Ready")).doesNotStartWith("True"));

            webhook.answerAtOnce();
            slow.forEach(ClaimProbe::ready);
        }
    }

    /** Its first reconciliation runs beside the last of the other. */
    @Test
    void aClaimThatIsMadeAgainWhileItsPredecessorIsServedIsServedToo(@TempDir Path folder) {
        fixture.pool("tenants-5", "{ranges: [25000-25999], staticBand: 0, cooldown: {tcp: 1s}}");
        String theirs = fixture.newNamespace("{}");
        try (SlowWebhook webhook = new SlowWebhook(fixture.client(), theirs, folder)) {
            ClaimProbe first =
                    fixture.claim(theirs, "again", "{poolName: tenants-5, scope: Cluster, ports: [{name: http}]}");
            await().atMost(OperatorFixture.SOON).until(() -> webhook.asked() > 0);
            first.delete();
            ClaimProbe second =
                    fixture.claim(theirs, "again", "{poolName: tenants-5, scope: Cluster, ports: [{name: http}]}");
            fixture.claim("meanwhile", "{poolName: tenants-5, scope: Cluster, ports: [{name: http}]}")
                    .ready();

            webhook.answerAtOnce();

            second.ready();
        }
    }

    /** A ConfigMap is of one namespace; a pod of another one never reads it, whatever it names. */
    @Test
    void aPodOfAnotherNamespaceBlocksNothingByNamingTheConfigMap() {
        fixture.pool("tenants-3", "{ranges: [23000-23000], staticBand: 0, cooldown: {tcp: 1s}}");
        String theirs = fixture.newNamespace("{}");
        ClaimProbe victim = fixture.claim("named", "{poolName: tenants-3, scope: Cluster, ports: [{name: http}]}");
        assertThat(victim.ports()).isEqualTo("http=23000");
        String map = victim.configMapName();
        fixture.pod(
                theirs,
                "pretends",
                "tenants-a",
                "envFrom: [{configMapRef: {name: %s, optional: true}}]".formatted(map));

        victim.delete();
        assertThat(fixture.claim(theirs, "next", "{poolName: tenants-3, scope: Cluster, ports: [{name: http}]}")
                        .ports())
                .as("it has cooled, and nothing blocks it")
                .isEqualTo("http=23000");
    }

    /** The annotations of a ConfigMap name a claim, and only one of the ConfigMap's own namespace can be meant. */
    @Test
    void namesAndLabelsThatAreAnotherNamespacesClaimsChangeNothingThere() {
        fixture.pool("tenants-4", "{ranges: [24000-24009], staticBand: 0, cooldown: {tcp: 1s}}");
        String theirs = fixture.newNamespace("{}");
        ClaimProbe victim = fixture.claim("web", "{poolName: tenants-4, scope: Cluster, ports: [{name: http}]}");
        assertThat(victim.ports()).isEqualTo("http=24000");
        String version = victim.configMap().getMetadata().getResourceVersion();
        fixture.make(ConfigMap.class, """
                apiVersion: v1
                kind: ConfigMap
                metadata:
                  name: web-ports
                  namespace: "%1$s"
                  labels: {portclaim.io/claim-uid: "%2$s", app.kubernetes.io/managed-by: portclaim}
                  annotations: {portclaim.io/claim-name: web, portclaim.io/claim-uid: "%2$s"}
                data: {HTTP_PORT: "24001", ports.env: "HTTP_PORT=24001\\nHTTP_PORT_END=24009\\n"}
                """.formatted(theirs, victim.uid()));
        ClaimProbe namesake =
                fixture.claim(theirs, "web", "{poolName: tenants-4, scope: Cluster, ports: [{name: http}]}");
        assertThat(namesake.ports()).as("one number of its own, no more").matches("http=2400[1-9]");
        assertThat(fixture.claim("block", "{poolName: tenants-4, scope: Cluster, ports: [{name: b, count: 7}]}")
                        .ports())
                .as("what the planted ConfigMap named is free but for that number")
                .startsWith("b=2400");
        namesake.delete();

        victim.edit("{ports: [{name: http}]}");
        assertThat(victim.ports()).isEqualTo("http=24000");
        assertThat(victim.configMap().getMetadata().getResourceVersion()).isEqualTo(version);
        assertThat(victim.data()).containsEntry("HTTP_PORT", "24000");
    }
}
