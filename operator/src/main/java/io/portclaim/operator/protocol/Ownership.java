package io.portclaim.operator.protocol;

import io.portclaim.operator.publish.ConfigMapIdentity;

/** Whose a ConfigMap is that is there. */
final class Ownership {
    private Ownership() {}

    static boolean isOwn(Claim claim, PresentMap map) {
        return isOf(claim.identity(), map);
    }

    /** Whether it belongs to this claim, also where someone has taken our label or annotations off it. */
    static boolean isOf(ConfigMapIdentity claim, PresentMap map) {
        return map.identity().filter(claim::equals).isPresent()
                || map.owners().stream()
                        .anyMatch(owner -> claim.claimUid().equals(owner.uid()) && owner.isController());
    }

    /** Whether an earlier claim of the claim's name left it. */
    static boolean isEarlier(Claim claim, PresentMap map) {
        return map.identity().filter(found -> found.precedes(claim.identity())).isPresent();
    }
}
