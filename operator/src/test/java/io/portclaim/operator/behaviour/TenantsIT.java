package io.portclaim.operator.behaviour;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.portclaim.testing.LocalCluster;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

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

        assertThat(fixture.claim("web", "{poolName: tenants-1, scope: Cluster, ports: [{name: http}]}")
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
}
