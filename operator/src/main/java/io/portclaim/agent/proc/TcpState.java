package io.portclaim.agent.proc;

import java.util.Locale;

/** The states of a TCP socket, in the order of their numbers (the kernel's include/net/tcp_states.h), from 1. */
public enum TcpState {
    ESTABLISHED,
    SYN_SENT,
    SYN_RECV,
    FIN_WAIT1,
    FIN_WAIT2,
    TIME_WAIT,
    CLOSE,
    CLOSE_WAIT,
    LAST_ACK,
    LISTEN,
    CLOSING;

    /** TCP_NEW_SYN_RECV: a request that is not a socket yet. */
    private static final int NEW_SYN_RECV = 12;

    private static final TcpState[] ALL = values();

    private final String text = name().toLowerCase(Locale.ROOT);

    /**
     * The state of this number.
     *
     * @throws IllegalArgumentException for a number that the kernel has no state for
     */
    static TcpState of(int number) {
        if (number == NEW_SYN_RECV) {
            return SYN_RECV;
        }
        if (number < 1 || number > ALL.length) {
            throw new IllegalArgumentException(number + " is no state of a socket");
        }
        return ALL[number - 1];
    }

    /** As labels have it: {@code time_wait}. */
    public String text() {
        return text;
    }
}
