package io.portclaim.jmh;

import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.Decision;
import io.portclaim.operator.allocation.ForeignPorts;
import io.portclaim.operator.allocation.Listeners;
import io.portclaim.operator.allocation.NodeFacts;
import io.portclaim.operator.allocation.Place;
import io.portclaim.operator.allocation.PoolRules;
import io.portclaim.operator.allocation.PortIndex;
import io.portclaim.operator.allocation.Request;
import io.portclaim.operator.allocation.RequestedPort;
import io.portclaim.operator.codec.EstimatedSize;
import io.portclaim.ports.PortSet;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One claim of one port: decided, and settled as after its status was written. What was given stays: at the end of a run, 16,000 of
 * 20,000 numbers for scope Cluster.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3)
@Measurement(iterations = 5)
@Fork(2)
public class AllocationBenchmark {
    private static final int NODES = 5_000;
    private static final int BATCH = 2_000;

    /** How many slots claims of scope Node hold already. */
    @Param({"0", "100000", "500000"})
    public int held;

    private final NodeFacts some = node(0);
    private final PortIndex index = index();
    private final PoolRules ofNodes = pool("10000-19999");
    /** Numbers of its own, for one that some node holds is free nowhere for scope Cluster. */
    private final PoolRules ofCluster = pool("30000-49999");

    private int claims;

    private static PortIndex index() {
        Clock clock = Clock.systemUTC();
        ForeignPorts foreign = new ForeignPorts();
        return new PortIndex(clock, foreign, new Listeners(foreign, clock), new EstimatedSize());
    }

    private static PoolRules pool(String ranges) {
        return new PoolRules(
                ranges,
                PoolRules.Spec.of(PortSet.parse(ranges))
                        .nodePorts(PortSet.EMPTY)
                        .excludeEphemeral(false)
                        .portsPerClaim(0)
                        .portsPerNamespace(0)
                        .build());
    }

    private static NodeFacts node(int number) {
        return new NodeFacts(
                "node-" + number, PortSet.parse("32768-60999"), PortSet.EMPTY, false, NodeFacts.Source.ANNOTATED);
    }

    /** Makes so many slots held. */
    @Setup(Level.Trial)
    public void fill() {
        IntStream.range(0, held).forEach(i -> assign(ofNodes, "node-" + claims % NODES));
    }

    /** Scope Node, one node after the other. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public void node() {
        IntStream.range(0, BATCH).forEach(i -> assign(ofNodes, "node-" + claims % NODES));
    }

    /** Scope Cluster: a number that is free on all nodes. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public void cluster() {
        IntStream.range(0, BATCH).forEach(i -> assign(ofCluster, Place.EVERYWHERE));
    }

    private void assign(PoolRules pool, String place) {
        String name = "claim-" + claims++;
        Decision decision = index.decide(new Request(
                name,
                new ClaimKey("default", name),
                Instant.EPOCH,
                1,
                pool,
                name + "-ports",
                List.of(new RequestedPort("http", TransportProtocol.TCP, null, 1)),
                List.of(new Request.Target(place, List.of(some)))));
        if (!(decision instanceof Decision.Granted)) {
            throw new IllegalStateException("refused: " + decision);
        }
        index.settle(name, (ofPool, grant) -> Duration.ofMinutes(2), null);
    }
}
