package io.portclaim.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/** A cluster with nodes leaves nothing on the machine. */
class NodesClusterDownIT {
    @Test
    void leavesNothingWhenItIsClosed() throws IOException {
        try (NodesCluster cluster = startWithPod()) {
            Traces traces = Traces.of(cluster);
            // The first process, containerd, kubelet and kube-proxy; then what runs the pod, pause, and the sleeper.
            assertThat(traces.members()).hasSizeGreaterThanOrEqualTo(7);
            cluster.close();
            traces.assertGone();
        }
    }

    @Test
    void leavesNothingWhenItsSupervisorWasKilled() throws IOException {
        try (NodesCluster cluster = startWithPod()) {
            Traces traces = Traces.of(cluster);
            assertThat(traces.daemons().get(0).destroyForcibly()).isTrue();
            cluster.close();
            traces.assertGone();
        }
    }

    private static NodesCluster startWithPod() {
        NodesCluster cluster = NodesCluster.start(NodesOptions.of(1));
        cluster.kubectl("run", "sleeper", "--image=" + NodesCluster.BUSYBOX, "--restart=Never", "--", "sleep", "3600");
        cluster.kubectl("wait", "pod/sleeper", "--for=condition=Ready", "--timeout=60s");
        return cluster;
    }
}
