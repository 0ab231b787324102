package io.portclaim.operator.protocol;

import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.publish.ConfigMapIdentity;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a watch of ConfigMaps says, and whom it concerns. On the way, what a claim that is gone may have left is found: nobody
 * serves such a claim. Thread-safe.
 */
public final class MapNews {
    private final ConfigMaps configMaps;
    private final DeletedClaimReleaser releaser;
    private final UnclaimedMaps unclaimed;

    MapNews(ConfigMaps configMaps, DeletedClaimReleaser releaser, UnclaimedMaps unclaimed) {
        this.configMaps = configMaps;
        this.releaser = releaser;
        this.unclaimed = unclaimed;
    }

    /** A ConfigMap came; returns whether its claim must be looked at. Our own create would cost each claim a second look. */
    public boolean added(PresentMap map) {
        look(map);
        return !configMaps.isOwnNews(map);
    }

    /** A ConfigMap changed; returns whether its claim must be looked at. */
    public boolean changed(PresentMap now, PresentMap before) {
        if (!differs(now, before)) {
            return false;
        }
        look(now);
        return !configMaps.isOwnNews(now);
    }

    /** A watch has the ConfigMap no more; its claim must be looked at. */
    public void gone(PresentMap map) {
        unclaimed.gone(map.name());
        identified(
                map, (name, identity) -> releaser.mapGone(name, new ClaimKey(name.namespace(), identity.claimName())));
    }

    private void look(PresentMap map) {
        identified(map, (name, identity) -> {
            ClaimKey claim = new ClaimKey(name.namespace(), identity.claimName());
            if (!releaser.mapSeen(name, identity.claimUid(), claim)) {
                unclaimed.seen(map, identity);
            }
        });
    }

    private static void identified(PresentMap map, BiConsumer<ClaimKey, ConfigMapIdentity> action) {
        map.identity().ifPresent(identity -> action.accept(map.name(), identity));
    }

    private static boolean differs(PresentMap now, PresentMap before) {
        return !now.digest().equals(before.digest())
                || !now.identity().equals(before.identity())
                || !Objects.equals(now.uidLabel(), before.uidLabel())
                || !now.owners().equals(before.owners());
    }

    /** The claims that the ConfigMap belongs to, also where someone has taken our annotations off it. */
    public static Set<ClaimKey> claimsOf(PresentMap map) {
        Stream<String> named = map.identity().map(ConfigMapIdentity::claimName).stream();
        Stream<String> owners = map.owners().stream()
                .filter(owner -> owner.kind().equals("PortClaim"))
                .map(PresentMap.Owner::name);
        return Stream.concat(named, owners)
                .map(name -> new ClaimKey(map.name().namespace(), name))
                .collect(Collectors.toSet());
    }
}
