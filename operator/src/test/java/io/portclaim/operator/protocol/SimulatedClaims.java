package io.portclaim.operator.protocol;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The claims' side of an API server: status writes that arrive late, in any order or never, and what users and nodes do
 * meanwhile. A port of 0 stands for none.
 */
final class SimulatedClaims {
    private static final int MOST_UNDER_WAY = 6;

    private final Random random;
    private final boolean versionsAreChecked;
    private final Map<String, State> claims = new LinkedHashMap<>();
    private final List<Write> underWay = new ArrayList<>();
    private int created;

    SimulatedClaims(Random random, boolean versionsAreChecked) {
        this.random = random;
        this.versionsAreChecked = versionsAreChecked;
    }

    /** A claim as the API server has it. */
    private static final class State {
        boolean wanted = true;
        boolean nodeIsThere = true;
        int version = 1;
        int status;
        /** The port that was published first since the user, or the node, last changed something. */
        int first;

        boolean requestedPorts() {
            return wanted && nodeIsThere;
        }
    }

    /** A claim as an operator sees it. */
    record Seen(int version, int status, boolean requestedPorts) {}

    private record Write(String uid, int version, int port) {}

    /** What a list would say now. */
    Map<String, Seen> now() {
        Map<String, Seen> seen = new TreeMap<>();
        claims.forEach((uid, state) -> seen.put(uid, new Seen(state.version, state.status, state.requestedPorts())));
        return seen;
    }

    boolean exists(String uid) {
        return claims.containsKey(uid);
    }

    void put(String uid, Seen decidedOn, int port) {
        if (underWay.size() == MOST_UNDER_WAY) {
            underWay.remove(0);
        }
        underWay.add(new Write(uid, decidedOn.version(), port));
    }

    boolean create() {
        if (claims.size() >= 3) {
            return false;
        }
        claims.put("u" + created++, new State());
        return true;
    }

    boolean delete() {
        return any().map(claims::remove).isPresent();
    }

    boolean edit() {
        return any().map(claims::get)
                .map(state -> {
                    state.wanted = !state.wanted;
                    state.version++;
                    state.first = 0;
                    return state;
                })
                .isPresent();
    }

    /** A node goes or comes: the claim's version stays. */
    boolean flap() {
        return any().map(claims::get)
                .map(state -> {
                    state.nodeIsThere = !state.nodeIsThere;
                    state.first = 0;
                    return state;
                })
                .isPresent();
    }

    boolean arrive() {
        if (underWay.isEmpty()) {
            return false;
        }
        Write write = underWay.remove(random.nextInt(underWay.size()));
        State state = claims.get(write.uid);
        if (state != null && (state.version == write.version || !versionsAreChecked)) {
            state.status = write.port;
            state.version++;
            state.first = state.first == 0 ? write.port : state.first;
        }
        return true;
    }

    boolean lose() {
        if (underWay.isEmpty()) {
            return false;
        }
        underWay.remove(random.nextInt(underWay.size()));
        return true;
    }

    private Optional<String> any() {
        List<String> uids = List.copyOf(claims.keySet());
        return uids.isEmpty() ? Optional.empty() : Optional.of(uids.get(random.nextInt(uids.size())));
    }

    /** What must never be: a port with two holders, or one that moved while it was asked for. */
    @Nullable
    String violation() {
        Map<Integer, String> holders = new TreeMap<>();
        for (Map.Entry<String, State> claim : claims.entrySet()) {
            State state = claim.getValue();
            String other = state.status == 0 ? null : holders.put(state.status, claim.getKey());
            if (other != null) {
                return "port %d is held by %s and %s".formatted(state.status, other, claim.getKey());
            }
            if (state.requestedPorts() && state.first != 0 && state.status != state.first) {
                return "%s had %d and has %d".formatted(claim.getKey(), state.first, state.status);
            }
        }
        return null;
    }
}
