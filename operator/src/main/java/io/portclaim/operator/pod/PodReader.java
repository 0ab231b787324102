package io.portclaim.operator.pod;

import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.ObjectFieldSelector;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.portclaim.operator.allocation.PodEnd;
import io.portclaim.operator.node.Pods;
import io.portclaim.operator.protocol.pods.ClaimPod;
import io.portclaim.operator.protocol.pods.PodPlacement;
import io.portclaim.operator.publish.PodAnnotations;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads of a pod what the protocol needs. */
final class PodReader {
    /** The label by which a pod says which claim's ports it gets. */
    static final String CLAIM_LABEL = "portclaim.io/claim";
    /** The scheduling gate of a pod that waits for its ports. */
    static final String GATE = "portclaim.io/ports";

    private static final Pattern PORT_FIELD =
            Pattern.compile("metadata\\.annotations\\['" + Pattern.quote(PodAnnotations.PORT) + "([^']+)'\\]");

    /**
     * The most that is kept of where a pod may run, in characters: a pod may say a mebibyte, a tenant may have many such pods, and the
     * patch has each of its terms with all nodes to leave out.
     */
    static final int MOST_PLACEMENT = 16_384;
    /** One more than a claim has ports: then one of them is none of the claim's. */
    private static final int MOST_READS = 65;
    /** Longer than pods take to end; what is beyond it would only keep a port from everybody, for ever. */
    private static final Duration MOST_GRACE = Duration.ofDays(1);

    private PodReader() {}

    /** Whether the pod has, or may get, ports of its own. */
    static boolean concerns(Pod pod) {
        return labels(pod).containsKey(CLAIM_LABEL) || annotations(pod).containsKey(PodAnnotations.PORTS);
    }

    static ClaimPod read(Pod pod) {
        ObjectMeta metadata = pod.getMetadata();
        PodSpec spec = pod.getSpec();
        return new ClaimPod(
                metadata.getUid(),
                metadata.getNamespace(),
                metadata.getName(),
                labels(pod).getOrDefault(CLAIM_LABEL, ""),
                Long.parseLong(metadata.getResourceVersion()),
                Instant.parse(metadata.getCreationTimestamp()),
                gate(spec),
                Pods.isScheduled(pod) ? spec.getNodeName() : null,
                NodeTerms.onlyNode(NodeTerms.of(spec.getAffinity())).orElse(null),
                PodAnnotations.parse(annotations(pod)),
                reads(spec),
                Pods.hasEnded(pod),
                isTerminated(spec, pod.getStatus()),
                metadata.getDeletionTimestamp() != null,
                grace(spec),
                placement(pod));
    }

    private static Duration grace(PodSpec spec) {
        return spec.getTerminationGracePeriodSeconds() == null
                ? PodEnd.DEFAULT_GRACE
                : Duration.ofSeconds(Math.min(MOST_GRACE.toSeconds(), spec.getTerminationGracePeriodSeconds()));
    }

    /** Only a pod that waits is ever patched, and an affinity may be long. */
    private static PodPlacement placement(Pod pod) {
        if (gate(pod.getSpec()) == ClaimPod.Gate.GONE) {
            return PodPlacement.ANYWHERE;
        }
        Affinity affinity = pod.getSpec().getAffinity();
        String text = affinity == null ? null : Serialization.asJson(affinity);
        Map<String, String> selector = Objects.requireNonNullElse(pod.getSpec().getNodeSelector(), Map.of());
        int length = selector.entrySet().stream()
                .mapToInt(label -> label.getKey().length() + label.getValue().length())
                .sum();
        return length + (text == null ? 0 : text.length()) > MOST_PLACEMENT
                ? PodPlacement.TOO_LONG
                : new PodPlacement(selector, text, !annotations(pod).isEmpty());
    }

    private static ClaimPod.Gate gate(PodSpec spec) {
        List<String> gates =
                spec.getSchedulingGates().stream().map(gate -> gate.getName()).toList();
        if (!gates.contains(GATE)) {
            return ClaimPod.Gate.GONE;
        }
        return gates.size() == 1 ? ClaimPod.Gate.LAST : ClaimPod.Gate.AMONG_OTHERS;
    }

    private static Set<String> reads(PodSpec spec) {
        return Pods.containers(spec)
                .map(Container::getEnv)
                .flatMap(List::stream)
                .flatMap(variable -> Stream.ofNullable(field(variable)))
                .map(PORT_FIELD::matcher)
                .filter(Matcher::matches)
                .map(matcher -> matcher.group(1))
                .distinct()
                .limit(MOST_READS)
                .collect(Collectors.toSet());
    }

    private static @Nullable String field(EnvVar variable) {
        ObjectFieldSelector field =
                variable.getValueFrom() == null ? null : variable.getValueFrom().getFieldRef();
        return field == null ? null : field.getFieldPath();
    }

    /** Whether the kubelet reports the end of every container; of one that it has not reported, nothing is known. */
    private static boolean isTerminated(PodSpec spec, @Nullable PodStatus status) {
        if (status == null) {
            return false;
        }
        Set<String> running = Stream.concat(
                        spec.getContainers().stream(),
                        // Of the others the kubelet starts none after one that has not ended.
                        spec.getInitContainers().stream()
                                .filter(container -> "Always".equals(container.getRestartPolicy())))
                .map(Container::getName)
                .collect(Collectors.toSet());
        Stream.concat(status.getContainerStatuses().stream(), status.getInitContainerStatuses().stream())
                .filter(PodReader::hasEnded)
                .forEach(container -> running.remove(container.getName()));
        return running.isEmpty();
    }

    private static boolean hasEnded(ContainerStatus container) {
        return container.getState() != null && container.getState().getTerminated() != null;
    }

    private static Map<String, String> labels(Pod pod) {
        return Objects.requireNonNullElse(pod.getMetadata().getLabels(), Map.of());
    }

    private static Map<String, String> annotations(Pod pod) {
        return Objects.requireNonNullElse(pod.getMetadata().getAnnotations(), Map.of());
    }
}
