package io.portclaim.operator.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.ForeignPorts;
import io.portclaim.operator.allocation.PortGrant;
import io.portclaim.operator.allocation.Release;
import io.portclaim.operator.allocation.Slot;
import io.portclaim.operator.ports.Protocol;
import io.portclaim.testing.LocalCluster;
import java.time.Clock;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LocalCluster.class)
class ClusterViewIT {
    /** What the first list brings must be seen in full, although only its names are kept. */
    @Test
    void podsThatWereThereBeforeCountToo(LocalCluster cluster, KubernetesClient client) throws Exception {
        String namespace = cluster.newNamespace();
        client.resource(podWithHostPort(namespace)).create();
        ForeignPorts foreign = new ForeignPorts();
        try (ClusterView view = new ClusterView(client, foreign, new Deaf(), Clock.systemUTC())) {
            view.start();
            view.awaitFirstLists(Duration.ofSeconds(30));

            assertThat(foreign.declaredByOthers(new Slot("node-x", Protocol.UDP, 21999), "elsewhere"))
                    .contains(new ForeignPorts.Owner("Pod", namespace, "early"));
            assertThat(view.pods().stillUses(releaseReadBy(namespace))).isTrue();
        }
    }

    private static Pod podWithHostPort(String namespace) {
        return new PodBuilder()
                .withNewMetadata()
                .withName("early")
                .withNamespace(namespace)
                .endMetadata()
                .withNewSpec()
                .withNodeName("node-x")
                .addNewContainer()
                .withName("main")
                .withImage("busybox")
                .addNewPort()
                .withContainerPort(21999)
                .withHostPort(21999)
                .withProtocol("UDP")
                .endPort()
                .addNewEnvFrom()
                .withNewConfigMapRef()
                .withName("some-ports")
                .endConfigMapRef()
                .endEnvFrom()
                .endContainer()
                .endSpec()
                .build();
    }

    private static Release releaseReadBy(String namespace) {
        return new Release(
                new ClaimKey(namespace, "some"),
                "pool",
                "some-ports",
                "node-x",
                new PortGrant("http", TransportProtocol.TCP, 21500, 1),
                Duration.ofMinutes(2),
                null);
    }

    private static final class Deaf implements ClusterListener {
        @Override
        public void nodesChanged(boolean facts) {}

        @Override
        public void declarationsChanged(Set<Slot> slots) {}

        @Override
        public void podGone() {}

        @Override
        public void namespaceChanged(String namespace) {}
    }
}
