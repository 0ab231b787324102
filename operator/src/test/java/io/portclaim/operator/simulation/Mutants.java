package io.portclaim.operator.simulation;

import java.util.List;

/** Every guard of the protocol that can be taken out, and a history that finds it. */
final class Mutants {
    private Mutants() {}

    static final List<Mutant> ALL = List.of(
            Mutant.of(
                    "publish without the commit",
                    0,
                    "protocol/Publication",
                    "        commit.await();\n        ConfigMaps.Written written",
                    "        ConfigMaps.Written written"),
            Mutant.of(
                    "serve a stale cache",
                    0,
                    "protocol/ClaimServer",
                    "if (behind.isPresent()) {",
                    "if (behind.isPresent() && claim.uid().isEmpty()) {"),
            Mutant.of(
                    "keep what the earlier claim of the name holds",
                    0,
                    "protocol/ClaimServer",
                    "        releaseEarlierOfTheName(claim);\n",
                    ""),
            Mutant.of(
                            "list before the fence",
                            0,
                            "protocol/TakeOver",
                            "        Snapshot content = untilDone(",
                            "        java.util.List<Claim> early = untilDone(\"early\", () -> { java.util.List<Claim> all = new java.util.ArrayList<>(); claims.list(all::add); return all; });\n        Snapshot content = untilDone(")
                    .and("protocol/TakeOver", "() -> list(content)", "() -> list(content, early)")
                    .and(
                            "protocol/TakeOver",
                            "private FoundClaims list(Snapshot content)",
                            "private FoundClaims list(Snapshot content, java.util.List<Claim> early)")
                    .and("protocol/TakeOver", "claims.list(claim -> {", "early.forEach(claim -> {"),
            Mutant.of(
                    "settle before the status is written",
                    0,
                    "protocol/Publication",
                    "        if ((outcome.isNew() || !rendered.status()",
                    "        portIndex.settle(claim.uid(), cooldowns, null);\n        if ((outcome.isNew() || !rendered.status()"),
            Mutant.of("forget the listed versions", 0, "protocol/TakeOver", "            tracker.seen(claim);\n", ""),
            Mutant.of(
                    "no lock per name",
                    0,
                    "protocol/KeyLocks",
                    "        CompletableFuture<Void> turn = enter(key);\n        try {",
                    "        CompletableFuture<Void> turn = CompletableFuture.completedFuture(null);\n        try {"),
            Mutant.of(
                    "serve before everything is loaded",
                    0,
                    "protocol/TakeOver",
                    "        gate.beginLoading();\n",
                    "        gate.beginLoading();\n        gate.open();\n"),
            Mutant.of(
                    "lose the news while loading",
                    0,
                    "protocol/DeletedClaimReleaser",
                    "        if (gate.isLoading()) {",
                    "        if (gate.isOpen()) {"),
            Mutant.of(
                    "ignore what a ConfigMap says beyond the status",
                    0,
                    "protocol/FoundClaims",
                    "        strays.put(claim.uid(), said);\n",
                    ""),
            Mutant.of(
                    "do not commit a release",
                    0,
                    "claim/RequeueTriggers",
                    "            ledger.commit().exceptionally(failure -> null);\n",
                    ""),
            Mutant.of(
                    "release on a watch's word",
                    0,
                    "protocol/DeletedClaimReleaser",
                    "        if (live.of(uid, key).isPresent()) {",
                    "        if (live.of(uid, key).isPresent() && uid.isEmpty()) {"),
            Mutant.of(
                    "release before the ConfigMap is deleted",
                    0,
                    "protocol/DeletedClaimReleaser",
                    "            ConfigMaps.Left left = configMaps.deleteOf(uid, key, held.configMapName());\n",
                    "            ConfigMaps.Left left = new ConfigMaps.Left(java.time.Instant.EPOCH, true);\n"),
            Mutant.of(
                    "no replay of pending decisions",
                    0,
                    "protocol/Ledger",
                    "                return content;\n",
                    "                return Snapshot.EMPTY;\n"),
            Mutant.of(
                    "a lost answer counts as written",
                    0,
                    "protocol/Ledger",
                    "        if (untouched && outcome instanceof Outcome.Unknown) {\n            return false;",
                    "        if (untouched && outcome instanceof Outcome.Unknown) {\n            return true;"),
            Mutant.of(
                    "write a status on news from after the commit",
                    0,
                    "protocol/ClaimStatusWriter",
                    "            barrier.await();\n",
                    ""),
            Mutant.of(
                    "create a ConfigMap on an old commit",
                    0,
                    "protocol/ConfigMaps",
                    "        if (time.nanos() - passBegan > FRESH.toNanos()) {",
                    "        if (time.nanos() < 0) {"),
            Mutant.of(
                    "write a ConfigMap that was just read without a commit",
                    0,
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
                    "overwrite an earlier claim's ConfigMap without a look at it",
                    0,
                    "protocol/ConfigMaps",
                    "            adopt(claim, present);\n",
                    ""));
}
