package io.portclaim.operator.protocol;

import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.Refusal;
import io.portclaim.operator.protocol.ConfigMapApi.Answer;
import io.portclaim.operator.protocol.ConfigMapApi.Mode;
import io.portclaim.operator.publish.ClaimStatuses;
import io.portclaim.operator.publish.Conditions;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Why a claim's ConfigMap can't be written, found before or after the try. Thread-safe. */
public final class RefusedMaps {
    private static final String MISSING_ROLE =
            "; the operator needs a role for ConfigMaps in this namespace: the chart creates one for each namespace in configMaps.namespaces";

    private final ConfigMapApi api;
    private final Predicate<ClaimKey> isRead;

    /** {@code isRead} says whether a live pod reads a ConfigMap. */
    public RefusedMaps(ConfigMapApi api, Predicate<ClaimKey> isRead) {
        this.api = api;
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
    public Optional<Refusal> standing(Claim claim, Assignment held, @Nullable PresentMap cached) {
        PresentMap present = cached == null || !cached.hasMetadata()
                ? api.read(claim.configMap()).map()
                : cached;
        if (present != null && !Ownership.isOwn(claim, present)) {
            return Optional.empty();
        }
        if (present != null && present.isImmutable()) {
            return frozen(claim);
        }
        return wasRefused(claim) ? tryAgain(claim, held, present) : Optional.empty();
    }

    /**
     * Why an immutable ConfigMap cannot be re-created: while a pod that reads it runs, its kubelet keeps what it said, and gives that
     * to new pods too, even if another one of the name exists. Empty where no pod reads it.
     */
    Optional<Refusal> frozen(Claim claim) {
        return isRead.test(claim.configMap())
                ? Optional.of(new Refusal(
                        Reason.CONFIG_MAP_REFUSED,
                        "ConfigMap %s is immutable and pods read it, so the requested ports cannot be written to it: stop these pods, or delete it, and it is re-created"
                                .formatted(claim.configMapName())))
                : Optional.empty();
    }

    private static boolean wasRefused(Claim claim) {
        return ClaimStatuses.reason(claim.status(), Conditions.PUBLISHED)
                .filter(Reason.CONFIG_MAP_REFUSED::equals)
                .isPresent();
    }

    private Optional<Refusal> tryAgain(Claim claim, Assignment held, @Nullable PresentMap present) {
        WantedMap wanted = WantedMap.of(claim, held);
        Answer answer = present == null ? api.create(wanted, Mode.DRY_RUN) : api.update(wanted, present, Mode.DRY_RUN);
        boolean changed = answer instanceof Answer.Conflict || answer instanceof Answer.Absent;
        return changed ? Optional.empty() : judge(claim, answer);
    }

    /**
     * What the API server's answer to a write means.
     *
     * @return why it refuses; empty when it does not
     * @throws ConfigMaps.NamespaceGoing when nothing can be made in the namespace any more
     * @throws IllegalStateException when another try may succeed
     */
    static Optional<Refusal> judge(Claim claim, Answer answer) {
        if (answer instanceof Answer.Done) {
            return Optional.empty();
        }
        if (answer instanceof Answer.NamespaceGoing going) {
            throw new ConfigMaps.NamespaceGoing(going.at());
        }
        if (answer instanceof Answer.Absent) {
            throw new ConfigMaps.NamespaceGoing(null);
        }
        if (answer instanceof Answer.Refused refused) {
            return Optional.of(new Refusal(
                    Reason.CONFIG_MAP_REFUSED,
                    "the API server refuses ConfigMap %s: %s%s"
                            .formatted(
                                    claim.configMapName(),
                                    refused.why(),
                                    refused.lacksPermission() ? MISSING_ROLE : "")));
        }
        throw new IllegalStateException(
                "ConfigMap %s can't be written now: %s".formatted(claim.configMap(), answer.why()));
    }
}
