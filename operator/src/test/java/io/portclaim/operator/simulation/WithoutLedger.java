package io.portclaim.operator.simulation;

import io.portclaim.operator.protocol.Claim;
import java.util.Collection;
import java.util.Map;

/**
 * What an operator can know of the time before the ledger was lost or set back. Only the ledger knew what was released, and that a
 * ConfigMap without a claim was served. Of what a ConfigMap says beyond its claim's status, the operator believes an empty ledger all
 * that it may have written, and another one nothing that it does not know.
 */
record WithoutLedger(Collection<Claim> claims, Collection<String> nodes, boolean isLost) {
    /** Whether it can see that the ConfigMap says what an operator has written. */
    boolean knows(StoredMap map) {
        return claims.stream()
                .filter(claim -> map.uid().equals(claim.uid()))
                .anyMatch(claim -> isBelieved(claim, Invariants.numbers(Invariants.place(claim), map.data())));
    }

    private boolean isBelieved(Claim claim, Map<Invariants.Port, Integer> said) {
        Map<Invariants.Port, Integer> reported = Invariants.numbers(claim);
        return reported.entrySet().containsAll(said.entrySet())
                || (isLost
                        && said.keySet().stream()
                                .allMatch(port -> reported.containsKey(port)
                                        || (Invariants.asksFor(claim, port.name()) && isPlace(port.place()))));
    }

    private boolean isPlace(String place) {
        return place.equals("*") || nodes.contains(place);
    }

    /** Whether a status has this number: what only a ConfigMap says is blocked, and its claim may get another. */
    boolean reports(String uid, Invariants.Port port, Integer number) {
        return claims.stream()
                .anyMatch(claim -> claim.uid().equals(uid)
                        && number.equals(Invariants.numbers(claim).get(port)));
    }
}
