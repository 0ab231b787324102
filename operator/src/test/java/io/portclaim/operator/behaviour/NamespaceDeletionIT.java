package io.portclaim.operator.behaviour;

import static io.portclaim.operator.behaviour.OperatorFixture.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portclaim.testing.LocalCluster;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Nothing of a claim holds up the deletion of its namespace, whether an operator runs or not. */
@ExtendWith(LocalCluster.class)
class NamespaceDeletionIT {
    private static final int CLAIMS = 50;

    private OperatorFixture fixture;
    private String namespace;

    @BeforeEach
    void begin(LocalCluster cluster) {
        fixture = OperatorFixture.withOperator(cluster);
        fixture.node("going-a", "{}");
        fixture.pool("going", "{ranges: [21000-21099], staticBand: 0, cooldown: {tcp: 1s}}");
        namespace = fixture.newNamespace("{}");
        for (int i = 0; i < CLAIMS; i++) {
            fixture.claim(namespace, "claim-" + i, "{poolName: going, scope: Cluster, ports: [{name: a}]}");
        }
        await().atMost(SOON)
                .untilAsserted(
                        () -> assertThat(fixture.poolStatus("going").claims()).isEqualTo(CLAIMS));
    }

    @AfterEach
    void end() {
        fixture.close();
    }

    private void deleteNamespace() {
        fixture.client().namespaces().withName(namespace).delete();
        await("the namespace is gone")
                .atMost(SOON)
                .until(() -> fixture.client().namespaces().withName(namespace).get() == null);
    }

    @Test
    void withTheOperator() {
        deleteNamespace();
        await("all ports are free again").atMost(SOON).untilAsserted(() -> {
            assertThat(fixture.poolStatus("going").claims()).isZero();
            assertThat(fixture.poolStatus("going").slots().assigned()).isZero();
            assertThat(fixture.poolStatus("going").slots().cooling()).isZero();
        });
        assertThat(fixture.operator().halted()).isEmpty();
    }

    @Test
    void withoutTheOperator() {
        fixture.stopOperator();
        deleteNamespace();
        fixture.startOperator();
        await("nothing is held any more").atMost(SOON).untilAsserted(() -> {
            assertThat(fixture.poolStatus("going").claims()).isZero();
            assertThat(fixture.poolStatus("going").slots().assigned()).isZero();
        });
    }
}
