package io.portclaim.operator.claim;

import static io.portclaim.operator.claim.Samples.MAPS_PATH;
import static io.portclaim.operator.claim.Samples.WEB_MAP_PATH;
import static io.portclaim.operator.claim.Samples.WEB_PATH;
import static io.portclaim.operator.claim.Samples.failure;
import static io.portclaim.operator.claim.Samples.fromJson;
import static io.portclaim.operator.claim.Samples.json;
import static io.portclaim.operator.claim.Samples.map;
import static io.portclaim.operator.claim.Samples.notFound;
import static io.portclaim.operator.claim.Samples.port;
import static io.portclaim.operator.claim.Samples.webJson;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.DeleteOptions;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Preconditions;
import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.Place;
import io.portclaim.operator.allocation.Refusal;
import io.portclaim.operator.protocol.Claim;
import io.portclaim.operator.protocol.ConfigMaps;
import io.portclaim.operator.protocol.FoundMap;
import io.portclaim.operator.protocol.LeadershipBarrier;
import io.portclaim.operator.publish.BelievedPorts;
import io.portclaim.ports.PortSet;
import io.portclaim.testing.SetClock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which requests publishing and withdrawing cost, in which order: that order is what keeps two claims of a name apart. */
@Timeout(60)
class ConfigMapsTest {
    private static final String EXISTS = failure("AlreadyExists", null);
    private static final String CONFLICT = failure("Conflict", null);

    private final ScriptedApi api = new ScriptedApi();
    private final Learnt named = new Learnt(what -> api.log().add(what));
    private final AtomicLong nanos = new AtomicLong();
    private final BelievedPorts believed = new BelievedPorts(
            BelievedPorts.Size.of(Samples.web("uid-1", 10).requestedPorts(), Assignment.NONE),
            PortSet.parse("1000-1099"),
            Place::isEverywhere,
            BelievedPorts.Held.ANY);
    private final ConfigMaps maps = maps(api.barrier());
    private final Claim web = Samples.web("uid-1", 10);

    private ConfigMaps maps(LeadershipBarrier barrier) {
        return new ConfigMaps(
                new MapRequests(api.requests(), api.client(), api.listing(), new SetClock(), map -> {}),
                api.live(),
                barrier,
                named,
                claim -> believed,
                new StillTime(nanos::get));
    }

    @AfterEach
    void end() {
        api.close();
    }

    private Optional<Refusal> publish(Claim claim, Assignment assignment, @Nullable ConfigMap cached) {
        return Optional.ofNullable(
                maps.publish(claim, assignment, KubernetesMap.of(cached), 0).refusal());
    }

    private ConfigMap sent() {
        return Samples.YAML.unmarshal(api.lastBody(), ConfigMap.class);
    }

    private void assertOverwrites(ConfigMap earlier) {
        ConfigMap sent = sent();
        assertThat(sent.getMetadata().getUid()).isEqualTo(earlier.getMetadata().getUid());
        assertThat(sent.getMetadata().getResourceVersion())
                .isEqualTo(earlier.getMetadata().getResourceVersion());
        assertThat(sent.getMetadata().getAnnotations())
                .isEqualTo(Map.of("portclaim.io/claim-name", "web", "portclaim.io/claim-uid", "uid-1"));
        assertThat(sent.getMetadata().getOwnerReferences())
                .extracting(OwnerReference::getUid)
                .containsExactly("uid-1");
        assertThat(sent.getData()).containsEntry("HTTP_PORT", "1001");
    }

    @Test
    void aClaimThatWasReplacedDoesNotOverwriteItsSuccessorsMap() {
        api.answers(409, EXISTS).answers(200, json(map("uid-2", 5))).answers(200, webJson("uid-2", 20, null));
        assertThatThrownBy(() -> publish(web, port(1001), null))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("has been replaced by another claim of the same name");
        assertThat(api.log()).containsExactly("POST " + MAPS_PATH, "GET " + WEB_MAP_PATH, "GET " + WEB_PATH);
    }

    @Test
    void noMapIsAdoptedWhileNobodyCanSayWhoBearsTheName() {
        api.answers(409, EXISTS).answers(200, json(map("uid-2", 5))).answers(503, failure("ServiceUnavailable", null));
        assertThatThrownBy(() -> publish(web, port(1001), null)).hasMessageContaining("can't be read now");
        assertThat(api.log()).containsExactly("POST " + MAPS_PATH, "GET " + WEB_MAP_PATH, "GET " + WEB_PATH);
    }

    @Test
    void aMapThatAnEarlierClaimLeftIsAdoptedOnceTheClaimIsSeenToLiveAndThisProcessToLead() {
        api.answers(409, EXISTS)
                .answers(200, json(map("uid-0", 5)))
                .answers(200, webJson("uid-1", 10, null))
                .answers(200, "{}");
        assertThat(publish(web, port(1001), null)).isEmpty();
        assertThat(api.log())
                .containsExactly(
                        "POST " + MAPS_PATH,
                        "GET " + WEB_MAP_PATH,
                        "GET " + WEB_PATH,
                        "keep",
                        "pass",
                        "PUT " + WEB_MAP_PATH);
        assertOverwrites(map("uid-0", 5));
    }

    @Test
    void anEarlierClaimsMapOutOfTheCacheIsAdoptedInTheSameWay() {
        api.answers(200, webJson("uid-1", 10, null)).answers(200, "{}");
        assertThat(publish(web, port(1001), map("uid-0", 5))).isEmpty();
        assertThat(api.log()).containsExactly("GET " + WEB_PATH, "keep", "pass", "PUT " + WEB_MAP_PATH);
        assertOverwrites(map("uid-0", 5));
    }

    @Test
    void itsOwnMapOutOfTheCacheIsUpdatedWithoutFurtherQuestions() {
        api.answers(200, "{}");
        assertThat(publish(web, port(1001), map("uid-1", 5))).isEmpty();
        assertThat(api.log()).containsExactly("PUT " + WEB_MAP_PATH);
        assertOverwrites(map("uid-1", 5));
    }

    @Test
    void itsOwnMapThatWasJustReadIsUpdatedAfterAPass() {
        api.answers(409, EXISTS).answers(200, json(map("uid-1", 5))).answers(200, "{}");
        assertThat(publish(web, port(1001), null)).isEmpty();
        assertThat(api.log())
                .containsExactly("POST " + MAPS_PATH, "GET " + WEB_MAP_PATH, "pass", "PUT " + WEB_MAP_PATH);
    }

    @Test
    void aMapOfSomeoneElseIsLeftAlone() {
        ConfigMap foreign = new ConfigMapBuilder(map("uid-0", 5))
                .editMetadata()
                .withAnnotations(Map.of())
                .withLabels(Map.of())
                .endMetadata()
                .build();
        api.answers(409, EXISTS).answers(200, json(foreign));
        assertThat(publish(web, port(1001), null).map(Refusal::reason)).contains(Reason.CONFIG_MAP_CONFLICT);
        assertThat(api.log()).containsExactly("POST " + MAPS_PATH, "GET " + WEB_MAP_PATH);
    }

    @Test
    void aMapThatCameAndWentIsLeftToAnotherLook() {
        api.answers(409, EXISTS).answers(404, notFound("web-ports"));
        assertThatThrownBy(() -> publish(web, port(1001), null))
                .hasMessageContaining("was created and deleted again meanwhile");
        assertThat(api.log()).containsExactly("POST " + MAPS_PATH, "GET " + WEB_MAP_PATH);
    }

    @Test
    void aMapThatWentOrChangedWhileItIsWrittenIsLeftToAnotherLook() {
        api.answers(404, notFound("web-ports")).answers(409, CONFLICT);
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> publish(web, port(1001), map("uid-1", 5)))
                    .hasMessageContaining("changed meanwhile");
        }
        assertThat(api.log()).containsExactly("PUT " + WEB_MAP_PATH, "PUT " + WEB_MAP_PATH);
    }

    @Test
    void withdrawingBelievesNoCacheThatHasNoMap() {
        api.answers(200, json(map("uid-1", 5))).answers(200, "{}");
        assertThat(publish(web, Assignment.NONE, null)).isEmpty();
        assertThat(api.log()).containsExactly("GET " + WEB_MAP_PATH, "pass", "DELETE " + WEB_MAP_PATH);
        assertThat(Samples.YAML.unmarshal(api.lastBody(), DeleteOptions.class).getPreconditions())
                .isEqualTo(new Preconditions("5", "map-of-uid-1"));
    }

    @Test
    void withdrawingWhatTheCacheHasIsOneRequestWithTheSameConditions() {
        api.answers(200, "{}");
        assertThat(publish(web, Assignment.NONE, map("uid-1", 5))).isEmpty();
        assertThat(api.log()).containsExactly("DELETE " + WEB_MAP_PATH);
        assertThat(Samples.YAML.unmarshal(api.lastBody(), DeleteOptions.class).getPreconditions())
                .isEqualTo(new Preconditions("5", "map-of-uid-1"));
    }

    @Test
    void whereThereIsNoMapOrAnothersNothingIsWithdrawn() {
        ConfigMap ofNobody = map("uid-0", 5);
        ofNobody.getMetadata().setAnnotations(null);
        api.answers(404, notFound("web-ports")).answers(200, json(ofNobody));
        for (int i = 0; i < 2; i++) {
            assertThat(publish(web, Assignment.NONE, null)).isEmpty();
            assertLearntLast();
        }
        assertThat(api.log()).containsExactly("GET " + WEB_MAP_PATH, "GET " + WEB_MAP_PATH);
    }

    /** As when a policy refuses that it is deleted: pods still read from it what that claim held. */
    @Test
    void anEarlierClaimsMapThatStaysMayNameWhatWasReleased() {
        api.answers(200, json(map("uid-0", 5)));
        assertThat(publish(web, Assignment.NONE, null)).isEmpty();
        assertThat(publish(web, Assignment.NONE, map("uid-0", 5))).isEmpty();
        assertThat(api.log()).containsExactly("GET " + WEB_MAP_PATH);
        assertThat(named.all()).containsOnly("shop/web-ports may name ports");
    }

    @Test
    void aMapThatChangedWhileItIsWithdrawnIsNotSaidToBeGone() {
        api.answers(409, CONFLICT).answers(404, "404 page not found").answers(404, notFound("web-ports"));
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> publish(web, Assignment.NONE, map("uid-1", 5)))
                    .hasMessageContaining("can't be deleted now");
        }
        assertThat(publish(web, Assignment.NONE, map("uid-1", 5))).isEmpty();
    }

    @Test
    void whatTheWatchReportsOfAnOwnCreateIsNoNewsOnce() {
        api.answers(201, "{}");
        publish(web, port(1000), null);
        ConfigMap made = fromJson(api.lastBody());
        assertThat(maps.isOwnNews(KubernetesMap.of(map("uid-1", 5))))
                .as("someone else's words")
                .isFalse();
        assertThat(maps.isOwnNews(KubernetesMap.of(made))).isTrue();
        assertThat(maps.isOwnNews(KubernetesMap.of(made))).isFalse();
    }

    @Test
    void afterACreateThatFailedTheWatchBringsNews() {
        api.answers(403, failure("Forbidden", null));
        assertThat(publish(web, port(1000), null).map(Refusal::reason)).contains(Reason.CONFIG_MAP_REFUSED);
        assertThat(maps.isOwnNews(KubernetesMap.of(map("uid-1", 5)))).isFalse();
    }

    @Test
    void aMapThatWasThereBeforeTheCreateIsNews() {
        api.answers(409, EXISTS).answers(200, json(map("uid-1", 5))).answers(200, "{}");
        publish(web, port(1001), null);
        assertThat(maps.isOwnNews(KubernetesMap.of(map("uid-1", 5)))).isFalse();
    }

    /** The claim is edited back before the watch has brought the ConfigMap of the first edit. */
    @Test
    void aCacheThatIsOlderThanAnOwnWriteIsNotTakenForWhatStands() {
        ConfigMap old = Samples.asWritten("uid-1", 5, port(1000));
        ConfigMap next = Samples.asWritten("uid-1", 6, port(1001));
        api.answers(200, "{}").answers(200, json(next)).answers(200, "{}");
        assertThat(publish(web, port(1001), old)).isEmpty();
        assertThat(maps.isUpToDate(web, port(1000), KubernetesMap.of(old))).isFalse();
        assertThat(publish(web, port(1000), old)).isEmpty();
        assertThat(api.log())
                .containsExactly("PUT " + WEB_MAP_PATH, "GET " + WEB_MAP_PATH, "pass", "PUT " + WEB_MAP_PATH);
        assertThat(sent().getMetadata().getResourceVersion()).isEqualTo("6");
        assertThat(sent().getData()).containsEntry("HTTP_PORT", "1000");
    }

    /** The watch brings it while the claim waits for its commit: what was taken from the cache before is no newer for that. */
    @Test
    void whatTheCacheHadBeforeAnOwnWriteCameIsNotTakenForWhatStands() {
        ConfigMap old = Samples.asWritten("uid-1", 5, port(1000));
        ConfigMap next = Samples.asWritten("uid-1", 6, port(1001));
        api.answers(200, "{}").answers(200, json(next)).answers(200, "{}");
        assertThat(publish(web, port(1001), old)).isEmpty();
        assertThat(maps.isOwnNews(KubernetesMap.of(next))).isTrue();
        assertThat(publish(web, port(1000), old)).isEmpty();
        assertThat(api.log())
                .containsExactly("PUT " + WEB_MAP_PATH, "GET " + WEB_MAP_PATH, "pass", "PUT " + WEB_MAP_PATH);
        assertThat(sent().getData()).containsEntry("HTTP_PORT", "1000");
    }

    /** The watch of a standby is behind when it begins to lead, and the claim is edited back meanwhile. */
    @Test
    void aCacheThatIsOlderThanWhatTheTakeOverListedIsNotTakenForWhatStands() {
        ConfigMap old = Samples.asWritten("uid-1", 9, port(1000));
        ConfigMap listed = Samples.asWritten("uid-1", 10, port(1001));
        maps.listed(FoundMap.of(KubernetesMap.of(listed)));
        api.answers(200, json(listed)).answers(200, "{}");
        assertThat(maps.isUpToDate(web, port(1000), KubernetesMap.of(old))).isFalse();
        assertThat(publish(web, port(1000), old)).isEmpty();
        assertThat(api.log()).containsExactly("GET " + WEB_MAP_PATH, "pass", "PUT " + WEB_MAP_PATH);
        assertThat(sent().getMetadata().getResourceVersion()).isEqualTo("10");
        assertThat(sent().getData()).containsEntry("HTTP_PORT", "1000");
    }

    @Test
    void aCacheThatHasWhatTheTakeOverListedIsBelievedWithoutARead() {
        ConfigMap listed = Samples.asWritten("uid-1", 10, port(1000));
        maps.listed(FoundMap.of(KubernetesMap.of(listed)));
        assertThat(maps.isUpToDate(web, port(1000), KubernetesMap.of(listed))).isTrue();
        assertThat(api.log()).isEmpty();
    }

    /** As after an etcd that was restored from a backup: else each look at the claim would cost a read. */
    @Test
    void anOlderOneThatIsFoundToStandIsBelieved() {
        ConfigMap standing = Samples.asWritten("uid-1", 9, port(1000));
        maps.listed(FoundMap.of(KubernetesMap.of(Samples.asWritten("uid-1", 10, port(1001)))));
        api.answers(200, json(standing));
        assertThat(publish(web, port(1000), standing)).isEmpty();
        assertThat(maps.isUpToDate(web, port(1000), KubernetesMap.of(standing))).isTrue();
        assertThat(api.log()).containsExactly("GET " + WEB_MAP_PATH);
    }

    @Test
    void aCacheThatHasTheOwnWriteIsBelieved() {
        ConfigMap next = Samples.asWritten("uid-1", 6, port(1001));
        api.answers(200, "{}");
        publish(web, port(1001), Samples.asWritten("uid-1", 5, port(1000)));
        assertThat(maps.isOwnNews(KubernetesMap.of(next))).isTrue();
        assertThat(maps.isUpToDate(web, port(1001), KubernetesMap.of(next))).isTrue();
    }

    /** One that was deleted before the watch brought it is not missed by anybody else. */
    @Test
    void aMapThatNoWatchHasBroughtIsKnownUntilItCameOrItsClaimWent() {
        api.answers(201, "{}").answers(201, "{}").answers(404, notFound("web-ports"));
        publish(web, port(1000), null);
        assertThat(maps.unseen()).containsExactly(Samples.WEB);
        assertThat(maps.isOwnNews(KubernetesMap.of(fromJson(api.lastBody())))).isTrue();
        assertThat(maps.unseen()).isEmpty();

        publish(web, port(1001), null);
        assertThat(maps.unseen()).containsExactly(Samples.WEB);
        maps.deleteOf("uid-1", Samples.WEB, "web-ports");
        assertThat(maps.unseen()).isEmpty();
    }

    /** The create was refused because an own one stands that no watch has brought: it may still be deleted before. */
    @Test
    void aMapThatWasFoundToStandIsAwaitedFromTheWatch() {
        ConfigMap own = Samples.asWritten("uid-1", 5, port(1000));
        api.answers(201, "{}").answers(409, EXISTS).answers(200, json(own));
        publish(web, port(1000), null);
        publish(web, port(1000), null);
        assertThat(maps.unseen()).containsExactly(Samples.WEB);
        assertThat(maps.isUpToDate(web, port(1000), KubernetesMap.of(own))).isFalse();
        assertThat(maps.isOwnNews(KubernetesMap.of(own))).isTrue();
        assertThat(maps.isUpToDate(web, port(1000), KubernetesMap.of(own))).isTrue();
    }

    /** A watch that begins again may leave out what it would have brought. */
    @Test
    void aCacheIsBelievedAgainOnceItIsFoundToBeUpToDate() {
        ConfigMap other = Samples.asWritten("uid-1", 7, port(1002));
        api.answers(200, "{}").answers(200, json(other)).answers(200, "{}");
        publish(web, port(1001), Samples.asWritten("uid-1", 5, port(1000)));
        publish(web, port(1002), other);
        assertThat(maps.isUpToDate(web, port(1002), KubernetesMap.of(other))).isTrue();
    }

    /** Since a moment ago, by the clock of whoever answered. */
    private void assertLearntLast() {
        String last = named.all().get(named.all().size() - 1);
        assertThat(last).startsWith("shop/web-ports since ");
        assertThat(Instant.parse(last.substring(last.lastIndexOf(' ') + 1)))
                .isBetween(
                        Instant.now().minusSeconds(30).truncatedTo(ChronoUnit.SECONDS),
                        Instant.now().plusSeconds(2));
    }

    @Test
    void whatAnEarlierClaimsMapSaidIsKeptForItsReadersUntilItIsOverwritten() {
        api.answers(200, webJson("uid-1", 10, null)).answers(200, "{}");
        publish(web, port(1001), map("uid-0", 5));
        assertThat(named.all()).hasSize(2).first().isEqualTo("keep [1000/TCP on every node] of shop/web");
        assertLearntLast();
    }

    @Test
    void ofWhatItSaidNothingIsKeptThatTheClaimOrItsPoolCanNotHave() {
        api.answers(200, webJson("uid-1", 10, null)).answers(200, "{}");
        ConfigMap odd = new ConfigMapBuilder(map("uid-0", 5))
                .withData(Map.of("HTTP_PORT", "1", "HTTP_PORT_END", "65535", "ADMIN_PORT", "1000"))
                .build();
        publish(web, port(1001), odd);
        assertThat(named.all()).hasSize(1);
        assertLearntLast();
    }

    @Test
    void anEarlierClaimsMapThatIsKnownByItsDigestOnlyIsReadFirst() {
        api.answers(200, json(map("uid-0", 5)))
                .answers(200, webJson("uid-1", 10, null))
                .answers(200, "{}");
        publish(web, port(1001), KnownMap.of(map("uid-0", 5)));
        assertThat(api.log())
                .containsExactly("GET " + WEB_MAP_PATH, "GET " + WEB_PATH, "keep", "pass", "PUT " + WEB_MAP_PATH);
    }

    @Test
    void whatCouldNotBeOverwrittenMayStillBeRead() {
        api.answers(200, webJson("uid-1", 10, null)).answers(403, failure("Forbidden", null));
        assertThat(maps.publish(web, port(1001), KubernetesMap.of(map("uid-0", 5)), 0)
                        .since())
                .isNull();
        assertThat(named.all()).containsExactly("keep [1000/TCP on every node] of shop/web");
    }

    @Test
    void everyWriteSaysSinceWhenNothingElseIsNamed() {
        api.answers(201, "{}").answers(200, "{}").answers(200, "{}").answers(404, notFound("web-ports"));
        publish(web, port(1000), null);
        assertLearntLast();
        maps.isOwnNews(KubernetesMap.of(fromJson(api.lastBody())));
        publish(web, port(1001), map("uid-1", 5));
        assertLearntLast();
        publish(web, Assignment.NONE, map("uid-1", 6));
        assertLearntLast();
        publish(web, Assignment.NONE, null);
        assertLearntLast();
        assertThat(named.all()).hasSize(4);
    }

    @Test
    void whatStandsAlreadySaysSoToo() {
        api.answers(409, EXISTS).answers(200, json(Samples.asWritten("uid-1", 5, port(1000))));
        publish(web, port(1000), null);
        assertLearntLast();
        maps.confirm(web);
        assertLearntLast();
        assertThat(named.all()).hasSize(2);
        assertThat(api.log()).containsExactly("POST " + MAPS_PATH, "GET " + WEB_MAP_PATH);
    }

    @Test
    void whatOthersPutIntoItsMetadataStays() {
        ConfigMap shared = new ConfigMapBuilder(map("uid-1", 5))
                .editMetadata()
                .addToLabels("team", "a")
                .addToAnnotations("example.com/note", "b")
                .withFinalizers("example.com/keep")
                .withGenerateName("web-")
                .withCreationTimestamp("2026-01-01T00:00:00Z")
                .addNewOwnerReference()
                .withApiVersion("apps/v1")
                .withKind("Deployment")
                .withName("web")
                .withUid("uid-9")
                .endOwnerReference()
                .endMetadata()
                .withImmutable(false)
                .build();
        api.answers(200, "{}");
        publish(web, port(1001), KnownMap.of(shared));
        ConfigMap sent = sent();
        assertThat(sent.getMetadata().getFinalizers()).containsExactly("example.com/keep");
        assertThat(sent.getMetadata().getLabels()).containsEntry("team", "a").hasSize(3);
        assertThat(sent.getMetadata().getAnnotations())
                .containsOnlyKeys("example.com/note", "portclaim.io/claim-name", "portclaim.io/claim-uid");
        assertThat(sent.getMetadata().getGenerateName()).isEqualTo("web-");
        assertThat(sent.getMetadata().getCreationTimestamp()).isEqualTo("2026-01-01T00:00:00Z");
        assertThat(sent.getMetadata().getOwnerReferences())
                .extracting(OwnerReference::getUid)
                .containsExactly("uid-9", "uid-1");
        assertThat(sent.getImmutable()).isFalse();
    }

    @Test
    void metadataThatIsNotKeptWholeIsReadBeforeItIsWritten() {
        ConfigMap large = new ConfigMapBuilder(map("uid-1", 5))
                .editMetadata()
                .addToAnnotations("example.com/large", "#".repeat(10_000))
                .endMetadata()
                .build();
        api.answers(200, json(large)).answers(200, "{}");
        publish(web, port(1001), KnownMap.of(Samples.fromJson(json(large))));
        assertThat(api.log()).containsExactly("GET " + WEB_MAP_PATH, "pass", "PUT " + WEB_MAP_PATH);
        assertThat(sent().getMetadata().getAnnotations()).containsKey("example.com/large");
    }

    /** A create is the one write without a version: held up for long, it would bring back what a successor withdrew. */
    @Test
    void aCreateThatWasHeldUpAfterItsPassAwaitsAnother() {
        api.answers(201, "{}").answers(201, "{}");
        long began = nanos.get();
        nanos.addAndGet(Duration.ofSeconds(2).toNanos());
        maps.publish(web, port(1000), null, began);
        assertThat(api.log()).containsExactly("POST " + MAPS_PATH);
        nanos.addAndGet(1);
        maps.publish(web, port(1000), null, began);
        assertThat(api.log()).containsExactlyElementsOf(List.of("POST " + MAPS_PATH, "pass", "POST " + MAPS_PATH));
    }

    /** Held up while it waits for the pass too. */
    @Test
    void aPassThatTookLongIsFollowedByAnotherBeforeACreate() {
        api.answers(201, "{}");
        Queue<Duration> waits = new ArrayDeque<>(List.of(Duration.ofSeconds(25), Duration.ofSeconds(3), Duration.ZERO));
        ConfigMaps heldUp = maps(() -> {
            api.log().add("pass");
            nanos.addAndGet(waits.remove().toNanos());
        });
        heldUp.publish(
                web, port(1000), null, nanos.get() - Duration.ofSeconds(3).toNanos());
        assertThat(api.log()).containsExactly("pass", "pass", "pass", "POST " + MAPS_PATH);
    }

    /** Between the two requests too. */
    @Test
    void anImmutableMapIsMadeAgainOnAFreshPassOnly() {
        ConfigMap frozen =
                new ConfigMapBuilder(map("uid-1", 5)).withImmutable(true).build();
        api.answers(200, "{}").answers(201, "{}");
        ConfigMaps heldUp = maps(() -> {
            nanos.addAndGet(
                    api.log().contains("pass") ? 0 : Duration.ofSeconds(3).toNanos());
            api.log().add("pass");
        });
        heldUp.publish(web, port(1001), KubernetesMap.of(frozen), nanos.get());
        assertThat(api.log()).containsExactly("pass", "DELETE " + WEB_MAP_PATH, "pass", "POST " + MAPS_PATH);
    }

    @Test
    void withoutThatPassNothingIsCreated() {
        ConfigMaps fencedOff = new ConfigMaps(
                new MapRequests(api.requests(), api.client(), api.listing(), new SetClock(), map -> {}),
                api.live(),
                () -> {
                    throw new IllegalStateException("no longer leading");
                },
                named,
                claim -> believed,
                new StillTime(() -> Duration.ofMinutes(1).toNanos()));
        assertThatThrownBy(() -> fencedOff.publish(web, port(1000), null, 0)).hasMessage("no longer leading");
        assertThat(api.log()).isEmpty();
    }
}
