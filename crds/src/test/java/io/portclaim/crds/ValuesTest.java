package io.portclaim.crds;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.portclaim.api.v1alpha1.AssignedPort;
import io.portclaim.api.v1alpha1.NodeAssignment;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortClaimSpec;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.api.v1alpha1.PortLedger;
import io.portclaim.api.v1alpha1.PortPool;
import io.portclaim.api.v1alpha1.PortReport;
import io.portclaim.api.v1alpha1.PortRequest;
import io.portclaim.api.v1alpha1.Scope;
import io.portclaim.api.v1alpha1.TransportProtocol;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Reading and writing the API's values loses nothing and adds nothing. */
class ValuesTest {
    private static final KubernetesSerialization SERIALIZATION = new KubernetesSerialization();

    private static final String CLAIM = """
            apiVersion: portclaim.io/v1alpha1
            kind: PortClaim
            metadata: {name: web, namespace: games}
            spec:
              poolName: default
              scope: Node
              nodeName: node-a
              nodeSelector:
                matchLabels: {a: b}
                matchExpressions: [{key: c, operator: In, values: [d]}]
              allNodes: true
              ports:
              - {name: http, protocol: TCP, port: 21080, count: 1}
              - {name: game, protocol: UDP, count: 4}
              - {name: sig, protocol: SCTP, count: 1}
              - {name: dns, protocol: TCPUDP, count: 1}
              - {name: rtp, protocol: UDP, count: 2, alignment: 2}
              - {name: bare}
              configMapName: web-ports
            status:
              phase: Bound
              observedGeneration: 3000000000
              poolName: default
              configMapName: web-ports
              summary: http=21080
              nodesDesired: 2
              nodesAssigned: 1
              ports: [{name: http, protocol: TCP, port: 21080}]
              nodes:
              - names: [node-a]
                ports: [{name: game, protocol: UDP, port: 21100, endPort: 21103}]
              - {names: [node-b], ports: [], message: no port is free}
              conditions:
              - type: Ready
                status: "False"
                observedGeneration: 1
                lastTransitionTime: "2026-11-23T09:30:00Z"
                reason: PoolExhausted
                message: no port is free on node-b
            """;
    private static final String POOL = """
            apiVersion: portclaim.io/v1alpha1
            kind: PortPool
            metadata: {name: default}
            spec:
              ranges: ["21000-28999", 31999]
              exclude: ["22623-22625"]
              ephemeralPorts: {policy: Exclude, assumed: "32768-60999"}
              nodePorts: {policy: Ignore, range: "30000-32767"}
              nodeSelector: {matchLabels: {pool: games}}
              strategy: Sequential
              staticBand: 128
              cooldown: {tcp: 120s, udp: 300s, sctp: 120s}
              allowedNamespaces: {matchLabels: {team: games}}
              limits: {portsPerClaim: 64, portsPerNamespace: 0}
            status:
              observedGeneration: 1
              conditions: []
              nodes: 3
              slots: {total: 3000000000, assigned: 1, cooling: 2, available: 3}
              tightestNode: {name: node-c, available: 11}
              claims: 7
              nodeFacts: {reported: 3, annotated: 2, assumed: 1}
            """;
    private static final String LEDGER = """
            apiVersion: portclaim.io/v1alpha1
            kind: PortLedger
            metadata: {name: cluster}
            spec: {format: 1, commitId: c, lease: a/b, holder: h, data: AAAA}
            """;

    private static final String REPORT = """
            apiVersion: portclaim.io/v1alpha1
            kind: PortReport
            metadata: {name: node-a}
            status:
              ephemeralRange: 32768-60999
              reservedPorts: 2703,9808-9809
              unprivilegedPortStart: 1024
              ephemeralPorts: 28232
              connectionsPerSecond: 470
              listeners: {tcp: "22,10248-10250", udp: "68"}
              reporter: {namespace: portclaim-system, name: portclaim-agent-x7k2p, uid: u}
              reportedAt: "2026-11-23T09:30:00Z"
              conditions:
              - type: EphemeralPortPressure
                status: "True"
                lastTransitionTime: "2026-11-23T09:30:00Z"
                reason: DestinationNearlyFull
                message: 10.0.0.9:443
            """;

    static Stream<Arguments> manifests() {
        return Stream.of(
                Arguments.of(Named.of("claim", CLAIM), PortClaim.class),
                Arguments.of(Named.of("pool", POOL), PortPool.class),
                Arguments.of(Named.of("ledger", LEDGER), PortLedger.class),
                Arguments.of(Named.of("report", REPORT), PortReport.class),
                Arguments.of(Named.of("claim without a part", withoutSpecAndStatus(CLAIM)), PortClaim.class),
                Arguments.of(Named.of("pool without a part", withoutSpecAndStatus(POOL)), PortPool.class),
                Arguments.of(Named.of("report without a part", withoutStatus(REPORT)), PortReport.class),
                Arguments.of(Named.of("ledger without a part", withoutSpecAndStatus(LEDGER)), PortLedger.class));
    }

    @ParameterizedTest
    @MethodSource("manifests")
    void comeBackAsTheyWere(String yaml, Class<? extends CustomResource<?, ?>> type) throws JsonProcessingException {
        JsonNode expected = CrdFile.YAML.readTree(yaml);
        assertThat(CrdFile.YAML.readTree(SERIALIZATION.asJson(SERIALIZATION.unmarshal(yaml, type))))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @MethodSource("manifests")
    void skipFieldsThatALaterVersionAdds(String yaml, Class<? extends CustomResource<?, ?>> type)
            throws JsonProcessingException {
        JsonNode known = CrdFile.YAML.readTree(yaml);
        JsonNode later = CrdFile.YAML.readTree(yaml);
        later.findParents("name").stream()
                .filter(parent -> parent != later.get("metadata"))
                .forEach(parent -> ((ObjectNode) parent).put("later", "a field"));
        for (String part : List.of("spec", "status")) {
            if (later.has(part)) {
                ((ObjectNode) later.get(part)).put("later", "a field");
            }
        }
        assertThat(CrdFile.YAML.readTree(
                        SERIALIZATION.asJson(SERIALIZATION.unmarshal(CrdFile.YAML.writeValueAsString(later), type))))
                .isEqualTo(known);
    }

    @Test
    void leaveOutWhatIsAbsent() {
        PortClaim claim = new PortClaim();
        claim.setSpec(new PortClaimSpec(
                null,
                Scope.CLUSTER,
                null,
                null,
                null,
                List.of(new PortRequest("http", TransportProtocol.TCP, null, 1)),
                null));
        claim.setStatus(new PortClaimStatus(
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                List.of(new NodeAssignment(
                        List.of("a"), List.of(new AssignedPort("http", TransportProtocol.TCP, 1, null)), null)),
                null));
        assertThat(SERIALIZATION.asJson(claim)).doesNotContain("null");
    }

    private static String withoutStatus(String yaml) {
        return yaml.substring(0, yaml.indexOf("status:"));
    }

    private static String withoutSpecAndStatus(String yaml) {
        return yaml.substring(0, yaml.indexOf("spec:"));
    }
}
