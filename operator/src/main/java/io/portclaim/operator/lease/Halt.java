package io.portclaim.operator.lease;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ends the process at once, without shutdown hooks, for one that must not write anything more. */
@FunctionalInterface
public interface Halt {
    /** The exit code of a leader that has lost its Lease. */
    int LEASE_LOST = 7;

    /** The exit code of a new leader that could not begin. */
    int START_FAILED = 8;

    /** The exit code of a leader that found the ledger written by another. */
    int FENCED_OFF = 9;

    /** The exit code of a process whose view of the cluster has ended. */
    int WATCH_LOST = 10;

    /** The exit code of a process that found the API server in an earlier state than before. */
    int SET_BACK = 11;

    /**
     * Ends the process.
     *
     * @param exitCode for the container's status
     * @param lastWords logged before, a whole sentence with the reason
     */
    void now(int exitCode, String lastWords);

    /** Ends this very process; never returns. */
    static Halt ofProcess() {
        return new OfProcess(Runtime.getRuntime()::halt);
    }

    /** {@link Runtime#halt}, and before it one log line that cannot hold it up. */
    final class OfProcess implements Halt {
        private static final Logger log = LoggerFactory.getLogger(Halt.class);
        private static final Duration PATIENCE = Duration.ofSeconds(1);

        private final Ending ending;

        OfProcess(Ending ending) {
            this.ending = ending;
        }

        @Override
        public void now(int exitCode, String lastWords) {
            Thread fuse = new Thread(() -> burn(exitCode), "halt");
            fuse.setDaemon(true);
            fuse.start();
            log.error("{}", lastWords);
            ending.end(exitCode);
        }

        // Whoever reads standard output may have stopped reading, and a log line then blocks for ever.
        private void burn(int exitCode) {
            long end = System.nanoTime() + PATIENCE.toNanos();
            for (long left = PATIENCE.toNanos(); left > 0; left = end - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
            ending.end(exitCode);
        }
    }

    /** What ends the process. */
    @FunctionalInterface
    interface Ending {
        /** Ends it. */
        void end(int exitCode);
    }
}
