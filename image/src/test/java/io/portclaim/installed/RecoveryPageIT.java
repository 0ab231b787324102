package io.portclaim.installed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.portclaim.api.v1alpha1.AssignedPort;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortLedger;
import io.portclaim.testing.LocalCluster;
import io.portclaim.testing.Pages;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The commands of docs/recovery.md, run as they are written, and what the page says of them. */
@ExtendWith(Installation.class)
class RecoveryPageIT {
    /** How many numbers the pool has, and how many of TCP the claims of each test hold. */
    private static final int SIZE = 20;

    private static final int HELD = 3;
    private static final Path PAGE = LocalCluster.repository().resolve("docs/recovery.md");

    @TempDir
    Path folder;

    private Installation installation;
    private List<String> blocks;

    @BeforeEach
    void begin(Installation given) {
        installation = given;
        blocks = new ArrayList<>(Pages.blocks(PAGE, "sh"));
        assertThat(blocks).hasSize(10);
        installation.install();
        installation.run("kubectl create namespace games; kubectl create namespace shop");
        installation.apply("default", """
                apiVersion: portclaim.io/v1alpha1
                kind: PortPool
                metadata: {name: recovery, annotations: {portclaim.io/is-default-pool: "true"}}
                spec: {ranges: [26200-26219], staticBand: 0}
                """);
        installation.claim("shop", "first", "{scope: Cluster, ports: [{name: http}]}");
        installation.ready("shop", "first");
        installation.claim("shop", "db", "{scope: Cluster, ports: [{name: sql}, {name: admin}]}");
        installation.claim(
                "games", "arena", "{scope: Node, nodeName: node-1, ports: [{name: udp, protocol: UDP, count: 3}]}");
        installation.ready("shop", "db");
        installation.ready("games", "arena");
    }

    @AfterEach
    void removeAll() {
        installation.run("""
                helm uninstall portclaim --namespace portclaim --ignore-not-found --wait
                kubectl delete namespace portclaim games shop --ignore-not-found
                kubectl delete portpool recovery --ignore-not-found
                kubectl delete portledger cluster --ignore-not-found
                kubectl delete portreports --all
                """);
    }

    private String block(String words) {
        List<String> found =
                blocks.stream().filter(block -> block.contains(words)).toList();
        assertThat(found).as("the block with %s", words).hasSize(1);
        return found.get(0);
    }

    private void run(Path where, String block) {
        installation.run("cd '%s'%n%s".formatted(where, block));
    }

    private Map<String, Map<String, String>> published() {
        return installation
                .client()
                .configMaps()
                .inAnyNamespace()
                .withLabel("portclaim.io/claim-uid")
                .list()
                .getItems()
                .stream()
                .collect(Collectors.toMap(
                        map -> map.getMetadata().getNamespace() + "/"
                                + map.getMetadata().getName(),
                        ConfigMap::getData,
                        (one, other) -> one,
                        TreeMap::new));
    }

    private PortLedger ledger() {
        return installation
                .client()
                .resources(PortLedger.class)
                .withName("cluster")
                .require();
    }

    /** Another cluster than the one that was backed up: the operator knows nothing of it. */
    @Test
    void aBackupBringsThePortsBack() {
        installation.run("kubectl delete portclaim first --namespace shop");
        Map<String, Map<String, String>> before = published();
        assertThat(before).containsOnlyKeys("games/arena-ports", "shop/db-ports");
        run(folder, block("> claims.yaml"));
        removeAll();
        installation.install();
        installation.run("kubectl create namespace games; kubectl create namespace shop");
        String restore = block("kubectl create -f claims.yaml");
        String claims = "kubectl create -f claims.yaml\n";

        run(folder, restore.substring(0, restore.indexOf(claims)));
        installation.claim("shop", "rival", "{scope: Cluster, ports: [{name: a}, {name: b}, {name: c}, {name: d}]}");
        installation.ready("shop", "rival");
        run(folder, restore.substring(restore.indexOf(claims)));

        Map<String, Map<String, String>> after = published();
        after.remove("shop/rival-ports");
        assertThat(after).isEqualTo(before);
        assertThat(installation.ready("shop", "db").getStatus().configMapName()).isEqualTo("db-ports");
    }

    @Test
    void theLedgerIsWrittenAgain() {
        Map<String, Map<String, String>> before = published();
        for (String loss : List.of(
                "kubectl delete portledger cluster",
                "kubectl patch portledger cluster --type merge --patch '{\"spec\": {\"data\": \"damaged\"}}'")) {
            String leader = ledger().getSpec().commitId();
            installation.run(loss);
            installation.claim("shop", "next", "{scope: Cluster, ports: [{name: http}]}");

            PortClaim next = installation.ready("shop", "next");

            assertThat(ledger().getSpec().commitId()).isNotEqualTo(leader);
            assertThat(ledger().getSpec().data()).isNotEqualTo("damaged");
            run(folder, block("kubectl get portledger cluster"));
            assertThat(List.of(
                            before.get("shop/first-ports").get("HTTP_PORT"),
                            before.get("shop/db-ports").get("SQL_PORT"),
                            before.get("shop/db-ports").get("ADMIN_PORT")))
                    .doesNotContain(
                            Integer.toString(next.getStatus().ports().get(0).port()));
            installation.run("kubectl delete portclaim next --namespace shop");
            await("it is gone")
                    .atMost(Installation.SOON)
                    .until(() -> published().equals(before));
        }
    }

    @Test
    void etcdIsSetBack() throws IOException {
        Agents agents = new Agents(installation);
        agents.install();
        Map<String, Map<String, String>> before = published();
        run(folder, block("etcdctl snapshot save"));
        installation.claim("shop", "late", "{scope: Cluster, ports: [{name: http}, {name: admin}]}");
        installation.claim("shop", "first", "{scope: Cluster, ports: [{name: http}, {name: more}]}");
        List<Integer> since = numbers(installation.ready("shop", "late"));
        await("the edit is published")
                .atMost(Installation.SOON)
                .until(() -> published().get("shop/first-ports").containsKey("MORE_PORT"));
        try (UsersOfPorts users = UsersOfPorts.begin(installation, since.get(0), since.get(1))) {
            run(folder, block("--replicas=0"));
            await("no operator runs")
                    .atMost(Installation.SOON)
                    .until(() -> installation.operators().isEmpty());
            run(folder, block("etcdutl snapshot restore"));
            installation.cluster().restartWith(folder.resolve("restored"));
            await("the API server has what the snapshot has")
                    .atMost(Installation.SOON)
                    .ignoreExceptions()
                    .until(() -> published().equals(before));
            run(folder, block("--replicas=0"));
            run(folder, block("kubectl rollout status daemonset"));
            PortsOfOthers.awaitStatic(installation);

            run(folder, block("kubectl rollout status deployment"));

            assertThat(published()).isEqualTo(before);
            nobodyGets(since.get(0), since.get(1));
            users.stillListens();
        }
    }

    /** Neither who asks for them, nor who takes all that the pool has. */
    private void nobodyGets(int listened, int declared) {
        installation.claim("shop", "listened", "{scope: Cluster, ports: [{name: http, port: %d}]}".formatted(listened));
        installation.claim("shop", "declared", "{scope: Cluster, ports: [{name: http, port: %d}]}".formatted(declared));
        assertThat(refusal("shop", "listened")).matches("PortTaken: .*%d.*process.*node-1.*".formatted(listened));
        assertThat(refusal("shop", "declared")).matches("PortTaken: .*%d.*Pod.*".formatted(declared));
        String names = IntStream.range(0, SIZE - HELD - 2)
                .mapToObj("{name: p%d}"::formatted)
                .collect(Collectors.joining(", "));
        installation.claim("shop", "late", "{scope: Cluster, ports: [%s]}".formatted(names));
        assertThat(numbers(installation.ready("shop", "late"))).doesNotContain(listened, declared);
        installation.claim("shop", "beyond", "{scope: Cluster, ports: [{name: http}]}");
        assertThat(refusal("shop", "beyond")).startsWith("PoolExhausted: ");
    }

    private static List<Integer> numbers(PortClaim claim) {
        return claim.getStatus().ports().stream().map(AssignedPort::port).toList();
    }

    /** Why the claim is not Ready, once the operator has decided that. */
    private String refusal(String namespace, String claim) {
        return await("%s is refused".formatted(claim))
                .atMost(Installation.SOON)
                .until(() -> readiness(namespace, claim), said -> said.matches("(?!NotAssigned)\\w+: .*"));
    }

    /** Reason and message of its condition Ready; empty while there are none. */
    private String readiness(String namespace, String claim) {
        return installation
                .cluster()
                .kubectl(
                        "get",
                        "portclaim",
                        claim,
                        "--namespace",
                        namespace,
                        "--output",
                        "jsonpath={range .status.conditions[?(@.type=='Ready')]}{.reason}: {.message}{end}");
    }

    @Test
    void aNamespaceComesBack() {
        installation.run("helm upgrade portclaim helm/portclaim --namespace portclaim --reset-then-reuse-values --wait"
                + " --set 'configMaps.namespaces={games}'");
        Map<String, Map<String, String>> before = published();
        installation.claim("shop", "late", "{scope: Cluster, ports: [{name: http}]}");
        await("the operator can't write there")
                .atMost(Installation.SOON)
                .untilAsserted(() -> installation.run(block("kubectl get portclaims --namespace shop")
                                .strip() + " | grep 'late .*ConfigMapRefused'"));
        assertThat(published()).isEqualTo(before);
        installation.run("kubectl delete portclaim first --namespace shop");

        installation.run(block("configMaps.namespaces={games,shop}"));

        installation.ready("shop", "late");
        await("what was deleted is cleaned up")
                .atMost(Installation.SOON)
                .untilAsserted(() -> assertThat(published())
                        .containsOnlyKeys("games/arena-ports", "shop/db-ports", "shop/late-ports"));
    }
}
