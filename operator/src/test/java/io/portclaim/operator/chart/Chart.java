package io.portclaim.operator.chart;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.marcnuri.helm.Helm;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.portclaim.testing.LocalCluster;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Function;

/** The chart's files, and what Helm makes of them. */
final class Chart {
    /** The release that the tests render and install. */
    static final String RELEASE = "portclaim";
    /** Its namespace. */
    static final String NAMESPACE = "portclaim";
    /** For templates that ask which Kubernetes it is; the local cluster's. */
    private static final String KUBE_VERSION = "1.36.3";

    private static final KubernetesSerialization YAML = new KubernetesSerialization();
    private static final ObjectMapper JSON = new ObjectMapper();

    private Chart() {}

    /** Where the chart is. */
    static Path folder() {
        return LocalCluster.repository().resolve("helm/portclaim");
    }

    /** Helm, for the chart. */
    static Helm helm() {
        return new Helm(folder());
    }

    static String text(String file) {
        return read(folder().resolve(file));
    }

    static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The one document of a YAML text. */
    static JsonNode yaml(String text) {
        try {
            // What starts with a brace would be taken for JSON.
            return JSON.readTree(YAML.convertToJson("---\n" + text));
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What values.yaml says. */
    static JsonNode defaults() {
        return yaml(text("values.yaml"));
    }

    static JsonNode schema() {
        try {
            return JSON.readTree(text("values.schema.json"));
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What the chart renders with its defaults. */
    static Rendering render() {
        return render("{}");
    }

    /**
     * What the chart renders with these values.
     *
     * @param values YAML
     * @throws IllegalStateException with Helm's words, when it refuses them
     */
    static Rendering render(String values) {
        return Rendering.of(manifest(HookFreeChart.FOLDER, values));
    }

    /** What a chart renders with these values, as text. Helm's library leaves hooks out of it. */
    static String manifest(Path chart, String values) {
        return withFile(
                values,
                file -> new Helm(chart)
                        .template()
                        .withName(RELEASE)
                        .withNamespace(NAMESPACE)
                        .withKubeVersion(KUBE_VERSION)
                        .withValuesFile(file)
                        .call());
    }

    /** What the user reads after an installation with these values. */
    static String notes(String values) {
        return withFile(
                values,
                file -> helm().install()
                        .withName(RELEASE)
                        .withNamespace(NAMESPACE)
                        .withKubeVersion(KUBE_VERSION)
                        .withValuesFile(file)
                        .clientOnly()
                        .dryRun()
                        .call()
                        .getOutput());
    }

    /** Hands the values over in a file, for Helm takes only strings otherwise. */
    static <T> T withFile(String values, Function<Path, T> work) {
        try {
            Path file = Files.createTempFile("portclaim-values", ".yaml");
            try {
                Files.writeString(file, values);
                return work.apply(file);
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
