package io.portclaim.operator.simulation;

import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.protocol.Claim;
import io.portclaim.operator.simulation.Invariants.Port;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The end of a history, when nothing goes wrong any more and nobody else wants ports: claims are backed up, deleted, and restored beside
 * the operator, ConfigMaps before claims. They must have their numbers again.
 */
final class LastRestore {
    private static final ClaimKey X = new ClaimKey("n", "last-x");
    private static final ClaimKey Z = new ClaimKey("n", "last-z");
    /** Longer than what is kept for a claim to come: a claim may also come too late for that. */
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(15);

    private final Random random;
    private final SimulatedCluster cluster;
    private final Consumer<Duration> runFor;
    private final Duration watches;
    private final Duration release;

    /**
     * Restores in {@code cluster}.
     *
     * @param runFor has operators work for some time
     * @param watches after this time a watch has brought what has changed
     * @param release after this time what was released is free
     */
    LastRestore(
            Random random, SimulatedCluster cluster, Consumer<Duration> runFor, Duration watches, Duration release) {
        this.watches = watches;
        this.random = random;
        this.cluster = cluster;
        this.runFor = runFor;
        this.release = release;
    }

    /** Returns what is wrong; null when nothing is. */
    @Nullable
    String run() {
        cluster.claims().forEach(cluster::delete);
        runFor.accept(release);
        cluster.create(X, Users.spec("{poolName: main, scope: Node, nodeName: a, ports: [{name: http, port: 1002}]}"));
        cluster.create(Z, Users.spec("{poolName: main, scope: Cluster, ports: [{name: http, port: 1001}]}"));
        runFor.accept(release);
        List<Claim> claims = new ArrayList<>(cluster.claims());
        List<StoredMap> maps = new ArrayList<>(cluster.maps().all());
        claims.forEach(cluster::delete);
        cluster.maps().collectGarbage();
        runFor.accept(release);

        Collections.shuffle(claims, random);
        boolean withStatus = random.nextBoolean();
        maps.forEach(map -> cluster.maps().restore(map.in("n", false).asOfUser()));
        // A claim that is seen before any ConfigMap may be given the port of another, which then cools.
        runFor.accept(watches);
        pause();
        for (Claim claim : claims) {
            cluster.restoreClaim(withoutNumber(claim), claim.key(), withStatus);
            pause();
        }
        runFor.accept(release);
        return claims.stream()
                .filter(claim -> !numbers(claim.key()).equals(Invariants.numbers(claim)))
                .map(claim -> "%s had %s, and restored it has %s"
                        .formatted(claim.key(), Invariants.numbers(claim), numbers(claim.key())))
                .findFirst()
                .orElse(null);
    }

    private void pause() {
        if (random.nextBoolean()) {
            runFor.accept(Duration.ofNanos((long) (random.nextDouble() * LONGEST_PAUSE.toNanos())));
        }
    }

    private Map<Port, Integer> numbers(ClaimKey key) {
        return cluster.claim(key).map(Invariants::numbers).orElse(Map.of());
    }

    /** Only its ConfigMap and its status say which number it had. */
    private static Claim withoutNumber(Claim claim) {
        String spec = claim.key().equals(X)
                ? "{poolName: main, scope: Node, nodeName: a, ports: [{name: http}]}"
                : "{poolName: main, scope: Cluster, ports: [{name: http}]}";
        return new Claim(
                claim.uid(),
                claim.key(),
                claim.version(),
                claim.generation(),
                claim.created(),
                Users.spec(spec),
                claim.status());
    }
}
