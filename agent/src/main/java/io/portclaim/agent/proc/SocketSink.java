package io.portclaim.agent.proc;

/** Takes the rows of a table of sockets. */
@FunctionalInterface
public interface SocketSink {
    /** Takes one; {@code row} holds another socket after this returns. */
    void accept(SocketRow row);
}
