package io.portclaim.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.portclaim.testing.LocalCluster;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What is in the image, and that it runs as the chart will run it. */
class ImageIT {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final Pattern PORT = Pattern.compile(" on \\S*:(\\d+)");

    @TempDir
    static Path folder;

    private static ImageTar image;
    private static Path root;
    private static Path secrets;

    @BeforeAll
    static void unpack() throws Exception {
        image = ImageTar.unpack(folder);
        root = image.root();
        secrets = Files.createDirectories(folder.resolve("secrets"));
    }

    @Test
    void isStartedAsTheChartExpects() throws IOException {
        JsonNode config = image.config();
        assertThat(image.name()).matches("ghcr\\.io/portclaim/portclaim-operator:\\d+\\.\\d+\\.\\d+(-SNAPSHOT)?");
        assertThat(config.get("User").asText()).isEqualTo("65532:65532");
        assertThat(config.get("ExposedPorts").has("8080/tcp")).isTrue();
        assertThat(image.entrypoint())
                .as("no shell between the kubelet and the JVM")
                .startsWith("/opt/java/bin/java")
                .endsWith("io.portclaim.operator.Main");
        assertThat(config.has("Cmd")).as("arguments are the operator's").isFalse();
    }

    @Test
    void saysWhatItIs() throws IOException {
        JsonNode labels = image.config().get("Labels");
        assertThat(labels.get("org.opencontainers.image.title").asText()).isEqualTo("PortClaim operator");
        assertThat(labels.get("org.opencontainers.image.licenses").asText()).isEqualTo("Apache-2.0");
        assertThat(image.name())
                .endsWith(":" + labels.get("org.opencontainers.image.version").asText());
        assertThat(labels.get("org.opencontainers.image.revision").asText()).matches("[0-9a-f]{40}|unknown");
    }

    @Test
    void hasNoShellAndNothingWithMoreRights() throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            assertThat(files.filter(Files::isRegularFile)
                            .filter(Files::isExecutable)
                            .map(file -> file.getFileName().toString()))
                    .contains("java")
                    .doesNotContain("sh", "bash", "dash", "busybox");
        }
        try (Stream<Path> files = Files.walk(root)) {
            assertThat(files.filter(file -> mode(file) > 0777)).isEmpty();
        }
    }

    private static int mode(Path file) {
        try {
            return (int) Files.getAttribute(file, "unix:mode") & 07777;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void listsWhatIsInIt() throws IOException {
        List<String> jars = names("portclaim-operator.cdx.json");
        try (Stream<Path> libs = Files.list(root.resolve("app/libs"))) {
            assertThat(libs.map(jar -> jar.getFileName().toString().replaceAll("-\\d.*", "")))
                    .isNotEmpty()
                    .allSatisfy(jar -> assertThat(jars).contains(jar));
        }
        assertThat(names("runtime.cdx.json")).contains("openjdk", "libc6");
    }

    /** The training, and the mock of an API server that it runs against. */
    @Test
    void hasNothingOfItsBuild() throws IOException {
        try (Stream<Path> files = Files.walk(root.resolve("app"))) {
            assertThat(files.map(file -> file.getFileName().toString().replaceAll("-\\d.*", "")))
                    .contains("portclaim-api", "portclaim-operator", "portclaim-agent")
                    .doesNotContain("portclaim-image", "kubernetes-server-mock", "awaitility");
        }
        assertThat(names("portclaim-operator.cdx.json"))
                .contains("portclaim-api", "portclaim-operator", "portclaim-agent")
                .doesNotContain("kubernetes-server-mock", "awaitility");
    }

    private static List<String> names(String bom) throws IOException {
        JsonNode components = new ObjectMapper()
                .readTree(root.resolve("usr/share/sbom").resolve(bom).toFile())
                .get("components");
        return StreamSupport.stream(components.spliterator(), false)
                .map(component -> component.get("name").asText())
                .toList();
    }

    /** AOTMode=on makes a cache that does not fit an error. */
    @Test
    void usesItsCache() throws Exception {
        try (Container container = start(Map.of(), "-XX:AOTMode=on", "-Xlog:aot,class+load", "--help")) {
            assertThat(container.exitCode()).as(container.log()).isZero();
            assertThat(container.log())
                    .contains("Opened AOT cache /app/portclaim.aot")
                    .containsPattern("io\\.portclaim\\.operator\\.options\\.Options source: shared objects file");
        }
    }

    @Test
    void takesOptionsOfTheJvmFromItsEnvironment() throws Exception {
        Map<String, String> environment = Map.of("JAVA_TOOL_OPTIONS", "-XX:MaxRAMPercentage=33");
        try (Container container = start(environment, "-XX:+PrintFlagsFinal", "--help")) {
            assertThat(container.exitCode()).as(container.log()).isZero();
            assertThat(container.log())
                    .containsPattern("MaxRAMPercentage += 33\\.0+ .*environment")
                    .containsPattern("UseSerialGC += true .*jimage");
        }
    }

    @Test
    @ExtendWith(LocalCluster.class)
    void servesWithoutRightsOnTheMachine(LocalCluster cluster) throws Exception {
        Path kubeconfig = secrets.resolve("kubeconfig");
        Files.writeString(kubeconfig, cluster.kubectl("config", "view", "--raw", "--flatten"));
        try (Container container = start(
                Map.of("KUBECONFIG", "/secrets/kubeconfig"),
                "-XX:AOTMode=on",
                "--lease-namespace=default",
                "--http-bind-address=127.0.0.1",
                "--http-port=0")) {
            await("ready")
                    .atMost(SOON)
                    .failFast(() ->
                            assertThat(container.isAlive()).as(container.log()).isTrue())
                    .until(() -> isReady(container.log()));
            assertThat(container.status("Uid")).matches("65532\\s+65532\\s+65532\\s+65532");
            assertThat(container.status("CapEff")).matches("0+");
            assertThat(container.status("NoNewPrivs")).isEqualTo("1");
            assertThat(container.log()).as("only the operator's own lines").doesNotContain("[warning]");
            assertThat(container.stop())
                    .as("the exit code of a JVM upon SIGTERM")
                    .isEqualTo(143);
            assertThat(container.log()).contains("The lease is released");
        }
    }

    /** As the chart's DaemonSet starts it. -Xshare:on makes an archive that does not fit an error. */
    @Test
    void hasTheAgent() throws Exception {
        int port = freePort();
        Path account = Files.createDirectories(secrets.resolve("account"));
        Files.writeString(account.resolve("token"), "no token");
        Map<String, String> environment =
                Map.of("KUBERNETES_SERVICE_HOST", "127.0.0.1", "KUBERNETES_SERVICE_PORT", "1");
        List<String> command = List.of(
                "/opt/java/bin/java",
                "-Xshare:on",
                "@/app/agent",
                "--service-account=/secrets/account",
                "--metrics-address=127.0.0.1",
                "--metrics-port=" + port);
        try (Container container = Container.start(root, secrets, environment, command)) {
            await("alive")
                    .atMost(SOON)
                    .ignoreExceptions()
                    .failFast(() ->
                            assertThat(container.isAlive()).as(container.log()).isTrue())
                    .until(() -> get(port, "/livez") == 200);
            assertThat(container.status("Uid")).matches("65532\\s+65532\\s+65532\\s+65532");
            assertThat(container.status("CapEff")).matches("0+");
            await("what it lacks is said")
                    .atMost(SOON)
                    .untilAsserted(() -> assertThat(container.log())
                            .contains("nothing can be reported: this is no service account's token")
                            .doesNotContain("[warning]"));
            assertThat(container.stop()).isEqualTo(143);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private static int get(int port, String path) throws IOException, InterruptedException {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                                .build(),
                        HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    /** Starts the image with more options of the JVM, those that begin with -X, and arguments of the operator. */
    private static Container start(Map<String, String> environment, String... words)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(image.entrypoint());
        command.addAll(1, Stream.of(words).filter(word -> word.startsWith("-X")).toList());
        command.addAll(Stream.of(words).filter(word -> !word.startsWith("-X")).toList());
        return Container.start(root, secrets, environment, command);
    }

    private static boolean isReady(String log) throws IOException, InterruptedException {
        Matcher port = PORT.matcher(log);
        return port.find()
                && HttpClient.newHttpClient()
                                .send(
                                        HttpRequest.newBuilder(
                                                        URI.create("http://127.0.0.1:" + port.group(1) + "/readyz"))
                                                .build(),
                                        HttpResponse.BodyHandlers.discarding())
                                .statusCode()
                        == 200;
    }
}
