package io.portclaim.image;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The agent that is trained: which classes it loads goes into an archive, from which its JVM maps them. */
final class AgentTrainee implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 60;
    private static final String CLAIMS = """
            {"kubernetes.io": {"namespace": "training",
              "pod": {"name": "agent", "uid": "5d9b7c1e-0000-0000-0000-000000000001"},
              "node": {"name": "training-node", "uid": "5d9b7c1e-0000-0000-0000-000000000002"}}}""";

    private final Path layers;
    private final URI server;
    private final Path account;
    private final Path log;
    private final int port;
    private @Nullable Process process;

    /** The folder of the image's layers, and an API server. */
    AgentTrainee(Path layers, TlsFront server) throws IOException {
        this.layers = layers.toAbsolutePath();
        this.server = URI.create(server.url());
        this.account = Files.createDirectories(this.layers.resolve("training/agent-account"));
        this.log = this.layers.resolve("training/agent.log");
        Files.copy(Path.of(server.certificate()), account.resolve("ca.crt"), StandardCopyOption.REPLACE_EXISTING);
        Files.writeString(account.resolve("token"), token());
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
    }

    private static String token() {
        Base64.Encoder base64 = Base64.getUrlEncoder().withoutPadding();
        return base64.encodeToString("{}".getBytes(StandardCharsets.UTF_8)) + "."
                + base64.encodeToString(CLAIMS.getBytes(StandardCharsets.UTF_8)) + ".signature";
    }

    /** Starts it, without an archive and with a list of what it loads. */
    void start() throws IOException {
        Files.deleteIfExists(archive());
        List<String> words = new ArrayList<>(options());
        words.add(1, "-XX:DumpLoadedClassList=" + classes());
        words.add("--service-account=" + account);
        words.add("--metrics-address=127.0.0.1");
        words.add("--metrics-port=" + port);
        Process started = run(words);
        Runtime.getRuntime().addShutdownHook(new Thread(started::destroyForcibly));
        process = started;
    }

    private Process process() {
        return Objects.requireNonNull(process, "the agent is not started");
    }

    /** The image's command line, with the paths that its files have here, and the archive left out. */
    private List<String> options() throws IOException {
        List<String> words =
                new ArrayList<>(List.of(layers.resolve("jre/bin/java").toString()));
        for (String word : Files.readAllLines(layers.resolve("aot/agent"))) {
            if (!word.startsWith("-XX:SharedArchiveFile=")) {
                words.add(word.replace("/app/", layers.resolve("training/app") + "/"));
            }
        }
        return words;
    }

    private Process run(List<String> words) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(words);
        builder.environment().keySet().removeIf(name -> name.contains("JAVA"));
        builder.environment().put("KUBERNETES_SERVICE_HOST", server.getHost());
        builder.environment().put("KUBERNETES_SERVICE_PORT", String.valueOf(server.getPort()));
        return builder.redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
    }

    void requireAlive() {
        if (!process().isAlive()) {
            throw new IllegalStateException("the agent has ended, see " + log);
        }
    }

    /** Asks its endpoint, whatever it answers. */
    void get(String path) throws IOException, InterruptedException {
        HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                                .build(),
                        HttpResponse.BodyHandlers.discarding());
    }

    /** Ends it, and makes the archive. */
    void stop() throws IOException, InterruptedException {
        process().destroy();
        await(process());
        List<String> words = options();
        words.addAll(
                1,
                List.of("-Xshare:dump", "-XX:SharedClassListFile=" + classes(), "-XX:SharedArchiveFile=" + archive()));
        await(run(words));
        if (!Files.exists(archive())) {
            throw new IllegalStateException("the agent's JVM has made no archive, see " + log);
        }
    }

    private void await(Process running) throws InterruptedException {
        if (!running.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            running.destroyForcibly();
            throw new IllegalStateException(
                    "the agent was not done after %d s, see %s".formatted(PATIENCE_SECONDS, log));
        }
    }

    private Path classes() {
        return layers.resolve("training/agent.classes");
    }

    private Path archive() {
        return layers.resolve("aot/agent.jsa");
    }

    @Override
    public void close() {
        if (process != null) {
            process.destroyForcibly();
        }
    }
}
