package io.portclaim.operator.allocation;

import io.portclaim.ports.Protocol;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Says what keeps a pool's numbers from being assigned on every node, and which node does so for the most of them.
 *
 * <p>Asks each node, and many claims may wait for the same. So an answer stands for {@link #STANDS}: the claims that wait
 * need not have their statuses written each time that a figure changes, and none of them holds up the others.
 *
 * <p>Not thread-safe: {@link PortIndex} guards it.
 */
final class Blockers {
    /** How long an answer is given again. */
    static final Duration STANDS = Duration.ofSeconds(30);

    /** For more questions than a cluster has pools and protocols nothing is kept. */
    private static final int MOST_ANSWERS = 256;

    private final SlotIndex index;
    private final ForeignPorts foreign;
    private final Listeners listeners;
    private final Clock clock;
    private final Map<Question, Answer> answers = new HashMap<>();

    /**
     * What is asked. Pools have no equality but their own: one that is edited is asked about again.
     *
     * @param onlyListeners whether nothing but processes that listen is in the way
     */
    private record Question(
            PoolRules pool, Request.Target target, List<Protocol> protocols, int count, boolean onlyListeners) {}

    private record Answer(String text, Instant at) {}

    private record Most(String node, int ports) {}

    Blockers(SlotIndex index, ForeignPorts foreign, Listeners listeners, Clock clock) {
        this.index = index;
        this.foreign = foreign;
        this.listeners = listeners;
        this.clock = clock;
    }

    /**
     * Why nothing is free at {@code target}, every node, and what would help: the end of a sentence.
     *
     * @param free what would be free, were it not for processes that listen; empty if that is not enough
     */
    String describe(PoolRules pool, Request.Target target, RequestedPort requested, Optional<BitSet> free) {
        Question question = new Question(pool, target, requested.protocols(), requested.count(), free.isPresent());
        Instant now = clock.instant();
        Answer known = answers.get(question);
        if (known == null || !now.isBefore(known.at().plus(STANDS))) {
            if (answers.size() >= MOST_ANSWERS) {
                answers.clear();
            }
            known = new Answer(free.map(ports -> listening(ports, question)).orElseGet(() -> taken(question)), now);
            answers.put(question, known);
        }
        return known.text();
    }

    private String listening(BitSet ports, Question question) {
        Most most = most(ports, question.protocols, listeners.nodes());
        return ": processes listen on its ports%s; the claim is served as soon as one ends or a port is released"
                .formatted(most == null ? "" : " (the most, %d, on node %s)".formatted(most.ports, most.node));
    }

    private String taken(Question question) {
        return ": " + count(question) + "; the claim is served as soon as one is released";
    }

    private String count(Question question) {
        BitSet ports = question.pool.usableOn(question.target.nodes()).toBitSet();
        int all = ports.cardinality();
        BitSet everywhere = new BitSet();
        for (Protocol protocol : question.protocols) {
            index.addTakenAt(Place.EVERYWHERE, protocol, everywhere);
            foreign.addDeclaredEverywhere(protocol, everywhere);
        }
        everywhere.and(ports);
        ports.andNot(everywhere);
        int taken = everywhere.cardinality();
        Most most = most(ports, question.protocols, nodes());
        if (most == null) {
            return taken == all
                    ? (all == 1
                            ? "its one port is taken on every node"
                            : "all of its %s taken on every node".formatted(are(all)))
                    : "%d of its %s taken on every node".formatted(taken, are(all));
        }
        return taken == 0
                ? "node %s blocks the most of its %s (%d)".formatted(most.node, ports(all), most.ports)
                : "%d of its %s taken on every node, and node %s blocks the most of the others (%d)"
                        .formatted(taken, are(all), most.node, most.ports);
    }

    /** The one of {@code nodes} that keeps the most of {@code ports}, the first by name; null if none keeps any. */
    private @Nullable Most most(BitSet ports, List<Protocol> protocols, Set<String> nodes) {
        Most most = null;
        BitSet here = new BitSet();
        for (String node : new TreeSet<>(nodes)) {
            here.clear();
            for (Protocol protocol : protocols) {
                index.addTaken(node, protocol, here);
                foreign.addDeclared(node, protocol, here);
                listeners.addListened(node, protocol, here);
            }
            here.and(ports);
            int count = here.cardinality();
            if (count > (most == null ? 0 : most.ports)) {
                most = new Most(node, count);
            }
        }
        return most;
    }

    private Set<String> nodes() {
        Set<String> nodes = new HashSet<>(index.nodes());
        nodes.addAll(foreign.nodes());
        nodes.addAll(listeners.nodes());
        return nodes;
    }

    private static String ports(int count) {
        return count == 1 ? "1 port" : count + " ports";
    }

    private static String are(int count) {
        return ports(count) + (count == 1 ? " is" : " are");
    }
}
