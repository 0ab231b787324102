package io.portclaim.agent.api;

import java.io.IOException;

/** Where the token is found. It is asked before each exchange, for the kubelet puts a new one there about every hour. */
@FunctionalInterface
public interface TokenSource {
    /**
     * The token as it is now.
     *
     * @throws IOException if it can't be read
     */
    String read() throws IOException;
}
