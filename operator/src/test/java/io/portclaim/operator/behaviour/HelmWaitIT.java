package io.portclaim.operator.behaviour;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.portclaim.testing.LocalCluster;
import io.portclaim.testing.OwnClusterOnly;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Helm 4 waits for claims and pools as it does for its own kinds. */
@ExtendWith({OwnClusterOnly.class, LocalCluster.class})
class HelmWaitIT {
    private @TempDir Path chart;
    private OperatorFixture fixture;

    @AfterEach
    void end() {
        fixture.close();
    }

    private void write(String claim) throws IOException {
        Files.writeString(chart.resolve("Chart.yaml"), "{apiVersion: v2, name: app, version: 1.0.0}");
        Files.createDirectories(chart.resolve("templates"));
        Files.writeString(
                chart.resolve("templates/claim.yaml"),
                "{apiVersion: portclaim.io/v1alpha1, kind: PortClaim, metadata: {name: app}, spec: %s}"
                        .formatted(claim));
    }

    private String helm(LocalCluster cluster, String command, String timeout) {
        return cluster.helm(
                command, "app", chart.toString(), "--namespace", fixture.namespace(), "--wait", "--timeout", timeout);
    }

    @Test
    void waitsForAClaimThatNobodyHasServedAndNoLonger(LocalCluster cluster) throws IOException {
        fixture = OperatorFixture.on(cluster);
        fixture.pool("helm-1", "{ranges: [21000-21009]}");
        write("{poolName: helm-1, scope: Cluster, ports: [{name: http}]}");
        assertThatThrownBy(() -> helm(cluster, "install", "10s"))
                .as("the operator is down")
                .hasMessageContaining("PortClaim")
                .hasMessageContaining("InProgress")
                .hasMessageContaining("deadline exceeded");

        fixture.startOperator();
        assertThat(helm(cluster, "upgrade", "2m")).contains("STATUS: deployed");
        assertThat(new ClaimProbe(fixture, fixture.namespace(), "app").condition("Ready"))
                .startsWith("True");
    }

    @Test
    void endsAtOnceWithTheMessageOfAClaimThatWaitsInVain(LocalCluster cluster) throws IOException {
        fixture = OperatorFixture.withOperator(cluster);
        fixture.pool("helm-2", "{ranges: [21000-21009]}");
        write("{poolName: helm-2, scope: Cluster, ports: [{name: http, port: 80}]}");
        Instant begin = Instant.now();
        assertThatThrownBy(() -> helm(cluster, "install", "10m"))
                .hasMessageContaining("port 80 is outside pool helm-2, which assigns 21000-21009");
        assertThat(Duration.between(begin, Instant.now())).isLessThan(Duration.ofMinutes(3));
    }
}
