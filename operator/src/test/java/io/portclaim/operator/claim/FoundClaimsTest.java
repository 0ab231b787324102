package io.portclaim.operator.claim;

import static io.portclaim.operator.claim.Samples.WEB;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.portclaim.api.v1alpha1.Phase;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.api.v1alpha1.PortPool;
import io.portclaim.api.v1alpha1.Scope;
import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.ClaimAllocation;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.ConfigMapId;
import io.portclaim.operator.allocation.Held;
import io.portclaim.operator.allocation.HeldCounts;
import io.portclaim.operator.allocation.HeldSketch;
import io.portclaim.operator.allocation.Place;
import io.portclaim.operator.allocation.PortGrant;
import io.portclaim.operator.allocation.Recovery;
import io.portclaim.operator.allocation.Release;
import io.portclaim.operator.allocation.Snapshot;
import io.portclaim.operator.node.Nodes;
import io.portclaim.operator.pool.Pools;
import io.portclaim.operator.protocol.Claim;
import io.portclaim.operator.protocol.FoundClaims;
import io.portclaim.operator.protocol.FoundMap;
import io.portclaim.operator.protocol.PodsAtTakeOver;
import io.portclaim.operator.publish.ConfigMapData;
import io.portclaim.operator.publish.ConfigMapIdentity;
import io.portclaim.ports.PortRange;
import io.portclaim.ports.Protocol;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a take-over believes of what tenants may have written. */
class FoundClaimsTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final String ON_ALL_NODES =
            "{poolName: main, scope: Node, allNodes: true, ports: [{name: http}, {name: rtp, protocol: UDP, count: 2}]}";
    private static final ClaimKey WEB_MAP = new ClaimKey("shop", "web-ports");

    private final Pools pools =
            new Pools(new Nodes(Clock.systemUTC(), change -> {}), Duration.ofSeconds(65), name -> {});

    @BeforeEach
    void pool() {
        pools.onAdd(Samples.pool("{ranges: [1000-1099]}"));
    }

    /** 1000 to 1009 and 1200 were held, on any protocol. */
    private static Snapshot ledger(List<ClaimAllocation> pending, List<Release> releases) {
        HeldCounts.Builder counts = new HeldCounts.Builder();
        for (Protocol protocol : Protocol.values()) {
            for (int port = 1000; port < 1010; port++) {
                counts.add(protocol, port, 1);
            }
            counts.add(protocol, 1200, 1);
        }
        return new Snapshot(NOW, pending, Map.of(), releases, new Held(counts.build(), new HeldSketch()));
    }

    private static Snapshot ledger() {
        return ledger(List.of(), List.of());
    }

    private FoundClaims found(Snapshot ledger) {
        return new FoundClaims(pools, Set.of("a", "b"), ledger);
    }

    private static PortGrant grant(String name, TransportProtocol transport, String range) {
        PortRange ports = PortRange.parse(range);
        return new PortGrant(name, transport, ports.first(), ports.size());
    }

    private static Assignment http(String node, String range) {
        return Assignment.at(node, List.of(grant("http", TransportProtocol.TCP, range)));
    }

    private static ConfigMap map(String uid, Assignment says) {
        return map(uid, "web", ConfigMapData.render(Scope.NODE, null, says));
    }

    private static ConfigMap map(String uid, String claim, Map<String, String> data) {
        ConfigMap map = Samples.map(uid, 5);
        map.getMetadata().setAnnotations(new ConfigMapIdentity(claim, uid).annotations());
        map.setData(data);
        return map;
    }

    private static Claim web(@Nullable PortClaimStatus status) {
        return web(ON_ALL_NODES, status);
    }

    private static Claim web(String spec, @Nullable PortClaimStatus status) {
        PortClaim object = Samples.object(WEB, "uid-1", 10, spec);
        object.setStatus(status);
        return Claims.of(object);
    }

    private static PortClaimStatus status(Phase phase, String node, String port) {
        PortRange range = PortRange.parse(port);
        String end = range.size() == 1 ? "" : ", endPort: " + range.last();
        return Samples.YAML.unmarshal(
                """
                phase: %s
                observedGeneration: 1
                poolName: main
                nodes: [{names: [%s], ports: [{name: http, protocol: TCP, port: %d%s}]}]
                """.formatted(phase == Phase.BOUND ? "Bound" : "Conflicted", node, range.first(), end),
                PortClaimStatus.class);
    }

    private Assignment strays(Snapshot ledger, Claim claim, ConfigMap map) {
        FoundClaims found = found(ledger);
        found.add(found.of(claim));
        found.add(FoundMap.of(KubernetesMap.of(map)));
        return found.result(NOW).claims().get(0).strays();
    }

    @Test
    void whatAClaimsConfigMapSaysBeyondItsStatusIsKept() {
        Assignment said = http("a", "1001");
        assertThat(strays(ledger(), web(null), map("uid-1", said))).isEqualTo(said);

        PortClaimStatus other = status(Phase.BOUND, "a", "1002");
        assertThat(strays(ledger(), web(other), map("uid-1", said))).isEqualTo(said);
        assertThat(strays(ledger(), web(other), map("uid-1", http("a", "1002"))).isEmpty())
                .as("what the status says too")
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "a, http, TCP, 1001, true",
        "b, rtp, UDP, 1002-1003, true",
        "a, other, TCP, 1001, false",
        "a, http, UDP, 1001, false",
        "a, http, TCP, 1001-1002, false",
        "a, http, TCP, 1-65535, false",
        "a, rtp, UDP, 1002, true",
        "a, rtp, UDP, 1002-1004, false",
        "a, http, TCP, 1200, false",
        "a, http, TCP, 1050, false",
        "a, rtp, UDP, 1009-1010, false",
        "c, http, TCP, 1001, false"
    })
    void onlyWhatTheOperatorMayHaveWrittenCounts(
            String node, String name, TransportProtocol transport, String range, boolean counts) {
        Assignment said = Assignment.at(node, List.of(grant(name, transport, range)));

        assertThat(strays(ledger(), web(null), map("uid-1", said))).isEqualTo(counts ? said : Assignment.NONE);
    }

    @Test
    void whatTheStatusStillHasCountsThoughTheSpecHasItNoMore() {
        PortClaimStatus before = status(Phase.BOUND, "gone", "1004-1005");

        Assignment onItsNode = http("gone", "1006");
        assertThat(strays(ledger(), web(before), map("uid-1", onItsNode)))
                .as("a node that only the status names")
                .isEqualTo(onItsNode);
        Assignment asLong = http("a", "1006-1007");
        assertThat(strays(ledger(), web(before), map("uid-1", asLong)))
                .as("a count that only the status has")
                .isEqualTo(asLong);
    }

    @Test
    void aNumberThatIsReleasedOrPendingWasHeld() {
        Assignment said = http("a", "1050");
        Release release = new Release(
                null,
                ConfigMapId.UNKNOWN,
                "main",
                "b",
                grant("", TransportProtocol.TCP, "1050"),
                Samples.REST,
                NOW,
                null);
        ClaimAllocation entry = new ClaimAllocation(
                "uid-9", new ClaimKey("shop", "x"), NOW, "main", "x-ports", 3, Assignment.NONE, said);

        assertThat(strays(ledger(List.of(), List.of(release)), web(null), map("uid-1", said)))
                .isEqualTo(said);
        assertThat(strays(ledger(List.of(entry), List.of()), web(null), map("uid-1", said)))
                .isEqualTo(said);
        assertThat(strays(ledger(List.of(), List.of(release)), web(null), map("uid-1", http("a", "1051")))
                        .isEmpty())
                .isTrue();
    }

    @Test
    void ofAnEarlierClaimOfTheNameTheLedgerNeedKnowNothing() {
        Assignment said = http("a", "1050");
        assertThat(strays(ledger(), web(null), map("uid-0", said))).isEqualTo(said);
        assertThat(strays(ledger(), web(null), map("uid-0", http("a", "1200"))).isEmpty())
                .as("outside its pool")
                .isTrue();
    }

    @Test
    void withoutALedgerNoNumberIsDoubted() {
        Assignment said = http("a", "1050");
        assertThat(strays(Snapshot.EMPTY, web(null), map("uid-1", said))).isEqualTo(said);
    }

    @Test
    void aConflictedClaimsConfigMapKeepsNothingFromOthers() {
        assertThat(strays(ledger(), web(status(Phase.CONFLICTED, "a", "1002")), map("uid-1", http("a", "1001")))
                        .isEmpty())
                .isTrue();
    }

    @Test
    void aHostileConfigMapIsReadToABoundedEnd() {
        Map<String, String> data = new HashMap<>();
        for (int node = 0; node < 200; node++) {
            data.put("x" + node + ".env", "HTTP_PORT=1\nHTTP_PORT_END=65535\n");
        }
        data.put("a.env", "HTTP_PORT=1\nHTTP_PORT_END=65535\n");

        assertThat(strays(ledger(), web(null), map("uid-1", "web", data)).isEmpty())
                .isTrue();
        FoundClaims found = found(ledger());
        found.add(FoundMap.of(KubernetesMap.of(map("uid-gone", "gone", data))));
        assertThat(found.result(NOW).orphans())
                .singleElement()
                .satisfies(orphan -> assertThat(orphan.said().isEmpty()).isTrue());
    }

    @Test
    void aClaimOfTheDefaultPoolWhoseStatusIsLostIsOfThatPool() {
        PortPool main = Samples.pool("{ranges: [1000-1099]}");
        main.getMetadata().setAnnotations(Map.of("portclaim.io/is-default-pool", "true"));
        pools.onAdd(main);
        String unnamed = ON_ALL_NODES.replace("poolName: main, ", "");
        FoundClaims found = found(ledger());
        found.add(found.of(web(unnamed, null)));
        found.add(FoundMap.of(KubernetesMap.of(map("uid-1", http("a", "1001")))));

        Recovery.Known known = found.result(NOW).claims().get(0);

        assertThat(known.allocation().pool()).isEqualTo("main");
        assertThat(known.strays()).isEqualTo(http("a", "1001"));
        assertThat(strays(ledger(), web(unnamed, null), map("uid-1", http("a", "1200")))
                        .isEmpty())
                .isTrue();
    }

    /** Whoever may create a pod may write its annotations where no policy is. */
    @ParameterizedTest
    @CsvSource({"false, 1001, true", "false, 1001-1009, true", "false, 1009-1010, false", "true, 1, true"})
    void whatAPodCarriesCountsWhereOnlyAnOperatorCanHaveWrittenItOrItWasHeld(
            boolean isGuarded, String carried, boolean counts) {
        FoundClaims found = found(ledger());
        ClaimAllocation pod = new ClaimAllocation(
                "uid-pod", ClaimKey.ofPod("shop", "pod"), NOW, "", "pod", 0, http(Place.SOMEWHERE, carried), null);
        found.add(new PodsAtTakeOver.FoundPod(WEB, pod, isGuarded));

        assertThat(found.result(NOW).pods()).hasSize(counts ? 1 : 0);
    }

    @Test
    void aConfigMapWhoseClaimIsGoneIsAnOrphan() {
        Assignment said = http("a", "1001");
        FoundClaims found = found(ledger());
        found.add(FoundMap.of(KubernetesMap.of(map("uid-gone", "web", ConfigMapData.render(Scope.NODE, null, said)))));

        Recovery.Found result = found.result(NOW);

        assertThat(result.orphans()).containsExactly(new Recovery.Orphan("uid-gone", WEB, "web-ports", said));
        assertThat(result.maps()).containsExactly(ConfigMapId.of("shop", "web-ports"));
        assertThat(result.nodes()).containsExactlyInAnyOrder("a", "b");
        assertThat(result.at()).isEqualTo(NOW);
    }

    @Test
    void soIsOneThatAnotherClaimPublishesToOrThatItsClaimPublishesToNoMore() {
        FoundClaims found = found(ledger());
        found.add(found.of(web(null)));
        ConfigMap other = map("uid-2", "other", Map.of());
        ConfigMap elsewhere = map("uid-1", "web", Map.of());
        elsewhere.getMetadata().setName("elsewhere");
        found.add(FoundMap.of(KubernetesMap.of(other)));
        found.add(FoundMap.of(KubernetesMap.of(elsewhere)));

        assertThat(found.result(NOW).orphans())
                .extracting(orphan -> orphan.key().name() + " in " + orphan.name())
                .containsExactly("other in web-ports", "web in elsewhere");
    }

    @ParameterizedTest
    @CsvSource({"a, 1001, true", "a, 1050, false", "a, 1200, true", "c, 1001, false", "a, 1005-1010, false"})
    void ofAnOrphanThatCountsWhichWasHeldOnANodeThereIs(String node, String range, boolean counts) {
        FoundClaims found = found(ledger());
        found.add(FoundMap.of(KubernetesMap.of(map("uid-gone", http(node, range)))));

        assertThat(found.result(NOW).orphans().get(0).said()).isEqualTo(counts ? http(node, range) : Assignment.NONE);
    }

    @Test
    void anOrphanThatNamesNoNodeIsOneOfSomeNode() {
        Assignment said = http(Place.EVERYWHERE, "1001");
        FoundClaims found = found(ledger());
        found.add(
                FoundMap.of(KubernetesMap.of(map("uid-gone", "web", ConfigMapData.render(Scope.CLUSTER, null, said)))));

        assertThat(found.result(NOW).orphans().get(0).said())
                .isEqualTo(Assignment.at(Place.SOMEWHERE, said.at(Place.EVERYWHERE)));
    }

    @Test
    void aConfigMapWithOurLabelAloneIsNobodys() {
        ConfigMap map = map("uid-1", http("a", "1001"));
        map.getMetadata().setAnnotations(null);
        FoundClaims found = found(ledger());
        found.add(FoundMap.of(KubernetesMap.of(map)));

        assertThat(found.result(NOW).orphans()).isEmpty();
        assertThat(found.result(NOW).maps())
                .as("it exists all the same, so pods may read it")
                .containsExactly(ConfigMapId.of(WEB_MAP.namespace(), WEB_MAP.name()));
        assertThat(found.maps()).containsExactly(Map.entry(WEB_MAP, WEB_MAP));
    }

    @Test
    void aConfigMapThatCameWithoutItsDataIsReadUnlessItsDigestIsWhatTheStatusSays() {
        PortClaimStatus status = status(Phase.BOUND, "a", "1002");
        FoundClaims found = found(ledger());
        found.add(found.of(web(status)));
        found.add(FoundMap.of(KubernetesMap.of(KnownMap.of(map("uid-1", http("a", "1002"))))));
        assertThat(found.unread()).isEmpty();

        ConfigMap other = map("uid-1", http("a", "1001"));
        found.add(FoundMap.of(KubernetesMap.of(KnownMap.of(other))));
        assertThat(found.unread()).containsExactly(WEB_MAP);
        found.add(FoundMap.of(KubernetesMap.of(other)));
        assertThat(found.result(NOW).claims().get(0).strays()).isEqualTo(http("a", "1001"));
        assertThat(found.unread()).containsExactly(WEB_MAP);
    }

    @Test
    void ofAClaimThatIsGoneItIsReadInAnyCase() {
        FoundClaims found = found(ledger());
        ConfigMap orphan = map("uid-gone", "web", Map.of());
        found.add(FoundMap.of(KubernetesMap.of(KnownMap.of(orphan))));
        assertThat(found.unread()).containsExactly(WEB_MAP);
        assertThat(found.result(NOW).orphans()).isEmpty();
        found.add(FoundMap.of(KubernetesMap.of(orphan)));
        assertThat(found.result(NOW).orphans()).hasSize(1);
    }

    @Test
    void everyClaimIsFoundInTheOrderOfTheList() {
        FoundClaims found = found(ledger());
        Claim second = Samples.claim(new ClaimKey("shop", "a"), "uid-a", 3, ON_ALL_NODES);
        found.add(found.of(web(status(Phase.BOUND, "a", "1002"))));
        found.add(found.of(second));

        assertThat(found.size()).isEqualTo(2);
        List<Recovery.Known> known = found.result(NOW).claims();
        assertThat(known).extracting(claim -> claim.allocation().uid()).containsExactly("uid-1", "uid-a");
        assertThat(known.get(0).allocation().published()).isEqualTo(http("a", "1002"));
        assertThat(known.get(0).allocation().version()).isEqualTo(10);
        assertThat(known.get(1).allocation().published().isEmpty()).isTrue();
    }

    private Set<ClaimKey> standing(Claim claim, ConfigMap... maps) {
        FoundClaims found = found(ledger());
        found.add(found.of(claim));
        Stream.of(maps).map(KubernetesMap::of).map(FoundMap::of).forEach(found::add);
        return found.standing();
    }

    @Test
    void aClaimStandsWhoseStatusAndConfigMapSayThatNothingIsToBeDone() {
        ConfigMap map = map("uid-1", http("a", "1002"));
        Claim done = web(status(Phase.BOUND, "a", "1002"));
        assertThat(standing(done, map)).containsExactly(WEB);

        assertThat(standing(done)).as("without a ConfigMap").isEmpty();
        assertThat(standing(done, map("uid-1", http("a", "1003"))))
                .as("another ConfigMap")
                .isEmpty();
        Claim edited = new Claim(done.uid(), WEB, "11", 2, done.created(), done.spec(), done.status());
        assertThat(standing(edited, map)).as("edited since").isEmpty();
        assertThat(standing(web(status(Phase.CONFLICTED, "a", "1002")), map))
                .as("without its ports")
                .isEmpty();
    }
}
