package io.portclaim.operator.simulation;

import io.portclaim.api.v1alpha1.Phase;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.api.v1alpha1.PortRequest;
import io.portclaim.operator.protocol.Claim;
import io.portclaim.operator.simulation.Invariants.Port;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;

/** The numbers that were published, which must not move. */
final class PublishedPorts {
    private final Consumer<String> fail;

    /** What a claim must not change, by its UID. */
    private final Map<String, Map<Port, Integer>> published = new HashMap<>();

    /** The ports that its status has, by its UID. */
    private final Map<String, Set<Port>> reported = new HashMap<>();

    private final Set<String> abandoned = new HashSet<>();

    /**
     * The ports that a claim has not asked for at some time since it was last served in full: also where it asks for them again, what
     * was decided in between is carried out first.
     */
    private final Map<String, Set<String>> mayGo = new HashMap<>();

    /** {@code fail} is called with what has moved. */
    PublishedPorts(Consumer<String> fail) {
        this.fail = fail;
    }

    /** The same, as it is now. */
    PublishedPorts copy() {
        PublishedPorts copy = new PublishedPorts(fail);
        published.forEach((uid, ports) -> copy.published.put(uid, new HashMap<>(ports)));
        reported.forEach((uid, ports) -> copy.reported.put(uid, new HashSet<>(ports)));
        mayGo.forEach((uid, names) -> copy.mayGo.put(uid, new HashSet<>(names)));
        copy.abandoned.addAll(abandoned);
        return copy;
    }

    /** A node was away for longer than what is held there is kept. */
    void abandoned(String node) {
        abandoned.add(node);
    }

    /** A user has changed what the claim asks for. */
    void edited(Claim before, Claim claim) {
        Set<String> going = mayGo.computeIfAbsent(claim.uid(), uid -> new HashSet<>());
        before.spec().ports().stream()
                .map(PortRequest::name)
                .filter(name -> !Invariants.asksFor(claim, name))
                .forEach(going::add);
    }

    /** A ledger came back in which these ports of the claim are still to be withdrawn: they go, and may come again. */
    void mayWithdraw(String uid, Set<String> names) {
        mayGo.computeIfAbsent(uid, any -> new HashSet<>()).addAll(names);
    }

    /** What was published and is not known to anyone any more may move. */
    void forgetUnless(WithoutLedger known) {
        published.forEach((uid, ports) ->
                ports.entrySet().removeIf(entry -> !known.reports(uid, entry.getKey(), entry.getValue())));
    }

    /** A status is written. */
    void reported(Claim claim, boolean isUncertain) {
        PortClaimStatus status = Objects.requireNonNull(claim.status());
        if (!isUncertain) {
            published(claim, Invariants.numbers(claim), true);
        }
        if (status.phase() == Phase.BOUND && Objects.equals(status.observedGeneration(), claim.generation())) {
            mayGo.remove(claim.uid());
        }
    }

    /** A ConfigMap of the claim is written. */
    void written(Claim claim, Map<String, String> data) {
        published(claim, Invariants.numbers(Invariants.place(claim), data), false);
    }

    private void published(Claim claim, Map<Port, Integer> now, boolean isStatus) {
        Map<Port, Integer> before = published.computeIfAbsent(claim.uid(), uid -> new HashMap<>());
        Set<String> going = mayGo.getOrDefault(claim.uid(), Set.of());
        before.keySet()
                .removeIf(port ->
                        abandoned.contains(port.place()) || (going.contains(port.name()) && !now.containsKey(port)));
        Set<Port> inStatus = reported.computeIfAbsent(claim.uid(), uid -> new HashSet<>());
        before.forEach((port, number) -> {
            // A user may have overwritten the ConfigMap before its number came to the status, and a policy may refuse
            // to mend it.
            boolean waits = isStatus && !now.containsKey(port) && !inStatus.contains(port);
            if (!waits && !number.equals(now.get(port))) {
                fail.accept("%s of %s was %d and is %s in its %s"
                        .formatted(port, claim.uid(), number, now.get(port), isStatus ? "status" : "ConfigMap"));
            }
        });
        if (isStatus) {
            inStatus.clear();
            inStatus.addAll(now.keySet());
        }
        now.forEach((port, number) -> {
            if (Invariants.asksFor(claim, port.name())) {
                before.put(port, number);
            }
        });
    }
}
