package io.portclaim.operator.claim;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.allocation.ForeignPorts;
import io.portclaim.operator.allocation.Listeners;
import io.portclaim.operator.allocation.Refusal;
import io.portclaim.operator.allocation.RequestedPort;
import io.portclaim.operator.node.ClusterView;
import io.portclaim.operator.node.NoopClusterListener;
import io.portclaim.operator.pool.Pools;
import io.portclaim.operator.protocol.Admitter;
import io.portclaim.operator.protocol.Claim;
import io.portclaim.testing.SetClock;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How much one claim may ask for. */
class AdmissionTest {
    /** A pool's spec. */
    private static final String UNLIMITED =
            "{ranges: [1024-65535], staticBand: 0, cooldown: {tcp: 65s}, limits: {portsPerClaim: 0}}";

    private final ScriptedApi api = new ScriptedApi();
    private final ForeignPorts foreign = new ForeignPorts();
    private final ClusterView cluster = new ClusterView(
            api.client(),
            foreign,
            new Listeners(foreign, new SetClock()),
            new NoopClusterListener(),
            new SetClock(),
            Duration.ZERO);
    private final Pools pools = new Pools(cluster.nodes(), Duration.ZERO, pool -> {});

    @AfterEach
    void end() {
        cluster.close();
        api.close();
    }

    private static String refusal(int nodes, int names, int count, TransportProtocol transport) {
        List<RequestedPort> requestedPorts = Collections.nCopies(names, new RequestedPort("p", transport, null, count));
        return NodeLimit.refusal(nodes, requestedPorts, 500)
                .map(Refusal::message)
                .orElse("none");
    }

    @ParameterizedTest
    @CsvSource({
        "500, 1, 64, TCPUDP",
        "500, 1, 200, TCP",
        "500, 1, 100, TCPUDP",
        "500, 20, 10, UDP",
        "1, 1, 50000, TCPUDP",
        "0, 2, 65535, TCPUDP"
    })
    void aClaimMayCoverSoManyNodes(int nodes, int names, int count, TransportProtocol transport) {
        assertThat(refusal(nodes, names, count, transport)).isEqualTo("none");
    }

    @ParameterizedTest
    @CsvSource({
        "500, 1, 201, TCP, 201, 100500, 200, 497",
        "500, 1, 101, TCPUDP, 202, 101000, 200, 495",
        "101, 2, 500, SCTP, 1000, 101000, 990, 100",
        "500, 1, 65535, TCPUDP, 131070, 65535000, 200, "
    })
    void numbersTimesNodesAreLimited(
            int nodes, int names, int count, TransportProtocol transport, long each, long all, int most, String fewer) {
        assertThat(refusal(nodes, names, count, transport))
                .startsWith("the claim covers %d nodes with %d numbers on each".formatted(nodes, each))
                .contains("that is %d, and a claim may have at most 100000".formatted(all))
                .contains("; request %d numbers or fewer, use scope Cluster".formatted(most))
                .endsWith("narrow spec.nodeSelector" + (fewer == null ? "" : " to %s nodes".formatted(fewer)));
    }

    @Test
    void namesTimesNodesAreLimitedToo() {
        assertThat(refusal(500, 21, 1, TransportProtocol.TCP))
                .startsWith("the claim covers 500 nodes, but one with 21 named ports may cover at most 476,");
        assertThat(refusal(501, 1, 1, TransportProtocol.TCP))
                .startsWith("the claim covers 501 nodes, but one with 1 named ports may cover at most 500,");
    }

    @Test
    void whereTheNodesAreTooManyAnyhowFewerNumbersAreNoWayOut() {
        assertThat(refusal(501, 1, 400, TransportProtocol.TCP))
                .endsWith("may have at most 100000; use scope Cluster, or narrow spec.nodeSelector to 250 nodes");
    }

    /** A claim for all of that many nodes, of a pool with this spec. */
    private Admitter.Admitted admit(int nodes, String pool, String ports) {
        pools.onAdd(Samples.pool(pool));
        for (int i = 0; i < nodes; i++) {
            cluster.nodes()
                    .onAdd(new NodeBuilder()
                            .withNewMetadata()
                            .withName("n" + i)
                            .endMetadata()
                            .build());
        }
        Claim claim = Samples.claim(
                Samples.WEB, "uid", 1, "{poolName: main, scope: Node, allNodes: true, ports: [%s]}".formatted(ports));
        Admitter.Admitted result =
                new Admission(pools, cluster, 500, namespace -> true, new ClaimsByNode()).admit(claim, "main");
        assertThat(result.nodes()).hasSize(nodes);
        return result;
    }

    @ParameterizedTest
    @CsvSource({"16666, true", "16667, false"})
    void aClaimOfTooManyNumbersIsRefused(int count, boolean admitted) {
        Admitter.Admitted result = admit(3, UNLIMITED, "{name: http, protocol: TCPUDP, count: %d}".formatted(count));

        if (admitted) {
            assertThat(result.refusal()).isNull();
        } else {
            assertThat(result.refusal()).isNotNull();
            assertThat(result.refusal().reason()).isEqualTo(Reason.TOO_MANY_NODES);
        }
    }

    /** As many blocks as the schema allows, on as many nodes as a claim of one may cover. */
    @ParameterizedTest
    @ValueSource(strings = {"", ", count: 2, alignment: 64", ", count: 100, protocol: TCPUDP"})
    void theMostBlocksOnTheMostNodesAreRefused(String more) {
        Admitter.Admitted result = admit(500, UNLIMITED, blocks(64, more));

        assertThat(result.request()).isNull();
        assertThat(result.refusal()).isNotNull();
        assertThat(result.refusal().reason()).isEqualTo(Reason.TOO_MANY_NODES);
        assertThat(result.refusal().message()).startsWith("the claim covers 500 nodes");
    }

    @ParameterizedTest
    @CsvSource({"156, true", "157, false"})
    void theMostBlocksMayBeOnSoManyNodes(int nodes, boolean admitted) {
        assertThat(admit(nodes, UNLIMITED, blocks(64, "")).refusal() == null).isEqualTo(admitted);
    }

    private static String blocks(int count, String more) {
        return IntStream.range(0, count)
                .mapToObj(i -> "{name: p%d%s}".formatted(i, more))
                .collect(Collectors.joining(", "));
    }
}
