package io.portclaim.operator.simulation;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A random history in which backups are restored or etcd is set back, and lists come in pages. One seed is one history. */
final class RestoreHistory implements Play {
    private final History history;

    RestoreHistory(long seed) {
        this.history = new History(
                seed, stage -> new Restores(stage, seed % 2 == 0 ? Restores.Kind.BACKUP : Restores.Kind.ETCD), true);
    }

    @Override
    public @Nullable String run() {
        return history.run();
    }

    @Override
    public @Nullable String replay(List<Baton.Step> steps) {
        return history.replay(steps);
    }

    @Override
    public List<Baton.Step> steps() {
        return history.steps();
    }

    @Override
    public List<String> transcript() {
        return history.transcript();
    }
}
