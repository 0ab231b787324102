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
                    "while (next != null && !next.isEmpty());",
                    "while (visitor == null);"),
            Mutant.of(
                    "take what is left of an expired list for empty",
                    251,
                    "kube/Pages",
                    "            Page<T> page = source.page(next);",
                    "            Page<T> page;\n            try {\n                page = source.page(next);\n            } catch (IOException e) {\n                if (next == null) { throw e; }\n                return;\n            }"),
            Mutant.of(
                    "go on with an expired list at a later revision",
                    Mutant.NOT_FOUND,
                    "kube/Pages",
                    "            Page<T> page = source.page(next);",
                    "            Page<T> page;\n            try {\n                page = source.page(next);\n            } catch (IOException e) {\n                if (next == null) { throw e; }\n                page = source.page(\"-1\" + next.substring(next.indexOf('/')));\n            }"),
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
                    "        requeueStale(cached, requeue);\n    }",
                    "    }"),
            Mutant.of(
                    "wait for ever for a cache that is older than an own write",
                    1565,
                    "protocol/CacheLag",
                    "            tracker.wentBack(found);\n",
                    ""));
}
