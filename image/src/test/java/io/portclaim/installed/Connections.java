package io.portclaim.installed;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Both ends of many connections, as a program of its own that is run on a node: {@code Connections ADDRESS PORT}. It takes
 * orders, one a line, from its standard input, answers each with {@code done}, and ends with its input.
 *
 * <ul>
 *   <li>{@code open N}: connects N times to the port, which it listens on;
 *   <li>{@code close}: clients close first, so that their ports stay busy in TIME_WAIT;
 *   <li>{@code abandon}: the server closes and the clients never do: CLOSE_WAIT, as in a program that leaks;
 *   <li>{@code reset}: everything that is left ends at once, and nothing stays behind.
 * </ul>
 */
final class Connections implements AutoCloseable {
    private static final int BACKLOG = 4096;

    private final InetSocketAddress address;
    private final ServerSocketChannel server;
    private final List<SocketChannel> clients = new ArrayList<>();
    private final List<SocketChannel> accepted = new ArrayList<>();

    private Connections(InetSocketAddress address) throws IOException {
        this.address = address;
        this.server = ServerSocketChannel.open();
        server.bind(address, BACKLOG);
    }

    public static void main(String[] arguments) throws IOException {
        InetSocketAddress address =
                new InetSocketAddress(InetAddress.getByName(arguments[0]), Integer.parseInt(arguments[1]));
        try (Connections connections = new Connections(address);
                BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String order = orders.readLine(); order != null; order = orders.readLine()) {
                connections.follow(order.split(" "));
                System.out.println("done");
            }
        }
    }

    private void follow(String[] order) throws IOException {
        switch (order[0]) {
            case "open" -> open(Integer.parseInt(order[1]));
            case "close" -> {
                close(clients);
                close(accepted);
            }
            case "abandon" -> close(accepted);
            case "reset" -> reset();
            default -> throw new IllegalArgumentException(order[0]);
        }
    }

    private void open(int count) throws IOException {
        for (int i = 0; i < count; i++) {
            clients.add(SocketChannel.open(address));
            accepted.add(server.accept());
        }
    }

    private void reset() throws IOException {
        for (List<SocketChannel> ends : List.of(clients, accepted)) {
            for (SocketChannel end : ends) {
                end.setOption(StandardSocketOptions.SO_LINGER, 0);
            }
            close(ends);
        }
    }

    private static void close(List<SocketChannel> ends) throws IOException {
        for (SocketChannel end : ends) {
            end.close();
        }
        ends.clear();
    }

    @Override
    public void close() throws IOException {
        reset();
        server.close();
    }
}
