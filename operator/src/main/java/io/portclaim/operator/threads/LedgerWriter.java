package io.portclaim.operator.threads;

import io.portclaim.operator.protocol.Ledger;

/** The one thread that writes the ledger. Thread-safe. */
public final class LedgerWriter implements AutoCloseable {
    private final Ledger ledger;
    private final Thread thread;

    /** Writes {@code ledger} once it is fenced. */
    public LedgerWriter(Ledger ledger) {
        this.ledger = ledger;
        this.thread = new Thread(this::run, "ledger");
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        boolean goesOn = true;
        while (goesOn) {
            goesOn = ledger.step();
        }
    }

    /** Closes the ledger, and does not wait for a write that is under way: it may still be carried out. */
    @Override
    public void close() {
        ledger.close();
        thread.interrupt();
    }
}
