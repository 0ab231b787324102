package io.portclaim.testing;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortLedger;
import io.portclaim.api.v1alpha1.PortPool;
import io.portclaim.api.v1alpha1.PortReport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The committed CustomResourceDefinitions, put into an API server. */
public final class Definitions {
    private static final Duration DEADLINE = Duration.ofMinutes(1);

    private Definitions() {}

    /** Applies every {@code *.yaml} of the folder and returns when the API server serves the types. */
    static void install(KubernetesClient client, Path folder) {
        for (Path file : files(folder)) {
            CustomResourceDefinition definition =
                    client.getKubernetesSerialization().unmarshal(read(file), CustomResourceDefinition.class);
            client.apiextensions()
                    .v1()
                    .customResourceDefinitions()
                    .resource(definition)
                    .forceConflicts()
                    .serverSideApply();
            client.apiextensions()
                    .v1()
                    .customResourceDefinitions()
                    .withName(definition.getMetadata().getName())
                    .waitUntilCondition(Definitions::isEstablished, DEADLINE.toSeconds(), TimeUnit.SECONDS);
        }
        awaitServed(client);
    }

    /** Waits until the types are served, which is a moment after the definitions say that they are established. */
    public static void awaitServed(KubernetesClient client) {
        await().atMost(DEADLINE)
                .untilAsserted(() -> assertThatCode(() -> {
                            client.resources(PortClaim.class).inAnyNamespace().list();
                            client.resources(PortPool.class).list();
                            client.resources(PortLedger.class).list();
                            client.resources(PortReport.class).list();
                        })
                        .doesNotThrowAnyException());
    }

    /** Of a definition that may not be there yet, nor have any conditions. */
    private static boolean isEstablished(@Nullable CustomResourceDefinition definition) {
        return Stream.ofNullable(definition)
                .flatMap(present -> Stream.ofNullable(present.getStatus()))
                .flatMap(status -> Stream.ofNullable(status.getConditions()))
                .flatMap(List::stream)
                .anyMatch(condition -> condition.getType().equals("Established")
                        && condition.getStatus().equals("True"));
    }

    private static List<Path> files(Path folder) {
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(file -> file.toString().endsWith(".yaml"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
