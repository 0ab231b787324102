package io.portclaim.installed;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Pod;
import io.portclaim.testing.AuditedRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The release is upgraded, rolled back, taken away and brought back beside hundreds of claims, and none of them is touched. */
@ExtendWith(Installation.class)
class UpgradeIT {
    private static final int COUNT = 500;
    private static final Set<String> READING = Set.of("get", "list", "watch");
    /** What is written to lead and to decide, and the question of what one may do, which is sent as a create. */
    private static final Set<String> EXPECTED = Set.of("leases", "portledgers", "selfsubjectrulesreviews");

    @TempDir
    Path folder;

    private Installation installation;

    @BeforeEach
    void take(Installation given) {
        installation = given;
    }

    /** The chart as the next version might be: no version is released yet. */
    private Path nextChart() throws IOException {
        Path copy = folder.resolve("portclaim");
        try (Stream<Path> files = Files.walk(Installation.chart())) {
            for (Path file : files.toList()) {
                Files.copy(
                        file, copy.resolve(Installation.chart().relativize(file).toString()));
            }
        }
        Path chart = copy.resolve("Chart.yaml");
        String text = Files.readString(chart);
        assertThat(text).containsPattern("(?m)^version: ");
        Files.writeString(chart, text.replaceFirst("(?m)^version: .*$", "version: 99.0.0"));
        return copy;
    }

    private ManyClaims make() {
        installation.pool("upgrades", "27020-28999");
        return ManyClaims.make(installation, installation.newNamespace(), "upgrades", COUNT);
    }

    /** What the operators wrote since then beside that. */
    private Set<AuditedRequest> written(long since) {
        return AuditedRequest.since(since, installation.cluster().auditLog(), Installation.USER).stream()
                .filter(request -> !READING.contains(request.verb()))
                .filter(request -> !EXPECTED.contains(request.resource()))
                .collect(Collectors.toSet());
    }

    /** That the operators have looked at everything: each has its say on one more claim after all others. */
    private void awaitServing(String name) {
        String namespace = installation.newNamespace();
        installation.claim(namespace, name, "{poolName: upgrades, scope: Cluster, ports: [{name: http}]}");
        installation.ready(namespace, name);
        installation.cluster().kubectl("delete", "namespace", namespace, "--timeout=300s");
    }

    /** Other claims come and go meanwhile: each is served, and no number moves or is doubled. */
    @Test
    void anUpgradeAndARollbackUnderLoadWriteNoClaimThatHasItsPorts() throws Exception {
        installation.install();
        ManyClaims claims = make();
        Map<String, String> versions = claims.versions();
        assertThat(versions).hasSize(2 * COUNT);
        Set<String> first = operators();
        String busy = installation.newNamespace();
        try (PublishedHistory history = new PublishedHistory(installation, claims.namespace(), busy);
                ClaimLoad load = new ClaimLoad(installation, busy, "upgrades")) {
            installation.upgradeTo(nextChart(), "--set", "podAnnotations.chart=next");
            Set<String> second = operators();
            assertThat(second).hasSize(2).doesNotContainAnyElementsOf(first);
            awaitServing("after-upgrade");
            assertThat(claims.versions()).isEqualTo(versions);
            int until = load.created();

            installation.rollback();
            assertThat(operators()).hasSize(2).doesNotContainAnyElementsOf(second);
            awaitServing("after-rollback");
            load.stop();
            assertThat(until).isBetween(20, load.created() - 20);
            installation
                    .cluster()
                    .kubectl(
                            "wait",
                            "portclaims",
                            "--all",
                            "--for=condition=Ready",
                            "--namespace=" + busy,
                            "--timeout=120s");
            assertThat(claims.versions()).isEqualTo(versions);
            assertThat(history.served()).isGreaterThan(COUNT + load.created() / 2);
            assertThat(history.faults()).isEmpty();
        }
    }

    /** The names of the operator's pods that are to stay. */
    private Set<String> operators() {
        return installation.operators().stream()
                .map(Pod::getMetadata)
                .filter(metadata -> metadata.getDeletionTimestamp() == null)
                .map(ObjectMeta::getName)
                .collect(Collectors.toSet());
    }

    @Test
    void aReleaseThatComesBackAdoptsEverythingAndWritesOnlyTheLedger() {
        installation.install();
        ManyClaims claims = make();
        Map<String, String> versions = claims.versions();
        installation.uninstall();
        assertThat(claims.versions())
                .as("claims and ConfigMaps outlive the release")
                .isEqualTo(versions);

        long since = AuditedRequest.end(installation.cluster().auditLog());
        installation.install();
        awaitServing("after-reinstall");
        assertThat(claims.versions()).isEqualTo(versions);
        assertThat(written(since))
                .as("but for the claim that proves that it serves")
                .allSatisfy(
                        request -> assertThat(request.resource() + " " + request.name())
                                .matches(
                                        "portclaims/status after-reinstall|configmaps (after-reinstall-ports)?|portpools/status .*"));
    }

    @Test
    void aNamespaceWithHundredsOfClaimsGoes() {
        installation.install();
        installation.pool("upgrades", "27020-28999");
        String served = installation.newNamespace();
        ManyClaims.make(installation, served, "upgrades", COUNT);
        deleteInTime("namespace", served);

        String unserved = installation.newNamespace();
        ManyClaims.make(installation, unserved, "upgrades", COUNT);
        installation.uninstall();
        deleteInTime("namespace", unserved);
        installation.install();
        awaitServing("after-namespaces");
    }

    private void deleteInTime(String kind, String name) {
        installation
                .cluster()
                .kubectl(
                        "delete",
                        kind,
                        name,
                        "--timeout=" + Duration.ofMinutes(5).toSeconds() + "s");
    }

    @Test
    void withoutKeepTheDefinitionsGoWithHundredsOfClaimsAndNothingHangs() {
        installation.upgradeTo(Installation.chart(), "--set", "crds.keep=false");
        make();
        installation.uninstall();
        installation.cluster().kubectl("wait", "crd/portclaims.portclaim.io", "--for=delete", "--timeout=300s");
        installation.cluster().kubectl("wait", "crd/portpools.portclaim.io", "--for=delete", "--timeout=300s");
        installation.install();
        installation.pool("upgrades", "27020-28999");
        awaitServing("again");
    }
}
