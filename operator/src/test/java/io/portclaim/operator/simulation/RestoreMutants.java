package io.portclaim.operator.simulation;

import java.util.List;

/** What only histories find in which lists come in pages, backups are restored and etcd is set back. */
final class RestoreMutants {
    private RestoreMutants() {}

    /** How many histories were searched for each that is not found. */
    static final int SEARCHED = 20_000;

    static final List<Mutant> ALL = List.of(
            Mutant.of(
                    "read only the first page of a list",
                    28,
                    "kube/Pages",
                    "requested = page.isLast() ? null : source.request(page.next());",
                    "requested = null;"),
            Mutant.of(
                    "take what is left of an expired list for empty",
                    251,
                    "kube/Pages",
                    "        while (requested != null) {\n            Page<T> page = requested.await();",
                    "        int pages = 0;\n        while (requested != null) {\n            Page<T> page;\n            try {\n                page = requested.await();\n            } catch (IOException e) {\n                if (pages == 0) { throw e; }\n                return;\n            }\n            pages++;"),
            Mutant.of(
                    "go on with an expired list at a later revision",
                    Mutant.NOT_FOUND,
                    "kube/Pages",
                    "        while (requested != null) {\n            Page<T> page = requested.await();",
                    "        String token = null;\n        while (requested != null) {\n            Page<T> page;\n            try {\n                page = requested.await();\n            } catch (IOException e) {\n                if (token == null) { throw e; }\n                page = source.request(\"-1\" + token.substring(token.indexOf('/'))).await();\n            }\n            token = page.next();"),
            Mutant.of(
                    "go on after the ledger was set back",
                    Mutant.NOT_FOUND,
                    "protocol/Ledger",
                    "        String commit = found.map(stored -> stored.spec().commitId()).orElse(\"none\");",
                    "        String commit = found.map(stored -> stored.spec().commitId()).orElse(\"none\");\n        if (found.isPresent() && Long.parseLong(found.get().resourceVersion()) < Long.parseLong(before.resourceVersion())) { position.set(new Position(found.get().resourceVersion(), commit)); return true; }"),
            Mutant.of(
                    "take a status of an earlier claim for the claim's own",
                    5482,
                    "protocol/Claim",
                    "return isStatusRestored() ? Assignment.NONE : ClaimStatuses.assignmentOf(spec.scope(), status);",
                    "return ClaimStatuses.assignmentOf(spec.scope(), status);"),
            Mutant.of(
                    "decide on a claim without what its restored ConfigMap says",
                    0,
                    "protocol/ClaimDecider",
                    "allocation == null ? admitted.request().wishing(wished.get()) : admitted.request()",
                    "admitted.request()"),
            Mutant.of(
                    "do not look for an API server that went back",
                    1565,
                    "protocol/ClaimService",
                    "        requeueStale(cachedVersion, requeue);\n    }",
                    "    }"),
            Mutant.of(
                    "wait for ever for a cache that is older than an own write",
                    1565,
                    "protocol/CacheLag",
                    "            tracker.wentBack(found);\n",
                    ""));
}
