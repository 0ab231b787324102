package io.portclaim.operator.allocation;

import io.portclaim.ports.Protocol;
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
 * Decides what a request gets. Changes nothing: {@link PortIndex} carries the decision out.
 *
 * <p>A claim keeps whatever it holds and still asks for; a block grows and shrinks at its end. What it lacks is searched in this order: the very port it
 * names; what it wishes; what a claim of its name held before; the number that it holds on its other nodes; one number that is free on
 * all the nodes that lack it; any number, node by node.
 */
final class Allocator {
    private final CoolingPorts releases;
    private final RefusalExplainer explainer;
    private final FreePorts freePorts;
    private final Listeners listeners;

    Allocator(CoolingPorts releases, RefusalExplainer explainer, FreePorts freePorts, Listeners listeners) {
        this.releases = releases;
        this.explainer = explainer;
        this.freePorts = freePorts;
        this.listeners = listeners;
    }

    Decision decide(Request request, Assignment held, int cursor) {
        Map<String, Draft> drafts = drafts(request, held);
        Choice choice = new Choice(request, drafts, cursor);
        // What is published comes first: its numbers stay, whatever else is asked for.
        request.requestedPorts().forEach(requested -> choice.resize(requested, false));
        request.requestedPorts().forEach(requested -> choice.resize(requested, true));
        request.requestedPorts().stream()
                .sorted(Comparator.comparing((RequestedPort requested) -> requested.port() == null)
                        .thenComparing(RequestedPort::count, Comparator.reverseOrder()))
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
            drafts.put(place, new Draft(place, targets.get(place), held.at(place), request.requestedPorts()));
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
        void resize(RequestedPort requested, boolean longer) {
            for (Draft draft : drafts.values()) {
                draft.outdated(requested)
                        .filter(held -> longer == requested.count() > held.count())
                        .ifPresent(held -> explainer
                                .toResize(request, draft, held, requested)
                                .ifPresentOrElse(draft::refuse, () -> draft.add(requested.at(held.port()))));
            }
        }

        void fill(RequestedPort requested) {
            if (needing(requested).isEmpty()) {
                return;
            }
            if (requested.port() != null) {
                needing(requested).forEach(draft -> giveExplicit(draft, requested, requested.port()));
                return;
            }
            // Pods may have read what it wishes, and that is what they listen on.
            needing(requested).forEach(draft -> giveWished(draft, requested));
            needing(requested).forEach(draft -> giveReturning(draft, requested));
            commonNumber(requested)
                    .ifPresent(number -> needing(requested).forEach(draft -> giveIfFree(draft, requested.at(number))));
            List<Draft> lacking = needing(requested);
            if (lacking.size() > 1) {
                next(lacking, requested).ifPresent(number -> give(lacking, requested.at(number)));
            }
            for (Draft draft : needing(requested)) {
                next(List.of(draft), requested)
                        .ifPresentOrElse(
                                number -> give(List.of(draft), requested.at(number)),
                                () -> draft.refuse(explainer.exhausted(request, draft, requested)));
            }
        }

        private List<Draft> needing(RequestedPort requested) {
            return drafts.values().stream()
                    .filter(draft -> needs(draft, requested))
                    .toList();
        }

        private boolean needs(Draft draft, RequestedPort requested) {
            return draft.needs(requested) && draft.granted(requested.name()).isEmpty();
        }

        private void giveExplicit(Draft draft, RequestedPort requested, int first) {
            explainer
                    .toStart(requested, first)
                    .or(() -> explainer.toExplicit(request, draft, requested.at(first)))
                    .ifPresentOrElse(draft::refuse, () -> draft.add(requested.at(first)));
        }

        private void giveReturning(Draft draft, RequestedPort requested) {
            for (PortGrant grant : releases.returning(request, draft.place(), requested)) {
                if (needs(draft, requested)
                        && explainer.toReturning(request, draft, grant).isEmpty()) {
                    draft.add(grant);
                }
            }
        }

        private void giveWished(Draft draft, RequestedPort requested) {
            for (PortGrant grant : request.wished().at(draft.place())) {
                if (requested.isMetBy(grant) && needs(draft, requested)) {
                    giveIfFree(draft, grant);
                }
            }
        }

        private void giveIfFree(Draft draft, PortGrant grant) {
            if (explainer.toExplicit(request, draft, grant).isEmpty()) {
                draft.add(grant);
            }
        }

        private void give(List<Draft> places, PortGrant grant) {
            places.forEach(draft -> draft.add(grant));
            cursor = grant.lastPort();
            lastGiven = cursor;
        }

        /** The number that most of the claim's places have for this ask. */
        private Optional<Integer> commonNumber(RequestedPort requested) {
            Map<Integer, Integer> votes = new HashMap<>();
            for (Draft draft : drafts.values()) {
                draft.granted(requested.name())
                        .filter(requested::isMetBy)
                        .ifPresent(grant -> votes.merge(grant.port(), 1, Integer::sum));
            }
            return votes.entrySet().stream()
                    .max(Map.Entry.<Integer, Integer>comparingByValue()
                            .thenComparing(Map.Entry.comparingByKey(Comparator.reverseOrder())))
                    .map(Map.Entry::getKey);
        }

        /** The next block that is free at all of {@code places}. */
        private OptionalInt next(List<Draft> places, RequestedPort requested) {
            BitSet free = freePorts.at(places, request.pool(), requested);
            BitSet listened = new BitSet();
            for (Draft draft : places) {
                for (Protocol protocol : requested.protocols()) {
                    listeners.addListened(draft.place(), protocol, listened);
                }
            }
            free.andNot(listened);
            PoolRules pool = request.pool();
            return pool.strategy().next(free, pool.staticBand(), cursor, requested.count(), requested.alignment());
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
                granted.put(draft.place(), draft.result(request.requestedPorts()));
            }
            Assignment assignment = new Assignment(granted);
            if (assignment.isEmpty() && !refused.isEmpty()) {
                return new Decision.Refused(refused.values().iterator().next().outOf(refused.values()));
            }
            return new Decision.Granted(assignment, refused, lastGiven);
        }
    }
}
