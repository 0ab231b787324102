package io.portclaim.operator.simulation;

import io.portclaim.operator.simulation.pods.PodMutants;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** docs/simulation.md, written from the mutants. */
final class SimulationPage {
    private SimulationPage() {}

    static String text() {
        return """
                # The simulation

                The promise of [the protocol](protocol.md) is tested where it is kept. Each unit test run plays thousands of random
                histories with the production code: the rooms `protocol`, `allocation`, `publish` and `codec`, and from `claim`,
                `pool` and `node` all that decides. Only the API server, the watches, users, pods and time are simulated.

                - Each operator runs on several threads of which one runs at a time. Every call and every wait lets another go on, by a
                  random choice, so one seed is one history, on every machine.
                - A call may get lost, be carried out without an answer, late or twice, take long, or fail. The process may stand still for
                  seconds before it, or for longer than a cooldown after it, or die before or after it. A leader that stood still
                  continues as if nothing had happened. Its clock may be up to a minute ahead or behind. Watches are late, skip what was between, and report a claim that was created
                  again as one that was changed.
                - A list shows each object as it is at any moment since the list was requested, as one of a cache and later events does.
                - Users create, edit, delete and re-create claims, delete and edit ConfigMaps, and set a policy that refuses to write
                  ConfigMaps, or to delete them too. Sometimes they do nothing for longer than a cooldown. A node leaves and returns.
                  Pods read a ConfigMap as it is or was up to a second ago, and keep the numbers.
                - In up to one history of four, while no operator runs, the ledger is lost, an older ledger comes back, or somebody writes the
                  ports of another claim into a status.
                - After each step it is checked, by code that shares nothing with the allocation, that no number is held or readable (in
                  a status, a ConfigMap of the operator, the environment of a live pod) by claims of two names, and that no published
                  number moves. Later, when nothing fails any more, each claim must have what it can have, and its ConfigMap must say
                  what its status says. At the end everything is deleted, and then a claim must be assigned the whole pool.

                After a lost ledger, nobody knows what was released, or what only a ConfigMap without a claim says: that is not held against
                the operator. Nor is that a port is withdrawn and assigned again where a ledger came back in which it was to be withdrawn, and
                its claim has requested it again since and has it. While a forged status is being found out, two statuses may have one number; once it has settled, none may.

                ```sh
                mvn test -pl operator -am -Dtest=SimulationTest -Dsurefire.failIfNoSpecifiedTests=false -Dportclaim.seed=0 -Dportclaim.histories=100000
                ```

                plays more of them. A history that breaks the promise is shrunk: what it does not need is left out. It is printed step by step,
                with its seed. Who mends its cause writes it down as one of the
                [written histories](../operator/src/test/resources/histories/README.md), which no change of the generator can lose. Among
                them are also the [counterexamples of the model](model/README.md#counterexamples), played with the code.

                ## It bites

                Each row is the production code with one guard taken out, compiled for the test only. The number is the random history that
                was found first to break the promise; at least %,d were searched for each. Then come the written ones that do. The build
                plays all of these. `-Dtest=MutationTest -Dportclaim.mutants.search=%d` searches again, and with
                `-Dportclaim.mutants.stale=true` only for those that the stored history does not find any more.

                | what is taken out | found by history | found by written histories |
                |---|---|---|
                %s

                A guard that is "not found" was needed by none of the random histories: another guard stands behind it, or they do not get
                where it matters. Some rows take out two guards, one of which stands behind the other. The build fails where nothing finds a
                row: no random history, no written one, and no row of the same guard together with the one behind it.

                The same with bugs of the kind that others have shipped, put into the code:

                | what is put in | found by history | found by written histories |
                |---|---|---|
                %s

                %s
                %s""".formatted(
                        Mutants.SEARCHED, Mutants.SEARCHED, rows(Mutants.ALL), rows(KnownBugs.ALL), restores(), pods());
    }

    private static String restores() {
        return """
                ## Pages, backups, and an etcd that is set back

                `RestoreSimulationTest` plays histories of a second kind, with all of the above.

                - A list comes in pages of 1 to 3 objects, all from one revision. A page may fail, or be late, and etcd is compacted, so that
                  a list expires in the middle. The code that goes from page to page is the one of production.
                - In every other history, a backup of claims and ConfigMaps is restored, up to twice: while operators go on, or while none
                  runs; after everything was deleted, or beside what is left; or into another namespace, beside the original. What is there is left
                  alone. ConfigMaps come before claims, under the UID of the claim then, without owners or with those of then. Claims
                  have new UIDs, and their statuses or none.
                - In the others, etcd is set back to a copy, up to twice: claims, ConfigMaps and the ledger are what they were, in their
                  versions, while operators go on with what they know, or die. Its revisions go on from then, so that
                  versions come again with other contents, or beyond all that there were. Watches begin again, or wait, for up to 30 s, for
                  a revision that etcd has not reached yet. What was on its way gets lost, no kubelet has what etcd has forgotten, and
                  the pods that it does not know end.

                The same is checked at every step. Where etcd is set back while operators run, it is checked once everything has settled:
                one may publish what it has committed to an etcd that forgets it at that moment, and another
                may be in the lead again by what etcd has then; nobody can know. A leader
                that finds the ledger at another commit halts before it writes anything else; where the ledger is the same, it
                goes on, and writes again what is missing.

                At the end, when nothing goes wrong any more, two claims are backed up and deleted, and their ports cool. Then they are restored
                beside the operator, with their statuses or without, ConfigMaps first, and claims some seconds after. Each must have its
                number again.

                What a restored ConfigMap says is not an assignment until an operator has written it, unless its claim has these numbers; nor is a
                restored status, until an operator has written it or everything has settled. A restored ConfigMap that no claim has adopted
                blocks what was released from one of its name for as long as it exists, and claims that wait meanwhile are not checked. At
                the end it is deleted too.

                %,d histories were searched for what is not found.

                | what is taken out | found by history |
                |---|---|
                %s

                A list that goes on at a later revision can miss only what was changed after the fence, which is found in the ledger or by
                a watch. A leader that goes on after the ledger was set back has two claims read one number in the moments that are not
                checked.
                """.formatted(
                        RestoreMutants.SEARCHED,
                        RestoreMutants.ALL.stream()
                                .map(mutant -> "| %s | %s |"
                                        .formatted(
                                                mutant.name(),
                                                mutant.seed() == Mutant.NOT_FOUND
                                                        ? "not found"
                                                        : String.valueOf(mutant.seed())))
                                .collect(Collectors.joining("\n")));
    }

    private static String pods() {
        return """
                ## Scope Pod

                `PodSimulationTest` plays histories of pods with ports of their own, with the same operators: beside claims of scope Node
                and Cluster, which compete for the same 2 to 4 numbers, they serve pods. The patch is the one that the API server gets, and
                is carried out as a JSON patch on the pod's object.

                - A scheduler binds any pod without a gate to any node that its affinity allows. Kubelets end processes, and report it
                  or not. A node leaves and joins.
                - Users create pods, also again under the name of an earlier one, with other gates, with finalizers, and for one node only, as
                  a DaemonSet does. They annotate them, delete them, also by force, so that the process lives on for up to its grace, and
                  delete and create their claims. In a quarter of the histories there are no policies, and somebody removes gates.
                - A watch of pods is up to 20 s late, and drops: the list after it shows what is left, and what is gone without its last
                  state. Calls and processes fail as above.
                - After each step it is checked, by code that shares nothing with the allocation, that no two processes on a node have one
                  number, be they pods' or claims', that a pod's number never changes, that none runs without where there are policies, and
                  that no two pods that wait for a node have one number. When nothing has failed for some time, each pod must have what it can
                  have, and the leader's index must hold what the pods say, where they are, and nothing else. At the end everything is deleted,
                  and then a claim must be assigned the whole pool.

                `-Dtest=PodSimulationTest` takes the same properties as above, and `-Dtest=PodMutationTest` searches again. %,d histories were
                searched for each row that is "not found", and fewer for the others. Then come the
                [written histories](../operator/src/test/resources/histories/pods/README.md) that break the promise, or, where no promise
                needs a guard, the unit test that fails without it. The build plays all of these, and fails where nothing finds a row: no
                random history, no written one, no unit test, and no row of the same guard together with the one behind it.

                These are the guards that the [broken variants of the model](model/README.md#broken-configurations) leave out; a written
                history plays the counterexample of each. Some rows take out two guards: the code commits before each sending, not only
                after a decision, it commits what a take-over has blocked, and it finds a missing holder in two ways. That nobody else
                removes a gate is kept by a policy of the chart; here the simulated API server's is taken out. Nothing in the code widens
                what was narrowed: the row puts that in.

                | what is taken out | found by history | found by written histories | found by a unit test |
                |---|---|---|---|
                %s

                These are guards that only the code has.

                | what is taken out | found by history | found by written histories | found by a unit test |
                |---|---|---|---|
                %s
                """.formatted(PodMutants.SEARCHED, podRows(PodMutants.OF_MODEL), podRows(PodMutants.OF_CODE));
    }

    private static String podRows(List<Mutant> mutants) {
        List<ScriptFile> histories = ScriptFile.ofPods();
        return mutants.stream()
                .map(mutant -> "| %s | %s | %s | %s |"
                        .formatted(
                                mutant.name(),
                                seed(mutant),
                                written(mutant, histories, "pods/"),
                                Optional.ofNullable(PodMutants.UNIT_TESTS.get(mutant.name()))
                                        .map(PodMutants.UnitTest::toString)
                                        .orElse("")))
                .collect(Collectors.joining("\n"));
    }

    private static String seed(Mutant mutant) {
        return mutant.seed() == Mutant.NOT_FOUND ? "not found" : String.valueOf(mutant.seed());
    }

    private static String rows(List<Mutant> mutants) {
        List<ScriptFile> histories = ScriptFile.all();
        return mutants.stream()
                .map(mutant ->
                        "| %s | %s | %s |".formatted(mutant.name(), seed(mutant), written(mutant, histories, "")))
                .collect(Collectors.joining("\n"));
    }

    private static String written(Mutant mutant, List<ScriptFile> histories, String folder) {
        return histories.stream()
                .filter(file -> file.finds().contains(mutant.name()))
                .map(file ->
                        "[%2$s](../operator/src/test/resources/histories/%1$s%2$s.txt)".formatted(folder, file.name()))
                .collect(Collectors.joining(", "));
    }
}
