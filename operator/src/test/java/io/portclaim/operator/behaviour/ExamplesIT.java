package io.portclaim.operator.behaviour;

import static io.portclaim.operator.behaviour.Stage.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.testing.LocalCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The examples, applied as they stand to a cluster that has the nodes they speak of. */
@ExtendWith(LocalCluster.class)
class ExamplesIT {
    private static final Path FOLDER = LocalCluster.repository().resolve("examples");

    private Stage stage;

    @BeforeEach
    void begin(LocalCluster cluster) {
        stage = Stage.withOperator(cluster, "--min-cooldown=65s");
    }

    @AfterEach
    void end(LocalCluster cluster) {
        cluster.kubectl("delete", "-f", FOLDER.toString(), "--ignore-not-found", "--wait=false");
        stage.close();
    }
}
