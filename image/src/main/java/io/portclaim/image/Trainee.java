package io.portclaim.image;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The operator that is trained: the image's runtime, its jars in its class path's order, connected as a pod is. */
final class Trainee {
    private static final Duration DEADLINE = Duration.ofMinutes(2);
    private static final Pattern PORT = Pattern.compile(" on \\S*:(\\d+)");

    private final Path layers;
    private final TlsFront server;
    private final Path log;
    private @Nullable Process process;

    Trainee(Path layers, TlsFront server) {
        this.layers = layers.toAbsolutePath();
        this.server = server;
        this.log = this.layers.resolve("training/operator.log");
    }

    void start() throws IOException {
        Files.deleteIfExists(cache());
        Path token = layers.resolve("training/token");
        Files.writeString(token, "training");
        // The JVM lets class paths differ by a prefix that all their jars have.
        String classPath = Files.readString(layers.resolve("aot/class-path"))
                .strip()
                .replace("/app/", layers.resolve("training/app") + "/");
        ProcessBuilder builder = new ProcessBuilder(
                layers.resolve("jre/bin/java").toString(),
                "-XX:AOTCacheOutput=" + cache(),
                "-cp",
                classPath,
                "io.portclaim.operator.Main",
                "--http-bind-address=127.0.0.1",
                "--http-port=0",
                "--log-format=json",
                "--pool-status-interval=1s");
        builder.environment().keySet().removeIf(name -> name.startsWith("KUBE") || name.contains("JAVA"));
        builder.environment()
                .putAll(Map.of(
                        "KUBERNETES_MASTER", server.url(),
                        "KUBERNETES_CERTS_CA_FILE", server.certificate(),
                        "KUBERNETES_AUTH_SERVICEACCOUNT_TOKEN", token.toString(),
                        "KUBERNETES_AUTH_TRYKUBECONFIG", "false"));
        Process started =
                builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
        Runtime.getRuntime().addShutdownHook(new Thread(started::destroyForcibly));
        process = started;
    }

    private Process process() {
        return Objects.requireNonNull(process, "the operator is not started");
    }

    boolean isAlive() {
        return process().isAlive();
    }

    Path log() {
        return log;
    }

    /** Asks its endpoint, whatever it answers. */
    void get(String path) throws IOException {
        Matcher port = PORT.matcher(Files.readString(log));
        if (!port.find()) {
            throw new IllegalStateException("the operator has not said where its endpoints are, see " + log);
        }
        URI uri = URI.create("http://127.0.0.1:" + port.group(1) + path);
        try {
            HttpClient.newHttpClient()
                    .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.discarding());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** Ends it as the kubelet does, upon which it writes the cache. */
    void stop() throws InterruptedException {
        process().destroy();
        if (!process().waitFor(DEADLINE.toSeconds(), TimeUnit.SECONDS)) {
            throw new IllegalStateException("the operator was not done after " + DEADLINE + ", see " + log);
        }
        if (!Files.exists(cache())) {
            throw new IllegalStateException("the operator's JVM has made no AOT cache, see " + log);
        }
    }

    private Path cache() {
        return layers.resolve("aot/portclaim.aot");
    }
}
