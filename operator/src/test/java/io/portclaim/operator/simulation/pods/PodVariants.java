package io.portclaim.operator.simulation.pods;

import java.util.List;
import java.util.Map;

/** Which mutants lack which guard of the model of scope Pod, by the names of its broken configurations. */
final class PodVariants {
    /** How their names begin. */
    static final String BROKEN = "podscope-broken-";

    static final Map<String, List<String>> ALL = Map.ofEntries(
            variant("nofence", "go on after another has written the ledger"),
            variant("listfirst", "list the pods before the fence"),
            variant("nocommit", "publish without the commit"),
            variant("nogatetest", "a patch does not test the gate"),
            variant("nouidtest", "a patch does not test the UID"),
            variant("nopolicy", "somebody else may remove the gate"),
            variant("exold", "leave out the nodes of an earlier decision"),
            variant(
                    "exsend",
                    "compute the nodes to leave out at each sending",
                    "compute the nodes to leave out at each sending, and send again without a commit"),
            variant("narrowearly", "narrow before the node is seen"),
            variant(
                    "widen",
                    "hold a narrowed number everywhere again, and compute the nodes to leave out at each sending"),
            variant("claimignoreswide", "give a claim what a pod holds wide"),
            variant("takewide", "a take-over holds nothing for a pod without a node"),
            variant("takepinned", "a take-over holds one node for any pod without"),
            variant("takeended", "a take-over holds for pods that are over"),
            variant(
                    "noreplaycommit",
                    "replay without a commit",
                    "replay without a commit, nor one of what is released"),
            variant("replayindex", "replay while the number may be in use"),
            variant(
                    "freeunknown",
                    "free what ended without a known node, on a relist's guess",
                    "free what an entry has whose pod is gone",
                    "free what an entry has whose pod is gone, and what is missing nobody knows where",
                    "free what is missing nobody knows where"),
            variant("bitmap", "commit only whether a number is held"),
            variant("lazyreleases", "commit nothing of what is released"),
            variant("giveback", "give back what is blocked"));

    private PodVariants() {}

    private static Map.Entry<String, List<String>> variant(String name, String... mutants) {
        return Map.entry(BROKEN + name, List.of(mutants));
    }

    /** The mutants that lack what the broken configuration of this name lacks. */
    static List<String> mutants(String configuration) {
        return ALL.getOrDefault(configuration, List.of());
    }
}
