package io.portclaim.operator.behaviour;

import static io.portclaim.operator.behaviour.OperatorFixture.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portclaim.testing.LocalCluster;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** In which order numbers are given, and when a number that was released is assigned again. */
@ExtendWith(LocalCluster.class)
class ReuseIT {
    private static OperatorFixture fixture;

    @BeforeAll
    static void begin(LocalCluster cluster) {
        fixture = OperatorFixture.withOperator(cluster);
        fixture.node("reuse-a", "{}");
    }

    @AfterAll
    static void end() {
        fixture.close();
    }

    private static ClaimProbe claim(String name, String pool, String ports) {
        return fixture.claim(name, "{poolName: %s, scope: Cluster, ports: [%s]}".formatted(pool, ports));
    }

    private static ClaimProbe onNode(String name, String pool, String ports) {
        return fixture.claim(
                name, "{poolName: %s, scope: Node, nodeName: reuse-a, ports: [%s]}".formatted(pool, ports));
    }

    @Test
    void theStaticBandIsForVeryNumbersUntilTheRestIsGone() {
        fixture.pool("reuse-band", "{ranges: [21000-21003], staticBand: 2}");
        assertThat(claim("band-1", "reuse-band", "{name: a}").ports()).isEqualTo("a=21002");
        assertThat(claim("band-2", "reuse-band", "{name: a, port: 21001}").ports())
                .isEqualTo("a=21001");
        assertThat(claim("band-3", "reuse-band", "{name: a}").ports()).isEqualTo("a=21003");
        assertThat(claim("band-4", "reuse-band", "{name: a}").ports())
                .as("the rest is gone")
                .isEqualTo("a=21000");
    }

    @Test
    void theNextNumberIsTheOneAfterTheLastGiven() {
        fixture.pool("reuse-next", "{ranges: [21100-21103], staticBand: 0, cooldown: {tcp: 0s}}");
        ClaimProbe first = claim("next-1", "reuse-next", "{name: a}");
        assertThat(first.ports()).isEqualTo("a=21100");
        first.delete();
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(fixture.poolStatus("reuse-next").slots())
                        .hasFieldOrPropertyWithValue("assigned", 0L)
                        .hasFieldOrPropertyWithValue("cooling", 0L));
        assertThat(claim("next-2", "reuse-next", "{name: a}").ports())
                .as("not the one just freed")
                .isEqualTo("a=21101");
        assertThat(claim("next-3", "reuse-next", "{name: a, count: 2}").ports()).isEqualTo("a=21102-21103");
        assertThat(claim("next-4", "reuse-next", "{name: a}").ports())
                .as("from the start again")
                .isEqualTo("a=21100");
    }

    @Test
    void aNumberCoolsAsLongAsItsProtocolNeeds() {
        fixture.pool("reuse-rest", "{ranges: [21200], staticBand: 0, cooldown: {tcp: 1s, udp: 10m, sctp: 1s}}");
        ClaimProbe tcp = claim("rest-tcp", "reuse-rest", "{name: a}").ready();
        ClaimProbe udp =
                claim("rest-udp", "reuse-rest", "{name: a, protocol: UDP}").ready();
        tcp.delete();
        udp.delete();
        assertThat(claim("rest-tcp-next", "reuse-rest", "{name: a, port: 21200}")
                        .ports())
                .isEqualTo("a=21200");
        assertThat(claim("rest-udp-next", "reuse-rest", "{name: a, port: 21200, protocol: UDP}")
                        .refusal("PortTaken"))
                .startsWith("21200/UDP on every node is cooling after its release for up to 600 s");
    }

    @Test
    void whatCoolsGoesBackAtOnceToTheClaimOfItsName() {
        fixture.pool("reuse-same", "{ranges: [21300-21309], staticBand: 0, cooldown: {tcp: 10m}}");
        ClaimProbe before = claim("same", "reuse-same", "{name: a}, {name: b, count: 2}");
        assertThat(before.ports()).isEqualTo("a=21302, b=21300-21301");
        String uid = before.uid();
        before.delete();
        ClaimProbe after = claim("same", "reuse-same", "{name: a}, {name: b, count: 2}");
        assertThat(after.ports()).isEqualTo("a=21302, b=21300-21301");
        assertThat(after.uid()).isNotEqualTo(uid);
        assertThat(claim("not-same", "reuse-same", "{name: a}").ports()).isEqualTo("a=21303");
    }

    @Test
    void aNumberIsBlockedWhileAPodStillReadsTheConfigMap() {
        fixture.pool("reuse-read", "{ranges: [21400], staticBand: 0, cooldown: {tcp: 15s}}");
        ClaimProbe claim = onNode("read", "reuse-read", "{name: a}").ready();
        var byEnv = fixture.pod(
                fixture.namespace(),
                "reads-env",
                "reuse-a",
                "env: [{name: P, valueFrom: {configMapKeyRef: {name: read-ports, key: A_PORT}}}]");
        var byEnvFrom = fixture.pod(
                fixture.namespace(), "reads-env-from", "reuse-a", "envFrom: [{configMapRef: {name: read-ports}}]");
        claim.delete();
        await().atMost(SOON)
                .untilAsserted(
                        () -> assertThat(fixture.whyTaken("reuse-read", "reuse-a", 21400))
                                .startsWith(
                                        "False PortTaken: 21400/TCP on node reuse-a is released, and blocked until no ConfigMap, pod or process uses it and the cooldown has ended"));
        ClaimProbe next = onNode("read-next", "reuse-read", "{name: a}");
        next.refusal("PoolExhausted");
        fixture.removePod(byEnv);
        // A pod that has ended uses nothing any more, though it is still there.
        fixture.endPod(byEnvFrom);
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(fixture.whyTaken("reuse-read", "reuse-a", 21400))
                        .contains("is cooling"));
        assertThat(next.ports()).isEqualTo("a=21400");
    }

    @Test
    void aNumberIsBlockedWhileAPodStillDeclaresIt() {
        fixture.pool("reuse-host", "{ranges: [21500], staticBand: 0, cooldown: {tcp: 1s}}");
        ClaimProbe claim = onNode("host", "reuse-host", "{name: a}").ready();
        var pod = fixture.pod(
                fixture.namespace(), "declares", "reuse-a", "ports: [{containerPort: 80, hostPort: 21500}]");
        claim.delete();
        ClaimProbe next = onNode("host-next", "reuse-host", "{name: a}");
        assertThat(next.refusal("PoolExhausted"))
                .startsWith("no port is free for 'a' (TCP) in pool reuse-host on node reuse-a");
        assertThat(fixture.whyTaken("reuse-host", "reuse-a", 21500))
                .contains(
                        "is released, and blocked until no ConfigMap, pod or process uses it and the cooldown has ended");
        fixture.removePod(pod);
        assertThat(next.ports()).isEqualTo("a=21500");
    }
}
