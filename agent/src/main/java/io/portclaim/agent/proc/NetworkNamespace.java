package io.portclaim.agent.proc;

import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The network namespace that a proc file system shows. It needs no privilege. For one thread. */
public final class NetworkNamespace {
    private static final int SYSCTL_BYTES = 8 * 1024;
    // The kernel cuts a list of ports that is longer than the buffer. 32,768 single ports, the most there can be, with
    // commas.
    private static final int LONGEST_SYSCTL_BYTES = 256 * 1024;

    private final String sysctls;
    private final String tables;
    private final SocketTable table = new SocketTable(ByteOrder.nativeOrder());

    /**
     * The namespace of those who look at {@code proc}.
     *
     * @param proc {@code /proc} outside tests
     */
    public NetworkNamespace(Path proc) {
        this.sysctls = proc.resolve("sys/net/ipv4") + "/";
        this.tables = proc.resolve("net") + "/";
    }

    /**
     * Reads the settings.
     *
     * @throws IOException if a file can't be read, or is not what the kernel writes
     */
    public Sysctls sysctls() throws IOException {
        try {
            return Sysctls.parse(
                    sysctl("ip_local_port_range"),
                    sysctl("ip_local_reserved_ports"),
                    sysctl("ip_unprivileged_port_start"));
        } catch (IllegalArgumentException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    /** Reads all TCP sockets of both families. */
    public void tcp(SocketSink sink) throws IOException {
        read("tcp", sink);
        readIfThere("tcp6", sink);
    }

    /** Reads all UDP sockets of both families. */
    public void udp(SocketSink sink) throws IOException {
        read("udp", sink);
        readIfThere("udp6", sink);
    }

    private void read(String name, SocketSink sink) throws IOException {
        try (InputStream in = new FileInputStream(tables + name)) {
            table.read(in, sink);
        }
    }

    /** There is no table of IPv6 where the kernel was started without it. */
    private void readIfThere(String name, SocketSink sink) throws IOException {
        try {
            read(name, sink);
        } catch (FileNotFoundException e) {
            // It is thrown for whatever keeps a file from being opened, too many open files for one.
            if (!Files.notExists(Path.of(tables + name))) {
                throw e;
            }
        }
    }

    private String sysctl(String name) throws IOException {
        String text = sysctl(name, SYSCTL_BYTES);
        return text.length() < SYSCTL_BYTES ? text : sysctl(name, LONGEST_SYSCTL_BYTES);
    }

    /** One read, for a second one of such a file gives nothing more. */
    private String sysctl(String name, int bytes) throws IOException {
        byte[] text = new byte[bytes];
        try (InputStream in = new FileInputStream(sysctls + name)) {
            int length = in.read(text);
            return new String(text, 0, Math.max(length, 0), StandardCharsets.US_ASCII);
        }
    }
}
