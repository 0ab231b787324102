package io.portclaim.agent;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/** A proc file system's files for a network namespace, as this machine's kernel would write them. */
public final class FakeProc {
    private static final String HEADING =
            "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";

    private final Path folder;

    public FakeProc(Path folder) {
        this.folder = folder;
    }

    public void sysctls(String range, String reserved, int unprivilegedStart) {
        write("sys/net/ipv4/ip_local_port_range", range + "\n");
        write("sys/net/ipv4/ip_local_reserved_ports", reserved + "\n");
        write("sys/net/ipv4/ip_unprivileged_port_start", unprivilegedStart + "\n");
    }

    public void tcp(String... rows) {
        write("net/tcp", HEADING + String.join("", rows));
    }

    public void udp(String... rows) {
        write("net/udp", HEADING + String.join("", rows));
    }

    /** A row for IPv4 of a socket that a process of the user 1000 has. */
    public static String row(String state, String local, String remote) {
        return "   0: %s %s %s 00000000:00000000 00:00000000 00000000  1000        0 4711 1 00000000d2d1c9a3\n"
                .formatted(hex(local), hex(remote), state);
    }

    /** As {@link #row}, of a socket that no process has any more. */
    public static String orphan(String state, String local, String remote) {
        return row(state, local, remote).replace("1000        0 4711", "   0        0 0");
    }

    private static String hex(String endpoint) {
        int colon = endpoint.indexOf(':');
        try {
            byte[] address = InetAddress.getByName(endpoint.substring(0, colon)).getAddress();
            return "%08X:%04X"
                    .formatted(
                            ByteBuffer.wrap(address)
                                    .order(ByteOrder.nativeOrder())
                                    .getInt(),
                            Integer.parseInt(endpoint.substring(colon + 1)));
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private void write(String name, String text) {
        try {
            Path file = folder.resolve(name);
            Files.createDirectories(file.getParent());
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
