package io.portclaim.operator.publish;

import io.portclaim.api.v1alpha1.PortClaimApi;
import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.operator.allocation.Refusal;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Whose a ConfigMap is, as its labels and annotations say.
 *
 * @param claimName the claim that it was made for, in the ConfigMap's own namespace
 * @param claimUid that claim's UID
 */
public record ConfigMapIdentity(String claimName, String claimUid) {
    /**
     * The label of everything that the operator makes (Kubernetes' recommended labels). Policies and deployers set it to their own
     * name, so nothing depends on it.
     */
    public static final String MANAGED_BY_LABEL = "app.kubernetes.io/managed-by";
    /** The value of {@link #MANAGED_BY_LABEL}. */
    public static final String MANAGED_BY = "portclaim";
    /** The annotation with the claim's name. */
    public static final String CLAIM_NAME_ANNOTATION = PortClaimApi.KEY_PREFIX + "claim-name";
    /** The annotation with the claim's UID. */
    public static final String CLAIM_UID_ANNOTATION = PortClaimApi.KEY_PREFIX + "claim-uid";
    /** The label with the claim's UID, by which the operator finds its ConfigMaps: a domain of its own, which no tool writes. */
    public static final String CLAIM_UID_LABEL = PortClaimApi.KEY_PREFIX + "claim-uid";

    private static final int LONGEST_NAME = 253;
    private static final Set<Character> NOT_AT_AN_END = Set.of('-', '.');

    /**
     * Reads whose a ConfigMap is.
     *
     * @return empty where it is not the operator's, or does not say which claim it belongs to
     */
    public static Optional<ConfigMapIdentity> of(
            @Nullable Map<String, String> labels, @Nullable Map<String, String> annotations) {
        if (labels == null || annotations == null || !labels.containsKey(CLAIM_UID_LABEL)) {
            return Optional.empty();
        }
        String name = annotations.get(CLAIM_NAME_ANNOTATION);
        String uid = annotations.get(CLAIM_UID_ANNOTATION);
        return name == null || uid == null || !isName(name)
                ? Optional.empty()
                : Optional.of(new ConfigMapIdentity(name, uid));
    }

    /** Whether a claim can have this name, which goes into requests and logs: a tenant can write any text (RFC 1123, subdomain). */
    private static boolean isName(String text) {
        return !text.isEmpty()
                && text.length() <= LONGEST_NAME
                && !NOT_AT_AN_END.contains(text.charAt(0))
                && !NOT_AT_AN_END.contains(text.charAt(text.length() - 1))
                && !text.contains("..")
                && text.chars().allMatch(c -> (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.');
    }

    /** The labels that say so, with the one that tools look at; there are no others. */
    public Map<String, String> labels() {
        return Map.of(MANAGED_BY_LABEL, MANAGED_BY, CLAIM_UID_LABEL, claimUid);
    }

    /** The annotations that say so; there are no others. */
    public Map<String, String> annotations() {
        return Map.of(CLAIM_NAME_ANNOTATION, claimName, CLAIM_UID_ANNOTATION, claimUid);
    }

    /** Whether this was an earlier claim of {@code claim}'s name, whose ConfigMap {@code claim} may adopt. */
    public boolean precedes(ConfigMapIdentity claim) {
        return claimName.equals(claim.claimName) && !claimUid.equals(claim.claimUid);
    }

    /** Why a claim does not publish to a ConfigMap that is there already and is not its own. */
    public static Refusal conflict(String configMapName) {
        return new Refusal(
                Reason.CONFIG_MAP_CONFLICT,
                "ConfigMap %s exists and does not belong to this claim, so the operator does not change it: delete it, or delete the claim and create it again with another configMapName"
                        .formatted(configMapName));
    }
}
