package io.portclaim.operator.publish;

import io.portclaim.api.v1alpha1.Condition;
import io.portclaim.api.v1alpha1.Phase;
import io.portclaim.api.v1alpha1.PodCounts;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.operator.allocation.Refusal;
import io.portclaim.operator.publish.Conditions.Status;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The status of a claim of scope Pod, made of figures. It is {@code Ready} while none of its pods was refused. There is no condition
 * {@code Usable}: what listens on a pod's port is, as a rule, the pod.
 */
public final class PodClaimStatuses {
    private PodClaimStatuses() {}

    /**
     * What there is to say of the claim.
     *
     * @param uid the claim's UID
     * @param generation the generation of its spec
     * @param poolName the pool that serves it; null when there is none
     * @param configMapName where its pods' ports are listed
     * @param counts how many of its pods have ports, and how many wait
     * @param refusal why it is not served, or why pods of it wait; null when nothing is in the way
     * @param refusesAll whether the refusal is of the claim, not of some of its pods
     * @param unpublished why the ConfigMap does not list the ports; null when it does
     */
    public record Facts(
            String uid,
            long generation,
            @Nullable String poolName,
            String configMapName,
            PodCounts counts,
            @Nullable Refusal refusal,
            boolean refusesAll,
            @Nullable Refusal unpublished) {}

    /**
     * The status that {@code facts} give.
     *
     * @param previous the status that stands in the API server; null where there is none
     * @param now the time of conditions that change
     */
    public static RenderedStatus render(Facts facts, @Nullable PortClaimStatus previous, Instant now) {
        Conditions conditions =
                new Conditions(previous == null ? null : previous.conditions(), facts.generation(), now);
        Refusal waitsFor = waitsFor(facts);
        PortClaimStatus status = new PortClaimStatus(
                waitsFor == null ? Phase.BOUND : Phase.PENDING,
                facts.generation(),
                facts.uid(),
                facts.poolName(),
                facts.configMapName(),
                summary(facts.counts()),
                null,
                null,
                null,
                null,
                facts.counts(),
                conditions(facts, waitsFor, conditions));
        return new RenderedStatus(status, waitsFor, facts.unpublished(), null);
    }

    private static @Nullable Refusal waitsFor(Facts facts) {
        Refusal refusal = facts.refusal();
        if (refusal == null) {
            return null;
        }
        String message = facts.refusesAll() ? refusal.message() : who(facts.counts()) + ": " + refusal.message();
        return new Refusal(refusal.reason(), Conditions.bounded(message), refusal.inFull());
    }

    private static String who(PodCounts counts) {
        int all = counts.served() + counts.waiting();
        return all == 1 ? "the claim's pod waits" : "%d of %d pods wait".formatted(counts.waiting(), all);
    }

    private static List<Condition> conditions(Facts facts, @Nullable Refusal waitsFor, Conditions conditions) {
        List<Condition> all = new ArrayList<>();
        for (String type : List.of(Conditions.READY, Conditions.ASSIGNED)) {
            all.add(
                    waitsFor == null
                            ? conditions.next(type, Status.TRUE, Reason.ASSIGNED, assigned(facts.counts()))
                            : conditions.next(type, Status.FALSE, waitsFor.reason(), waitsFor.message()));
        }
        all.add(published(facts, conditions));
        Stream.of(Optional.ofNullable(waitsFor), Optional.ofNullable(facts.unpublished()))
                .flatMap(Optional::stream)
                .filter(refusal -> refusal.reason().stalls())
                .findFirst()
                .ifPresent(refusal ->
                        all.add(conditions.next(Conditions.STALLED, Status.TRUE, refusal.reason(), refusal.message())));
        return all;
    }

    private static Condition published(Facts facts, Conditions conditions) {
        Refusal refusal = facts.unpublished();
        if (refusal != null) {
            return conditions.next(Conditions.PUBLISHED, Status.FALSE, refusal.reason(), refusal.message());
        }
        return facts.counts().served() == 0
                ? conditions.next(
                        Conditions.PUBLISHED, Status.FALSE, Reason.NOT_ASSIGNED, "no pod of the claim has ports")
                : conditions.next(
                        Conditions.PUBLISHED,
                        Status.TRUE,
                        Reason.PUBLISHED,
                        "each pod carries its ports in annotations, and ConfigMap %s lists them"
                                .formatted(facts.configMapName()));
    }

    private static String assigned(PodCounts counts) {
        return counts.served() == 0
                ? "no pod with the claim's label needs ports"
                : "%s of the claim %s ports".formatted(pods(counts.served()), counts.served() == 1 ? "has" : "have");
    }

    private static @Nullable String summary(PodCounts counts) {
        if (counts.served() == 0 && counts.waiting() == 0) {
            return null;
        }
        return counts.waiting() == 0
                ? pods(counts.served())
                : "%s, %d waiting".formatted(pods(counts.served()), counts.waiting());
    }

    private static String pods(int count) {
        return count == 1 ? "1 pod" : count + " pods";
    }
}
