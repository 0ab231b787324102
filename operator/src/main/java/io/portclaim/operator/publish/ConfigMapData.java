package io.portclaim.operator.publish;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.portclaim.api.v1alpha1.AssignedPort;
import io.portclaim.api.v1alpha1.Scope;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.Place;
import io.portclaim.operator.allocation.PortGrant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The data of a claim's ConfigMap, which {@code docs/configmap.md} describes to users.
 *
 * <p>A claim for one number per port (Cluster scope, or {@code nodeName}) has a key for each {@linkplain PortVariables
 * variable}, {@value #PORTS_ENV} with the same variables as lines, and {@value #PORTS_JSON}, an array of the shape of
 * {@code status.ports}. A claim of Node scope has {@code <node>.env} for each node where it holds ports. With
 * {@code nodeName: ports} two of these are one key, and say the same. A claim of Pod scope has {@code <pod>.env} for each
 * of its pods; no pod reads that, so it is never read back.
 *
 * <p>The API server takes keys of at most 253 characters and data of at most 1 MiB in all
 * ({@code ValidateConfigMap}); it refuses the ConfigMap of a node whose name has more than 249.
 */
public final class ConfigMapData {
    /** The key of the file with all variables. */
    public static final String PORTS_ENV = "ports.env";
    /** The key of the file for programs. */
    public static final String PORTS_JSON = "ports.json";

    private static final String ENV = ".env";
    /** Longer than any that {@link #render} writes, with its 64 ports at most; what is longer may take much memory to read. */
    private static final int MOST_JSON = 65_536;

    private static final JsonMapper JSON = JsonMapper.builder()
            .defaultPropertyInclusion(
                    JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.NON_NULL))
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private static final TypeReference<@Nullable List<@Nullable AssignedPort>> PORTS = new TypeReference<>() {};

    private ConfigMapData() {}

    /**
     * Renders an assignment; of Pod scope, one by the names of pods in the place of nodes'.
     *
     * @param nodeName the claim's {@code spec.nodeName}; null in every other form
     * @return the whole data by key; empty where nothing is held, as a file without ports would pass for an answer
     */
    public static SortedMap<String, String> render(Scope scope, @Nullable String nodeName, Assignment assignment) {
        SortedMap<String, String> data = new TreeMap<>();
        if (scope != Scope.CLUSTER) {
            assignment.byPlace().forEach((place, grants) -> data.put(place + ENV, envFile(grants)));
        }
        String single = singlePlace(scope, nodeName);
        List<PortGrant> grants = single == null ? List.of() : assignment.at(single);
        if (!grants.isEmpty()) {
            data.putAll(PortVariables.of(grants));
            data.put(PORTS_ENV, envFile(grants));
            data.put(PORTS_JSON, json(grants));
        }
        return data;
    }

    /**
     * Reads an assignment back, for comparing it with what a status says. Pods may have read any of the keys, so where
     * they contradict each other, as after an edit by hand, the result has what each of them says. What makes no sense, or
     * overlaps what was read before, or is not believed, is left out.
     *
     * <p>It takes memory for what it returns and, while it runs, a few times the size of one of the values: not for each
     * number of a block.
     *
     * @param nodeName the claim's {@code spec.nodeName}; null in every other form
     * @param believed what is believed of a text that whoever may write ConfigMaps has perhaps changed
     * @return empty where no port can be read
     */
    public static Optional<Assignment> parse(
            Scope scope, @Nullable String nodeName, @Nullable Map<String, String> data, Believed believed) {
        if (data == null || scope == Scope.POD) {
            return Optional.empty();
        }
        AssignmentCollector ports = new AssignmentCollector(scope, believed);
        String single = singlePlace(scope, nodeName);
        if (single != null) {
            // First, for it is the one that has the ports in the order of the claim's spec.
            AssignedPorts.read(fromJson(data.get(PORTS_JSON)), single, ports);
            readFile(data.get(PORTS_ENV), single, ports);
            PortVariables.read(data, single, ports);
        }
        if (scope == Scope.NODE) {
            new TreeMap<>(data).forEach((key, text) -> {
                if (key.endsWith(ENV) && (single == null || !key.equals(PORTS_ENV))) {
                    readFile(text, key.substring(0, key.length() - ENV.length()), ports);
                }
            });
        }
        return Optional.of(ports.result()).filter(assignment -> !assignment.isEmpty());
    }

    /** The place whose numbers are the only ones; null where they may differ by node. */
    private static @Nullable String singlePlace(Scope scope, @Nullable String nodeName) {
        return scope == Scope.CLUSTER ? Place.EVERYWHERE : nodeName;
    }

    private static String envFile(List<PortGrant> grants) {
        return PortVariables.toFile(PortVariables.of(grants));
    }

    private static void readFile(@Nullable String text, String place, AssignmentCollector into) {
        if (text != null && into.believes(place)) {
            PortVariables.readFile(text, place, into);
        }
    }

    private static String json(List<PortGrant> grants) {
        try {
            return JSON.writeValueAsString(AssignedPorts.of(grants)) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a list of ports is not written as JSON", e);
        }
    }

    private static @Nullable List<@Nullable AssignedPort> fromJson(@Nullable String text) {
        if (text == null || text.length() > MOST_JSON) {
            return null;
        }
        try {
            return JSON.readValue(text, PORTS);
        } catch (JsonProcessingException e) {
            // Edited by hand; the other keys still say what pods may have read.
            return null;
        }
    }
}
