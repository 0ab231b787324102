package io.portclaim.operator.simulation;

import java.util.List;

/** Bugs of the kind that others have shipped, put into the production code one at a time. */
final class KnownBugs {
    static final List<Mutant> ALL = List.of(
            Mutant.of(
                    "after a restart, forget who holds what (Thundernetes)",
                    0,
                    "allocation/Recovery",
                    "        if (obstacle.isEmpty()) {\n            portIndex.put(allocation);",
                    "        if (obstacle.isEmpty()) {"),
            Mutant.of(
                    "miss a deletion that the watch missed (Agones, OKG #77)",
                    2103,
                    "protocol/DeletedClaimReleaser",
                    "            if (!isCached.test(allocation.key())) {",
                    "            if (isCached.test(allocation.key()) && allocation.uid().isEmpty()) {"),
            Mutant.of(
                    "a late delete releases the next claim of the name (OKG #65)",
                    364,
                    "protocol/DeletedClaimReleaser",
                    "        portIndex.allocation(uid).ifPresent(held -> {",
                    "        portIndex.uids(key).forEach(other -> portIndex.release(other, cooldowns, java.time.Instant.EPOCH));\n        portIndex.allocation(uid).ifPresent(held -> {"),
            Mutant.of(
                    "an edit frees a port that the claim keeps (Kubernetes #64466)",
                    7,
                    "allocation/CoolingPorts",
                    "partsToFree(place, grant, holder, kept)) {",
                    "partsToFree(place, grant, holder, Assignment.NONE)) {"),
            Mutant.of(
                    "a waiting claim is not looked at again (Cluster API IPAM #179)",
                    56,
                    "claim/RequeueTriggers",
                    "        claims.accept(key);\n",
                    ""),
            Mutant.of(
                    "an edit assigns all ports again (Cilium #40358)",
                    0,
                    "allocation/PortIndex",
                    "state.allocator.decide(request, held.without(abandoned), state.cursors",
                    "state.allocator.decide(request, Assignment.NONE, state.cursors"),
            Mutant.of(
                            "a port of every node does not stand against one of a node (Agones, two tables)",
                            9,
                            "allocation/SlotIndex",
                            "        addHolder(everywhere, slot, found);\n        if (Place",
                            "        if (Place")
                    .and(
                            "allocation/SlotIndex",
                            "    void addTaken(String place, Protocol protocol, BitSet into) {\n        into.or(NodeCounts.of(everywhere.taken, protocol));\n",
                            "    void addTaken(String place, Protocol protocol, BitSet into) {\n        if (!Place.isNode(place)) into.or(NodeCounts.of(everywhere.taken, protocol));\n"),
            Mutant.of(
                    "a deleted ConfigMap stays deleted (Fluid #1781)",
                    0,
                    "protocol/ConfigMaps",
                    "            return assignment.isEmpty();\n",
                    "            return !ownWrites.isUnseen(claim.configMap()) && claim.status() != null && !claim.reported().isEmpty() || assignment.isEmpty();\n"),
            Mutant.of(
                    "a node that comes back starts empty (Agones #117)",
                    289,
                    "protocol/ClaimDecider",
                    "        Instant limit = clock.instant().minus(nodeGrace);\n",
                    "        Instant limit = clock.instant();\n"),
            Mutant.of(
                    "a list that failed counts as empty (MetalLB #1774)",
                    Mutant.NOT_FOUND,
                    "protocol/TakeOver",
                    "        allMaps.forEach(map -> {\n            configMaps.listed(map);\n            found.add(map);\n        });\n",
                    "        try { allMaps.forEach(found::add); } catch (IOException e) { LOG.debug(\"\", e); }\n"),
            Mutant.of(
                    "a claim list that failed counts as empty (Cilium #41147)",
                    118,
                    "protocol/TakeOver",
                    "        allClaims.forEach(claim -> {\n            tracker.listed(claim.allocation().key(), claim.allocation().version());\n            found.add(claim);\n        });\n",
                    "        try {\n            allClaims.forEach(claim -> {\n                tracker.listed(claim.allocation().key(), claim.allocation().version());\n                found.add(claim);\n            });\n        } catch (IOException e) {\n            LOG.debug(\"\", e);\n        }\n"),
            Mutant.of(
                    "a port is freed while its last holder still stops (Nomad)",
                    364,
                    "protocol/DeletedClaimReleaser",
                    "            portIndex.release(uid, cooldowns, left.since());\n",
                    "            portIndex.release(uid, (pool, grant) -> java.time.Duration.ZERO, java.time.Instant.EPOCH);\n"));

    private KnownBugs() {}
}
