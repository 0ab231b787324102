package io.portclaim.operator.behaviour;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.fabric8.kubernetes.api.model.admissionregistration.v1.ValidatingWebhookConfiguration;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** A webhook that the API server asks about every ConfigMap of one namespace, and that does not answer until it is let. */
final class SlowWebhook implements AutoCloseable {
    private static final String PASSWORD = "of-a-test";
    private static final ObjectMapper JSON = new ObjectMapper();
    /** What the API server waits at most. */
    private static final int PATIENCE_SECONDS = 10;

    private final KubernetesClient client;
    private final HttpsServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final CountDownLatch answers = new CountDownLatch(1);
    private final AtomicInteger asked = new AtomicInteger();
    private final ValidatingWebhookConfiguration configuration;

    /** Is asked about the ConfigMaps of {@code namespace}; {@code folder} keeps its certificate. */
    SlowWebhook(KubernetesClient client, String namespace, Path folder) {
        this.client = client;
        try {
            this.server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            String certificate = serveTls(folder);
            server.createContext("/", this::answer);
            server.setExecutor(threads);
            server.start();
            this.configuration =
                    client.resource(configuration(namespace, certificate)).create();
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException("no webhook", e);
        }
    }

    private String serveTls(Path folder) throws IOException, GeneralSecurityException {
        Path keys = folder.resolve("webhook.p12");
        keytool(
                "-genkeypair",
                "-keyalg",
                "EC",
                "-alias",
                "webhook",
                "-dname",
                "CN=webhook",
                "-ext",
                "bc=ca:true",
                "-ext",
                "san=ip:127.0.0.1",
                "-storetype",
                "PKCS12",
                "-keystore",
                keys.toString(),
                "-storepass",
                PASSWORD);
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(keys)) {
            store.load(in, PASSWORD.toCharArray());
        }
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, PASSWORD.toCharArray());
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(factory.getKeyManagers(), null, null);
        server.setHttpsConfigurator(new HttpsConfigurator(tls));
        String pem = "-----BEGIN CERTIFICATE-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'})
                        .encodeToString(store.getCertificate("webhook").getEncoded())
                + "\n-----END CERTIFICATE-----\n";
        return Base64.getEncoder().encodeToString(pem.getBytes(StandardCharsets.US_ASCII));
    }

    private static void keytool(String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).inheritIO().start();
        try {
            if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IOException("keytool has made no certificate");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    private ValidatingWebhookConfiguration configuration(String namespace, String certificate) {
        return client.getKubernetesSerialization()
                .unmarshal(
                        """
                apiVersion: admissionregistration.k8s.io/v1
                kind: ValidatingWebhookConfiguration
                metadata: {name: "slow-%1$s"}
                webhooks:
                - name: slow.example.com
                  admissionReviewVersions: [v1]
                  sideEffects: None
                  failurePolicy: Fail
                  timeoutSeconds: %2$d
                  clientConfig: {url: "https://127.0.0.1:%3$d/", caBundle: "%4$s"}
                  namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: "%1$s"}}
                  rules: [{apiGroups: [""], apiVersions: [v1], resources: [configmaps], operations: [CREATE, UPDATE, DELETE]}]
                """.formatted(
                                namespace, PATIENCE_SECONDS, server.getAddress().getPort(), certificate),
                        ValidatingWebhookConfiguration.class);
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            asked.incrementAndGet();
            String uid = JSON.readTree(exchange.getRequestBody())
                    .path("request")
                    .path("uid")
                    .asText();
            answers.await();
            byte[] body = JSON.writeValueAsBytes(Map.of(
                    "apiVersion", "admission.k8s.io/v1",
                    "kind", "AdmissionReview",
                    "response", Map.of("uid", uid, "allowed", true)));
            exchange.getResponseHeaders().add("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** How often it was asked. */
    int asked() {
        return asked.get();
    }

    /** From now on it answers at once. */
    void answerAtOnce() {
        answers.countDown();
    }

    @Override
    public void close() {
        client.resource(configuration).delete();
        answerAtOnce();
        server.stop(0);
        threads.shutdownNow();
    }
}
