package io.portclaim.agent.proc;

import java.util.Locale;

/** The states of a TCP socket, with their numbers (the kernel's include/net/tcp_states.h). */
public enum TcpState {
    ESTABLISHED(1),
    SYN_SENT(2),
    SYN_RECV(3),
    FIN_WAIT1(4),
    FIN_WAIT2(5),
    TIME_WAIT(6),
    CLOSE(7),
    CLOSE_WAIT(8),
    LAST_ACK(9),
    LISTEN(10),
    CLOSING(11);

    /** TCP_NEW_SYN_RECV: a request that is not a socket yet. */
    private static final int NEW_SYN_RECV = 12;

    private static final TcpState[] ALL = values();

    private final int number;
    private final String text;

    TcpState(int number) {
        this.number = number;
        this.text = name().toLowerCase(Locale.ROOT);
    }

    /** The kernel's number, 1 to 11. */
    public int number() {
        return number;
    }

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
