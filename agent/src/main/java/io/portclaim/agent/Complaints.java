package io.portclaim.agent;

import java.io.IOException;
import java.util.HashSet;
import java.util.Set;

/** Has each failure of one kind said once, until that kind is over. For one thread. */
final class Complaints {
    /** A table that is not as it should be has another message for each of its rows: so many are enough. */
    static final int MOST = 20;

    private final Set<String> said = new HashSet<>();

    /** Whether it should be said now. */
    boolean isNew(IOException failure) {
        return said.size() < MOST && said.add(String.valueOf(failure.getMessage()));
    }

    /** The next failure is another one. */
    void over() {
        said.clear();
    }
}
