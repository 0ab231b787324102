package io.portclaim.operator.allocation;

import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.ports.PortRange;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A block of ports that a claim holds at a place, in 20 bytes: an element of a {@link HeldSketch}. Place and claim are
 * hashes, so who knows them finds their blocks, and nobody can read them back.
 *
 * @param place the {@link #placeHash} of where it is held, and from which pool
 * @param uid the {@link #uidHash} of the claim that holds it
 * @param map the {@link ConfigMapId} of the ConfigMap that publishes it
 * @param transport what it is held on
 * @param port the first number, 1 to 65535
 * @param count how many numbers, 1 to {@link #MAX_COUNT}
 */
public record HeldBlock(int place, int uid, long map, TransportProtocol transport, int port, int count) {
    /** The longest block that fits; a longer one is several. */
    public static final int MAX_COUNT = 1 << 14;

    public HeldBlock {
        if (!isBlock(port, count)) {
            throw new IllegalArgumentException("no block of %d ports starts at %d".formatted(count, port));
        }
    }

    /** The hash of a place, a node's name or {@link Place#EVERYWHERE}, and of the pool that the ports come from. */
    public static int placeHash(String pool, String place) {
        return Sha256.of(pool + "/" + place).getInt();
    }

    /** The hash of a claim's UID. */
    public static int uidHash(String uid) {
        return Sha256.of(uid).getInt();
    }

    /**
     * Calls {@code visitor} with every block of {@code assignment}, once each.
     *
     * @param uid the UID of the claim that holds it
     * @param pool the pool that it comes from
     * @param map the {@link ConfigMapId} of the claim's ConfigMap
     */
    public static void forEachBlock(
            String uid, String pool, long map, Assignment assignment, Consumer<HeldBlock> visitor) {
        int claim = uidHash(uid);
        assignment.byPlace().forEach((name, grants) -> {
            int place = placeHash(pool, name);
            for (PortGrant grant : grants) {
                for (int port = grant.port(); port <= grant.lastPort(); port += MAX_COUNT) {
                    int count = Math.min(MAX_COUNT, grant.lastPort() - port + 1);
                    visitor.accept(new HeldBlock(place, claim, map, grant.transport(), port, count));
                }
            }
        });
    }

    /** The last number of the block. */
    public int lastPort() {
        return port + count - 1;
    }

    /** Transport, port and count in 32 bits: 2, 16 and 14, from the highest. */
    int form() {
        return (code(transport) << 30) | (port << 14) | (count - 1);
    }

    /** The block of that {@link #form}, or empty if no block has it. */
    static Optional<HeldBlock> of(int place, int uid, long map, int form) {
        int port = (form >>> 14) & PortRange.MAX_PORT;
        int count = (form & (MAX_COUNT - 1)) + 1;
        return isBlock(port, count)
                ? Optional.of(new HeldBlock(place, uid, map, transport(form >>> 30), port, count))
                : Optional.empty();
    }

    private static boolean isBlock(int port, int count) {
        return port >= 1 && count >= 1 && count <= MAX_COUNT && port <= PortRange.MAX_PORT - count + 1;
    }

    /** Written down in ledgers, so it does not follow the order of the constants. */
    private static int code(TransportProtocol transport) {
        return switch (transport) {
            case TCP -> 0;
            case UDP -> 1;
            case SCTP -> 2;
            case TCPUDP -> 3;
        };
    }

    private static TransportProtocol transport(int code) {
        return switch (code) {
            case 0 -> TransportProtocol.TCP;
            case 1 -> TransportProtocol.UDP;
            case 2 -> TransportProtocol.SCTP;
            default -> TransportProtocol.TCPUDP;
        };
    }
}
