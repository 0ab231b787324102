package io.portclaim.operator.http;

import io.portclaim.operator.http.Health.Check;
import io.portclaim.operator.http.Health.Probe;
import io.portclaim.operator.lease.Leadership;
import java.util.List;
import java.util.Optional;

/**
 * What the kubelet asks the operator.
 *
 * @param liveness whether it can do its work; if not, a restart is the cure
 * @param readiness whether it does its work or could take it over at once
 */
public record Probes(Health liveness, Health readiness) {
    /**
     * The operator's two probes. Alive is who is renewed while leading and still stands for election while not, and whose
     * ledger is not halted. Ready is a leader that has loaded everything, and a standby whose caches are filled and that
     * knows who leads.
     *
     * @param leadership the election
     * @param caches why the caches are not filled yet, "waiting for PortClaim, Node"
     * @param serving why a leader does not serve yet; asked only while leading
     * @param ledger why the ledger can never be written again by this process
     */
    public static Probes of(Leadership leadership, Probe caches, Probe serving, Probe ledger) {
        return new Probes(
                new Health(
                        leadership::describe,
                        List.of(new Check("lease", leadership::problem), new Check("ledger", ledger))),
                new Health(
                        leadership::describe,
                        List.of(
                                new Check("caches", caches),
                                new Check("lease", leadership::waiting),
                                new Check(
                                        "serving",
                                        () -> leadership.isLeading() ? serving.problem() : Optional.empty()))));
    }
}
