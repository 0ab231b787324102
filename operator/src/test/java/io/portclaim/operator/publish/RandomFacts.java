package io.portclaim.operator.publish;

import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.api.v1alpha1.Scope;
import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.Place;
import io.portclaim.operator.allocation.PortGrant;
import io.portclaim.operator.allocation.Refusal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Facts as they may come up, drawn from a seeded source. */
final class RandomFacts {
    private static final String FIRST = "abcxyz";
    private static final String MIDDLE = "abz019-";
    private static final String LAST = "az09";

    private final Random random;

    RandomFacts(long seed) {
        this.random = new Random(seed);
    }

    Scope scope() {
        return random.nextBoolean() ? Scope.CLUSTER : Scope.NODE;
    }

    /** A legal port name, often one that looks like a part of another's variable. */
    String portName() {
        if (random.nextInt(4) == 0) {
            return List.of("http", "http-port", "http-port-end", "port", "end", "port-protocol", "p--q", "p-q")
                    .get(random.nextInt(8));
        }
        StringBuilder name = new StringBuilder().append(anyOf(FIRST));
        int middle = random.nextInt(15);
        for (int i = 1; i < middle; i++) {
            name.append(anyOf(MIDDLE));
        }
        return (middle == 0 ? name : name.append(anyOf(LAST))).toString();
    }

    private char anyOf(String letters) {
        return letters.charAt(random.nextInt(letters.length()));
    }

    /** Grants with distinct names and numbers, in any order. */
    List<PortGrant> grants() {
        Set<String> names = new TreeSet<>();
        int count = 1 + random.nextInt(6);
        while (names.size() < count) {
            names.add(portName());
        }
        List<PortGrant> grants = new ArrayList<>();
        int port = 1 + random.nextInt(60_000);
        for (String name : names) {
            int length = random.nextInt(3) == 0 ? 1 + random.nextInt(100) : 1;
            grants.add(new PortGrant(name, transport(), port, length));
            port += length + random.nextInt(50);
        }
        Collections.shuffle(grants, random);
        return grants;
    }

    private TransportProtocol transport() {
        TransportProtocol[] all = TransportProtocol.values();
        return random.nextBoolean() ? TransportProtocol.TCP : all[random.nextInt(all.length)];
    }

    SortedSet<String> nodes() {
        SortedSet<String> nodes = new TreeSet<>();
        for (int i = random.nextInt(8); i > 0; i--) {
            nodes.add(random.nextInt(10) == 0 ? "ports" : "node-" + random.nextInt(12) + (i % 2 == 0 ? ".lan" : ""));
        }
        return nodes;
    }

    /** An assignment: of several nodes some have the same ports. */
    Assignment assignment(Scope scope, Set<String> nodes) {
        if (random.nextInt(10) == 0) {
            return Assignment.NONE;
        }
        List<PortGrant> usual = grants();
        if (scope == Scope.CLUSTER) {
            return Assignment.at(Place.EVERYWHERE, usual);
        }
        SortedMap<String, List<PortGrant>> byPlace = new TreeMap<>();
        for (String node : nodes) {
            if (random.nextInt(5) > 0) {
                byPlace.put(node, random.nextInt(4) == 0 ? grants() : usual);
            }
        }
        return new Assignment(byPlace);
    }

    ClaimFacts claim() {
        Scope scope = scope();
        SortedSet<String> known = nodes();
        SortedSet<String> wanted = new TreeSet<>(known);
        wanted.removeIf(node -> random.nextInt(6) == 0);
        Assignment published = assignment(scope, known);
        SortedMap<String, Refusal> refused = new TreeMap<>();
        for (String place : scope == Scope.CLUSTER ? Set.of(Place.EVERYWHERE) : wanted) {
            if (published.at(place).isEmpty() && random.nextBoolean()) {
                refused.put(place, new Refusal(Reason.POOL_EXHAUSTED, "nothing is free on node " + place + "; wait"));
            }
        }
        return new ClaimFacts(
                "uid-1",
                1 + random.nextInt(5),
                random.nextInt(5) == 0 ? null : "default",
                "web-ports",
                scope,
                published,
                scope == Scope.CLUSTER ? new TreeSet<>() : wanted,
                new ClaimProblems(
                        random.nextInt(8) == 0 ? "the older claim a/b keeps 21080/TCP" : null,
                        sometimes(Reason.POOL_NOT_FOUND),
                        refused,
                        sometimes(Reason.CONFIG_MAP_CONFLICT),
                        sometimes(Reason.OUTSIDE_POOL)));
    }

    private @Nullable Refusal sometimes(Reason reason) {
        return random.nextInt(5) == 0 ? new Refusal(reason, "because of " + reason) : null;
    }

    /** Text as someone may have typed it into an object: nearly right, or nothing like it. */
    String text() {
        List<String> scraps = List.of(
                "HTTP_PORT",
                "_PORT",
                "_PORT_END",
                "=",
                "21080",
                "-1",
                "99999",
                "\n",
                "[",
                "]",
                "{",
                "}",
                "\"name\":",
                "\"port\":",
                "null",
                ",",
                "UDP",
                "\"",
                "*",
                "..",
                ".env",
                "$(reboot)",
                "\u0000",
                "é");
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(8); i > 0; i--) {
            text.append(scraps.get(random.nextInt(scraps.size())));
        }
        return text.toString();
    }

    int number() {
        return random.nextInt(4) == 0 ? random.nextInt() : random.nextInt(70_000);
    }

    <T> @Nullable T maybe(T value) {
        return random.nextInt(4) == 0 ? null : value;
    }
}
