package io.portclaim.operator.simulation.pods;

import static java.util.Map.entry;

import io.portclaim.operator.simulation.Mutant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The guards of scope Pod, each taken out, with a history that finds it. */
public final class PodMutants {
    /** How many histories were searched for the first that finds each. */
    public static final int SEARCHED = 3_000;

    private static final String UNIQUE_INDEX =
            "in the model too only the uniqueness of the index needs it, which no pod sees";
    private static final String MISSING = "a take-over notices too that a holder is missing";

    /** Why no history finds those that none does. */
    public static final Map<String, String> NOT_FOUND = Map.ofEntries(
            entry(
                    "try a pod once only",
                    "whatever happens to the pod later has it tried again, and the sweep tries those that were refused"),
            entry("compute the nodes to leave out at each sending", UNIQUE_INDEX),
            entry("replay without a commit", UNIQUE_INDEX),
            entry(
                    "replay while the number may be in use",
                    "two leaders have to decide in turn, and a pod has to be deleted by force between them (19 steps of the model)"),
            entry("free what an entry has whose pod is gone", MISSING),
            entry("no grace for an entry whose pod is gone", MISSING + ", and gives it its grace"),
            entry(
                    "commit only whether a number is held",
                    "of two who hold one number on two nodes, one has to go by force while nobody leads (20 steps of the model)"),
            entry(
                    "settle whatever is seen",
                    "what leaves the ledger too early is still held, and missed by the next leader"),
            entry(
                    "drop a release that waits for a pod without a node",
                    "the number has to be released everywhere while a pod without a node has it"),
            entry("let nothing begin that waited for a pod's node", "it begins at the next tick, within a second"),
            entry("forget that a pod is gone", "the next event or sweep says again that it is gone"),
            entry("miss the pods that go while loading", "a sweep finds them"),
            entry(
                    "the queue forgets what comes while a pod is served",
                    "each outcome of serving a pod looks at it again"),
            entry("release everywhere what was held on a node", "more is blocked than has to be, and for no longer"));

    private PodMutants() {}

    /** Those of the model's broken variants that the code has, in the order of the model's page. */
    public static final List<Mutant> OF_MODEL = List.of(
            Mutant.of(
                            "go on after another has written the ledger",
                            8,
                            "protocol/Ledger",
                            "        Position before = position();\n        while (true) {",
                            "        while (true) {\n            Position before = position();")
                    .and(
                            "protocol/Ledger",
                            "        throw new LeadershipLost(\n                untouched",
                            "        if (!untouched && found.isPresent()) { position.set(new Position(found.orElseThrow().resourceVersion(), commit)); return false; }\n        throw new LeadershipLost(\n                untouched"),
            Mutant.of(
                            "list the pods before the fence",
                            96,
                            "protocol/TakeOver",
                            "        Snapshot content = untilDone(",
                            "        java.util.List<PodsAtTakeOver.FoundPod> early = untilDone(\"early\", servedPods::list);\n        Snapshot content = untilDone(")
                    .and("protocol/TakeOver", "() -> list(content)", "() -> list(content, early)")
                    .and(
                            "protocol/TakeOver",
                            "private FoundClaims list(Snapshot content)",
                            "private FoundClaims list(Snapshot content, java.util.List<PodsAtTakeOver.FoundPod> early)")
                    .and("protocol/TakeOver", "servedPods.list().forEach(found::add)", "early.forEach(found::add)"),
            Mutant.of("publish without the commit", 31, "protocol/pods/PodServer", "        commit.await();\n", ""),
            Mutant.of(
                            "a patch does not test the gate",
                            963,
                            "pod/PodPatch",
                            "        patch.operation(\"test\", GATES + \"/0/name\", NODES.textNode(PodReader.GATE));\n",
                            "")
                    .and(
                            "pod/PodPatch",
                            "patch.operation(\"remove\", GATES, null);",
                            "patch.operation(\"add\", GATES, NODES.arrayNode());"),
            Mutant.of(
                    "a patch does not test the UID",
                    357,
                    "pod/PodPatch",
                    "        patch.operation(\"test\", \"/metadata/uid\", NODES.textNode(pod.uid()));\n",
                    ""),
            Mutant.of(
                    "leave out the nodes of an earlier decision",
                    3,
                    "protocol/pods/PodServer",
                    "        leftOut.put(pod.uid(), ((PodDecision.Granted) decision).leftOut());",
                    "        PodDecision.Granted granted = (PodDecision.Granted) decision;\n        leftOut.put(pod.uid(), leftOut.computeIfAbsent(granted.assignment().toString(), key -> granted.leftOut()));"),
            Mutant.of(
                    "compute the nodes to leave out at each sending",
                    Mutant.NOT_FOUND,
                    "protocol/pods/PodServer",
                    "        if (known != null) {\n            return Optional.of(known);",
                    "        if (known != null && pod.uid().isEmpty()) {\n            return Optional.of(known);"),
            Mutant.of(
                    "narrow before the node is seen",
                    4,
                    "protocol/pods/PodLife",
                    "return pod.node() != null && narrow(pod, pod.node());",
                    "return narrow(pod, pod.node() == null ? \"a\" : pod.node());"),
            Mutant.of(
                            "give a claim what a pod holds wide",
                            30,
                            "allocation/SlotIndex",
                            "        into.or(NodeCounts.of(everywhere.taken, protocol));\n        if (!Place",
                            "        BitSet wide = (BitSet) NodeCounts.of(everywhere.taken, protocol).clone();\n        wide.andNot(NodeCounts.of(heldSomewhere, protocol));\n        into.or(wide);\n        if (!Place")
                    .and(
                            "allocation/SlotIndex",
                            "        if (slot.place().equals(Place.SOMEWHERE)) {\n            return true;",
                            "        if (slot.place().equals(Place.SOMEWHERE) || isHeldSomewhere(slot)) {\n            return true;"),
            Mutant.of(
                    "a take-over holds nothing for a pod without a node",
                    31,
                    "protocol/pods/PodService",
                    "pod.carriesPorts() ? !pod.isOver() : pod.isWaiting()",
                    "pod.carriesPorts() ? !pod.isOver() && pod.node() != null : pod.isWaiting()"),
            Mutant.of(
                    "a take-over holds one node for any pod without",
                    86,
                    "protocol/pods/ClaimPod",
                    "Objects.requireNonNullElse(boundTo, Place.SOMEWHERE)",
                    "Objects.requireNonNullElse(boundTo, \"a\")"),
            Mutant.of(
                            "a take-over holds for pods that are over",
                            428,
                            "protocol/pods/PodService",
                            "pod.carriesPorts() ? !pod.isOver() : pod.isWaiting()",
                            "pod.carriesPorts() || pod.isWaiting()")
                    .and(
                            "protocol/pods/ClaimPod",
                            "return carriesPorts() && !isOver() ? Assignment",
                            "return carriesPorts() ? Assignment"),
            Mutant.of(
                            "replay without a commit",
                            Mutant.NOT_FOUND,
                            "protocol/pods/PodServer",
                            "        Optional<SortedSet<String>> nodes = nodesToLeaveOut(pod, held);",
                            "        boolean isReplay = !leftOut.containsKey(uid);\n        Optional<SortedSet<String>> nodes = nodesToLeaveOut(pod, held);")
                    .and(
                            "protocol/pods/PodServer",
                            "        commit.await();\n",
                            "        if (!isReplay) {\n            commit.await();\n        }\n"),
            Mutant.of(
                    "replay while the number may be in use",
                    Mutant.NOT_FOUND,
                    "allocation/PodPorts",
                    "if (until != null && state.clock.instant().isBefore(until)) {",
                    "if (until != null && uid.isEmpty()) {"),
            Mutant.of(
                    "free what ended without a known node, on a relist's guess",
                    731,
                    "protocol/pods/ClaimPod",
                    "if (isLastState && node == null) {",
                    "if (node == null) {"),
            Mutant.of(
                    "free what an entry has whose pod is gone",
                    Mutant.NOT_FOUND,
                    "allocation/Recovery",
                    "        pods.blockGone(found.pods, ofPods);\n",
                    ""),
            Mutant.of(
                    "free what is missing nobody knows where",
                    227,
                    "allocation/Recovery",
                    "        for (String place : block.places()) {\n",
                    "        for (String place : block.places()) {\n            if (place.equals(Place.SOMEWHERE)) { continue; }\n"),
            Mutant.of(
                            "commit only whether a number is held",
                            Mutant.NOT_FOUND,
                            "allocation/SlotIndex",
                            "counts.add(protocol, port, count)",
                            "counts.add(protocol, port, Math.min(count, 1))")
                    .and(
                            "allocation/PortIndex",
                            "new Held(state.index.claimedCounts(), state.table.sketch())",
                            "new Held(state.index.claimedCounts(), new HeldSketch())"),
            Mutant.of(
                    "commit nothing of what is released",
                    227,
                    "allocation/PortIndex",
                    "Map.copyOf(state.cursors), state.releases.all(), held()",
                    "Map.copyOf(state.cursors), java.util.List.of(), held()"),
            Mutant.of(
                            "give back what is blocked",
                            108,
                            "allocation/Release",
                            "((sameMap && !key.isPod()) || !isBlocked())",
                            "true")
                    .and(
                            "allocation/PodPorts",
                            "cool(before, null, uncertain.grace(), cooldowns)",
                            "cool(before, before.key(), uncertain.grace(), cooldowns)"));

    /** Those that only the code has. */
    public static final List<Mutant> OF_CODE = List.of(
            Mutant.of(
                    "settle whatever is seen",
                    Mutant.NOT_FOUND,
                    "protocol/pods/PodLife",
                    "        if (pod.isOver()) {\n",
                    "        ports.settle(pod.uid());\n        if (pod.isOver()) {\n"),
            Mutant.of("never settle", 7, "protocol/pods/PodLife", "            ports.settle(pod.uid());\n", ""),
            Mutant.of(
                    "a forced end cools as a reported one",
                    108,
                    "protocol/pods/ClaimPod",
                    "return isLastState && isTerminated ?",
                    "return isLastState ?"),
            Mutant.of(
                    "no grace for what is missing at a take-over",
                    227,
                    "allocation/Recovery",
                    "mayBePods ? cooldown.plus(PodEnd.DEFAULT_GRACE) : cooldown",
                    "cooldown"),
            Mutant.of(
                    "no grace for an entry whose pod is gone",
                    Mutant.NOT_FOUND,
                    "allocation/PodRecovery",
                    "cooldowns.of(entry.pool(), grant).plus(PodEnd.DEFAULT_GRACE)",
                    "cooldowns.of(entry.pool(), grant)"),
            Mutant.of(
                    "restore pods without a node first",
                    150,
                    "allocation/PodRecovery",
                    "pod.current().places().contains(Place.SOMEWHERE))",
                    "!pod.current().places().contains(Place.SOMEWHERE))"),
            Mutant.of(
                    "drop a release that waits for a pod without a node",
                    Mutant.NOT_FOUND,
                    "allocation/CoolingPorts",
                    "!Place.isNode(single.place()) && queued.add(single)",
                    "!Place.isNode(single.place()) && single.place().isEmpty()"),
            Mutant.of(
                    "let nothing begin that waited for a pod's node",
                    Mutant.NOT_FOUND,
                    "allocation/PodPorts",
                    "            state.releases.beginQueued();\n            heldBack",
                    "            heldBack"),
            Mutant.of(
                    "do not leave out the nodes where a number cools",
                    121,
                    "allocation/PodObstacles",
                    "holder -> holder.equals(self) || isOwn(holder)",
                    "holder -> holder.equals(self) || holder instanceof Holder.OfRelease"),
            Mutant.of(
                    "leave out no node",
                    1,
                    "allocation/PodChoice",
                    "        leftOut.addAll(without(List.of(grant)));\n",
                    ""),
            Mutant.of(
                    "forget that a pod is gone",
                    Mutant.NOT_FOUND,
                    "protocol/pods/PodTracker",
                    "        if (gone.contains(pod.uid())\n                || goneBefore.contains(pod.uid())\n                || (",
                    "        if (("),
            Mutant.of(
                    "take an older version for news",
                    185,
                    "protocol/pods/PodTracker",
                    "before.version() > pod.version()",
                    "before.version() < 0"),
            Mutant.of(
                    "lose the news while loading",
                    0,
                    "protocol/pods/PodService",
                    "        tracker.all().forEach(this::act);\n",
                    ""),
            Mutant.of(
                    "miss the pods that go while loading",
                    Mutant.NOT_FOUND,
                    "protocol/pods/PodService",
                    "                .filter(held -> !knows(held.uid()))\n",
                    "                .filter(held -> held.uid().isEmpty())\n"),
            Mutant.of(
                    "do not read a pod that has moved on",
                    546,
                    "protocol/pods/PodService",
                    "case MOVED -> readAgain(uid);",
                    "case MOVED -> backoff.succeeded(uid);"),
            Mutant.of(
                    "try a pod once only",
                    Mutant.NOT_FOUND,
                    "protocol/pods/PodService",
                    "case AGAIN -> again(uid);",
                    "case AGAIN -> backoff.succeeded(uid);"),
            Mutant.of(
                    "no pod waits for what becomes free",
                    610,
                    "protocol/pods/PodService",
                    "                tracker.nextToTry().forEach(this::submit);\n",
                    ""),
            Mutant.of(
                    "the queue forgets what comes while a pod is served",
                    Mutant.NOT_FOUND,
                    "protocol/pods/PodQueue",
                    "            again.add(uid);\n",
                    ""),
            Mutant.of(
                    "release nothing where a gate was removed",
                    963,
                    "protocol/pods/PodLife",
                    "            ports.release(pod.uid(), new PodEnd.NeverRan(), cooldowns);\n",
                    ""),
            Mutant.of(
                    "release everywhere what was held on a node",
                    Mutant.NOT_FOUND,
                    "protocol/pods/PodLife",
                    "            ports.narrow(pod.uid(), pod.node());\n",
                    ""),
            Mutant.of(
                    "free at once what may still run",
                    255,
                    "allocation/PodPorts",
                    "                cool(before, null, uncertain.grace(), cooldowns);\n",
                    ""),
            Mutant.of(
                    "a pod of one node is held wide",
                    418,
                    "protocol/pods/ClaimPod",
                    "Objects.requireNonNullElse(boundTo, Place.SOMEWHERE)",
                    "Place.SOMEWHERE"));

    /** All of them. */
    public static Stream<Mutant> all() {
        return Stream.of(OF_MODEL, OF_CODE).flatMap(List::stream);
    }
}
