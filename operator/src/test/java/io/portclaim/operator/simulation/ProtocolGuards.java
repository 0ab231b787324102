package io.portclaim.operator.simulation;

import java.util.List;
import java.util.Map;

/** Which mutants lack which guard of docs/protocol.md. */
final class ProtocolGuards {
    /** The guards, as the table of the page has them, and the names of the mutants that lack them. */
    static final Map<String, List<String>> ALL = Map.ofEntries(
            entry("a commit is a compare-and-swap", "go on after another has written the ledger"),
            entry("fence, then list", "list before the fence"),
            entry("pending entries are replayed", "no replay of pending decisions"),
            entry(
                    "a status write carries the version it was decided on",
                    "write a status in whatever version the claim has",
                    "write a status on news from after the commit"),
            entry(
                    "a committed entry is always published, and only then withdrawn",
                    "drop a committed decision when the claim is edited",
                    "drop a committed decision when the claim is edited, and free its ports"),
            entry(
                    "no write is based on state read after the last successful commit",
                    "write a status on news from after the commit",
                    "write a ConfigMap that was just read without a commit",
                    "publish a decision once more without another commit",
                    "refuse a claim without a commit"),
            entry(
                    "a commit without an answer is sent again unchanged, until its outcome is known",
                    "a lost answer counts as written",
                    "a commit without an answer is written again on a newer ledger"),
            entry(
                    "ConfigMap, then status, then release",
                    "write the status before the ConfigMap, and free what it still names",
                    "settle before the status is written",
                    "release before the ConfigMap is deleted",
                    "release though the ConfigMap was refused"),
            entry(
                    "a ConfigMap is changed only in the version that was seen",
                    "write a ConfigMap again where another has written it meanwhile",
                    "write a ConfigMap that was just read without a commit"),
            entry(
                    "a ConfigMap is created within two seconds of a commit, else after another one",
                    "create a ConfigMap on an old commit"),
            entry(
                    "until an edit is published, the index holds the old ports and the new ones",
                    "release the old ports before an edit is published"),
            entry("a released port cools", "no cooldown"),
            entry(
                    "every commit carries the releases",
                    "commit nothing of what is released",
                    "commit neither what is released nor what is held"),
            entry(
                    "every commit carries what is held",
                    "commit nothing of what is held",
                    "commit neither what is released nor what is held"));

    private ProtocolGuards() {}

    private static Map.Entry<String, List<String>> entry(String guard, String... mutants) {
        return Map.entry(guard, List.of(mutants));
    }
}
