package io.portclaim.operator.claim;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.Refusal;
import io.portclaim.operator.kube.Requests;
import io.portclaim.operator.publish.ClaimStatuses;
import io.portclaim.operator.publish.Conditions;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Why a claim's ConfigMap can't be written, found before or after the try. Thread-safe. */
final class RefusedMaps {
    private final MapRequests requests;
    private final Predicate<ClaimKey> isRead;

    /** {@code isRead} says whether a live pod reads a ConfigMap. */
    RefusedMaps(MapRequests requests, Predicate<ClaimKey> isRead) {
        this.requests = requests;
        this.isRead = isRead;
    }

    /**
     * Why the claim's ConfigMap could not follow if the claim were given anything else than {@code held}: as it stands no
     * change is possible, or the API server still refuses what it refused before. So nothing is decided that would wait for
     * its ConfigMap, and take room from others meanwhile.
     *
     * @param held what the claim holds, which is published
     * @param cached the ConfigMap as the watch has it; null: it is read
     */
    Optional<Refusal> standing(Claim claim, Assignment held, @Nullable ConfigMap cached) {
        ConfigMap present = cached == null || !KnownMap.hasMetadata(cached)
                ? requests.read(claim.configMap()).map()
                : cached;
        if (present != null && !ClaimMap.isOwn(claim, present)) {
            return Optional.empty();
        }
        if (present != null && Boolean.TRUE.equals(present.getImmutable())) {
            return frozen(claim);
        }
        return wasRefused(claim) ? tryAgain(claim, held, present) : Optional.empty();
    }

    /**
     * Why an immutable ConfigMap can't be made again: while a pod that reads it runs, its kubelet keeps what it said, and gives that
     * to new pods too, even if another one of the name exists. Empty where no pod reads it.
     */
    Optional<Refusal> frozen(Claim claim) {
        return isRead.test(claim.configMap())
                ? Optional.of(new Refusal(
                        Reason.CONFIG_MAP_REFUSED,
                        "ConfigMap %s is immutable and pods read it, so it can't have the ports that are asked for now: stop these pods, or delete it, and it is made again"
                                .formatted(claim.configMapName())))
                : Optional.empty();
    }

    private static boolean wasRefused(Claim claim) {
        return ClaimStatuses.reason(claim.status(), Conditions.PUBLISHED)
                .filter(Reason.CONFIG_MAP_REFUSED::equals)
                .isPresent();
    }

    private Optional<Refusal> tryAgain(Claim claim, Assignment held, @Nullable ConfigMap present) {
        Requests.Answer answer = present == null
                ? requests.create(ClaimMap.create(claim, held), true)
                : requests.update(ClaimMap.update(claim, held, present), true);
        boolean changed = answer.code() == 409 || answer.saysAbsent(claim.configMapName());
        return changed ? Optional.empty() : judge(claim, answer);
    }

    /**
     * What the API server's answer to a write means.
     *
     * @return why it refuses; empty when it does not
     * @throws ConfigMaps.NamespaceGoing when nothing can be made in the namespace any more
     * @throws IllegalStateException when another try may succeed
     */
    static Optional<Refusal> judge(Claim claim, Requests.Answer answer) {
        if (answer.isSuccess()) {
            return Optional.empty();
        }
        if (answer.isNamespaceGoing() || (answer.code() == 404)) {
            throw new ConfigMaps.NamespaceGoing();
        }
        if (answer.isTransient()) {
            throw new IllegalStateException(
                    "ConfigMap %s can't be written now: %s".formatted(claim.configMap(), answer.message()));
        }
        return Optional.of(new Refusal(
                Reason.CONFIG_MAP_REFUSED,
                "the API server refuses ConfigMap %s: %s%s"
                        .formatted(claim.configMapName(), answer.message(), remedy(answer))));
    }

    /** Of the refusals with code 403, those for want of a right say who can't do what; quotas and policies do not. */
    private static String remedy(Requests.Answer answer) {
        return answer.code() == 403
                        && answer.message().contains(" cannot ")
                        && answer.message().contains("User \"")
                ? "; the operator needs a role for ConfigMaps in this namespace, which the chart gives it for those in configMaps.namespaces"
                : "";
    }
}
