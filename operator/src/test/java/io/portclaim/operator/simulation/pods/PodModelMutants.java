package io.portclaim.operator.simulation.pods;

import io.portclaim.operator.simulation.Mutant;
import java.util.List;

/** The guards of scope Pod that the model has too, each taken out. */
final class PodModelMutants {
    /** In the order of the model's page. */
    static final List<Mutant> ALL = List.of(
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
            Mutant.of("publish without the commit", 121, "protocol/pods/PodServer", "        commit.await();\n", ""),
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
                    "somebody else may remove the gate",
                    Mutant.NOT_FOUND,
                    "simulation/pods/StoredPods",
                    "        if (hasPolicies && gate.equals(PodObjects.GATE)) {",
                    "        if (hasPolicies && gate.isEmpty()) {"),
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
                            "compute the nodes to leave out at each sending, and send again without a commit",
                            Mutant.NOT_FOUND,
                            "protocol/pods/PodServer",
                            "        if (known != null) {\n            return Optional.of(known);",
                            "        if (known != null && pod.uid().isEmpty()) {\n            return Optional.of(known);")
                    .and(
                            "protocol/pods/PodServer",
                            "        if (ports.of(uid).isEmpty()) {\n",
                            "        boolean isNew = ports.of(uid).isEmpty();\n        if (isNew) {\n")
                    .and(
                            "protocol/pods/PodServer",
                            "        commit.await();\n",
                            "        if (isNew) {\n            commit.await();\n        }\n"),
            Mutant.of(
                    "narrow before the node is seen",
                    4,
                    "protocol/pods/PodLife",
                    "return pod.node() != null && narrow(pod, pod.node());",
                    "return narrow(pod, pod.node() == null ? \"a\" : pod.node());"),
            Mutant.of(
                            "hold a narrowed number everywhere again, and compute the nodes to leave out at each sending",
                            3,
                            "protocol/pods/PodLife",
                            "            return pod.node() != null && narrow(pod, pod.node());",
                            "            if (pod.node() == null) { ports.widen(pod.uid()); return false; }\n            return narrow(pod, pod.node());")
                    .and("allocation/PodPorts", "    /** Records that the pod has ended, and", """
                            public void widen(String uid) {
                                synchronized (lock) {
                                    ClaimAllocation before = state.table.get(uid);
                                    if (before != null && before.pending() == null && before.current().at(Place.SOMEWHERE).isEmpty()) {
                                        List<PortGrant> grants = before.current().byPlace().values().iterator().next();
                                        before.current().forEachSlot(slot -> state.index.free(slot, new Holder.OfClaim(uid)));
                                        state.record(before.at(Assignment.at(Place.SOMEWHERE, grants)));
                                    }
                                }
                            }

                            /** Records that the pod has ended, and""")
                    .and("protocol/pods/PodTracker", "before.version() > pod.version()", "before.version() < 0")
                    .and(
                            "protocol/pods/PodServer",
                            "        if (known != null) {\n            return Optional.of(known);",
                            "        if (known != null && pod.uid().isEmpty()) {\n            return Optional.of(known);"),
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
                    74,
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
                            2260,
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
                            "replay without a commit, nor one of what is released",
                            12_443,
                            "protocol/pods/PodServer",
                            "        Optional<SortedSet<String>> nodes = nodesToLeaveOut(pod, held);",
                            "        boolean isReplay = !leftOut.containsKey(uid);\n        Optional<SortedSet<String>> nodes = nodesToLeaveOut(pod, held);")
                    .and(
                            "protocol/pods/PodServer",
                            "        commit.await();\n",
                            "        if (!isReplay) {\n            commit.await();\n        }\n")
                    .and("claim/RequeueTriggers", "            ledger.commit().exceptionally(failure -> null);\n", ""),
            Mutant.of(
                    "replay while the number may be in use",
                    Mutant.NOT_FOUND,
                    "allocation/PodPorts",
                    "if (until != null && state.clock.instant().isBefore(until)) {",
                    "if (until != null && uid.isEmpty()) {"),
            Mutant.of(
                    "free what ended without a known node, on a relist's guess",
                    8889,
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
                    686,
                    "allocation/Recovery",
                    "        for (String place : block.places()) {\n",
                    "        for (String place : block.places()) {\n            if (place.equals(Place.SOMEWHERE)) { continue; }\n"),
            Mutant.of(
                            "free what an entry has whose pod is gone, and what is missing nobody knows where",
                            686,
                            "allocation/Recovery",
                            "        pods.blockGone(found.pods, ofPods);\n",
                            "")
                    .and(
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
                            271,
                            "allocation/Release",
                            "((sameMap && !key.isPod()) || !isBlocked())",
                            "true")
                    .and(
                            "allocation/PodPorts",
                            "cool(before, null, uncertain.grace(), cooldowns)",
                            "cool(before, before.key(), uncertain.grace(), cooldowns)"));

    private PodModelMutants() {}
}
