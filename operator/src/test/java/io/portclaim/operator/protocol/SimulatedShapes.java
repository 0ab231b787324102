package io.portclaim.operator.protocol;

import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.ClaimAllocation;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.NodeFacts;
import io.portclaim.operator.allocation.PoolRules;
import io.portclaim.operator.allocation.PortGrant;
import io.portclaim.operator.allocation.Request;
import io.portclaim.operator.allocation.RequestedPort;
import io.portclaim.operator.protocol.SimulatedClaims.Seen;
import io.portclaim.ports.PortRange;
import io.portclaim.ports.PortSet;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** The one claim shape and the pool of the simulated leaders: a port on node-a, of one or two. */
final class SimulatedShapes {
    static final String NODE = "node-a";

    private final PoolRules pool;

    SimulatedShapes(int ports) {
        this.pool = pool(ports);
    }

    String poolName() {
        return pool.name();
    }

    private static PoolRules pool(int ports) {
        return new PoolRules(
                "default",
                PoolRules.Spec.of(PortSet.of(new PortRange(101, 100 + ports)))
                        .staticBand(0)
                        .cooldown(Duration.ZERO)
                        .portsPerClaim(0)
                        .build());
    }

    ClaimAllocation allocation(String uid, Seen seen) {
        return new ClaimAllocation(
                uid,
                new ClaimKey("team", uid),
                Instant.ofEpochSecond(Integer.parseInt(uid.substring(1))),
                pool.name(),
                uid + "-ports",
                seen.version(),
                assignment(seen.status()),
                null);
    }

    static Assignment assignment(int port) {
        return port == 0
                ? Assignment.NONE
                : Assignment.at(NODE, List.of(new PortGrant("http", TransportProtocol.TCP, port, 1)));
    }

    static int port(Assignment assignment) {
        return assignment.at(NODE).stream()
                .mapToInt(PortGrant::port)
                .findFirst()
                .orElse(0);
    }

    Request request(String uid, Seen seen) {
        NodeFacts node = new NodeFacts(NODE, null, PortSet.EMPTY, false, NodeFacts.Source.ASSUMED);
        return new Request(
                uid,
                new ClaimKey("team", uid),
                Instant.ofEpochSecond(Integer.parseInt(uid.substring(1))),
                seen.version(),
                pool,
                uid + "-ports",
                List.of(new RequestedPort("http", TransportProtocol.TCP, null, 1)),
                List.of(new Request.Target(NODE, List.of(node))));
    }
}
