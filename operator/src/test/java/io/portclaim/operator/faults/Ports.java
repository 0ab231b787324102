package io.portclaim.operator.faults;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.Node;
import io.portclaim.api.v1alpha1.PortPool;
import io.portclaim.api.v1alpha1.PortPoolSpec;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a pool may give out on a node, by an observer's reading of the API's documentation. */
final class Ports {
    private Ports() {}

    static boolean selects(@Nullable LabelSelector selector, HasMetadata object) {
        Map<String, String> labels =
                Objects.requireNonNullElse(object.getMetadata().getLabels(), Map.of());
        return selector == null
                || labels.entrySet().containsAll(selector.getMatchLabels().entrySet());
    }

    static BitSet usable(PortPool pool, @Nullable Node node) {
        PortPoolSpec spec = pool.getSpec();
        BitSet ports = union(spec.ranges());
        ports.andNot(union(spec.exclude()));
        PortPoolSpec.NodePorts nodePorts = spec.nodePorts();
        if (nodePorts == null) {
            ports.andNot(range("30000-32767"));
        } else if (nodePorts.policy() != PortPoolSpec.Policy.IGNORE) {
            ports.andNot(nodePorts.range() == null ? range("30000-32767") : union(List.of(nodePorts.range())));
        }
        PortPoolSpec.EphemeralPorts ephemeral = spec.ephemeralPorts();
        if (ephemeral == null || ephemeral.policy() != PortPoolSpec.Policy.IGNORE) {
            BitSet lent = range(annotation(node, "portclaim.io/ephemeral-port-range", "32768-60999"));
            lent.andNot(range(annotation(node, "portclaim.io/reserved-ports", "")));
            ports.andNot(lent);
        }
        return ports;
    }

    private static String annotation(@Nullable Node node, String name, String otherwise) {
        return node == null || node.getMetadata().getAnnotations() == null
                ? otherwise
                : node.getMetadata().getAnnotations().getOrDefault(name, otherwise);
    }

    private static BitSet union(@Nullable List<IntOrString> ranges) {
        BitSet ports = new BitSet();
        Objects.requireNonNullElse(ranges, List.<IntOrString>of())
                .forEach(range -> ports.or(range(String.valueOf(range.getValue()))));
        return ports;
    }

    /** A comma list of ports and ranges. */
    static BitSet range(String text) {
        BitSet ports = new BitSet();
        for (String part : text.split(",")) {
            if (!part.isBlank()) {
                String[] ends = part.strip().split("-");
                ports.set(Integer.parseInt(ends[0]), Integer.parseInt(ends[ends.length - 1]) + 1);
            }
        }
        return ports;
    }
}
