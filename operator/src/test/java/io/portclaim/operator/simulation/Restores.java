package io.portclaim.operator.simulation;

import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.protocol.Claim;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Backups that are restored, and an etcd that is set back. A backup tool creates what is not there, ConfigMaps before claims, one object
 * after the other while operators go on, or while none runs. What it creates has no owners or those that are gone, and may go to
 * another namespace, beside the original.
 */
final class Restores {
    private static final String OTHER_NAMESPACE = "m";
    private static final int LARGEST_PAGE = 3;
    private static final int SELDOM = 12;
    /** A watch is started again by then. */
    private static final Duration LONGEST_DEAF = Duration.ofSeconds(30);

    private final History.Stage stage;
    private final Queue<Runnable> steps = new ArrayDeque<>();
    private @Nullable Backup backup;
    private SimulatedCluster.@Nullable Saved saved;
    private int left = 2;

    /** What is restored. */
    enum Kind {
        BACKUP,
        ETCD
    }

    private record Backup(Collection<Claim> claims, Collection<StoredMap> maps) {}

    Restores(History.Stage stage, Kind kind) {
        this.stage = stage;
        stage.cluster().lists().pageSize(1 + stage.random().nextInt(LARGEST_PAGE));
        may(
                "a compaction",
                1,
                stage.cluster().lists()::areAnyOpen,
                4,
                stage.cluster().lists()::compact);
        switch (kind) {
            case BACKUP -> {
                may("a backup", 1, () -> steps.isEmpty(), SELDOM, this::backUp);
                may("the beginning of a restore", 1, () -> backup != null && left > 0, SELDOM, this::beginToRestore);
                may(
                        "a backup tool",
                        1,
                        () -> !steps.isEmpty(),
                        1,
                        () -> steps.remove().run());
            }
            case ETCD -> {
                may(
                        "a copy of etcd",
                        1,
                        () -> true,
                        SELDOM,
                        () -> saved = stage.cluster().save());
                may("etcd is set back", 1, () -> saved != null && left > 0, SELDOM * 2, this::setBack);
            }
        }
    }

    private void may(String what, int weight, BooleanSupplier isDue, int seldom, Runnable body) {
        stage.baton()
                .mayHappen(
                        what,
                        weight,
                        () -> !stage.isCalm().getAsBoolean() && isDue.getAsBoolean(),
                        () -> stage.random().nextInt(seldom) == 0,
                        body);
    }

    private boolean chance(int one) {
        return stage.random().nextInt(one) == 0;
    }

    private void backUp() {
        stage.cluster().note("a backup is made");
        backup = new Backup(stage.cluster().claims(), stage.cluster().maps().all());
    }

    private void beginToRestore() {
        Backup from = Objects.requireNonNull(backup);
        left--;
        String namespace = chance(3) ? OTHER_NAMESPACE : "n";
        boolean withStatus = chance(3);
        boolean keepsOwners = chance(3);
        boolean noneRuns = chance(3);
        stage.cluster().note("a backup is restored into " + namespace);
        if (noneRuns) {
            stage.crashAll().run();
        }
        if (chance(3)) {
            stage.cluster().claims().stream()
                    .filter(claim -> claim.key().namespace().equals(namespace))
                    .forEach(stage.cluster()::delete);
            if (chance(2)) {
                stage.cluster().maps().collectGarbage();
            }
        }
        if (!chance(4)) {
            from.maps.forEach(map -> steps.add(() -> restore(map.in(namespace, keepsOwners))));
        }
        if (!chance(4)) {
            from.claims.forEach(claim -> steps.add(
                    () -> restore(claim, new ClaimKey(namespace, claim.key().name()), withStatus)));
        }
        if (noneRuns) {
            steps.forEach(Runnable::run);
            steps.clear();
        }
    }

    private void restore(StoredMap map) {
        SimulatedCluster cluster = stage.cluster();
        if (cluster.map(map.name()).isEmpty()) {
            cluster.maps().restore(cluster.isTrue(map) ? map : map.asOfUser());
        }
    }

    private void restore(Claim claim, ClaimKey key, boolean withStatus) {
        if (stage.cluster().claim(key).isEmpty()) {
            stage.cluster().restoreClaim(claim, key, withStatus);
            stage.users().alsoUse(key);
        }
    }

    private void setBack() {
        SimulatedCluster.Saved to = Objects.requireNonNull(saved);
        left--;
        if (chance(3)) {
            stage.crashAll().run();
        } else {
            // An operator may publish what it has committed to an etcd that forgets it at that moment.
            stage.cluster().becomeUncertain();
        }
        // The API servers were down meanwhile, and kubelets end the pods that etcd does not know.
        stage.late().loseAll();
        List<SimulatedPod> unknown = new ArrayList<>(stage.cluster().pods());
        unknown.removeAll(to.pods());
        stage.users().endPods(unknown);
        boolean bumped = chance(3);
        long until = stage.baton().nanos() + (long) (stage.random().nextDouble() * LONGEST_DEAF.toNanos());
        if (!bumped && chance(2)) {
            stage.operators().forEach(operator -> operator.waitForTheFuture(until));
        }
        stage.cluster().setBack(to, bumped);
    }
}
