package io.portclaim.operator.protocol.pods;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.api.v1alpha1.PodCounts;
import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.allocation.ClaimAllocation;
import io.portclaim.operator.allocation.ForeignPorts;
import io.portclaim.operator.allocation.Listeners;
import io.portclaim.operator.allocation.NodeFacts;
import io.portclaim.operator.allocation.Place;
import io.portclaim.operator.allocation.PodRequest;
import io.portclaim.operator.allocation.PodUse;
import io.portclaim.operator.allocation.PoolRules;
import io.portclaim.operator.allocation.PortGrant;
import io.portclaim.operator.allocation.PortIndex;
import io.portclaim.operator.allocation.Refusal;
import io.portclaim.operator.allocation.RequestedPort;
import io.portclaim.operator.allocation.Slot;
import io.portclaim.operator.codec.EstimatedSize;
import io.portclaim.operator.protocol.Background;
import io.portclaim.operator.protocol.PodsAtTakeOver;
import io.portclaim.operator.protocol.ServingGate;
import io.portclaim.operator.threads.SystemTime;
import io.portclaim.ports.PortSet;
import io.portclaim.ports.Protocol;
import io.portclaim.testing.SetClock;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A pod's way and its life, step by step. */
class PodServiceTest {
    private static final PodUse NO_PODS = release -> false;
    private static final Duration COOLDOWN = Duration.ofSeconds(120);

    private final SetClock clock = new SetClock();
    private final ForeignPorts foreign = new ForeignPorts();
    private final PortIndex index = new PortIndex(clock, foreign, new Listeners(foreign, clock), new EstimatedSize());
    private final ServingGate gate = new ServingGate(new SystemTime());
    private final FakePods api = new FakePods();
    private final Later background = new Later();
    private final List<String> refused = new ArrayList<>();
    private PoolRules pool = pool("100-109");
    private int commits;
    private boolean isGuarded = true;
    /** Why the next pod is refused; null where it is not. */
    private @Nullable Refusal refusal;
    /** What others do between a refusal and its record. */
    private Runnable whileRefusing = () -> {};

    private PodService service = service();

    private static PoolRules pool(String ranges) {
        return new PoolRules(
                "default",
                PoolRules.Spec.of(PortSet.parse(ranges)).staticBand(0).build());
    }

    private PodService service() {
        return new PodService(
                new PodService.Surroundings(
                        api,
                        index,
                        (name, grant) -> COOLDOWN,
                        foreign,
                        new Everyone(),
                        () -> commits++,
                        background,
                        new Observed(),
                        claim -> {},
                        namespace -> isGuarded),
                gate);
    }

    /** Runs when the test says so. */
    private static final class Later implements Background {
        private final Queue<Runnable> work = new ArrayDeque<>();
        private final Queue<Runnable> paused = new ArrayDeque<>();

        @Override
        public boolean run(Runnable task) {
            return work.add(task);
        }

        @Override
        public void runAfter(Duration pause, Runnable task) {
            paused.add(task);
        }

        @Override
        public boolean finish(Duration atMost) {
            return true;
        }

        void runAll() {
            for (Runnable task = work.poll(); task != null; task = work.poll()) {
                task.run();
            }
        }

        void pass() {
            work.addAll(paused);
            paused.clear();
            runAll();
        }
    }

    private final class Everyone implements PodAdmitter {
        @Override
        public Admitted admit(ClaimPod pod) {
            if (refusal != null) {
                Refusal now = refusal;
                refusal = null;
                whileRefusing.run();
                return new Admitted.Refused(now);
            }
            return new Admitted.Request(new PodRequest(
                    pod.uid(),
                    pod.key(),
                    pod.created(),
                    pool,
                    List.of(new RequestedPort("http", TransportProtocol.TCP, null, 1)),
                    pod.boundTo(),
                    candidates(pod, "default"),
                    false));
        }

        @Override
        public PodRequest.Candidates candidates(ClaimPod pod, String poolName) {
            Map<String, NodeFacts> nodes = new HashMap<>();
            for (String name : List.of("a", "b")) {
                nodes.put(name, new NodeFacts(name, null, PortSet.EMPTY, false, NodeFacts.Source.ASSUMED));
            }
            return new PodRequest.Candidates(nodes, nodes, Map.of("a", "a", "b", "b"));
        }
    }

    private final class Observed implements PodObserver {
        @Override
        public void served(ClaimPod pod, String poolName) {}

        @Override
        public void refused(ClaimPod pod, Refusal refusal) {
            refused.add(pod.name() + " " + refusal.reason());
        }

        @Override
        public void failed() {}
    }

    @BeforeEach
    void begin() {
        gate.open();
    }

    private void see(ClaimPod pod) {
        service.seen(pod);
        background.runAll();
    }

    private String held(String name) {
        return index.pods()
                .of("uid-" + name)
                .map(ClaimAllocation::current)
                .map(current -> current.byPlace().keySet() + " "
                        + current.byPlace().values().iterator().next().get(0).port())
                .orElse("nothing");
    }

    @Test
    void aPodIsDecidedCommittedAndPublished() {
        see(api.gated("x"));

        assertThat(api.patches).containsExactly("x 100 []");
        assertThat(commits).isEqualTo(1);
        assertThat(held("x")).isEqualTo("[?] 100");
        assertThat(index.snapshot().pending()).isEmpty();
        see(api.bind("x", "a", false));
        assertThat(held("x")).isEqualTo("[a] 100");
        assertThat(service.counts()).isEqualTo(new PodCounts(1, 0));
    }

    /** Another thread may have it while the pod is refused for what stood before: no later event would have it tried again. */
    @Test
    void whatBecomesFreeWhileAPodIsRefusedIsNotMissed() {
        refusal = new Refusal(Reason.POOL_EXHAUSTED, "no port is free");
        whileRefusing = () -> {
            service.slotsMayBeFree();
            background.runAll();
        };
        see(api.gated("x"));

        assertThat(api.patches).containsExactly("x 100 []");
        assertThat(refused).containsExactly("x PoolExhausted");
    }

    @Test
    void whatFailedIsSentAgainUnchanged() {
        see(api.gated("y"));
        see(api.bind("y", "a", false));
        pool = pool("100-100");
        api.faults.addAll(List.of(FakePods.Fault.FAILED, FakePods.Fault.NO_ANSWER_AND_NOT_DONE));
        see(api.gated("x"));
        // What the pod leaves out is fixed, whatever becomes free meanwhile.
        service.deleted(api.now("y"), true);
        background.pass();
        background.pass();

        assertThat(api.patches).containsExactly("y 100 []", "x 100 [a]", "x 100 [a]", "x 100 [a]");
        assertThat(api.now("x").carriesPorts()).isTrue();
        assertThat(held("x")).isEqualTo("[?] 100");
    }

    @Test
    void whereTheAnswerIsLostThePatchIsFoundDone() {
        api.faults.add(FakePods.Fault.NO_ANSWER_BUT_DONE);
        see(api.gated("x"));
        background.pass();
        background.pass();

        assertThat(api.patches).containsExactly("x 100 []", "x 100 []");
        assertThat(index.snapshot().pending()).isEmpty();
        assertThat(held("x")).isEqualTo("[?] 100");
    }

    @Test
    void aPodThatIsGoneIsNotServedLate() {
        ClaimPod pod = api.gated("x");
        service.seen(pod);
        api.pods.remove("x");
        service.deleted(pod, true);
        background.runAll();
        assertThat(api.patches).isEmpty();

        service.seen(pod);
        background.runAll();
        assertThat(api.patches).as("an old list says that it is there").isEmpty();
    }

    @Test
    void theEndOfAPodWithoutANodeFreesItsPortAtOnce() {
        see(api.gated("x"));
        service.deleted(api.now("x"), true);

        assertThat(held("x")).isEqualTo("nothing");
        assertThat(index.unfinishedReleases()).isZero();
    }

    @Test
    void whereNobodySawItGoItsPortCoolsEverywhere() {
        see(api.gated("x"));
        service.deleted(api.now("x"), false);

        assertThat(index.unfinishedReleases()).isEqualTo(1);
        assertThat(index.snapshot().releases().get(0).place()).isEqualTo("?");
        assertThat(index.snapshot().releases().get(0).key()).isNull();
    }

    @Test
    void anEndThatIsSeenBeforeTheNodeCoolsOnTheNode() {
        see(api.gated("x"));
        service.deleted(api.bind("x", "b", true), true);

        assertThat(index.snapshot().releases().get(0).place()).isEqualTo("b");
        assertThat(index.snapshot().releases().get(0).key()).isNotNull();
    }

    @Test
    void anEndThatNobodyReportedIsBlockedForTheGracePeriodToo() {
        see(api.gated("x"));
        see(api.bind("x", "b", false));
        service.deleted(api.now("x"), true);

        assertThat(index.snapshot().releases().get(0).cooldown()).isEqualTo(COOLDOWN.plusSeconds(30));
        assertThat(index.snapshot().releases().get(0).key()).isNull();
    }

    @Test
    void aPodWhoseGateSomebodyRemovedHoldsNothing() {
        api.faults.add(FakePods.Fault.FAILED);
        see(api.gated("x"));
        assertThat(held("x")).isEqualTo("[?] 100");
        see(api.put(api.pod("uid-x", "x", ClaimPod.Gate.GONE, "a", List.of(), false, false)));

        assertThat(held("x")).isEqualTo("nothing");
        assertThat(index.unfinishedReleases()).isZero();
    }

    @Test
    void portsThatNobodyAssignedAreKeptFromOthers() {
        List<PortGrant> grants = List.of(new PortGrant("http", TransportProtocol.TCP, 100, 1));
        see(api.put(api.pod("uid-x", "x", ClaimPod.Gate.GONE, "a", grants, false, false)));
        assertThat(foreign.isDeclared(new Slot("a", Protocol.TCP, 100))).isTrue();

        service.deleted(api.now("x"), true);
        assertThat(foreign.isDeclared(new Slot("a", Protocol.TCP, 100))).isFalse();
    }

    /** Without the policies, whoever may create a pod could keep every port from everybody by an annotation. */
    @Test
    void portsThatATenantCanHaveWrittenAreKeptFromNobody() throws IOException {
        isGuarded = false;
        List<PortGrant> all = List.of(new PortGrant("all", TransportProtocol.TCPUDP, 1, 65_535));
        see(api.put(api.pod("uid-x", "x", ClaimPod.Gate.GONE, null, all, false, false)));

        assertThat(foreign.isDeclared(new Slot("a", Protocol.TCP, 100))).isFalse();
        assertThat(foreign.isDeclared(new Slot(Place.EVERYWHERE, Protocol.UDP, 100)))
                .isFalse();
        assertThat(service.list()).noneMatch(PodsAtTakeOver.FoundPod::isGuarded);
        service.begin();
        assertThat(held("x")).isEqualTo("nothing");
        assertThat(foreign.isDeclared(new Slot(Place.EVERYWHERE, Protocol.UDP, 100)))
                .isFalse();
    }

    /** Pods with ports from before scope Pod was disabled keep them. */
    @Test
    void whatAPodWasAssignedStaysItsOwnWithoutPolicies() {
        api.gated("x");
        see(api.now("x"));
        isGuarded = false;

        see(api.bind("x", "a", false));
        assertThat(held("x")).isEqualTo("[a] 100");
    }

    @Test
    void aPodThatIsRefusedIsServedWhenSomethingIsFree() {
        pool = pool("100-100");
        see(api.gated("x"));
        see(api.gated("y"));
        see(api.gated("z"));
        assertThat(refused).containsExactly("y PodsWaiting", "z PodsWaiting");
        assertThat(service.counts()).isEqualTo(new PodCounts(1, 2));

        see(api.bind("x", "a", false));

        assertThat(api.patches).containsExactly("x 100 []", "y 100 [a]");
        assertThat(refused).hasSize(2);
        see(api.bind("y", "b", false));
        assertThat(refused).containsExactly("y PodsWaiting", "z PodsWaiting", "z PoolExhausted");
        service.deleted(api.bind("y", "b", true), true);
        clock.goOn(COOLDOWN);
        index.advance(NO_PODS);
        service.slotsMayBeFree();
        background.runAll();
        assertThat(api.now("z").carriesPorts()).isTrue();
    }

    @Test
    void whatAListHasNoMoreIsLookedUp() {
        see(api.gated("x"));
        see(api.bind("x", "a", false));
        service.missing("uid-x");
        background.runAll();
        assertThat(held("x")).as("the list was older than the pod").isEqualTo("[a] 100");

        api.pods.remove("x");
        service.missing("uid-x");
        background.runAll();
        assertThat(held("x")).isEqualTo("nothing");
        assertThat(index.snapshot().releases().get(0).key()).isNull();
    }

    @Test
    void aSweepFindsWhatNoWatchHasBrought() {
        see(api.gated("x"));
        see(api.bind("x", "a", false));
        see(api.gated("y"));
        api.pods.remove("x");
        service.sweep((namespace, name, uid) -> name.equals("y"));
        background.runAll();

        assertThat(held("x")).isEqualTo("nothing");
        assertThat(index.unfinishedReleases()).isEqualTo(1);
        assertThat(held("y")).isEqualTo("[?] 101");
    }

    @Test
    void whatEndedAndIsStillThereHoldsNothing() {
        see(api.gated("x"));
        ClaimPod bound = api.bind("x", "a", true);
        see(new ClaimPod(
                bound.uid(),
                "ns",
                "x",
                "web",
                bound.version() + 1,
                bound.created(),
                bound.gate(),
                "a",
                null,
                bound.carried(),
                bound.reads(),
                true,
                true,
                false,
                bound.grace(),
                bound.placement()));

        assertThat(held("x")).isEqualTo("nothing");
        assertThat(index.snapshot().releases().get(0).place()).isEqualTo("a");
    }

    @Test
    void anOlderViewOfAPodCountsForNothing() {
        see(api.gated("x"));
        ClaimPod before = api.now("x");
        see(api.bind("x", "a", false));
        see(before);
        assertThat(service.tracker().get("uid-x").orElseThrow().node()).isEqualTo("a");
    }
}
