package io.portclaim.operator.protocol;

import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.Refusal;
import io.portclaim.operator.protocol.ConfigMapApi.Answer;
import io.portclaim.operator.protocol.ConfigMapApi.Mode;
import io.portclaim.operator.publish.ConfigMapIdentity;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * ConfigMaps that the API server has not stored as they were sent: policies and webhooks may change what others write. Such a one
 * is reported and not written again, or the two would write in turns for ever. Thread-safe.
 */
final class AlteredMaps {
    private static final int MOST_DIFFERENCES = 3;
    private static final int MOST_TEXT = 40;

    private final ConfigMapApi api;
    private final Map<ClaimKey, Altered> known = new ConcurrentHashMap<>();

    /**
     * One of them.
     *
     * @param sent what was sent, as a hash
     * @param stored what was stored, as a hash
     */
    private record Altered(int sent, int stored, Refusal refusal) {}

    AlteredMaps(ConfigMapApi api) {
        this.api = api;
    }

    /** What was altered of {@code sent}, as the {@code answer} to the write says; empty where nothing was, or it failed. */
    Optional<Refusal> judge(Claim claim, WantedMap sent, Answer answer) {
        PresentMap stored = stored(answer);
        Optional<Refusal> refusal = stored == null ? Optional.empty() : refusal(claim, sent, stored);
        if (stored != null && refusal.isPresent()) {
            known.put(claim.configMap(), new Altered(sent.content(), content(stored), refusal.get()));
        } else {
            known.remove(claim.configMap());
        }
        return refusal;
    }

    /**
     * Why it would be of no use to write this again: it was altered, and would be. That is tried without writing.
     *
     * @param cached the ConfigMap as the watch has it; null when it has none
     */
    Optional<Refusal> standing(Claim claim, WantedMap wanted, @Nullable PresentMap cached) {
        Altered altered = known.get(claim.configMap());
        if (altered == null
                || altered.sent != wanted.content()
                || (cached != null && altered.stored != content(cached))) {
            return Optional.empty();
        }
        PresentMap present = api.read(claim.configMap()).map();
        if (present == null || altered.stored != content(present)) {
            return Optional.empty();
        }
        Answer tried = api.update(wanted, present, Mode.DRY_RUN);
        if (!(tried instanceof Answer.Done)) {
            return Optional.of(altered.refusal);
        }
        PresentMap stored = stored(tried);
        return stored == null ? Optional.empty() : refusal(claim, wanted, stored);
    }

    private static @Nullable PresentMap stored(Answer answer) {
        return answer instanceof Answer.Done done ? done.stored() : null;
    }

    private static int content(PresentMap map) {
        return Objects.hash(map.digest(), map.identity());
    }

    private static Optional<Refusal> refusal(Claim claim, WantedMap sent, PresentMap stored) {
        List<String> differences = differences(sent, stored);
        if (differences.isEmpty()) {
            return Optional.empty();
        }
        String more = differences.size() > MOST_DIFFERENCES
                ? ", and %d more".formatted(differences.size() - MOST_DIFFERENCES)
                : "";
        return Optional.of(new Refusal(
                Reason.CONFIG_MAP_REFUSED,
                "ConfigMap %s is not stored as it was written: %s%s; a policy or webhook of the cluster changes it: exclude ConfigMaps with the label %s"
                        .formatted(
                                claim.configMapName(),
                                String.join(
                                        ", ", differences.subList(0, Math.min(MOST_DIFFERENCES, differences.size()))),
                                more,
                                ConfigMapIdentity.CLAIM_UID_LABEL)));
    }

    private static List<String> differences(WantedMap sent, PresentMap stored) {
        Map<String, String> label =
                Map.of(ConfigMapIdentity.CLAIM_UID_LABEL, sent.identity().claimUid());
        List<String> found = new ArrayList<>(compare("label ", label, stored.own(PresentMap.Part.LABELS)));
        found.addAll(compare("annotation ", sent.identity().annotations(), stored.own(PresentMap.Part.ANNOTATIONS)));
        for (String difference : compare("data ", sent.data(), stored.data())) {
            found.add(difference + by(stored, difference));
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
    private static String by(PresentMap stored, String difference) {
        Set<String> managers = new TreeSet<>(stored.managers(difference.split(" ", 3)[1]));
        managers.removeIf(manager -> manager.startsWith("portclaim"));
        return managers.isEmpty() ? "" : " (managed by %s)".formatted(String.join(", ", managers));
    }
}
