package io.portclaim.operator.publish;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.portclaim.api.v1alpha1.AssignedPort;
import io.portclaim.api.v1alpha1.Scope;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.PortGrant;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The annotations by which a pod carries its ports, which its containers read as environment variables. */
public final class PodAnnotations {
    /** All ports, as JSON of the shape of {@code status.ports}. */
    public static final String PORTS = "portclaim.io/ports";
    /** Before a port's name: its number; of a block, the first one. */
    public static final String PORT = "port.portclaim.io/";
    /** Before the name of a block: its last number. */
    public static final String PORT_END = "port-end.portclaim.io/";

    /** Longer than any that {@link #of} writes, with its 64 ports at most. */
    private static final int MOST_JSON = 65_536;

    /** What a claim may have. */
    private static final int MOST_PORTS = 64;

    private static final String HERE = "here";

    private static final JsonMapper JSON = JsonMapper.builder()
            .defaultPropertyInclusion(
                    JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.NON_NULL))
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private static final TypeReference<@Nullable List<@Nullable AssignedPort>> LIST = new TypeReference<>() {};

    private PodAnnotations() {}

    /** The annotations of a pod with {@code grants}. */
    public static SortedMap<String, String> of(List<PortGrant> grants) {
        SortedMap<String, String> annotations = new TreeMap<>();
        for (PortGrant grant : grants) {
            annotations.put(PORT + grant.name(), Integer.toString(grant.port()));
            if (grant.count() > 1) {
                annotations.put(PORT_END + grant.name(), Integer.toString(grant.lastPort()));
            }
        }
        annotations.put(PORTS, json(grants));
        return annotations;
    }

    /** The ports that a pod with {@code annotations} carries; empty where it carries none, or what can't be ports. */
    public static List<PortGrant> parse(Map<String, String> annotations) {
        String text = annotations.get(PORTS);
        if (text == null || text.length() > MOST_JSON) {
            return List.of();
        }
        AssignmentCollector ports = new AssignmentCollector(Scope.NODE, Believed.ALL);
        try {
            @Nullable List<@Nullable AssignedPort> listed = JSON.readValue(text, LIST);
            if (listed != null && listed.size() > MOST_PORTS) {
                return List.of();
            }
            AssignedPorts.read(listed, HERE, ports);
        } catch (JsonProcessingException e) {
            return List.of();
        }
        Assignment result = ports.result();
        return result.at(HERE);
    }

    private static String json(List<PortGrant> grants) {
        try {
            return JSON.writeValueAsString(AssignedPorts.of(grants));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a list of ports is not written as JSON", e);
        }
    }
}
