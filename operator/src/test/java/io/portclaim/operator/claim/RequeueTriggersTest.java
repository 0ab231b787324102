package io.portclaim.operator.claim;

import static io.portclaim.operator.claim.Samples.REST;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.portclaim.api.v1alpha1.Phase;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.api.v1alpha1.PortPool;
import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.ForeignPorts;
import io.portclaim.operator.allocation.Listeners;
import io.portclaim.operator.allocation.NodeFacts;
import io.portclaim.operator.allocation.PoolRules;
import io.portclaim.operator.allocation.PortIndex;
import io.portclaim.operator.allocation.Refusal;
import io.portclaim.operator.allocation.Slot;
import io.portclaim.operator.allocation.Snapshot;
import io.portclaim.operator.codec.EstimatedSize;
import io.portclaim.operator.ledger.FakeLedger;
import io.portclaim.operator.ledger.FakeLedgerClient;
import io.portclaim.operator.ledger.LedgerStore;
import io.portclaim.operator.node.NodeChange;
import io.portclaim.operator.node.Nodes;
import io.portclaim.operator.pool.Pools;
import io.portclaim.operator.protocol.Claim;
import io.portclaim.operator.protocol.ClaimTracker;
import io.portclaim.operator.protocol.Ledger;
import io.portclaim.operator.protocol.ServingGate;
import io.portclaim.operator.protocol.Time;
import io.portclaim.operator.publish.RenderedStatus;
import io.portclaim.operator.threads.LedgerWriter;
import io.portclaim.operator.threads.SystemTime;
import io.portclaim.ports.CompactPorts;
import io.portclaim.ports.PortSet;
import io.portclaim.ports.Protocol;
import io.portclaim.testing.SetClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who is requeued by what. The claims are named by what they wait for; "looked-at" is being looked at just now. */
class RequeueTriggersTest {
    private static final String CLUSTER = "{scope: Cluster, ports: [{name: http}]}";
    private static final String NODE = "{scope: Node, nodeName: a, ports: [{name: http}]}";
    /** Those that wait for something about a pool, as their names say. */
    private static final List<String> WAITING = List.of(
            "looked-at",
            "LimitExceeded",
            "NamespaceNotAllowed",
            "NoDefaultPool",
            "NoMatchingNode",
            "NodeNotFound",
            "NotAssigned",
            "PoolExhausted",
            "PoolInvalid",
            "PoolNotFound",
            "PortNotUsable",
            "PortTaken",
            "TooManyNodes");
    /** Those that something about a pool does not concern, whatever it is. */
    private static final List<String> OTHERS = List.of("ConfigMapConflict", "ConfigMapRefused", "Conflicted");

    private final SetClock clock = new SetClock();
    private final Listeners listeners = new Listeners(new ForeignPorts(), clock);
    private final PortIndex portIndex = new PortIndex(clock, new ForeignPorts(), listeners, new EstimatedSize());
    private final ServingGate gate = new ServingGate(new SystemTime());
    private final ClaimTracker tracker = new ClaimTracker();
    private final List<String> pools = new ArrayList<>();
    private final Set<String> requeued = new TreeSet<>();
    private final AtomicLong nanos = new AtomicLong(1);
    private final Time time = new StillTime(nanos::get);
    private final Semaphore commits = new Semaphore(0);
    private final KubernetesClient client = FakeLedgerClient.of(new FakeLedger());
    private final Ledger ledger = new Ledger(
            new LedgerStore(client),
            () -> Snapshot.EMPTY,
            new Ledger.Identity("ports/portclaim", "test", lease -> Optional.empty()),
            new Ledger.Observer() {
                @Override
                public void committed(int waiters, Duration duration, int bytes) {
                    commits.release();
                }

                @Override
                public void unanswered(int waiters, Duration duration) {}

                @Override
                public void lost(String why) {}
            },
            new SystemTime());
    private final LedgerWriter writer = new LedgerWriter(ledger);
    private final Nodes nodes = new Nodes(clock, change -> {});
    private final Pools cachedPools = new Pools(nodes, Duration.ZERO, name -> {});
    private final RequeueTriggers triggers = new RequeueTriggers(
            gate, tracker, portIndex, () -> cachedPools, pools::add, this::requeue, Duration.ZERO, time);

    @BeforeEach
    void begin() {
        gate.beginLoading();
        PortPool other = Samples.pool("{ranges: [1000-65535], cooldown: {tcp: 60s}}");
        other.getMetadata().setName("other");
        cachedPools.onAdd(other);
        for (String name : WAITING) {
            member(name, CLUSTER, "other", Reason.of(name).orElse(null));
        }
        for (String name : OTHERS) {
            member(name, CLUSTER, "other", Reason.of(name).orElseThrow());
        }
        member("settled", CLUSTER, "other", null);
        member("settled-on-node", NODE, "other", null);
    }

    @AfterEach
    void end() {
        writer.close();
        client.close();
    }

    private Claim member(String name, String spec, @Nullable String pool, @Nullable Reason reason) {
        Claim claim = Samples.claim(new ClaimKey("shop", name), "uid-" + name, 10, spec);
        tracker.serving(claim);
        if (!name.equals("looked-at")) {
            PortClaimStatus status =
                    new PortClaimStatus(Phase.PENDING, 1L, pool, null, null, null, null, null, null, null);
            tracker.left(claim, reason == null ? Samples.rendered(status) : Samples.waiting(status, reason));
        }
        return claim;
    }

    private void requeue(ClaimKey key) {
        requeued.add(key.name());
    }

    private Set<String> requeuedByTick() {
        requeued.clear();
        triggers.tick(release -> false, ledger);
        return requeued;
    }

    private static List<String> with(List<String> names, String... more) {
        List<String> all = new ArrayList<>(names);
        all.addAll(List.of(more));
        return all;
    }

    @Test
    void whatIsListedAsWaitingIsAllThatAClaimMayWaitFor() {
        assertThat(Reason.values())
                .extracting(Reason::text)
                .containsAll(OTHERS)
                .containsAll(WAITING.subList(1, WAITING.size()));
    }

    @Test
    void nobodyIsWokenByNothing() {
        assertThat(requeuedByTick()).isEmpty();
    }

    @Test
    void aReleaseIsRoomForALimitAndNewsOfAPortAtOnceAndRoomForOthersOnceItHasRested() {
        Claim holder = member("holder", CLUSTER, "other", null);
        Samples.hold(portIndex, holder);
        assertThat(requeuedByTick()).isEmpty();
        portIndex.release(holder.uid(), (pool, grant) -> REST, Samples.NAMED_UNTIL);
        assertThat(requeuedByTick())
                .as("who waits for that very port: its message changes")
                .containsExactlyInAnyOrder("LimitExceeded", "PortTaken", "looked-at");
        clock.goOn(REST.minusSeconds(1));
        assertThat(requeuedByTick()).isEmpty();
        clock.goOn(Duration.ofSeconds(1));
        assertThat(requeuedByTick())
                .containsExactlyInAnyOrder("LimitExceeded", "PoolExhausted", "PortTaken", "looked-at");
        assertThat(requeuedByTick()).isEmpty();
    }

    /** Their own pauses grow to half a minute, and the message that they get says that they are tried when others are published. */
    @Test
    void whoHadNoRoomInTheLedgerIsRequeuedOnceOthersArePublished() {
        PoolRules wide = new PoolRules(
                "wide",
                PoolRules.Spec.of(PortSet.parse("1000-9999")).staticBand(0).build());
        List<Claim> pending = new ArrayList<>();
        Claim refused = null;
        while (refused == null) {
            String name = "pending-" + pending.size();
            Claim claim = Samples.claim(new ClaimKey("shop", name), "uid-" + name, 10, CLUSTER);
            try {
                Samples.decide(portIndex, claim, wide);
                pending.add(claim);
            } catch (IllegalStateException e) {
                assertThat(e).hasMessageContaining("is tried again when some are published");
                refused = claim;
            }
        }
        assertThat(requeuedByTick()).isEmpty();

        portIndex.settle(pending.get(0).uid(), (pool, grant) -> REST, Samples.NAMED_UNTIL);
        portIndex.settle(pending.get(1).uid(), (pool, grant) -> REST, Samples.NAMED_UNTIL);
        assertThat(requeuedByTick()).containsExactly(refused.key().name());
        assertThat(requeuedByTick()).isEmpty();
    }

    @Test
    void aPortThatIsUsedAgainWhileItCoolsIsKnownToTheNextLeader() throws Exception {
        ledger.fence();
        Claim holder = member("holder", CLUSTER, "other", null);
        Samples.hold(portIndex, holder);
        portIndex.release(holder.uid(), (pool, grant) -> REST, Samples.NAMED_UNTIL);
        triggers.tick(release -> false, ledger);
        assertThat(commits.tryAcquire(10, TimeUnit.SECONDS)).as("the release").isTrue();

        triggers.tick(release -> true, ledger);
        assertThat(commits.tryAcquire(10, TimeUnit.SECONDS)).as("its use").isTrue();
    }

    @Test
    void declaredPortsConcernTheirHoldersAndWhoeverWaitsForRoom() {
        Claim holder = member("holder", CLUSTER, "other", null);
        Samples.hold(portIndex, holder);
        triggers.declarationsChanged(Set.of(new Slot("a", Protocol.TCP, 1000)));
        assertThat(requeuedByTick())
                .containsExactlyInAnyOrder("holder", "LimitExceeded", "PoolExhausted", "PortTaken", "looked-at");
        assertThat(requeuedByTick()).isEmpty();
    }

    @Test
    void listenersConcernTheirHoldersAndWhoeverWaitsForRoom() {
        Claim holder = member("holder", CLUSTER, "other", null);
        Samples.hold(portIndex, holder);
        triggers.listenersChanged(Set.of(new Slot("a", Protocol.TCP, 1000)));
        assertThat(requeuedByTick())
                .containsExactlyInAnyOrder("holder", "LimitExceeded", "PoolExhausted", "PortTaken", "looked-at");
        assertThat(requeuedByTick()).isEmpty();
    }

    @Test
    void portsThatNoPoolGivesOutConcernNobodyWhoWaits() {
        triggers.poolChanged("main");
        requeuedByTick();
        pools.clear();
        triggers.listenersChanged(Set.of(new Slot("a", Protocol.TCP, 22)));
        assertThat(requeuedByTick()).isEmpty();
        assertThat(pools).isEmpty();
    }

    @Test
    void aReaderThatComesOrGoesConcernsWhoHoldsAPortThatIsListenedOnThere() {
        Claim holder = member("holder", CLUSTER, "other", null);
        Samples.hold(portIndex, holder);
        ClaimKey map = new ClaimKey("shop", "holder-ports");
        triggers.readersChanged(map, "a");
        assertThat(requeuedByTick()).as("nobody listens").isEmpty();
        listeners.report("a", CompactPorts.of(PortSet.parse("1000")), CompactPorts.EMPTY);
        triggers.readersChanged(map, "b");
        assertThat(requeuedByTick()).as("nobody listens there").isEmpty();
        triggers.readersChanged(map, "a");
        assertThat(requeuedByTick()).containsExactly("holder");
        assertThat(requeuedByTick()).isEmpty();
    }

    @Test
    void nodesConcernClaimsWhosePortsCantBeUsed() {
        Claim claim = Samples.claim(new ClaimKey("shop", "unusable"), "uid-unusable", 10, CLUSTER);
        tracker.serving(claim);
        tracker.left(
                claim,
                new RenderedStatus(
                        new PortClaimStatus(Phase.BOUND, 1L, "other", null, null, null, null, null, null, null),
                        null,
                        null,
                        new Refusal(Reason.IN_EPHEMERAL_RANGE, "port 1000 lies in the range of a")));
        triggers.nodeChanged(joins("a"));
        assertThat(requeuedByTick()).contains("unusable").doesNotContain("settled");
    }

    @Test
    void aPoolConcernsItsClaimsAndWhoeverHasNone() {
        member("in-main", CLUSTER, "main", null);
        member("waits-in-main", CLUSTER, "main", Reason.POOL_EXHAUSTED);
        member("NoDefaultPool", CLUSTER, null, Reason.NO_DEFAULT_POOL);
        triggers.poolChanged("main");
        assertThat(requeuedByTick())
                .containsExactlyInAnyOrder("in-main", "waits-in-main", "NoDefaultPool", "looked-at");
        assertThat(pools).contains("main");
        assertThat(requeuedByTick()).isEmpty();
        triggers.poolChanged("other");
        assertThat(requeuedByTick())
                .containsAll(WAITING.subList(4, WAITING.size()))
                .doesNotContain("in-main");
    }

    @Test
    void aNamespaceConcernsThoseInItThatWait() {
        triggers.namespaceChanged("elsewhere");
        assertThat(requeuedByTick()).isEmpty();
        triggers.namespaceChanged("shop");
        assertThat(requeuedByTick()).containsExactlyInAnyOrderElementsOf(WAITING);
        assertThat(requeuedByTick()).isEmpty();
    }

    @Test
    void aConfigMapThatIsGoneConcernsWhoeverWaitsForOneInItsNamespace() {
        triggers.mapFreed("elsewhere");
        assertThat(requeuedByTick()).isEmpty();
        triggers.mapFreed("shop");
        assertThat(requeuedByTick()).containsExactlyInAnyOrder("looked-at", "ConfigMapConflict");
        assertThat(requeuedByTick()).isEmpty();
    }

    /** Of the claims that wait here for something about a pool, all are of scope Cluster. */
    @Test
    void aNodeThatJoinsConcernsClaimsThatNameItAndThoseThatWaitInItsPool() {
        triggers.byNode().register(member("settled-on-node", NODE, "other", null), "other");
        triggers.byNode().register(member("on-another-node", NODE.replace("a,", "b,"), "other", null), "other");
        triggers.nodeChanged(joins("a"));
        assertThat(requeuedByTick()).containsExactlyInAnyOrderElementsOf(with(WAITING, "settled-on-node"));
        assertThat(requeuedByTick()).isEmpty();
    }

    @Test
    void aLabelThatNobodyReadsConcernsNobody() {
        triggers.byNode().register(member("settled-on-node", NODE, "other", null), "other");
        triggers.nodeChanged(new NodeChange("a", node(Map.of("load", "1"), null), node(Map.of("load", "2"), null)));
        assertThat(requeuedByTick()).isEmpty();
        assertThat(pools).isEmpty();
    }

    @Test
    void aNodeOfAnotherKindConcernsWhoHoldsWhatIsNotUsableThereAndNobodyElse() {
        Samples.hold(portIndex, member("holder", CLUSTER, "other", null));
        triggers.nodeChanged(new NodeChange("a", null, node(Map.of(), PortSet.parse("1001-60999"))));
        assertThat(requeuedByTick()).doesNotContain("holder");
        triggers.nodeChanged(new NodeChange("b", null, node(Map.of(), PortSet.parse("1000-60999"))));
        assertThat(requeuedByTick()).contains("holder").doesNotContain("settled");
        assertThat(pools).contains("other");
    }

    private static NodeChange joins(String name) {
        return new NodeChange(name, null, node(Map.of(), null));
    }

    private static Nodes.KnownNode node(Map<String, String> labels, @Nullable PortSet ephemeral) {
        return new Nodes.KnownNode(
                new NodeFacts(
                        "a",
                        ephemeral,
                        PortSet.EMPTY,
                        false,
                        ephemeral == null ? NodeFacts.Source.ASSUMED : NodeFacts.Source.REPORTED),
                labels);
    }

    @Test
    void nodesThatComeOneAfterTheOtherAreGathered() {
        RequeueTriggers patient = new RequeueTriggers(
                gate, tracker, portIndex, () -> cachedPools, pools::add, this::requeue, Duration.ofSeconds(5), time);
        patient.nodeChanged(joins("a"));
        patient.tick(release -> false, ledger);
        nanos.addAndGet(Duration.ofSeconds(5).toNanos() - 1);
        patient.nodeChanged(joins("a"));
        patient.tick(release -> false, ledger);
        assertThat(requeued).isEmpty();
        nanos.incrementAndGet();
        patient.tick(release -> false, ledger);
        assertThat(requeued).contains("NodeNotFound");
    }

    @Test
    void aSweepLooksAtWhateverWaits() {
        triggers.requeueAllThatWait();
        assertThat(requeued).containsExactlyInAnyOrderElementsOf(with(WAITING, OTHERS.toArray(String[]::new)));
    }

    @Test
    void aPoolThatCameWhileThisWasAStandbyIsKnownOnceItLeads() {
        ServingGate standby = new ServingGate(new SystemTime());
        RequeueTriggers later = new RequeueTriggers(
                standby, tracker, portIndex, () -> cachedPools, pools::add, this::requeue, Duration.ZERO, time);
        later.poolChanged("main");
        later.namespaceChanged("shop");
        later.declarationsChanged(Set.of(new Slot("a", Protocol.TCP, 1000)));
        standby.beginLoading();
        later.tick(release -> false, ledger);
        assertThat(requeued).isEmpty();
        assertThat(pools).isEmpty();
        later.nodeChanged(joins("a"));
        later.tick(release -> false, ledger);
        assertThat(pools).containsExactly("other");
    }
}
