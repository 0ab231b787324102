package io.portclaim.operator.simulation.pods;

import io.portclaim.operator.simulation.Mutant;
import java.util.List;

/** The guards of scope Pod that only the code has, each taken out. */
final class PodCodeMutants {
    static final List<Mutant> ALL = List.of(
            Mutant.of(
                    "settle whatever is seen",
                    92,
                    "protocol/pods/PodLife",
                    "        if (pod.isOver()) {\n",
                    "        ports.settle(pod.uid());\n        if (pod.isOver()) {\n"),
            Mutant.of("never settle", 33, "protocol/pods/PodLife", "            ports.settle(pod.uid());\n", ""),
            Mutant.of(
                    "a forced end cools as a reported one",
                    227,
                    "protocol/pods/ClaimPod",
                    "return isLastState && isTerminated ?",
                    "return isLastState ?"),
            Mutant.of(
                    "no grace for what is missing at a take-over",
                    14_177,
                    "allocation/Recovery",
                    "mayBePods ? cooldown.plus(PodEnd.DEFAULT_GRACE) : cooldown",
                    "cooldown"),
            Mutant.of(
                    "no grace for an entry whose pod is gone",
                    5199,
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
                    3,
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
                    1843,
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
                    7176,
                    "protocol/pods/PodService",
                    "                .filter(held -> !knows(held.uid()))\n",
                    "                .filter(held -> held.uid().isEmpty())\n"),
            Mutant.of(
                    "do not read a pod that has moved on",
                    6177,
                    "protocol/pods/PodService",
                    "case MOVED -> readAgain(uid);",
                    "case MOVED -> backoff.succeeded(uid);"),
            Mutant.of(
                    "try a pod once only",
                    11_260,
                    "protocol/pods/PodService",
                    "case AGAIN -> again(uid);",
                    "case AGAIN -> backoff.succeeded(uid);"),
            Mutant.of(
                    "no pod waits for what becomes free",
                    8752,
                    "protocol/pods/PodService",
                    "                tracker.nextToTry().forEach(this::submit);\n",
                    ""),
            Mutant.of(
                    "miss what becomes free while a pod is refused",
                    Mutant.NOT_FOUND,
                    "protocol/pods/PodServer",
                    "        tracker.deciding(pod);\n",
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
                    3393,
                    "protocol/pods/ClaimPod",
                    "Objects.requireNonNullElse(boundTo, Place.SOMEWHERE)",
                    "Place.SOMEWHERE"));

    private PodCodeMutants() {}
}
