package io.portclaim.operator.claim;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.Refusal;
import io.portclaim.operator.kube.Requests;
import io.portclaim.operator.publish.ConfigMapIdentity;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * ConfigMaps that the API server has not stored as they were sent: policies and webhooks may change what others write. Such a one
 * is reported and not written again, or the two would write in turns for ever. Thread-safe.
 */
final class AlteredMaps {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MOST_DIFFERENCES = 3;
    private static final int MOST_TEXT = 40;

    private final MapRequests requests;
    private final Map<ClaimKey, Altered> known = new ConcurrentHashMap<>();

    /**
     * One of them.
     *
     * @param sent what was sent, as a hash
     * @param stored what was stored, as a hash
     */
    private record Altered(int sent, int stored, Refusal refusal) {}

    AlteredMaps(MapRequests requests) {
        this.requests = requests;
    }

    /** What was altered of {@code sent}, as the {@code answer} to the write says; empty where nothing was, or it failed. */
    Optional<Refusal> judge(Claim claim, ConfigMap sent, Requests.Answer answer) {
        Optional<Refusal> refusal = answer.isSuccess() ? refusal(claim, sent, answer) : Optional.empty();
        refusal.ifPresentOrElse(
                why -> known.put(claim.configMap(), new Altered(content(sent), content(requests.map(answer)), why)),
                () -> known.remove(claim.configMap()));
        return refusal;
    }

    /**
     * Why it would be of no use to write this again: it was altered, and would be. That is tried without writing.
     *
     * @param cached the ConfigMap as the watch has it; null when it has none
     */
    Optional<Refusal> standing(Claim claim, Assignment assignment, @Nullable ConfigMap cached) {
        Altered altered = known.get(claim.configMap());
        if (altered == null
                || altered.sent != content(ClaimMap.create(claim, assignment))
                || (cached != null && altered.stored != content(cached))) {
            return Optional.empty();
        }
        ConfigMap present = requests.read(claim.configMap()).map();
        if (present == null || altered.stored != content(present)) {
            return Optional.empty();
        }
        ConfigMap wanted = ClaimMap.update(claim, assignment, present);
        Requests.Answer tried = requests.update(wanted, true);
        return tried.isSuccess() ? refusal(claim, wanted, tried) : Optional.of(altered.refusal);
    }

    private static int content(ConfigMap map) {
        return Objects.hash(KnownMap.digest(map), ClaimMap.identity(map));
    }

    private static Optional<Refusal> refusal(Claim claim, ConfigMap sent, Requests.Answer answer) {
        JsonNode stored = json(answer);
        // An answer that something in between has made says nothing of what is stored.
        List<String> differences = stored.path("metadata").has("uid") ? differences(sent, stored) : List.of();
        if (differences.isEmpty()) {
            return Optional.empty();
        }
        String more = differences.size() > MOST_DIFFERENCES
                ? ", and %d more".formatted(differences.size() - MOST_DIFFERENCES)
                : "";
        return Optional.of(new Refusal(
                Reason.CONFIG_MAP_REFUSED,
                "ConfigMap %s is not stored as it was written: %s%s; a policy or webhook of the cluster changes it: let it leave out ConfigMaps with the label %s"
                        .formatted(
                                claim.configMapName(),
                                String.join(
                                        ", ", differences.subList(0, Math.min(MOST_DIFFERENCES, differences.size()))),
                                more,
                                ConfigMapIdentity.CLAIM_UID_LABEL)));
    }

    private static JsonNode json(Requests.Answer answer) {
        try {
            return JSON.readTree(answer.body());
        } catch (IOException e) {
            throw new IllegalStateException("the answer to a write is no JSON", e);
        }
    }

    private static List<String> differences(ConfigMap sent, JsonNode stored) {
        List<String> found = new ArrayList<>();
        JsonNode metadata = stored.path("metadata");
        String label = ConfigMapIdentity.CLAIM_UID_LABEL;
        compare(
                        "label ",
                        Map.of(label, sent.getMetadata().getLabels().get(label)),
                        only(metadata.path("labels"), label))
                .forEach(found::add);
        List<String> keys = List.of(ConfigMapIdentity.CLAIM_NAME_ANNOTATION, ConfigMapIdentity.CLAIM_UID_ANNOTATION);
        Map<String, String> annotations = new TreeMap<>(sent.getMetadata().getAnnotations());
        annotations.keySet().retainAll(keys);
        found.addAll(
                compare("annotation ", annotations, only(metadata.path("annotations"), keys.toArray(new String[0]))));
        for (String difference : compare("data ", sent.getData(), all(stored.path("data")))) {
            found.add(difference + by(metadata, difference));
        }
        return found;
    }

    private static List<String> compare(String what, Map<String, String> sent, Map<String, String> stored) {
        Set<String> keys = new TreeSet<>(sent.keySet());
        keys.addAll(stored.keySet());
        return keys.stream()
                .filter(key -> !Objects.equals(sent.get(key), stored.get(key)))
                .map(key -> what + key + difference(sent.get(key), stored.get(key)))
                .toList();
    }

    private static String difference(@Nullable String sent, @Nullable String stored) {
        if (stored == null) {
            return " is missing";
        }
        return sent == null ? " is added" : " is '%s' and not '%s'".formatted(shortened(stored), shortened(sent));
    }

    private static String shortened(String text) {
        String line = text.replace('\n', ' ');
        return line.length() <= MOST_TEXT ? line : line.substring(0, MOST_TEXT) + "…";
    }

    /** Who manages the key that {@code difference} begins with, where that is somebody else. */
    private static String by(JsonNode metadata, String difference) {
        String key = difference.split(" ", 3)[1];
        Set<String> managers = new TreeSet<>();
        metadata.path("managedFields").forEach(entry -> {
            boolean manages = entry.path("fieldsV1").path("f:data").has("f:" + key);
            String manager = entry.path("manager").asText();
            if (manages && !manager.startsWith("portclaim")) {
                managers.add(manager);
            }
        });
        return managers.isEmpty() ? "" : " (managed by %s)".formatted(String.join(", ", managers));
    }

    private static Map<String, String> only(JsonNode object, String... keys) {
        Map<String, String> all = all(object);
        all.keySet().retainAll(Set.of(keys));
        return all;
    }

    private static Map<String, String> all(JsonNode object) {
        Map<String, String> all = new TreeMap<>();
        object.properties()
                .forEach(field -> all.put(field.getKey(), field.getValue().asText()));
        return all;
    }
}
