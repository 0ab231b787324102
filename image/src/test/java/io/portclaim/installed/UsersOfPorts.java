package io.portclaim.installed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portclaim.api.v1alpha1.PortReportStatus;
import java.io.IOException;

/**
 * Who uses two ports of node-1, and goes on using them whatever the API server forgets: a process that listens on one and that no
 * pod declares, and a static pod that declares the other and listens on nothing.
 */
final class UsersOfPorts implements AutoCloseable {
    private final Installation installation;
    private final int listened;
    private final Process process;

    private UsersOfPorts(Installation installation, int listened, Process process) {
        this.installation = installation;
        this.listened = listened;
        this.process = process;
    }

    /** Returns when the node's agent has reported the one, and the API server has a mirror of the other. */
    static UsersOfPorts begin(Installation installation, int listened, int declared) throws IOException {
        Process process = connections(installation, listened);
        UsersOfPorts users = new UsersOfPorts(installation, listened, process);
        PortsOfOthers.beginStatic(installation, declared);
        users.awaitReported();
        return users;
    }

    /** {@link Connections} on node-1, which listens on this port. */
    static Process connections(Installation installation, int port) throws IOException {
        return installation
                .cluster()
                .command(
                        "node-1",
                        System.getProperty("java.home") + "/bin/java",
                        "-cp",
                        System.getProperty("user.dir") + "/target/test-classes",
                        Connections.class.getName(),
                        installation.cluster().address("node-1"),
                        String.valueOf(port))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** Returns when the report of the node has the listener. */
    void awaitReported() {
        await("the listener is reported")
                .atMost(Installation.SOON)
                .until(() -> new Agents(installation)
                        .report("node-1")
                        .map(PortReportStatus::listeners)
                        .filter(listeners -> String.valueOf(listeners.tcp()).contains(String.valueOf(listened)))
                        .isPresent());
    }

    /** Fails where the process has not listened all the time. */
    void stillListens() {
        assertThat(process.isAlive()).isTrue();
        assertThat(Pods.listened(installation, "node-1", listened, listened)).containsExactly(listened);
    }

    @Override
    public void close() throws IOException {
        process.getOutputStream().close();
        process.destroy();
        PortsOfOthers.endStatic(installation);
    }
}
