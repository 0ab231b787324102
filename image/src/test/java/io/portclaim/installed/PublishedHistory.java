package io.portclaim.installed;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * All that watches show of the claims of some namespaces and of their ConfigMaps, and what must never be seen: a number that changes
 * or goes while its claim lives, and a number that two claims have. For claims of scope Cluster with one port, http, of one pool.
 */
final class PublishedHistory implements AutoCloseable {
    private static final String UID = "portclaim.io/claim-uid";

    private final Set<String> namespaces;
    private final List<String> faults = new ArrayList<>();
    private final Seen<PortClaim> statuses =
            new Seen<>(claim -> claim.getMetadata().getUid(), PublishedHistory::number);
    private final Seen<ConfigMap> maps = new Seen<>(
            map -> map.getMetadata().getLabels().get(UID), map -> map.getData().get("HTTP_PORT"));
    private final List<Watch> watches;

    PublishedHistory(Installation installation, String... namespaces) {
        this.namespaces = Set.of(namespaces);
        this.watches = List.of(
                installation
                        .client()
                        .resources(PortClaim.class)
                        .inAnyNamespace()
                        .watch(statuses),
                installation
                        .client()
                        .configMaps()
                        .inAnyNamespace()
                        .withLabel(UID)
                        .watch(maps));
    }

    private static String number(PortClaim claim) {
        return Optional.ofNullable(claim.getStatus())
                .map(PortClaimStatus::ports)
                .filter(ports -> !ports.isEmpty())
                .map(ports -> String.valueOf(ports.get(0).port()))
                .orElse(null);
    }

    /** What must not have been seen. */
    synchronized List<String> faults() {
        return List.copyOf(faults);
    }

    /** How many claims have got a number in their status. */
    synchronized int served() {
        return statuses.numbers.size();
    }

    @Override
    public void close() {
        watches.forEach(Watch::close);
    }

    /** What one kind of objects says. */
    private final class Seen<T extends HasMetadata> implements Watcher<T> {
        private final Function<T, String> claimOf;
        private final Function<T, String> numberOf;
        /** By the UID of the claim: its number as it was first. */
        private final Map<String, String> numbers = new HashMap<>();
        /** By number: the UID of the claim that has it. */
        private final Map<String, String> holders = new HashMap<>();

        Seen(Function<T, String> claimOf, Function<T, String> numberOf) {
            this.claimOf = claimOf;
            this.numberOf = numberOf;
        }

        @Override
        public void eventReceived(Action action, T object) {
            if (namespaces.contains(object.getMetadata().getNamespace())) {
                synchronized (PublishedHistory.this) {
                    see(action, object);
                }
            }
        }

        private void see(Action action, T object) {
            String claim = claimOf.apply(object);
            String number = numberOf.apply(object);
            String what = "%s %s (%s)"
                    .formatted(object.getKind(), object.getMetadata().getName(), claim);
            if (action == Action.DELETED) {
                holders.remove(numbers.get(claim), claim);
                return;
            }
            String before = numbers.get(claim);
            if (before != null && !before.equals(number)) {
                faults.add("%s had %s and has %s".formatted(what, before, number));
            }
            if (number != null) {
                numbers.putIfAbsent(claim, number);
                String holder = Objects.requireNonNullElse(holders.putIfAbsent(number, claim), claim);
                if (!holder.equals(claim)) {
                    faults.add("%s has %s, which %s has".formatted(what, number, holder));
                }
            }
        }

        @Override
        public void onClose(WatcherException cause) {
            synchronized (PublishedHistory.this) {
                faults.add("a watch ended: " + cause);
            }
        }
    }
}
