package io.portclaim.operator.claim;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Node;
import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.ForeignPorts;
import io.portclaim.operator.allocation.Listeners;
import io.portclaim.operator.allocation.PortIndex;
import io.portclaim.operator.allocation.Refusal;
import io.portclaim.operator.codec.EstimatedSize;
import io.portclaim.operator.node.ClusterView;
import io.portclaim.operator.node.NoopClusterListener;
import io.portclaim.operator.pool.Pools;
import io.portclaim.operator.protocol.Claim;
import io.portclaim.operator.protocol.ClaimDecider;
import io.portclaim.operator.protocol.ClaimTracker;
import io.portclaim.testing.SetClock;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ClaimDeciderTest {
    private static final Duration GRACE = Duration.ofMinutes(10);

    private final ScriptedApi api = new ScriptedApi();
    private final SetClock clock = new SetClock();
    private final ForeignPorts foreign = new ForeignPorts();
    private final Listeners listeners = new Listeners(foreign, clock);
    private final ClusterView cluster =
            new ClusterView(api.client(), foreign, listeners, new NoopClusterListener(), clock, GRACE);
    private final Pools pools = new Pools(cluster.nodes(), Duration.ZERO, pool -> {});
    private final PortIndex portIndex = new PortIndex(clock, foreign, listeners, new EstimatedSize());
    private final ClaimDecider decider = new ClaimDecider(
            new Admission(pools, cluster, 500, namespace -> true, new ClaimsByNode()),
            portIndex,
            new ClaimTracker(),
            cluster.nodes(),
            clock,
            GRACE);

    private @Nullable Refusal standing;

    @BeforeEach
    void begin() {
        cluster.nodes().onAdd(node("a"));
        cluster.nodes().onAdd(node("b"));
        pools.onAdd(Samples.pool("{ranges: [1000-1009], staticBand: 0, cooldown: {tcp: 60s}}"));
    }

    @AfterEach
    void end() {
        cluster.close();
        api.close();
    }

    private static Node node(String name) {
        return Samples.YAML.unmarshal("apiVersion: v1\nkind: Node\nmetadata: {name: %s}".formatted(name), Node.class);
    }

    /** The claim, on every node of the pool, that asks for these ports. */
    private static Claim everyNode(String ports) {
        return claim("agent", "allNodes: true, ports: " + ports);
    }

    private static Claim claim(String name, String spec) {
        return Samples.claim(
                new ClaimKey("shop", name), "uid-" + name, 10, "{poolName: main, scope: Node, %s}".formatted(spec));
    }

    private ClaimDecider.Outcome on(Claim claim) {
        return decider.decide(claim, held -> Optional.ofNullable(standing), () -> Assignment.NONE);
    }

    private ClaimDecider.Outcome published(Claim claim) {
        ClaimDecider.Outcome outcome = on(claim);
        assertThat(outcome.refusal()).isNull();
        portIndex.settle(claim.uid(), pools, Samples.NAMED_UNTIL);
        return outcome;
    }

    private void nodeIsGoneFor(Duration time) {
        cluster.nodes().onDelete(node("b"), false);
        clock.goOn(time);
    }

    @Test
    void anEditThatIsRefusedStillLetsGoOfANodeThatIsGoneForGood() {
        published(claim("other", "nodeName: a, ports: [{name: http, port: 1005}]"));
        assertThat(published(everyNode("[{name: http}]")).assignment().places()).containsExactly("a", "b");
        nodeIsGoneFor(GRACE);
        ClaimDecider.Outcome outcome = on(everyNode("[{name: http}, {name: more, port: 1005}]"));
        assertThat(Objects.requireNonNull(outcome.refusal()).reason()).isEqualTo(Reason.PORT_TAKEN);
        assertThat(outcome.isNew()).isTrue();
        assertThat(outcome.published().places()).containsExactly("a", "b");
        assertThat(outcome.assignment().places()).containsExactly("a");
        assertThat(outcome.assignment().at("a")).isEqualTo(outcome.published().at("a"));
    }

    @Test
    void withinTheGraceARefusedEditChangesNothing() {
        published(claim("other", "nodeName: a, ports: [{name: http, port: 1005}]"));
        published(everyNode("[{name: http}]"));
        nodeIsGoneFor(GRACE.minusSeconds(1));
        ClaimDecider.Outcome outcome = on(everyNode("[{name: http}, {name: more, port: 1005}]"));
        assertThat(outcome.isNew()).isFalse();
        assertThat(outcome.assignment().places()).containsExactly("a", "b");
        assertThat(outcome.lookAgain()).isEqualTo(Duration.ofSeconds(2));
    }

    @Test
    void whatIsDecidedStandsBesideWhatIsPublishedUntilItIsSettled() {
        ClaimDecider.Outcome first = on(everyNode("[{name: http}]"));
        assertThat(first.isNew()).isTrue();
        assertThat(first.published().isEmpty()).isTrue();
        ClaimDecider.Outcome again = on(everyNode("[{name: http}, {name: more}]"));
        assertThat(again.isUnfinished()).isTrue();
        assertThat(again.assignment()).isEqualTo(first.assignment());
        assertThat(Objects.requireNonNull(again.refusal()).reason()).isEqualTo(Reason.NOT_ASSIGNED);
    }

    private static final Refusal FROZEN = new Refusal(Reason.CONFIG_MAP_REFUSED, "it is immutable");

    /** What can't be published is not decided: it would take room from others for as long as it waits. */
    @Test
    void whatTheConfigMapCanNotFollowIsNotDecided() {
        published(everyNode("[{name: http}]"));
        standing = FROZEN;
        ClaimDecider.Outcome outcome = on(everyNode("[{name: http}, {name: more}]"));
        assertThat(outcome.unpublishable()).isEqualTo(FROZEN);
        assertThat(outcome.isNew()).isFalse();
        assertThat(outcome.assignment()).isEqualTo(outcome.published());
        assertThat(outcome.assignment().places()).containsExactly("a", "b");
        assertThat(portIndex.pendingWeight()).isZero();
        standing = null;
        assertThat(on(everyNode("[{name: http}, {name: more}]")).isNew()).isTrue();
    }

    @Test
    void norIsANodeReleasedThatItWouldStillName() {
        published(everyNode("[{name: http}]"));
        nodeIsGoneFor(GRACE);
        standing = FROZEN;
        ClaimDecider.Outcome outcome = on(everyNode("[{name: http}]"));
        assertThat(outcome.unpublishable()).isEqualTo(FROZEN);
        assertThat(outcome.assignment().places()).containsExactly("a", "b");
    }

    @Test
    void aClaimThatHasWhatItAsksForOrNothingIsNotAskedAbout() {
        standing = FROZEN;
        ClaimDecider.Outcome first = on(everyNode("[{name: http}]"));
        assertThat(first.isNew()).isTrue();
        assertThat(first.unpublishable()).isNull();
        portIndex.settle("uid-agent", pools, null);
        assertThat(on(everyNode("[{name: http}]")).unpublishable()).isNull();
    }

    @Test
    void whatIsDecidedAlreadyIsPublishedWhatever() {
        ClaimDecider.Outcome first = on(everyNode("[{name: http}]"));
        standing = FROZEN;
        ClaimDecider.Outcome again = on(everyNode("[{name: http}, {name: more}]"));
        assertThat(again.unpublishable()).isNull();
        assertThat(again.assignment()).isEqualTo(first.assignment());
    }
}
