package io.portclaim.operator.chart;

import static io.portclaim.operator.chart.Release.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import io.portclaim.testing.LocalCluster;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Which queue the API server puts the requests of the operator and of the agents in. */
@ExtendWith(ChartCluster.class)
class FlowSchemaIT {
    private static final String LEASES = "/apis/coordination.k8s.io/v1/namespaces/portclaim/leases";
    /** Set by the API server on every answer. */
    private static final String SCHEMA = "X-Kubernetes-PF-FlowSchema-UID";

    private static Release release;
    private static KubernetesClient admin;
    private static KubernetesClient operator;
    private static KubernetesClient agents;

    @BeforeAll
    static void install(LocalCluster cluster) {
        release = Release.install(cluster, "{agent: {enabled: true}}");
        admin = cluster.client();
        operator = release.asOperator();
        agents = cluster.clientAs(NodeAgent.USER, "system:serviceaccounts", "system:authenticated");
        // The API server follows a new schema after a moment.
        await("the schemas hold")
                .atMost(SOON)
                .until(() -> queue(operator, "GET", LEASES + "/portclaim").equals("portclaim-lease"));
    }

    @AfterAll
    static void uninstall() {
        release.close();
    }

    /** The name of the schema that a request was served under. */
    private static String queue(KubernetesClient client, String method, String path) {
        HttpRequest request = client.getHttpClient()
                .newHttpRequestBuilder()
                .uri(client.getMasterUrl().toString().replaceFirst("/$", "") + path)
                .method(method, method.equals("PATCH") ? "application/merge-patch+json" : "application/json", "{}")
                .build();
        HttpResponse<byte[]> response =
                client.getHttpClient().sendAsync(request, byte[].class).join();
        return admin.flowControl().v1().flowSchema().list().getItems().stream()
                .filter(schema -> schema.getMetadata().getUid().equals(response.header(SCHEMA)))
                .map(schema -> schema.getMetadata().getName())
                .findFirst()
                .orElse("none of those there");
    }

    @Test
    void theLeaseGoesBesideTheSystemsOwn() {
        assertThat(queue(operator, "PATCH", LEASES + "/portclaim")).isEqualTo("portclaim-lease");
        assertThat(queue(operator, "PUT", LEASES + "/portclaim")).isEqualTo("portclaim-lease");
        assertThat(queue(operator, "POST", LEASES)).isEqualTo("portclaim-lease");
    }

    @Test
    void theLedgerGoesBeforeOtherServiceAccounts() {
        assertThat(queue(operator, "GET", Wire.LEDGERS + "/cluster")).isEqualTo("portclaim-ledger");
        assertThat(queue(operator, "PATCH", Wire.LEDGERS + "/cluster")).isEqualTo("portclaim-ledger");
        assertThat(queue(operator, "POST", Wire.LEDGERS)).isEqualTo("portclaim-ledger");
    }

    @Test
    void agentsWaitForThemselves() {
        assertThat(queue(agents, "GET", Wire.REPORTS + "/node-1")).isEqualTo("portclaim-agents");
        assertThat(queue(agents, "POST", Wire.REPORTS)).isEqualTo("portclaim-agents");
        assertThat(queue(agents, "PUT", Wire.REPORTS + "/node-1/status")).isEqualTo("portclaim-agents");
        assertThat(queue(operator, "GET", Wire.REPORTS)).isEqualTo("service-accounts");
        assertThat(admin.flowControl()
                        .v1()
                        .priorityLevelConfigurations()
                        .withName("portclaim-agents")
                        .require()
                        .getSpec()
                        .getLimited()
                        .getBorrowingLimitPercent())
                .as("what they may take from others")
                .isZero();
    }

    @Test
    void allElseWaitsAsOthersDo() {
        assertThat(queue(operator, "GET", Wire.POOLS)).isEqualTo("service-accounts");
        assertThat(queue(operator, "POST", Wire.CONFIG_MAPS.formatted("default")))
                .isEqualTo("service-accounts");
    }

    @Test
    void theLevelsThatAreNamedAreThere() {
        assertThat(Chart.render("{agent: {enabled: true}}").all("FlowSchema"))
                .hasSize(3)
                .allSatisfy(schema -> assertThat(admin.flowControl()
                                .v1()
                                .priorityLevelConfigurations()
                                .withName(schema.at("/spec/priorityLevelConfiguration/name")
                                        .asText())
                                .get())
                        .isNotNull());
    }
}
