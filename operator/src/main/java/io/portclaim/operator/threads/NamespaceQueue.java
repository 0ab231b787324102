package io.portclaim.operator.threads;

import io.portclaim.operator.protocol.NamespaceShares;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;

/**
 * Work by namespace: one piece of each in turn, and of none more at once than its {@linkplain NamespaceShares share}. Thread-safe.
 */
final class NamespaceQueue {
    private final NamespaceShares shares;
    private final Map<String, Queue<Runnable>> byNamespace = new LinkedHashMap<>();
    /** How many have found nothing to take though there was something: the namespaces had their shares. */
    private int turnedAway;

    NamespaceQueue(NamespaceShares shares) {
        this.shares = shares;
    }

    /** A piece of work that was taken. */
    record Piece(String namespace, Runnable work) {}

    /** Adds work, for which somebody has to {@link #take} a piece. */
    synchronized void add(String namespace, Runnable work) {
        byNamespace.computeIfAbsent(namespace, name -> new ArrayDeque<>()).add(work);
    }

    /** Takes the next piece; who takes it calls {@link #done} after it. */
    synchronized Optional<Piece> take() {
        Iterator<Map.Entry<String, Queue<Runnable>>> namespaces =
                byNamespace.entrySet().iterator();
        while (namespaces.hasNext()) {
            Map.Entry<String, Queue<Runnable>> next = namespaces.next();
            String namespace = next.getKey();
            Queue<Runnable> work = next.getValue();
            if (shares.enter(namespace)) {
                namespaces.remove();
                Piece piece = new Piece(namespace, work.remove());
                if (!work.isEmpty()) {
                    byNamespace.put(namespace, work);
                }
                return Optional.of(piece);
            }
        }
        if (!byNamespace.isEmpty()) {
            turnedAway++;
        }
        return Optional.empty();
    }

    /** Records that the piece is done. */
    synchronized void done(Piece piece) {
        shares.leave(piece.namespace());
    }

    /** Asks one that was turned away back, who then has to {@link #take} a piece; false where none was. */
    synchronized boolean askBack() {
        if (turnedAway == 0) {
            return false;
        }
        turnedAway--;
        return true;
    }

    /** Records that one who was to take a piece does not. */
    synchronized void turnAway() {
        turnedAway++;
    }
}
