package io.portclaim.operator.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.portclaim.testing.LocalCluster;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Who applies an example again changes nothing, neither with kubectl's own three-way patch nor with the API server's: a GitOps
 * tool would else show every claim as out of sync, for ever. No operator runs, so that nothing else changes a claim.
 */
@ExtendWith(LocalCluster.class)
class ApplyTwiceIT {
    private static final Duration PATIENCE = Duration.ofSeconds(120);
    private static final String FOLDER = Examples.folder().toString();

    @AfterEach
    void remove(LocalCluster cluster, KubernetesClient client) {
        cluster.kubectl("delete", "-f", FOLDER, "--ignore-not-found", "--wait=false");
        await("the namespace is gone, and can be made again")
                .atMost(PATIENCE)
                .until(() -> client.namespaces().withName(Examples.NAMESPACE).get() == null);
    }

    @Test
    void kubectlFindsNothingToChange(LocalCluster cluster) {
        Examples.applyTo(cluster);
        String answer = cluster.kubectl("apply", "-f", FOLDER);
        assertThat(answer.lines()).hasSizeGreaterThan(10).allMatch(line -> line.endsWith(" unchanged"));
    }

    @Test
    void theApiServerFindsNothingToChange(LocalCluster cluster) {
        applyOnServer(cluster);
        // A create drops the status, and with it its default; the first update of any kind stores that. With an
        // operator it is the operator's.
        applyOnServer(cluster);
        List<String> claimsAndPools = claimsAndPools(cluster);
        applyOnServer(cluster);
        assertThat(claimsAndPools(cluster)).isEqualTo(claimsAndPools).hasSizeGreaterThan(10);
        // Workloads have controllers, which write them too in the first moments.
        await().atMost(PATIENCE).untilAsserted(() -> {
            List<String> before = versions(cluster);
            assertThat(applyOnServer(cluster)).allMatch(line -> line.endsWith(" serverside-applied"));
            assertThat(versions(cluster)).isEqualTo(before).hasSizeGreaterThan(10);
        });
    }

    private static List<String> applyOnServer(LocalCluster cluster) {
        return cluster.kubectl("apply", "--server-side", "-f", FOLDER).lines().toList();
    }

    /** Without an operator, nobody else writes them. */
    private static List<String> claimsAndPools(LocalCluster cluster) {
        return versions(cluster).stream()
                .filter(line -> line.startsWith("PortClaim/") || line.startsWith("PortPool/"))
                .toList();
    }

    private static List<String> versions(LocalCluster cluster) {
        return cluster.kubectl(
                        "get",
                        "-f",
                        FOLDER,
                        "-o",
                        "jsonpath={range .items[*]}{.kind}/{.metadata.name} {.metadata.resourceVersion}{\"\\n\"}{end}")
                .lines()
                .toList();
    }
}
