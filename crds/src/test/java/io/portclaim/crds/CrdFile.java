package io.portclaim.crds;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.kubernetes.client.CustomResource;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortLedger;
import io.portclaim.api.v1alpha1.PortPool;
import io.portclaim.api.v1alpha1.PortReport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A CustomResourceDefinition as it is committed: what crd-generator-maven-plugin makes of the Java type, with what it
 * cannot say added. That is: list and map types, integer formats, the bound of int-or-string values (without it the API
 * server refuses rules on them as too dear), the type's own description and the printer columns in their declared order.
 * The generator also repeats a record's rules, as it finds them on the field and on the accessor.
 *
 * <p>Deterministic: the same types give the same bytes.
 */
record CrdFile(Class<? extends CustomResource<?, ?>> type, String plural) {
    static final List<CrdFile> ALL = List.of(
            new CrdFile(PortClaim.class, "portclaims"),
            new CrdFile(PortPool.class, "portpools"),
            new CrdFile(PortLedger.class, "portledgers"),
            new CrdFile(PortReport.class, "portreports"));

    static final ObjectMapper YAML = new ObjectMapper(YAMLFactory.builder()
            .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
            .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
            .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
            .disable(YAMLGenerator.Feature.SPLIT_LINES)
            .build());

    /** How the committed files are brought up to date. */
    static final String UPDATE_COMMAND = "mvn -pl crds test -Dtest=CrdFilesTest -Dcrds.update";

    /** The fields that hold a time. */
    private static final Set<String> TIMES = Set.of("lastTransitionTime", "reportedAt");

    /** Far more than {@code 65535-65535} has, so that a mistake meets the rule's message and not the bound's. */
    private static final int INT_OR_STRING_LENGTH = 32;

    /** Where the file is committed; the tests run in the module's folder. */
    Path committed() {
        return Path.of(plural + ".yaml");
    }

    /** What the generator made in this build. */
    private Path generated() {
        return Path.of("target", "generated-crds", plural + ".portclaim.io-v1.yml");
    }

    /** The file's text as it should be. */
    String render() {
        ObjectNode crd = (ObjectNode) read(generated());
        ObjectNode version = (ObjectNode) crd.at("/spec/versions/0");
        version.set("additionalPrinterColumns", columnsAsDeclared(version.get("additionalPrinterColumns")));
        ObjectNode schema = (ObjectNode) version.at("/schema/openAPIV3Schema");
        schema.put("description", type.getAnnotation(JsonClassDescription.class).value());
        complete(schema, null);
        ObjectNode properties = (ObjectNode) schema.get("properties");
        if (properties.path("status").path("properties").isMissingNode()) { // the generator's reading of Void
            properties.remove("status");
            version.remove("subresources");
        }
        if (properties.path("spec").path("properties").isMissingNode()) {
            properties.remove("spec");
        }
        completeValue(properties, "spec", "getSpec");
        completeValue(properties, "status", "getStatus");
        markOwnership(properties);
        sayThatNothingWasObserved(properties);
        try {
            return "# Generated from the Java types under crds/src/main. To bring it up to date:\n# " + UPDATE_COMMAND
                    + "\n" + YAML.writeValueAsString(crd);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    static JsonNode read(Path file) {
        try {
            return YAML.readTree(Files.readString(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private ArrayNode columnsAsDeclared(JsonNode columns) {
        ArrayNode ordered = YAML.createArrayNode();
        for (AdditionalPrinterColumn declared : type.getAnnotationsByType(AdditionalPrinterColumn.class)) {
            for (JsonNode column : columns) {
                if (column.get("name").asText().equals(declared.name())) {
                    ordered.add(column);
                }
            }
        }
        return ordered;
    }

    private void completeValue(ObjectNode properties, String name, String getter) {
        if (properties.has(name)) {
            try {
                complete(
                        (ObjectNode) properties.get(name),
                        type.getMethod(getter).getReturnType());
            } catch (NoSuchMethodException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** One writer owns these as a whole: ownership of each field apart would make every write dearer. */
    private static void markOwnership(ObjectNode properties) {
        Optional.ofNullable((ObjectNode) properties.get("status"))
                .ifPresent(status -> status.put("x-kubernetes-map-type", "atomic"));
        if (!(properties.get("spec") instanceof ObjectNode spec)) {
            return;
        }
        if (spec.at("/properties/commitId").isObject()) {
            spec.put("x-kubernetes-map-type", "atomic");
        }
        if (spec.at("/properties/ports").isObject()) {
            ObjectNode ports = (ObjectNode) spec.at("/properties/ports");
            ports.put("x-kubernetes-list-type", "map");
            ports.putArray("x-kubernetes-list-map-keys").add("name");
        }
    }

    /**
     * A status that nobody has written yet speaks of no generation. Without it, tools that wait for an object (kstatus in Helm
     * and Flux) take one that the operator has not seen for ready.
     */
    private static void sayThatNothingWasObserved(ObjectNode properties) {
        if (properties.path("status").path("properties").path("observedGeneration") instanceof ObjectNode observed) {
            observed.put("default", 0);
            ((ObjectNode) properties.get("status")).putObject("default").put("observedGeneration", 0);
        }
    }

    /** @param of the Java type of the value that the schema describes; null where it does not matter */
    private static void complete(ObjectNode schema, @Nullable Type of) {
        dropRepeatedRules(schema);
        printWholeNumbers(schema);
        if (schema.path("x-kubernetes-int-or-string").asBoolean()) {
            schema.put("maxLength", INT_OR_STRING_LENGTH);
        }
        if (schema.path("type").asText().equals("integer")) {
            schema.put("format", of == Long.class ? "int64" : "int32");
        }
        if (schema.path("items") instanceof ObjectNode items) {
            schema.put("x-kubernetes-list-type", "atomic");
            complete(items, of instanceof ParameterizedType list ? list.getActualTypeArguments()[0] : null);
        }
        if (schema.path("properties") instanceof ObjectNode properties) {
            if (properties.has("matchLabels")) {
                schema.put("x-kubernetes-map-type", "atomic");
            }
            properties.properties().forEach(property -> {
                ObjectNode value = (ObjectNode) property.getValue();
                if (TIMES.contains(property.getKey())) {
                    value.put("format", "date-time");
                }
                complete(value, componentType(of, property.getKey()));
            });
        }
    }

    private static @Nullable Type componentType(@Nullable Type of, String name) {
        if (of instanceof Class<?> owner && owner.isRecord()) {
            return Arrays.stream(owner.getRecordComponents())
                    .filter(component -> component.getName().equals(name))
                    .map(RecordComponent::getGenericType)
                    .findFirst()
                    .orElse(null);
        }
        return null;
    }

    private static void dropRepeatedRules(ObjectNode schema) {
        if (schema.path("x-kubernetes-validations") instanceof ArrayNode rules) {
            Set<JsonNode> distinct = new LinkedHashSet<>();
            rules.forEach(distinct::add);
            rules.removeAll().addAll(distinct);
        }
    }

    private static void printWholeNumbers(ObjectNode schema) {
        for (String bound : List.of("minimum", "maximum")) {
            if (schema.get(bound) instanceof DoubleNode number) {
                schema.set(bound, LongNode.valueOf(number.longValue()));
            }
        }
    }
}
