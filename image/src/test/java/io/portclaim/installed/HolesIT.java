package io.portclaim.installed;

import static io.portclaim.installed.Installation.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * No port is given to another while a pod that may have read it still runs, whatever happened while no operator did; and
 * none is kept for longer.
 */
@ExtendWith(Installation.class)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class HolesIT {
    /** Serves its node's name on the port that the ConfigMap named when it started. */
    private static final String READER = """
            apiVersion: v1
            kind: Pod
            metadata: {name: %1$s, labels: {app: %1$s}}
            spec:
              hostNetwork: true
              nodeName: %2$s
              terminationGracePeriodSeconds: 0
              containers:
              - name: httpd
                image: portclaim.local/busybox:1
                command: [httpd, -f, -p, $(HTTP_PORT), -h, /etc]
                envFrom: [{configMapRef: {name: %3$s}}]
            """;

    /** A kubelet's cache may lag: a pod that is made this long after an edit counts as one that read what was before. */
    private static final Duration LAG = Duration.ofSeconds(60);

    private static final int EDITS = 9;

    private static Installation installation;
    private static String edited;
    private static Instant lastEdit;

    @BeforeAll
    static void install(Installation given) {
        installation = given;
        installation.upgradeTo(
                Installation.chart(), "--set", "replicaCount=1", "--set", "extraArgs={--min-cooldown=1s}");
        editAndRollThePods();
    }

    @AfterAll
    static void restore() {
        installation.install();
    }

    // --- What happens

    private static void stopOperator() {
        scaleTo(0);
        await("no operator runs")
                .atMost(SOON)
                .until(() -> installation.operators().isEmpty());
    }

    private static void startOperator() {
        scaleTo(1);
        installation
                .cluster()
                .kubectl(
                        "rollout",
                        "status",
                        "deployment/portclaim",
                        "--namespace",
                        Installation.NAMESPACE,
                        "--timeout=120s");
    }

    private static void scaleTo(int replicas) {
        installation
                .cluster()
                .kubectl(
                        "scale",
                        "deployment/portclaim",
                        "--namespace",
                        Installation.NAMESPACE,
                        "--replicas=" + replicas);
    }

    private static void pool(String name, String ranges, String more) {
        installation.apply("default", """
                apiVersion: portclaim.io/v1alpha1
                kind: PortPool
                metadata: {name: %s}
                spec: {ranges: ["%s"], staticBand: 0, cooldown: {tcp: 1s}%s}
                """.formatted(name, ranges, more));
    }

    private static void claim(String namespace, String name, String pool, String node, String ports) {
        installation.claim(
                namespace, name, "{poolName: %s, scope: Node, nodeName: %s, ports: [%s]}".formatted(pool, node, ports));
    }

    private static void read(String namespace, String pod, String node, String map) {
        installation.apply(namespace, READER.formatted(pod, node, map));
        installation.podsReady(namespace, pod, 1);
    }

    private static void removePod(String namespace, String pod) {
        installation.cluster().kubectl("delete", "pod", pod, "--namespace", namespace, "--timeout=120s");
    }

    // --- What is to be seen

    private static Optional<PortClaimStatus> status(String namespace, String claim) {
        return Optional.ofNullable(installation
                .client()
                .resources(PortClaim.class)
                .inNamespace(namespace)
                .withName(claim)
                .require()
                .getStatus());
    }

    /** The condition Ready of the spec as it is now, as in {@code False PortTaken: …}; empty while nothing is said of it. */
    private static String ready(String namespace, String claim) {
        PortClaim now = installation
                .client()
                .resources(PortClaim.class)
                .inNamespace(namespace)
                .withName(claim)
                .require();
        return status(namespace, claim)
                .filter(status -> now.getMetadata().getGeneration().equals(status.observedGeneration()))
                .stream()
                .flatMap(status ->
                        Optional.ofNullable(status.conditions()).stream().flatMap(List::stream))
                .filter(condition -> condition.type().equals("Ready"))
                .map(condition -> "%s %s: %s".formatted(condition.status(), condition.reason(), condition.message()))
                .findFirst()
                .orElse("");
    }

    /** Waits until something is said of the claim, and says what. */
    private static String verdict(String namespace, String claim) {
        return await("a word on " + claim).atMost(SOON).until(() -> ready(namespace, claim), said -> !said.isEmpty());
    }

    private static Resource<ConfigMap> map(String namespace, String name) {
        return installation.client().configMaps().inNamespace(namespace).withName(name);
    }

    private static String summary(String namespace, String claim) {
        return status(namespace, claim).map(PortClaimStatus::summary).orElse("");
    }

    private static void isGiven(String namespace, String claim, int port) {
        await(claim + " is given " + port).atMost(SOON).untilAsserted(() -> {
            assertThat(ready(namespace, claim)).startsWith("True ");
            assertThat(summary(namespace, claim)).isEqualTo("http=" + port);
        });
    }

    /** That the number, which a pod on node-2 has read, is not given there: not by itself and not among any. */
    private static void isBlockedOnNode2(String namespace, String pool, int port) {
        claim(namespace, "wants", pool, "node-2", "{name: http, port: %d}".formatted(port));
        claim(namespace, "any", pool, "node-2", "{name: http}");
        assertThat(verdict(namespace, "wants"))
                .startsWith("False PortTaken: ")
                .as("it does not cool while the pod runs")
                .doesNotContain("is cooling");
        isGiven(namespace, "any", port + 1);
        claim(namespace, "any-other", pool, "node-2", "{name: http}");
        assertThat(verdict(namespace, "any-other")).startsWith("False PoolExhausted: ");
        assertThat(installation.requested("node-2", port, "hostname")).isEqualTo("node-2");
        installation.cluster().kubectl("delete", "portclaim", "any", "any-other", "--namespace", namespace);
    }

    // --- The holes

    /** Hole 1: the ledger has to know which of the holders of a number is gone, or the other one explains the number. */
    @Order(1)
    @ParameterizedTest
    @CsvSource({"hole-1-alone, 29000, false", "hole-1-beside, 29002, true"})
    void aClaimThatIsDeletedWhileNoOperatorRunsKeepsItsPortWhileItsPodRuns(String pool, int port, boolean beside) {
        String namespace = installation.newNamespace();
        pool(pool, "%d-%d".formatted(port, port + 1), "");
        claim(namespace, "held", pool, "node-2", "{name: http, port: %d}".formatted(port));
        installation.ready(namespace, "held");
        if (beside) {
            claim(namespace, "same", pool, "node-1", "{name: http, port: %d}".formatted(port));
            installation.ready(namespace, "same");
        }
        read(namespace, "reader", "node-2", "held-ports");

        stopOperator();
        installation.cluster().kubectl("delete", "portclaim", "held", "--namespace", namespace);
        await("its ConfigMap goes with it")
                .atMost(SOON)
                .until(() -> map(namespace, "held-ports").get() == null);
        startOperator();

        isBlockedOnNode2(namespace, pool, port);
        removePod(namespace, "reader");
        isGiven(namespace, "wants", port);
    }

    /** Hole 2: what pods read must be gone before its numbers are given. */
    @Order(2)
    @ParameterizedTest
    @CsvSource({"hole-2-running, 29004, true", "hole-2-stopped, 29006, false"})
    void aConfigMapThatIsLeftBehindIsDeletedBeforeItsPortIsGiven(String pool, int port, boolean running) {
        String namespace = installation.newNamespace();
        pool(pool, "%d-%d".formatted(port, port + 1), "");
        claim(namespace, "held", pool, "node-2", "{name: http, port: %d}".formatted(port));
        installation.ready(namespace, "held");
        read(namespace, "reader", "node-2", "held-ports");

        if (!running) {
            stopOperator();
        }
        installation.cluster().kubectl("delete", "portclaim", "held", "--cascade=orphan", "--namespace", namespace);
        if (!running) {
            assertThat(map(namespace, "held-ports").get()).isNotNull();
            startOperator();
        }
        isBlockedOnNode2(namespace, pool, port);
        await("what it left is deleted")
                .atMost(SOON)
                .until(() -> map(namespace, "held-ports").get() == null);
        removePod(namespace, "reader");
        isGiven(namespace, "wants", port);
        assertThat(map(namespace, "held-ports").get()).isNull();
    }

    /** Hole 8: how many numbers the claims of a namespace have is known to the next leader too. */
    @Order(3)
    @Test
    void whoWasRefusedByTheLimitOfTheNamespaceIsRefusedByTheNextOperatorToo() {
        String namespace = installation.newNamespace();
        pool("hole-8", "29050-29059", ", limits: {portsPerNamespace: 2}");
        claim(namespace, "one", "hole-8", "node-1", "{name: http}");
        claim(namespace, "two", "hole-8", "node-1", "{name: http}");
        installation.ready(namespace, "one");
        installation.ready(namespace, "two");
        claim(namespace, "three", "hole-8", "node-1", "{name: http}");
        claim(namespace, "one", "hole-8", "node-1", "{name: http}, {name: more}");
        assertThat(verdict(namespace, "three")).startsWith("False LimitExceeded: ");
        assertThat(verdict(namespace, "one")).startsWith("False LimitExceeded: ");

        stopOperator();
        startOperator();

        String elsewhere = installation.newNamespace();
        claim(elsewhere, "served", "hole-8", "node-1", "{name: http}");
        installation.ready(elsewhere, "served");
        await("they stay refused")
                .during(Duration.ofSeconds(3))
                .atMost(SOON)
                .until(() -> ready(namespace, "three").startsWith("False LimitExceeded: ")
                        && ready(namespace, "one").startsWith("False LimitExceeded: "));
        assertThat(summary(namespace, "one")).startsWith("http=290").doesNotContain("more");
    }

    /** The claim goes through all ten numbers of its pool, and its pod is replaced after each edit. */
    private static void editAndRollThePods() {
        edited = installation.newNamespace();
        pool("hole-3", "29030-29039", "");
        claim(edited, "rolls", "hole-3", "node-1", "{name: http, port: 29030}");
        installation.ready(edited, "rolls");
        read(edited, "roll-0", "node-1", "rolls-ports");
        for (int edit = 1; edit <= EDITS; edit++) {
            int port = 29030 + edit;
            claim(edited, "rolls", "hole-3", "node-1", "{name: http, port: %d}".formatted(port));
            await("the edit is published")
                    .atMost(SOON)
                    .until(() -> String.valueOf(port)
                            .equals(map(edited, "rolls-ports")
                                    .require()
                                    .getData()
                                    .get("HTTP_PORT")));
            isGiven(edited, "rolls", port);
            lastEdit = Instant.now();
            read(edited, "roll-" + edit, "node-1", "rolls-ports");
            removePod(edited, "roll-" + (edit - 1));
        }
    }

    /** Hole 3: a pod that was made well after the ConfigMap stopped naming a number never saw it. */
    @Order(4)
    @Test
    void editsDoNotUseUpThePoolThoughThereIsAlwaysAPodThatReadsTheConfigMap() {
        // The operator dates an edit when the status stands too, which is later than the ConfigMap, and rounds up.
        Instant settled = lastEdit.plus(LAG).plusSeconds(8);
        await("the other tests have taken most of that time")
                .atMost(SOON)
                .until(() -> Instant.now().isAfter(settled));
        read(edited, "roll-last", "node-1", "rolls-ports");
        removePod(edited, "roll-" + EDITS);

        installation.claim(
                edited,
                "rest",
                "{poolName: hole-3, scope: Node, nodeName: node-1, ports: [{name: http, count: %d}]}".formatted(EDITS));
        await("all that was withdrawn is free")
                .atMost(SOON)
                .untilAsserted(() -> assertThat(ready(edited, "rest")).startsWith("True "));
        assertThat(summary(edited, "rest")).isEqualTo("http=29030-29038");
        assertThat(installation.requested("node-1", 29039, "hostname")).isEqualTo("node-1");
    }
}
