package io.portclaim.operator.installed;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.operator.docs.Pages;
import io.portclaim.testing.LocalCluster;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Every command that the pages of this part show, run as it is written, from the top of the source tree. */
@ExtendWith(Installation.class)
class PagesIT {
    private Installation installation;

    @BeforeEach
    void begin(Installation given) {
        installation = given;
        removeAll();
    }

    /** Other tests need another pool, or none. */
    @AfterEach
    void removeAll() {
        installation.run("""
                helm uninstall portclaim --namespace portclaim --ignore-not-found --wait
                kubectl delete -f helm/portclaim.yaml --ignore-not-found --wait
                kubectl delete namespace portclaim portclaim-examples games shop --ignore-not-found
                """);
    }

    private static Path page(String name) {
        return LocalCluster.repository().resolve("docs").resolve(name);
    }

    @Test
    void installationPage() {
        List<String> left = new ArrayList<>(Pages.blocks(page("install.md"), "sh"));
        assertThat(left).hasSize(8);
        String uninstall = takeExactly(left, "helm uninstall portclaim --namespace portclaim");

        run(left, "helm test portclaim");
        run(left, "--reset-then-reuse-values\n");
        installation.run("kubectl create namespace games; kubectl create namespace shop");
        run(left, "configMaps.namespaces");
        run(left, "admission.allowedWriters.users");
        installation.run(uninstall);
        removeAll();
        run(left, "kubectl apply --server-side -f helm/portclaim.yaml");
        installation.run("kubectl rollout status deployment/portclaim -n portclaim --timeout=120s");
        removeAll();
        run(left, "--set crds.enabled=false");
        run(left, "kubectl delete -f crds/");
        assertThat(left).as("not run").isEmpty();
    }

    @Test
    void hostPortPage() {
        installation.install();
        installation.run("kubectl apply -f examples/00-namespace.yaml -f examples/16-host-port.yaml");
        installation.apply("default", """
                apiVersion: portclaim.io/v1alpha1
                kind: PortPool
                metadata: {name: host-ports, annotations: {portclaim.io/is-default-pool: "true"}}
                spec: {ranges: [25200-25209], staticBand: 0}
                """);
        try {
            Pages.blocks(page("host-port.md"), "sh").forEach(installation::run);
            String node = installation
                    .client()
                    .pods()
                    .inNamespace("portclaim-examples")
                    .withLabel("app", "shop")
                    .list()
                    .getItems()
                    .get(0)
                    .getSpec()
                    .getNodeName();
            assertThat(installation.ask(node, 25200, "hostname")).startsWith("shop-");
        } finally {
            installation.run("kubectl delete portpool host-ports");
        }
    }

    /** Runs the one block that has these words, and takes it off the list. */
    private void run(List<String> left, String words) {
        List<String> found =
                left.stream().filter(block -> block.contains(words)).toList();
        assertThat(found).as(words).hasSize(1);
        left.removeAll(found);
        installation.run(found.get(0));
    }

    private static String takeExactly(List<String> left, String command) {
        String block = command + "\n";
        assertThat(left.remove(block)).as(command).isTrue();
        return block;
    }
}
