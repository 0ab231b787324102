package io.portclaim.operator.simulation;

import java.util.List;

/** Every guard of the protocol that can be taken out, and a history that finds it. */
final class Mutants {
    /** How many histories were searched for the first that finds each. */
    static final int SEARCHED = 20_000;

    private Mutants() {}

    static final List<Mutant> ALL = List.of(
            Mutant.of(
                    "publish without the commit",
                    15,
                    "protocol/ClaimWay",
                    "        way.commit();\n",
                    "        way.commitBegan = with.time.nanos();\n"),
            Mutant.of(
                    "serve a stale cache",
                    Mutant.NOT_FOUND,
                    "protocol/ClaimServer",
                    "if (behind.isPresent()) {",
                    "if (behind.isPresent() && claim.uid().isEmpty()) {"),
            Mutant.of(
                    "keep what the earlier claim of the name holds",
                    1653,
                    "protocol/ClaimServer",
                    "        releaseEarlierOfTheName(claim);\n",
                    ""),
            Mutant.of(
                            "list before the fence",
                            62,
                            "protocol/TakeOver",
                            "        Snapshot content = untilDone(",
                            "        java.util.List<FoundClaim> early = untilDone(\"early\", () -> { java.util.List<FoundClaim> all = new java.util.ArrayList<>(); claims.list(new FoundClaims(pools, nodes.names(), Snapshot.EMPTY)::of).forEach(all::add); return all; });\n        Snapshot content = untilDone(")
                    .and("protocol/TakeOver", "() -> list(content)", "() -> list(content, early)")
                    .and(
                            "protocol/TakeOver",
                            "private FoundClaims list(Snapshot content)",
                            "private FoundClaims list(Snapshot content, java.util.List<FoundClaim> early)")
                    .and("protocol/TakeOver", "allClaims.forEach(claim -> {", "early.forEach(claim -> {"),
            Mutant.of(
                    "settle before the status is written",
                    1437,
                    "protocol/ClaimWay",
                    "        if (!way.report()) {",
                    "        with.portIndex.settle(claim.uid(), with.cooldowns, null);\n        if (!way.report()) {"),
            Mutant.of(
                    "forget the listed versions",
                    2106,
                    "protocol/TakeOver",
                    "            tracker.listed(claim.allocation().key(), claim.allocation().version());\n",
                    ""),
            Mutant.of(
                    "no lock per name",
                    Mutant.NOT_FOUND,
                    "protocol/KeyLocks",
                    "        Turn turn = enter(key);\n        try {",
                    "        Turn turn = new Turn();\n        turn.begun.complete(null);\n        try {"),
            Mutant.of(
                    "serve before everything is loaded",
                    0,
                    "protocol/TakeOver",
                    "        gate.beginLoading();\n",
                    "        gate.beginLoading();\n        gate.open();\n"),
            Mutant.of(
                    "lose the news while loading",
                    Mutant.NOT_FOUND,
                    "protocol/DeletedClaimReleaser",
                    "        if (gate.isLoading()) {",
                    "        if (gate.isOpen()) {"),
            Mutant.of(
                    "ignore what a ConfigMap says beyond the status",
                    25,
                    "protocol/FoundClaims",
                    "        strays.put(claim.uid(), said);\n",
                    ""),
            Mutant.of(
                    "do not commit a release",
                    Mutant.NOT_FOUND,
                    "claim/RequeueTriggers",
                    "            ledger.commit().exceptionally(failure -> null);\n",
                    ""),
            Mutant.of(
                    "release on a watch's word",
                    388,
                    "protocol/DeletedClaimReleaser",
                    "        if (live.of(uid, key).isPresent()) {",
                    "        if (live.of(uid, key).isPresent() && uid.isEmpty()) {"),
            Mutant.of(
                    "release before the ConfigMap is deleted",
                    364,
                    "protocol/DeletedClaimReleaser",
                    "            ConfigMaps.Left left = configMaps.deleteOf(uid, key, held.configMapName());\n",
                    "            ConfigMaps.Left left = new ConfigMaps.Left(java.time.Instant.EPOCH, true);\n"),
            Mutant.of(
                    "no replay of pending decisions",
                    277,
                    "protocol/Ledger",
                    "                return content;\n",
                    "                return Snapshot.EMPTY;\n"),
            Mutant.of(
                    "a lost answer counts as written",
                    2150,
                    "protocol/Ledger",
                    "        if (untouched && outcome instanceof Outcome.Unknown) {\n            return false;",
                    "        if (untouched && outcome instanceof Outcome.Unknown) {\n            return true;"),
            Mutant.of(
                            "a commit without an answer is written again on a newer ledger",
                            1028,
                            "protocol/Ledger",
                            "        Position before = position();\n        while (true) {",
                            "        while (true) {\n            Position before = position();")
                    .and(
                            "protocol/Ledger",
                            "        throw new LeadershipLost(\n                untouched",
                            "        if (!untouched && found.isPresent() && outcome instanceof Outcome.Unknown) { position.set(new Position(found.orElseThrow().resourceVersion(), commit)); return false; }\n        throw new LeadershipLost(\n                untouched"),
            Mutant.of(
                    "write a status on news from after the commit",
                    5338,
                    "protocol/ClaimStatusWriter",
                    "            barrier.await();\n",
                    ""),
            Mutant.of(
                    "write a status in whatever version the claim has",
                    3385,
                    "protocol/ClaimStatusWriter",
                    "claims.writeStatus(at, status)",
                    "claims.writeStatus(claims.of(claim.uid(), claim.key()).orElse(at), status)"),
            Mutant.of(
                    "publish a decision once more without another commit",
                    5_202,
                    "protocol/ClaimWay",
                    "        with.commit.await();\n",
                    "        if (!outcome.isUnfinished()) {\n            with.commit.await();\n        }\n"),
            Mutant.of(
                    "refuse a claim without a commit",
                    510,
                    "protocol/ClaimWay",
                    "        with.commit.await();\n",
                    "        if (outcome.isNew() || outcome.refusal() == null) {\n            with.commit.await();\n        }\n"),
            Mutant.of(
                    "create a ConfigMap on an old commit",
                    Mutant.NOT_FOUND,
                    "protocol/ConfigMaps",
                    "        awaitFreshPass(passBegan);\n        Answer answer = noted(wanted, () -> api.create(wanted, Mode.WRITE));",
                    "        Answer answer = noted(wanted, () -> api.create(wanted, Mode.WRITE));"),
            Mutant.of(
                    "create a ConfigMap on a pass that took long",
                    Mutant.NOT_FOUND,
                    "protocol/ConfigMaps",
                    "        while (time.nanos() - began > FRESH.toNanos()) {",
                    "        if (time.nanos() - began > FRESH.toNanos()) {"),
            Mutant.of(
                    "take for published what an older cache has",
                    Mutant.NOT_FOUND,
                    "protocol/ConfigMaps",
                    "                || (Ownership.isOwn(claim, cached) && wanted.standsIn(cached));\n",
                    "                ;\n"),
            Mutant.of(
                    "take for published what a standby's cache has",
                    Mutant.NOT_FOUND,
                    "protocol/TakeOver",
                    "            configMaps.listed(map);\n",
                    ""),
            Mutant.of(
                    "date what an earlier claim's ConfigMap still names",
                    Mutant.NOT_FOUND,
                    "protocol/MapDeletion",
                    "            return Optional.empty();\n        }\n        if (present == null",
                    "            return Optional.of(api.now());\n        }\n        if (present == null"),
            Mutant.of(
                            "date what an earlier claim's ConfigMap still names, and decide without it",
                            Mutant.NOT_FOUND,
                            "protocol/MapDeletion",
                            "            return Optional.empty();\n        }\n        if (present == null",
                            "            return Optional.of(api.now());\n        }\n        if (present == null")
                    .and(
                            "protocol/ClaimDecider",
                            "allocation == null ? admitted.request().wishing(wished.get()) : admitted.request()",
                            "admitted.request()"),
            Mutant.of(
                    "forget the listed ConfigMaps that block ports",
                    Mutant.NOT_FOUND,
                    "protocol/TakeOver",
                    "        releaser.lookFor(found.maps());\n",
                    ""),
            Mutant.of(
                    "leave the ConfigMap of a claim that lost its ports to another",
                    Mutant.NOT_FOUND,
                    "protocol/ClaimWay",
                    "        if (!mapStands || withdraws) {",
                    "        if ((!mapStands || withdraws) && outcome.conflict() == null) {"),
            Mutant.of(
                    "give other ports to a claim that lost its own",
                    17932,
                    "protocol/TakeOver",
                    "        found.conflicts().forEach(portIndex::markConflicted);\n",
                    ""),
            Mutant.of(
                    "write a ConfigMap that was just read without a commit",
                    1355,
                    "protocol/ConfigMaps",
                    "        if (justRead || !own) {",
                    "        if (time.nanos() < 0) {"),
            Mutant.of(
                    "drop a committed decision when the claim is edited",
                    0,
                    "protocol/ClaimDecider",
                    "if (allocation != null && allocation.pending() != null) {",
                    "if (allocation != null && allocation.pending() != null && claim.uid().isEmpty()) {"),
            Mutant.of(
                            "drop a committed decision when the claim is edited, and free its ports",
                            336,
                            "protocol/ClaimDecider",
                            "if (allocation != null && allocation.pending() != null) {",
                            "if (allocation != null && allocation.pending() != null && claim.isSatisfiedBy(allocation.current(), admitted.nodes())) {")
                    .and(
                            "allocation/PortIndex",
                            "            throw new IllegalStateException(\"claim %s has a decision that is not published\".formatted(request.key()));\n",
                            "            Holder holder = new Holder.OfClaim(allocation.uid());\n            allocation.pending().forEachSlot(slot -> state.index.free(slot, holder));\n            state.drop(allocation.uid());\n            if (!allocation.published().isEmpty()) {\n                state.put(allocation.deciding(allocation.published(), allocation.version()).settled());\n            }\n            return decide(request, abandoned);\n"),
            Mutant.of(
                    "overwrite an earlier claim's ConfigMap without a look at it",
                    Mutant.NOT_FOUND,
                    "protocol/ConfigMaps",
                    "            adopt(claim, present);\n",
                    ""),
            Mutant.of(
                            "overwrite an earlier claim's ConfigMap without a look at it, nor decide by what it says",
                            Mutant.NOT_FOUND,
                            "protocol/ConfigMaps",
                            "            adopt(claim, present);\n",
                            "")
                    .and(
                            "protocol/ClaimDecider",
                            "allocation == null ? admitted.request().wishing(wished.get()) : admitted.request()",
                            "admitted.request()"),
            Mutant.of(
                    "decide without what an earlier claim's ConfigMap says",
                    Mutant.NOT_FOUND,
                    "protocol/ClaimDecider",
                    "allocation == null ? admitted.request().wishing(wished.get()) : admitted.request()",
                    "admitted.request()"),
            Mutant.of(
                    "overwrite an earlier claim's ConfigMap that a create has met",
                    Mutant.NOT_FOUND,
                    "protocol/ClaimWay",
                    "isFirst && cached == null && !target.isEmpty()",
                    "isFirst && cached != null"),
            Mutant.of(
                    "keep nothing for a claim to come",
                    Mutant.NOT_FOUND,
                    "protocol/UnclaimedMaps",
                    "if (map != null && isOfClaim &&",
                    "if (map != null && !isOfClaim &&"),
            Mutant.of(
                    "keep nothing at a take-over for a claim to come",
                    Mutant.NOT_FOUND,
                    "protocol/TakeOver",
                    "        keepForClaimsToCome(found, result.orphans());\n",
                    ""),
            Mutant.of(
                    "keep for ever what waits for a claim",
                    Mutant.NOT_FOUND,
                    "allocation/PortIndex",
                    "Instant end = state.clock.instant().plus(grace);",
                    "Instant end = Instant.MAX;"),
            Mutant.of(
                    "keep for a claim to come what the garbage collector deletes",
                    Mutant.NOT_FOUND,
                    "protocol/UnclaimedMaps",
                    "return map.owners().stream().anyMatch(owner -> owner.kind().equals(\"PortClaim\"));",
                    "return map.owners().size() > 1;"),
            Mutant.of(
                    "no cooldown",
                    6036,
                    "allocation/CoolingPorts",
                    "put(release.coolingFrom(now));",
                    "put(release.coolingUntil(now));"),
            Mutant.of(
                    "forget the pods that have read a released port",
                    86,
                    "allocation/CoolingPorts",
                    "return use.stillUses(release) || listeners",
                    "return listeners"),
            Mutant.of(
                    "forget that a kubelet is a minute behind",
                    3039,
                    "node/Readers",
                    "namedUntil.plus(PodUse.KUBELET_LAG)",
                    "namedUntil"),
            Mutant.of(
                    "free a released port that its ConfigMap still names",
                    48,
                    "allocation/CoolingPorts",
                    "        if (release.namedUntil() == null) {\n            return true;",
                    "        if (release.namedUntil() == null) {\n            return false;"),
            Mutant.of(
                            "commit neither what is released nor what is held",
                            364,
                            "allocation/PortIndex",
                            "Map.copyOf(state.cursors), state.releases.all(), held()",
                            "Map.copyOf(state.cursors), java.util.List.of(), Snapshot.EMPTY.held()")
                    .and(
                            "allocation/PortIndex",
                            "public synchronized Snapshot snapshot() {",
                            "public synchronized Snapshot snapshot() { held();"),
            Mutant.of(
                    "release though the ConfigMap was refused",
                    Mutant.NOT_FOUND,
                    "protocol/ClaimWay",
                    "return obstacle.reason() == Reason.CONFIG_MAP_REFUSED\n",
                    "return obstacle.reason() == Reason.CONFIG_MAP_CONFLICT\n"),
            Mutant.of(
                    "ask for the claim's name and not for its UID",
                    391,
                    "protocol/DeletedClaimReleaser",
                    "        if (live.of(uid, key).isPresent()) {",
                    "        if (live.named(key).isPresent()) {"),
            Mutant.of(
                            "go on after another has written the ledger",
                            34,
                            "protocol/Ledger",
                            "        Position before = position();\n        while (true) {",
                            "        while (true) {\n            Position before = position();")
                    .and(
                            "protocol/Ledger",
                            "        throw new LeadershipLost(\n                untouched",
                            "        if (!untouched && found.isPresent()) { position.set(new Position(found.orElseThrow().resourceVersion(), commit)); return false; }\n        throw new LeadershipLost(\n                untouched"),
            Mutant.of(
                    "release the old ports before an edit is published",
                    771,
                    "protocol/ClaimWay",
                    "        way.commit();\n",
                    "        with.portIndex.settle(claim.uid(), with.cooldowns, java.time.Instant.EPOCH);\n        way.commit();\n"),
            Mutant.of(
                            "do not commit a release, nor what is held",
                            86,
                            "claim/RequeueTriggers",
                            "            ledger.commit().exceptionally(failure -> null);\n",
                            "")
                    .and(
                            "allocation/PortIndex",
                            "Map.copyOf(state.cursors), state.releases.all(), held()",
                            "Map.copyOf(state.cursors), state.releases.all(), Snapshot.EMPTY.held()")
                    .and(
                            "allocation/PortIndex",
                            "public synchronized Snapshot snapshot() {",
                            "public synchronized Snapshot snapshot() { held();"),
            Mutant.of(
                            "lose the news while loading, and do not sweep",
                            2103,
                            "protocol/DeletedClaimReleaser",
                            "        if (gate.isLoading()) {",
                            "        if (gate.isOpen()) {")
                    .and(
                            "protocol/DeletedClaimReleaser",
                            "            if (!isCached.test(allocation.key())) {",
                            "            if (isCached.test(allocation.key()) && allocation.uid().isEmpty()) {"),
            Mutant.of(
                            "release though the ConfigMap was refused, and free what it still names",
                            48,
                            "protocol/ClaimWay",
                            "return obstacle.reason() == Reason.CONFIG_MAP_REFUSED\n",
                            "return obstacle.reason() == Reason.CONFIG_MAP_CONFLICT\n")
                    .and(
                            "allocation/CoolingPorts",
                            "        if (release.namedUntil() == null) {\n            return true;",
                            "        if (release.namedUntil() == null) {\n            return false;"),
            Mutant.of(
                            "write the status before the ConfigMap, and free what it still names",
                            587,
                            "protocol/ClaimWay",
                            "        if (!way.publish()) {",
                            "        if (outcome.isNew()) {\n            way.report();\n            with.portIndex.settle(claim.uid(), with.cooldowns, null);\n        }\n        if (!way.publish()) {")
                    .and(
                            "allocation/CoolingPorts",
                            "        if (release.namedUntil() == null) {\n            return true;",
                            "        if (release.namedUntil() == null) {\n            return false;"),
            Mutant.of(
                    "write a ConfigMap again where another has written it meanwhile",
                    Mutant.NOT_FOUND,
                    "protocol/ConfigMaps",
                    "        Answer answer = noted(wanted, () -> api.update(wanted, present, Mode.WRITE));\n",
                    "        Answer first = noted(wanted, () -> api.update(wanted, present, Mode.WRITE));\n        PresentMap other = first instanceof Answer.Conflict ? api.read(wanted.name()).map() : null;\n        Answer answer = other == null ? first : noted(wanted, () -> api.update(wanted, other, Mode.WRITE));\n"),
            Mutant.of(
                    "commit nothing of what is released",
                    364,
                    "allocation/PortIndex",
                    "Map.copyOf(state.cursors), state.releases.all(), held()",
                    "Map.copyOf(state.cursors), java.util.List.of(), held()"),
            Mutant.of(
                    "commit nothing of what is held",
                    86,
                    "allocation/PortIndex",
                    "Map.copyOf(state.cursors), state.releases.all(), held()",
                    "Map.copyOf(state.cursors), state.releases.all(), Snapshot.EMPTY.held()"),
            Mutant.of(
                    "leave the ConfigMap of a claim that is gone",
                    Mutant.NOT_FOUND,
                    "protocol/DeletedClaimReleaser",
                    "        orphans.forEach(orphan -> inquire(orphan.key(), () -> removeOrphan(orphan.uid(), orphan.key(), orphan.name())));\n",
                    ""));
}
