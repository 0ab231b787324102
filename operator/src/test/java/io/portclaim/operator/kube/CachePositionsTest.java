package io.portclaim.operator.kube;

import static io.portclaim.operator.kube.ScriptedWatch.EXPIRED;
import static io.portclaim.operator.kube.ScriptedWatch.bookmark;
import static io.portclaim.operator.kube.ScriptedWatch.event;
import static io.portclaim.operator.kube.ScriptedWatch.map;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.portclaim.operator.cache.CachePosition;
import io.portclaim.operator.cache.PackedStore;
import io.portclaim.operator.cache.Packing;
import java.io.IOException;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The position of a cache is what fabric8's informer has put into it, for this version of fabric8. */
@Timeout(60)
class CachePositionsTest {
    private static final String PATH = "/api/v1/configmaps";

    private final ScriptedWatch api = new ScriptedWatch();
    private final CachePositions positions = new CachePositions();
    private final CachePosition position = positions.of(PATH);
    private final KubernetesClient client =
            client(new ConfigBuilder(api.config()).withOnlyHttpWatches(true).build());

    /** With a retry, as in production. */
    private KubernetesClient client(Config config) {
        return Clients.of(
                config, "test", 10_000, 1, http -> http.addOrReplaceInterceptor(CachePositions.NAME, positions));
    }

    @AfterEach
    void end() {
        client.close();
        api.close();
    }

    private SharedIndexInformer<ConfigMap> informer() {
        return informer(client);
    }

    private ConfigMap read(byte[] text) {
        return client.getKubernetesSerialization().unmarshal(new String(text, StandardCharsets.UTF_8), ConfigMap.class);
    }

    private SharedIndexInformer<ConfigMap> informer(KubernetesClient client) {
        PackedStore<ConfigMap> store = new PackedStore<>(
                UnaryOperator.identity(),
                map -> client.getKubernetesSerialization().asJson(map).getBytes(StandardCharsets.UTF_8),
                this::read,
                new Packing("{}"),
                position);
        SharedIndexInformer<ConfigMap> informer =
                client.configMaps().inAnyNamespace().withLimit(10L).runnableInformer(0);
        informer.itemStore(store);
        informer.start().toCompletableFuture().orTimeout(20, TimeUnit.SECONDS).join();
        return informer;
    }

    @Test
    void isThatOfTheListAndThenOfTheEvents() {
        api.lists("20", map("a", 5), map("b", 19));
        api.watch();
        informer();
        assertThat(position.now()).hasValue(20);
    }

    @Test
    void followsTheEventsOfTheWatch() {
        api.lists("20", map("a", 5));
        api.watch(event("MODIFIED", "a", 23), event("ADDED", "b", 27), bookmark(40));
        SharedIndexInformer<ConfigMap> informer = informer();
        await().until(() -> position.now().orElse(0) == 27);
        assertThat(informer.getStore().list()).hasSize(2);
    }

    @Test
    void doesNotGoAheadOfTheEventsWhenTheWatchGoesOnAfterABookmark() {
        api.lists("20", map("a", 5));
        ScriptedWatch.Watch first = api.watch(event("MODIFIED", "a", 23), bookmark(40));
        api.watch();
        informer();
        await().until(() -> position.now().orElse(0) == 23);
        first.end();
        await().until(() -> api.requests().stream().anyMatch(query -> query.contains("resourceVersion=40")));
        assertThat(position.now()).hasValue(23);
    }

    @Test
    void beginsAnewWhenTheWatchIsTooOldAndAllIsListedAgain() {
        api.lists("20", map("a", 5));
        ScriptedWatch.Watch first = api.watch();
        api.watch();
        informer();
        api.lists("50", map("a", 44));
        first.bring(EXPIRED);
        await().until(() -> position.now().orElse(0) == 50);
    }

    @ParameterizedTest
    @ValueSource(ints = {403, 500, 503, 504})
    void allIsListedAgainWhereTheWatchCouldNotGoOn(int code) {
        api.lists("20", map("a", 5));
        ScriptedWatch.Watch first = api.watch(event("MODIFIED", "a", 23));
        api.watch(code).end();
        api.watch(event("MODIFIED", "a", 33));
        informer();
        await().until(() -> position.now().orElse(0) == 23);
        api.lists("30", map("a", 29));
        first.end();
        await().until(() -> position.now().orElse(0) == 33);
        assertThat(api.requests()).as("too old to watch from").anyMatch(query -> query.contains("resourceVersion=1&"));
    }

    @Test
    void isUnknownOnceAnyRequestFindsNoApiServer() throws IOException {
        api.lists("20", map("a", 5));
        api.watch();
        informer();
        assertThat(position.now()).hasValue(20);
        api.refuseConnections();
        failARequest();
        assertThat(position.now()).isEmpty();
        assertThat(position.isLost()).isTrue();
    }

    @Test
    void allIsListedAgainOnceAnyRequestIsBroken() {
        api.lists("20", map("a", 5));
        ScriptedWatch.Watch first = api.watch(event("MODIFIED", "a", 23));
        informer();
        await().until(() -> position.now().orElse(0) == 23);
        breakARequest();
        assertThat(position.now()).isEmpty();
        api.watch();
        api.lists("30", map("a", 29));
        first.end();
        await().until(() -> position.now().orElse(0) == 30);
        assertThat(api.requests()).as("too old to watch from").anyMatch(query -> query.contains("resourceVersion=1&"));
    }

    @Test
    void isKnownWhereAListOnlyTakesLong() {
        position.listing();
        position.watching(20);
        positions.afterConnectionFailure(
                client.getHttpClient()
                        .newHttpRequestBuilder()
                        .uri(api.config().getMasterUrl() + PATH + "?limit=10")
                        .build(),
                new HttpTimeoutException("request timed out"));
        assertThat(position.now()).hasValue(20);
    }

    private void breakARequest() {
        api.breaks("/api/v1/namespaces/shop/pods/p");
        failARequest();
    }

    private void failARequest() {
        assertThatThrownBy(() -> client.pods().inNamespace("shop").withName("p").get())
                .isInstanceOf(KubernetesClientException.class);
    }

    /** The path of the two is the same, and the first that lists must not speak for the other. */
    @Test
    void twoInformersOfAKindListAgainEach() {
        api.lists("20", map("a", 5));
        List<ScriptedWatch.Watch> watches =
                List.of(api.watch(event("MODIFIED", "a", 23)), api.watch(event("MODIFIED", "a", 23)));
        informer();
        KubernetesClient other = Clients.apart(client, positions.apart());
        SharedIndexInformer<ConfigMap> second =
                other.configMaps().inAnyNamespace().runnableInformer(0);
        second.start().toCompletableFuture().orTimeout(20, TimeUnit.SECONDS).join();
        await().until(() -> position.now().orElse(0) == 23
                && "23".equals(second.getStore().list().get(0).getMetadata().getResourceVersion()));
        breakARequest();
        api.watch();
        api.watch();
        api.lists("30", map("a", 29));
        watches.forEach(ScriptedWatch.Watch::end);
        await().untilAsserted(() -> assertThat(api.requests())
                .filteredOn(query -> query.contains("resourceVersion=30&"))
                .hasSize(2));
        assertThat(api.requests())
                .as("too old to watch from")
                .filteredOn(query -> query.contains("resourceVersion=1&"))
                .hasSize(2);
        second.stop();
    }

    @Test
    void isKnownWhereAProxyKnowsNoWebSockets() {
        try (KubernetesClient webSockets = client(api.config())) {
            api.lists("20", map("a", 5));
            api.watch(event("MODIFIED", "a", 23));
            informer(webSockets);
            await().until(() -> position.now().orElse(0) == 23);
        }
    }

    @Test
    void isKnownAfterAWatchThatWasRefusedByAnApiServerThatIsThere() {
        api.lists("20", map("a", 5));
        ScriptedWatch.Watch first = api.watch();
        api.watch(429).end();
        api.watch(event("MODIFIED", "a", 33));
        informer();
        first.end();
        await().until(() -> position.now().orElse(0) == 33);
    }

    @Test
    void doesNotMindTheListsOfRequests() throws IOException {
        api.lists("20", map("a", 5));
        api.watch();
        informer();
        Requests requests = new Requests(client, 10_000);
        requests.list(PATH + "?limit=3", "application/json").await();
        requests.read(PATH + "?limit=1", ListPages.METADATA).await();
        assertThat(position.now()).hasValue(20);
    }
}
