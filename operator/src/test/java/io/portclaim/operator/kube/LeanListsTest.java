package io.portclaim.operator.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.portclaim.operator.node.Nodes;
import io.portclaim.operator.publish.DataDigest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.zip.GZIPOutputStream;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is left of a list on its way. */
class LeanListsTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpServer server = server();
    private final KubernetesClient client = Clients.of(config(), "test", 10_000, 0, http -> {});
    private volatile int code = 200;
    private volatile String answer = "";
    private volatile boolean packs;
    private final List<String> queries = new CopyOnWriteArrayList<>();

    private static HttpServer server() {
        try {
            return HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Config config() {
        server.createContext("/", exchange -> {
            exchange.getRequestBody().readAllBytes();
            queries.add(String.valueOf(exchange.getRequestURI().getQuery()));
            byte[] body = answer.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Content-Type", "application/json");
            if (packs && "gzip".equals(exchange.getRequestHeaders().getFirst("Accept-Encoding"))) {
                exchange.getResponseHeaders().add("Content-Encoding", "gzip");
                body = packed(body);
            }
            exchange.sendResponseHeaders(code, 0);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        return new ConfigBuilder(Config.empty())
                .withMasterUrl("http://127.0.0.1:" + server.getAddress().getPort())
                .build();
    }

    private static byte[] packed(byte[] body) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
            out.write(body);
        }
        return packed.toByteArray();
    }

    @AfterEach
    void end() {
        client.close();
        server.stop(0);
    }

    private static String list(String... items) {
        return "{\"kind\":\"List\",\"metadata\":{\"continue\":\"more\"},\"items\":[%s]}"
                .formatted(String.join(",", items));
    }

    /** The whole comes in pieces that end anywhere, also within a character. */
    private static JsonNode lean(String needed, boolean digestsData, String whole) throws IOException {
        Random random = new Random(whole.length());
        LeanJson json = new LeanJson(NeededFields.parse(needed), digestsData);
        byte[] bytes = whole.getBytes(StandardCharsets.UTF_8);
        StringBuilder kept = new StringBuilder();
        for (int at = 0; at < bytes.length; ) {
            int end = Math.min(bytes.length, at + 1 + random.nextInt(5));
            kept.append(new String(json.feed(Arrays.copyOfRange(bytes, at, end)), StandardCharsets.UTF_8));
            at = end;
        }
        return JSON.readTree(kept.toString());
    }

    @Test
    void whatIsNotNeededIsLeftOutWhateverItIs() throws IOException {
        String item = """
                {"metadata":{"name":"ä€😀","annotations":{"a":"b"},"uid":null,"labels":null},"spec":{"a":[1,[2,{"b":3}]],
                "ports":[{"port":1,"x":[{"port":2}]},{"x":4},5],"c":{"ports":[6]}},"status":{"all":[{"is":[true,1.5e3,"\\u0000<"]}]}}""";
        JsonNode lean = lean("metadata(name,uid),spec(ports(port)),status", false, list(item, "{}"));
        assertThat(lean).isEqualTo(JSON.readTree(list("""
                        {"metadata":{"name":"ä€😀","uid":null},"spec":{"ports":[{"port":1},5]},
                        "status":{"all":[{"is":[true,1.5e3,"\\u0000<"]}]}}""", "{}")));
    }

    @Test
    void whereEverythingIsNeededNothingIsLeftOut() throws IOException {
        String whole = list("{\"a\":{\"items\":[{\"b\":[]}]}}", "{\"a\":[]}");
        assertThat(lean("a", false, whole)).isEqualTo(JSON.readTree(whole));
    }

    @Test
    void anElementOfWhichNothingIsNeededIsLeftOut() throws IOException {
        String needed = "spec(env(from(map(name)),other),all,chosen(a))";
        assertThat(lean(needed, false, list("""
                {"spec":{"env":[{"name":"X"},{"from":{"secret":{"name":"s"}}},{"from":{"map":{"key":"k"}}},{"from":{}},{}],
                "all":[{},{"x":{}}],"chosen":{"b":1}}}""", """
                {"spec":{"env":[{"name":"X","from":{"secret":{},"map":{"key":"k","name":"m"}}},{"from":{"map":{}},"other":[]},
                {"other":{}},{"from":null},{"from":{"map":{"name":"n"}}}]}}""")))
                .isEqualTo(JSON.readTree(list("{\"spec\":{\"env\":[],\"all\":[{},{\"x\":{}}],\"chosen\":{}}}", """
                {"spec":{"env":[{"from":{"map":{"name":"m"}}},{"other":[]},
                {"other":{}},{"from":null},{"from":{"map":{"name":"n"}}}]}}""")));
    }

    @Test
    void ofAPageThatTakesTooMuchMemoryFewerAreAskedForAtOnce() throws IOException {
        answer = list("{\"metadata\":{\"name\":\"%s\"}}".formatted("n".repeat(3 << 20)));
        assertThatThrownBy(() -> pagesOfPods(50)).isInstanceOf(KubernetesClientException.class);
        assertThatThrownBy(() -> pagesOfPods(50)).isInstanceOf(KubernetesClientException.class);
        assertThat(pagesOfPods(50)).as("one object is never too much").hasSize(1);
        assertThat(queries).containsExactly("limit=50", "limit=6", "limit=1");
        answer = list("{\"metadata\":{\"name\":\"n\"}}");
        pagesOfPods(50);
        client.services()
                .inAnyNamespace()
                .list(new ListOptionsBuilder().withLimit(50L).build());
        assertThat(queries.subList(3, 5)).containsExactly("limit=1", "limit=50");
    }

    @Test
    void pagesGrowWhileTheyAreSmall() {
        answer = list("{\"metadata\":{\"name\":\"m\"}}", "{\"metadata\":{\"name\":\"n\"}}");
        for (int page = 0; page < 4; page++) {
            pageOfMaps("ours", 10);
        }
        pageOfMaps("others", 10);
        assertThat(queries)
                .extracting(LeanListsTest::limit)
                .as("the last is of another list")
                .containsExactly("limit=10", "limit=80", "limit=500", "limit=500", "limit=10");
    }

    @Test
    void aPageGrowsNoFurtherThanWhatArrivesOfItIsSmall() {
        String[] large = new String[10];
        Arrays.fill(
                large, "{\"metadata\":{\"name\":\"m\",\"annotations\":{\"a\":\"%s\"}}}".formatted("x".repeat(200_000)));
        answer = list(large);
        pageOfMaps("ours", 10);
        pageOfMaps("ours", 10);
        Arrays.fill(large, "{\"metadata\":{\"name\":\"%s\"}}".formatted("m".repeat(10_000)));
        answer = list(large);
        pageOfMaps("ours", 10);
        pageOfMaps("ours", 10);
        Arrays.fill(
                large, "{\"metadata\":{\"name\":\"m\",\"annotations\":{\"a\":\"%s\"}}}".formatted("x".repeat(900_000)));
        answer = list(large);
        pageOfMaps("ours", 10);
        pageOfMaps("ours", 10);
        assertThat(queries)
                .extracting(LeanListsTest::limit)
                .as("of 200 kB, of 10 kB that are kept, of 900 kB: never less than is requested")
                .containsExactly("limit=10", "limit=20", "limit=20", "limit=51", "limit=51", "limit=10");
    }

    @Test
    void aPageThatHasGrownAndIsTooLargeIsGivenUp() {
        answer = list("{\"metadata\":{\"name\":\"m\"}}");
        pageOfMaps("ours", 10);
        String[] large = new String[7];
        Arrays.fill(
                large,
                "{\"metadata\":{\"name\":\"m\",\"annotations\":{\"a\":\"%s\"}}}".formatted("x".repeat(10 << 20)));
        answer = list(large);
        assertThatThrownBy(() -> pageOfMaps("ours", 10)).isInstanceOf(KubernetesClientException.class);
        pageOfMaps("ours", 10);
        assertThat(queries)
                .extracting(LeanListsTest::limit)
                .as("as many as are requested are never too many to arrive")
                .containsExactly("limit=10", "limit=80", "limit=10");
    }

    private static String limit(String query) {
        return Arrays.stream(query.split("&", -1))
                .filter(parameter -> parameter.startsWith("limit="))
                .findFirst()
                .orElseThrow();
    }

    private void pageOfMaps(String label, long limit) {
        client.configMaps()
                .inAnyNamespace()
                .withLabel(label)
                .list(new ListOptionsBuilder().withLimit(limit).build());
    }

    private List<Pod> pagesOfPods(long limit) {
        return client.pods()
                .inAnyNamespace()
                .list(new ListOptionsBuilder().withLimit(limit).build())
                .getItems();
    }

    @Test
    void aListThatIsNotParsedIsLeanToo() throws IOException {
        packs = true;
        answer = list("{\"metadata\":{\"name\":\"m\",\"annotations\":{\"a\":\"b\"}}}");
        byte[] lean = new Requests(client, 10_000)
                .list("/api/v1/configmaps?limit=50", "application/json")
                .await()
                .body();
        assertThat(JSON.readTree(lean).path("items").path(0).path("metadata"))
                .isEqualTo(JSON.readTree("{\"name\":\"m\",\"annotations\":{}}"));
    }

    @Test
    void dataBecomesADigest() throws IOException {
        String metadata = "{\"name\":\"m\",\"labels\":{\"own\":\"x\"}}";
        String needed = "metadata(name,labels(own))";
        JsonNode lean = lean(
                needed,
                true,
                list(
                        "{\"metadata\":%s,\"data\":{\"a.env\":\"X=1\\n\",\"b\":\"ä\"},\"binaryData\":{\"c\":\"AAAA\"}}"
                                .formatted(metadata),
                        "{\"data\":null,\"metadata\":%s}".formatted(metadata),
                        "{\"metadata\":{\"name\":\"m\",\"labels\":{\"own\":\"x\",\"other\":{}}, \"managedFields\":[{}]},\"data\":{\"a.env\":\"\"}}",
                        "{\"metadata\":%s}".formatted(metadata)));
        assertThat(lean.path("items").findValues("metadata"))
                .containsExactly(
                        JSON.readTree(metadata),
                        JSON.readTree(metadata),
                        JSON.readTree(metadata),
                        JSON.readTree(metadata));
        List<JsonNode> data = lean.path("items").findValues("data");
        String none = DataDigest.of(null);
        assertThat(data)
                .containsExactly(
                        JSON.valueToTree(Map.of(LeanLists.DIGEST, DataDigest.of(Map.of("b", "ä", "a.env", "X=1\n")))),
                        JSON.valueToTree(Map.of(LeanLists.DIGEST, none)),
                        JSON.valueToTree(
                                Map.of(LeanLists.DIGEST, DataDigest.of(Map.of("a.env", "")), LeanLists.CUT, "")),
                        JSON.valueToTree(Map.of(LeanLists.DIGEST, none)));
    }

    @Test
    void aClientsListsAreLeanAndItsOtherAnswersWhole() throws IOException {
        String map = "{\"metadata\":{\"name\":\"m\",\"annotations\":{\"a\":\"b\"}},\"data\":{\"k\":\"v\"}}";
        answer = list(map);
        ConfigMap listed =
                client.configMaps().inAnyNamespace().list().getItems().get(0);
        assertThat(listed.getMetadata().getAnnotations()).isNullOrEmpty();
        assertThat(listed.getData()).containsOnlyKeys(LeanLists.DIGEST, LeanLists.CUT);
        assertThat(new Requests(client, 10_000).get("/api/v1/configmaps").body())
                .isEqualTo(answer.getBytes(StandardCharsets.UTF_8));
        answer = map;
        assertThat(client.configMaps().inNamespace("n").withName("m").get().getData())
                .isEqualTo(Map.of("k", "v"));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 1_000_000})
    void aListMayComePacked(int size) throws IOException {
        packs = true;
        answer = list("{\"metadata\":{\"name\":\"m\",\"annotations\":{\"a\":\"%s\"}}}".formatted("<".repeat(size)));
        assertThat(client.services().inAnyNamespace().list().getItems())
                .singleElement()
                .satisfies(service ->
                        assertThat(service.getMetadata().getAnnotations()).isNullOrEmpty());
        assertThat(new Requests(client, 10_000).get("/api/v1/services").body())
                .as("a request of its own")
                .isEqualTo(answer.getBytes(StandardCharsets.UTF_8));
        answer = "busy";
        assertThatThrownBy(() -> client.pods().inAnyNamespace().list()).isInstanceOf(KubernetesClientException.class);
    }

    @Test
    void packedPiecesMayEndAnywhere() throws IOException {
        byte[] whole = "0123456789".repeat(30_000).getBytes(StandardCharsets.US_ASCII);
        for (int size : new int[] {1, 3, 10, 11, 1000, 1_000_000}) {
            ByteArrayOutputStream unpacked = new ByteArrayOutputStream();
            byte[] packed = packed(whole);
            try (Gunzip gunzip = new Gunzip()) {
                for (int at = 0; at < packed.length; at += size) {
                    gunzip.feed(Arrays.copyOfRange(packed, at, Math.min(packed.length, at + size)), unpacked::write);
                }
                assertThat(gunzip.isFinished()).isTrue();
                gunzip.feed(new byte[8], part -> Assertions.fail("nothing follows"));
            }
            assertThat(unpacked.toByteArray()).isEqualTo(whole);
        }
    }

    @Test
    void whatIsNoGzipIsRefused() {
        byte[] withName = {0x1f, (byte) 0x8b, 8, 8, 0, 0, 0, 0, 0, 3, 'n', 0};
        byte[] damaged = {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, -1, -1, -1};
        for (byte[] bytes : List.of(withName, damaged)) {
            try (Gunzip gunzip = new Gunzip()) {
                assertThatThrownBy(() -> gunzip.feed(bytes, part -> {})).isInstanceOf(IOException.class);
            }
        }
    }

    @Test
    void ofAPodItsConfigMapsAndPortsAreNeeded() {
        answer = list("""
                {"metadata":{"name":"p","uid":"u","creationTimestamp":"2026-01-01T00:00:00Z"},
                "spec":{"nodeName":"n","hostNetwork":true,"containers":[{"name":"c","ports":[{"containerPort":1,"hostPort":1,"protocol":"UDP"}],
                "env":[{"name":"A","value":"large"},{"name":"B","valueFrom":{"configMapKeyRef":{"name":"m","key":"k","optional":true}}}],
                "envFrom":[{"configMapRef":{"name":"e"}}]}],
                "volumes":[{"name":"v","configMap":{"name":"f"}},{"name":"w","projected":{"sources":[{"configMap":{"name":"g"}}]}}]},
                "status":{"phase":"Running","message":"large"}}""");
        Pod pod = client.pods().inAnyNamespace().list().getItems().get(0);
        assertThat(pod.getMetadata().getCreationTimestamp()).isEqualTo("2026-01-01T00:00:00Z");
        assertThat(pod.getStatus().getPhase()).isEqualTo("Running");
        assertThat(pod.getStatus().getMessage()).isNull();
        assertThat(pod.getSpec().getNodeName()).isEqualTo("n");
        assertThat(pod.getSpec().getHostNetwork()).isTrue();
        var container = pod.getSpec().getContainers().get(0);
        assertThat(container.getPorts().get(0).getHostPort()).isEqualTo(1);
        assertThat(container.getPorts().get(0).getProtocol()).isEqualTo("UDP");
        assertThat(container.getEnv()).hasSize(1);
        assertThat(container.getEnv().get(0).getValueFrom().getConfigMapKeyRef().getOptional())
                .isTrue();
        assertThat(container.getEnvFrom().get(0).getConfigMapRef().getName()).isEqualTo("e");
        assertThat(pod.getSpec().getVolumes().get(0).getConfigMap().getName()).isEqualTo("f");
        assertThat(pod.getSpec()
                        .getVolumes()
                        .get(1)
                        .getProjected()
                        .getSources()
                        .get(0)
                        .getConfigMap()
                        .getName())
                .isEqualTo("g");
    }

    @Test
    void ofANodeItsLabelsRangesAndAddressesAreNeeded() {
        answer = list("""
                {"metadata":{"name":"n","uid":"u","resourceVersion":"7","labels":{"a":"b"},
                "annotations":{"%s":"1-2","%s":"3","other":"large"}},
                "status":{"addresses":[{"type":"InternalIP","address":"10.0.0.1"}],"images":[{"names":["large"]}]}}""".formatted(Nodes.EPHEMERAL_RANGE, Nodes.RESERVED_PORTS));
        Node node = client.nodes().list().getItems().get(0);
        assertThat(node.getMetadata().getUid()).isEqualTo("u");
        assertThat(node.getMetadata().getResourceVersion()).isEqualTo("7");
        assertThat(node.getMetadata().getLabels()).containsOnlyKeys("a");
        assertThat(node.getMetadata().getAnnotations()).containsOnlyKeys(Nodes.EPHEMERAL_RANGE, Nodes.RESERVED_PORTS);
        assertThat(node.getStatus().getAddresses().get(0).getAddress()).isEqualTo("10.0.0.1");
        assertThat(node.getStatus().getImages()).isEmpty();
    }

    @Test
    void aRefusalIsReadAsItIs() {
        code = 403;
        answer = "{\"kind\":\"Status\",\"message\":\"not you\",\"reason\":\"Forbidden\",\"code\":403}";
        assertThatThrownBy(() -> client.pods().inAnyNamespace().list())
                .isInstanceOfSatisfying(KubernetesClientException.class, e -> {
                    assertThat(e.getCode()).isEqualTo(403);
                    assertThat(e.getStatus().getReason()).isEqualTo("Forbidden");
                });
        code = 502;
        answer = "<html>Bad gateway</html>";
        assertThatThrownBy(() -> client.pods().inAnyNamespace().list())
                .isInstanceOfSatisfying(
                        KubernetesClientException.class,
                        e -> assertThat(e.getCode()).isEqualTo(502));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a,", "a(b", "a)", "(a)", "a(b))", "a b", "a()"})
    void whatNamesNoFieldsIsRefused(String text) {
        assertThatThrownBy(() -> NeededFields.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
