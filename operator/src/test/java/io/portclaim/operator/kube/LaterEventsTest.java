package io.portclaim.operator.kube;

import static io.portclaim.operator.kube.ScriptedWatch.bookmark;
import static io.portclaim.operator.kube.ScriptedWatch.event;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** All events up to now, or none. */
@Timeout(60)
class LaterEventsTest {
    private static final ListPages.Query MAPS = new ListPages.Query("/api/v1/configmaps", "a/b", 10);

    private final ScriptedWatch api = new ScriptedWatch();
    private final KubernetesClient client = Clients.of(api.config(), "test", 10_000, 0, http -> {});
    private final LaterEvents events = new LaterEvents(new Requests(client, 10_000));

    @AfterEach
    void end() {
        client.close();
        api.close();
    }

    private List<LaterEvents.Event> since(long version) throws IOException {
        return events.since(MAPS, version).await();
    }

    @Test
    void areThoseOfTheWatchUntilABookmarkSaysThatItIsNow() throws IOException {
        api.lists("30");
        api.watch(event("ADDED", "a", 21), event("DELETED", "b", 25), event("MODIFIED", "a", 26), bookmark(30));

        List<LaterEvents.Event> later = since(20);

        assertThat(later).extracting(LaterEvents.Event::version).containsExactly(21L, 25L, 26L);
        assertThat(later).extracting(LaterEvents.Event::key).containsExactly("shop/a", "shop/b", "shop/a");
        assertThat(later.get(0).object()).asString().contains("uid-a").doesNotContain("managedFields");
        assertThat(later.get(1).object())
                .as("of what is deleted, no more is kept")
                .isNull();
        assertThat(api.requests())
                .as("a bookmark that comes before the present version is known may be older")
                .containsExactly(
                        "limit=1",
                        "watch=true&allowWatchBookmarks=true&resourceVersion=20&timeoutSeconds=3&labelSelector=a/b");
    }

    @Test
    void endWithAnEventAsLateAsNow() throws IOException {
        api.lists("30");
        api.watch(event("ADDED", "a", 21), event("MODIFIED", "a", 31));
        assertThat(since(20)).hasSize(2);
    }

    @Test
    void areNoneWhereNothingWasWrittenSince() throws IOException {
        api.lists("20");
        assertThat(since(20)).isEmpty();
        assertThat(api.requests()).as("no bookmark would come").containsExactly("limit=1");
    }

    @Test
    void areNotKnownWhereTheWatchEndsBeforeNow() {
        api.lists("30");
        api.watch(event("ADDED", "a", 21), bookmark(29)).end();
        assertThatThrownBy(() -> since(20)).isInstanceOf(IOException.class).hasMessageContaining("ended at version 29");
    }

    @Test
    void areNotKnownWhereTheWatchHangs() {
        api.lists("30");
        api.watch(bookmark(29));
        assertThatThrownBy(() -> since(20)).isInstanceOf(IOException.class).hasMessageContaining("not all events came");
    }

    @Test
    void areNotKnownWhereTheVersionIsTooOldToWatchFrom() {
        api.lists("30");
        api.watch(
                "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":410,\"message\":\"too old resource version\"}}");
        assertThatThrownBy(() -> since(20))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("too old resource version");
        api.watch(410);
        assertThatThrownBy(() -> since(20)).isInstanceOf(IOException.class).hasMessageContaining("HTTP 410");
    }

    @Test
    void areNotKnownWhereTheCacheIsAheadOfAnEtcdThatWasSetBack() {
        api.lists("10");
        api.watch(bookmark(10));
        assertThatThrownBy(() -> since(20))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("the present version is 10, and the cache has 20");
    }

    @Test
    void areNotKnownWhereTheirVersionsRunBackwards() {
        api.lists("30");
        api.watch(event("ADDED", "a", 25), event("ADDED", "b", 24), bookmark(30));
        assertThatThrownBy(() -> since(20)).isInstanceOf(IOException.class).hasMessageContaining("24 came after 25");
    }

    @Test
    void areNotKnownWhereTooMuchHasChanged() {
        api.lists("90");
        api.watch(large("ADDED", 21), large("MODIFIED", 22), bookmark(90));
        assertThatThrownBy(() -> since(20)).isInstanceOf(IOException.class).hasMessageContaining("bytes have changed");
    }

    @Test
    void areKnownWhereMuchWasDeleted() throws IOException {
        api.lists("90");
        api.watch(large("DELETED", 21), large("DELETED", 22), bookmark(90));
        assertThat(since(20)).hasSize(2);
    }

    private static String large(String type, long version) {
        return "{\"type\":\"%s\",\"object\":{\"metadata\":{\"resourceVersion\":\"%d\"},\"data\":\"%s\"}}"
                .formatted(type, version, "x".repeat(3 << 20));
    }

    @Test
    void areNotKnownWithoutTheVersionOfNow() {
        api.lists("no number");
        api.watch(bookmark(30));
        assertThatThrownBy(() -> since(20)).isInstanceOf(IOException.class);
    }
}
