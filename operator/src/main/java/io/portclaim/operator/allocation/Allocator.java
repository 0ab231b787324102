package io.portclaim.operator.allocation;

import io.portclaim.operator.ports.Protocol;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Decides what a request gets. Changes nothing: {@link Allocations} carries the decision out.
 *
 * <p>A claim keeps whatever it holds and still asks for; a block grows and shrinks at its end. What it lacks is looked for in this order: the very port it
 * names; what a claim of its name held before; the number that it holds on its other nodes; one number that is free on
 * all the nodes that lack it; any number, node by node.
 */
final class Allocator {
    private final Releases releases;
    private final Obstacles obstacles;
    private final Unclaimed unclaimed;
    private final Listeners listeners;

    Allocator(Releases releases, Obstacles obstacles, Unclaimed unclaimed, Listeners listeners) {
        this.releases = releases;
        this.obstacles = obstacles;
        this.unclaimed = unclaimed;
        this.listeners = listeners;
    }

    Decision decide(Request request, Assignment held, int cursor) {
        Map<String, Draft> drafts = drafts(request, held);
        Choice choice = new Choice(request, drafts, cursor);
        // What is published comes first: its numbers stay, whatever else is asked for.
        request.asks().forEach(ask -> choice.resize(ask, false));
        request.asks().forEach(ask -> choice.resize(ask, true));
        request.asks().stream()
                .sorted(Comparator.comparing((PortAsk ask) -> ask.port() == null)
                        .thenComparing(PortAsk::count, Comparator.reverseOrder()))
                .forEach(choice::fill);
        return choice.decision();
    }

    private static Map<String, Draft> drafts(Request request, Assignment held) {
        Map<String, Request.Target> targets =
                request.targets().stream().collect(Collectors.toMap(Request.Target::place, target -> target));
        Set<String> places = new TreeSet<>(held.places());
        places.addAll(targets.keySet());
        Map<String, Draft> drafts = new LinkedHashMap<>();
        for (String place : places) {
            drafts.put(place, new Draft(place, targets.get(place), held.at(place), request.asks()));
        }
        return drafts;
    }

    /** One decision in the making. */
    private final class Choice {
        private final Request request;
        private final Map<String, Draft> drafts;
        private int cursor;
        private int lastGiven = -1;

        Choice(Request request, Map<String, Draft> drafts, int cursor) {
            this.request = request;
            this.drafts = drafts;
            this.cursor = cursor;
        }

        /** Lets what is held grow or shrink at its end; what can't is refused, and so the whole edit. */
        void resize(PortAsk ask, boolean longer) {
            for (Draft draft : drafts.values()) {
                draft.outdated(ask)
                        .filter(held -> longer == ask.count() > held.count())
                        .ifPresent(held -> obstacles
                                .toResize(request, draft, held, ask)
                                .ifPresentOrElse(draft::refuse, () -> draft.add(ask.at(held.port()))));
            }
        }

        void fill(PortAsk ask) {
            if (ask.port() != null) {
                needing(ask).forEach(draft -> giveExplicit(draft, ask, ask.port()));
                return;
            }
            needing(ask).forEach(draft -> giveReturning(draft, ask));
            commonNumber(ask).ifPresent(number -> needing(ask).forEach(draft -> giveIfFree(draft, ask.at(number))));
            List<Draft> lacking = needing(ask);
            if (lacking.size() > 1) {
                next(lacking, ask).ifPresent(number -> give(lacking, ask.at(number)));
            }
            for (Draft draft : needing(ask)) {
                next(List.of(draft), ask)
                        .ifPresentOrElse(
                                number -> give(List.of(draft), ask.at(number)),
                                () -> draft.refuse(obstacles.exhausted(request, draft, ask)));
            }
        }

        private List<Draft> needing(PortAsk ask) {
            return drafts.values().stream().filter(draft -> needs(draft, ask)).toList();
        }

        private boolean needs(Draft draft, PortAsk ask) {
            return draft.needs(ask) && draft.granted(ask.name()).isEmpty();
        }

        private void giveExplicit(Draft draft, PortAsk ask, int first) {
            obstacles
                    .toStart(ask, first)
                    .or(() -> obstacles.toExplicit(request, draft, ask.at(first)))
                    .ifPresentOrElse(draft::refuse, () -> draft.add(ask.at(first)));
        }

        private void giveReturning(Draft draft, PortAsk ask) {
            for (PortGrant grant : releases.returning(request, draft.place(), ask)) {
                if (needs(draft, ask)) {
                    giveIfFree(draft, grant);
                }
            }
        }

        private void giveIfFree(Draft draft, PortGrant grant) {
            if (obstacles.toExplicit(request, draft, grant).isEmpty()) {
                draft.add(grant);
            }
        }

        private void give(List<Draft> places, PortGrant grant) {
            places.forEach(draft -> draft.add(grant));
            cursor = grant.lastPort();
            lastGiven = cursor;
        }

        /** The number that most of the claim's places have for this ask. */
        private Optional<Integer> commonNumber(PortAsk ask) {
            Map<Integer, Integer> votes = new HashMap<>();
            for (Draft draft : drafts.values()) {
                draft.granted(ask.name())
                        .filter(ask::isMetBy)
                        .ifPresent(grant -> votes.merge(grant.port(), 1, Integer::sum));
            }
            return votes.entrySet().stream()
                    .max(Map.Entry.<Integer, Integer>comparingByValue()
                            .thenComparing(Map.Entry.comparingByKey(Comparator.reverseOrder())))
                    .map(Map.Entry::getKey);
        }

        /** The next block that is free at all of {@code places}. */
        private OptionalInt next(List<Draft> places, PortAsk ask) {
            BitSet free = unclaimed.at(places, request.pool(), ask);
            BitSet listened = new BitSet();
            for (Draft draft : places) {
                for (Protocol protocol : ask.protocols()) {
                    listeners.addListened(draft.place(), protocol, listened);
                }
            }
            free.andNot(listened);
            return Sequential.next(free, request.pool().staticBand(), cursor, ask.count(), ask.alignment());
        }

        Decision decision() {
            SortedMap<String, List<PortGrant>> granted = new TreeMap<>();
            Map<String, Refusal> refused = new LinkedHashMap<>();
            for (Draft draft : drafts.values()) {
                Refusal refusal = draft.refusal();
                if (refusal != null && draft.holdsAlready()) {
                    // An edit is a transaction: where it can't be done everywhere, it is done nowhere.
                    return new Decision.Refused(refusal);
                }
                if (refusal != null) {
                    refused.put(draft.place(), refusal);
                }
                granted.put(draft.place(), draft.result(request.asks()));
            }
            Assignment assignment = new Assignment(granted);
            if (assignment.isEmpty() && !refused.isEmpty()) {
                return new Decision.Refused(refused.values().iterator().next());
            }
            return new Decision.Granted(assignment, refused, lastGiven);
        }
    }
}
