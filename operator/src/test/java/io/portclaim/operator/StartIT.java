package io.portclaim.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.Interceptor;
import io.portclaim.operator.lease.Halt;
import io.portclaim.operator.testing.RunningOperator;
import io.portclaim.testing.LocalCluster;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A start while the API server can't be reached: it is waited for, but not for ever. */
@ExtendWith(LocalCluster.class)
@Timeout(180)
class StartIT {
    private static ServerSocket bound() throws IOException {
        ServerSocket socket = new ServerSocket();
        socket.setReuseAddress(true);
        socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        return socket;
    }

    /** A port on which nothing listens. */
    private static int closedPort() throws IOException {
        try (ServerSocket socket = bound()) {
            return socket.getLocalPort();
        }
    }

    @Test
    void aStartThatTakesTooLongEndsTheProcess(@TempDir Path directory) throws IOException, InterruptedException {
        Path kubeconfig = Files.writeString(directory.resolve("kubeconfig"), """
                apiVersion: v1
                kind: Config
                clusters: [{name: c, cluster: {server: "http://127.0.0.1:%d"}}]
                users: [{name: u, user: {}}]
                contexts: [{name: c, context: {cluster: c, user: u}}]
                current-context: c
                """.formatted(closedPort()));
        Path output = directory.resolve("output");
        ProcessBuilder command = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Main.class.getName(),
                        "--cache-sync-timeout=2s",
                        "--http-bind-address=127.0.0.1",
                        "--http-port=0")
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        command.environment().put("KUBECONFIG", kubeconfig.toString());
        Process operator = command.start();
        try {
            assertThat(operator.waitFor(120, TimeUnit.SECONDS)).isTrue();
            assertThat(operator.exitValue()).isEqualTo(Halt.START_FAILED);
            assertThat(Files.readString(output)).contains("could not start", "Halting, to be restarted");
        } finally {
            operator.destroyForcibly();
        }
    }

    @Test
    void anApiServerThatComesUpLaterIsWaitedFor(LocalCluster cluster) throws IOException, InterruptedException {
        Config real = cluster.client().getConfiguration();
        URI server = URI.create(real.getMasterUrl());
        int port = closedPort();
        Config config = new ConfigBuilder(real)
                .withMasterUrl("https://127.0.0.1:" + port)
                .build();
        CountDownLatch refused = new CountDownLatch(1);
        Interceptor listener = new Interceptor() {
            @Override
            public void afterConnectionFailure(HttpRequest request, Throwable failure) {
                refused.countDown();
            }
        };
        CompletableFuture<RunningOperator> starting = CompletableFuture.supplyAsync(() -> RunningOperator.start(
                config, Clock.systemUTC(), client -> client.addOrReplaceInterceptor("refusals", listener)));
        assertThat(refused.await(60, TimeUnit.SECONDS)).isTrue();
        assertThat(starting).isNotDone();
        try (Forwarder forwarder = new Forwarder(port, server);
                RunningOperator operator = starting.join()) {
            operator.awaitServing();
            assertThat(forwarder.connections()).isPositive();
            assertThat(operator.halted()).isEmpty();
        }
    }

    /** Passes what comes to a port on to the API server. */
    private static final class Forwarder implements AutoCloseable {
        private final ServerSocket listening = new ServerSocket();
        private final URI server;
        private volatile int connections;

        Forwarder(int port, URI server) throws IOException {
            this.server = server;
            listening.setReuseAddress(true);
            listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            start(this::accept);
        }

        int connections() {
            return connections;
        }

        private static void start(Runnable work) {
            Thread thread = new Thread(work, "forwarder");
            thread.setDaemon(true);
            thread.start();
        }

        private void accept() {
            while (!listening.isClosed()) {
                try {
                    Socket from = listening.accept();
                    Socket to = new Socket(server.getHost(), server.getPort());
                    connections = connections + 1;
                    start(() -> pass(from, to));
                    start(() -> pass(to, from));
                } catch (IOException e) {
                    // Closed, or a connection that did not come about: whoever wanted it tries again.
                    Thread.onSpinWait();
                }
            }
        }

        private static void pass(Socket from, Socket to) {
            try (from;
                    to) {
                from.getInputStream().transferTo(to.getOutputStream());
            } catch (IOException e) {
                // Either end has hung up, and so has the other now.
                Thread.onSpinWait();
            }
        }

        @Override
        public void close() throws IOException {
            listening.close();
        }
    }
}
