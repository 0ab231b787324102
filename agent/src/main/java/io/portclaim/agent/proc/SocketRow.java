package io.portclaim.agent.proc;

/**
 * The socket that is being read: one object for all rows of a table, so that a look makes no garbage. An address is 128
 * bits in two halves; IPv4 stands as ::ffff:a.b.c.d (RFC 4291, section 2.5.5.2), whichever table it came from.
 */
public final class SocketRow {
    TcpState state = TcpState.CLOSE;
    long localHigh;
    long localLow;
    int localPort;
    long remoteHigh;
    long remoteLow;
    int remotePort;
    long uid;
    long inode;

    /** Its state; a UDP socket is ESTABLISHED when it is connected, else CLOSE. */
    public TcpState state() {
        return state;
    }

    /** The local address' first 64 bits. */
    public long localHigh() {
        return localHigh;
    }

    /** The local address' last 64 bits. */
    public long localLow() {
        return localLow;
    }

    /** 0 to 65535. */
    public int localPort() {
        return localPort;
    }

    /** The peer's address' first 64 bits. */
    public long remoteHigh() {
        return remoteHigh;
    }

    /** The peer's address' last 64 bits. */
    public long remoteLow() {
        return remoteLow;
    }

    /** 0 where there is no peer. */
    public int remotePort() {
        return remotePort;
    }

    /** The user whose process opened it. */
    public long uid() {
        return uid;
    }

    /** Whether a process still has it open. */
    public boolean hasOwner() {
        return inode != 0;
    }
}
