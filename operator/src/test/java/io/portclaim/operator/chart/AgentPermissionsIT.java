package io.portclaim.operator.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.portclaim.agent.FakeProc;
import io.portclaim.agent.RunningAgent;
import io.portclaim.api.v1alpha1.PortReport;
import io.portclaim.operator.chart.Grants.Grant;
import io.portclaim.testing.AuditedRequest;
import io.portclaim.testing.LocalCluster;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What an agent's token opens: the three requests by which it reports, and nothing else of the cluster. */
@ExtendWith(ChartCluster.class)
class AgentPermissionsIT {
    private static LocalCluster cluster;
    private static Release release;
    private static NodeAgent agent;

    @TempDir
    Path folder;

    @BeforeAll
    static void install(LocalCluster given) {
        cluster = given;
        release = Release.install(cluster, "{agent: {enabled: true}, defaultPool: {create: true}}");
        agent = NodeAgent.on(cluster, "permissions-agent");
        await("its role holds")
                .atMost(Release.SOON)
                .until(() -> agent.wire().get(agent.path()).startsWith("404"));
    }

    @AfterAll
    static void uninstall() {
        agent.close();
        release.close();
    }

    /** All that an agent ever asks: at its start, for a change, after a restart, and when its report was deleted. */
    @Test
    void nothingIsMissingAndNothingSpare() {
        long start = AuditedRequest.end(cluster.auditLog());
        FakeProc proc = new FakeProc(folder);
        proc.tcp(FakeProc.row("0A", "0.0.0.0:22", "0.0.0.0:0"));
        proc.udp();
        proc.sysctls("32768\t60999", "", 1024);
        stepUntilItReports("32768-60999", agent.program(folder));
        proc.sysctls("40000\t60999", "", 1024);
        RunningAgent restarted = agent.program(folder);
        stepUntilItReports("40000-60999", restarted);
        cluster.client().resources(PortReport.class).withName(agent.nodeName()).delete();
        proc.sysctls("41000\t60999", "", 1024);
        stepUntilItReports("41000-60999", restarted);

        Set<AuditedRequest> requests = AuditedRequest.since(start, cluster.auditLog(), NodeAgent.USER);
        List<Grant> grants = Grants.of(Chart.render("{agent: {enabled: true}}"), "portclaim-agent");
        assertThat(requests)
                .allSatisfy(request -> assertThat(grants).anyMatch(grant -> grant.allows(request)))
                .extracting(request -> request.verb() + " " + request.code())
                .contains("get 404", "create 201", "update 200", "get 200", "update 404");
        assertThat(grants).isNotEmpty().allSatisfy(grant -> assertThat(requests).anyMatch(grant::allows));
    }

    private static void stepUntilItReports(String range, RunningAgent running) {
        await(range + " in the report").atMost(Release.SOON).untilAsserted(() -> {
            running.agent().step();
            PortReport report = cluster.client()
                    .resources(PortReport.class)
                    .withName(agent.nodeName())
                    .get();
            assertThat(report).as(running::log).isNotNull();
            assertThat(report.getStatus()).as(running::log).isNotNull();
            assertThat(report.getStatus().ephemeralRange()).as(running::log).isEqualTo(range);
        });
    }

    @Test
    void aStolenTokenOpensNothingElse() {
        String namespace = cluster.newNamespace();
        String claims = Wire.CLAIMS.formatted(namespace);
        Wire wire = agent.wire();
        List<String> answers = List.of(
                wire.get(Wire.REPORTS),
                wire.delete(Wire.REPORTS),
                wire.delete(agent.path()),
                wire.merge(agent.path(), "{metadata: {labels: {a: b}}}"),
                wire.merge(agent.path() + "/status", "{status: {ephemeralRange: 1-2}}"),
                wire.get("/api/v1/nodes"),
                wire.get("/api/v1/nodes/" + agent.nodeName()),
                wire.merge("/api/v1/nodes/" + agent.nodeName(), "{metadata: {annotations: {a: b}}}"),
                wire.merge("/api/v1/nodes/" + agent.nodeName() + "/status", "{status: {}}"),
                wire.get("/api/v1/pods"),
                wire.post("/api/v1/namespaces/" + namespace + "/pods", "{metadata: {name: a}}"),
                wire.delete("/api/v1/namespaces/portclaim/pods/"
                        + agent.pod().getMetadata().getName()),
                wire.get("/api/v1/namespaces/" + namespace + "/secrets"),
                wire.get(Wire.CONFIG_MAPS.formatted(namespace)),
                wire.post("/api/v1/namespaces/" + namespace + "/events", "{metadata: {name: a}}"),
                wire.post(
                        "/api/v1/namespaces/portclaim/serviceaccounts/portclaim-agent/token",
                        "{apiVersion: authentication.k8s.io/v1, kind: TokenRequest, spec: {}}"),
                wire.get(claims),
                wire.post(claims, "{metadata: {name: a}}"),
                wire.get(Wire.POOLS),
                wire.merge(Wire.POOLS + "/default", "{metadata: {labels: {a: b}}}"),
                wire.get(Wire.LEDGERS + "/cluster"));
        assertThat(answers).allSatisfy(answer -> assertThat(answer).startsWith("403"));
    }
}
