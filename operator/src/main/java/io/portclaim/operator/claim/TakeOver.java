package io.portclaim.operator.claim;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapList;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KubernetesResourceList;
import io.fabric8.kubernetes.api.model.ListOptions;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.portclaim.api.v1alpha1.Condition;
import io.portclaim.api.v1alpha1.Phase;
import io.portclaim.api.v1alpha1.PortClaim;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.operator.allocation.Allocations;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.ClaimKey;
import io.portclaim.operator.allocation.Recovery;
import io.portclaim.operator.allocation.Snapshot;
import io.portclaim.operator.ledger.Ledger;
import io.portclaim.operator.ledger.RuledByOther;
import io.portclaim.operator.node.PrunedStore;
import io.portclaim.operator.publish.ClaimStatuses;
import io.portclaim.operator.publish.Conditions;
import io.portclaim.operator.publish.ConfigMapData;
import io.portclaim.operator.publish.ConfigMapIdentity;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Begins to lead: fences off whoever led before, and only then lists what every claim holds, so that a late write of the
 * old leader says nothing that the list does not, or that the ledger does not. Then claims are served.
 */
public final class TakeOver {
    private static final Logger LOG = LoggerFactory.getLogger(TakeOver.class);
    private static final long PAGE = 500;
    private static final Duration PAUSE = Duration.ofSeconds(1);
    /** How long a port rests of which only the number is known: no pool's default is longer. */
    private static final Duration UNKNOWN_COOLDOWN = Duration.ofMinutes(5);

    private final KubernetesClient client;
    private final Ledger ledger;
    private final Allocations allocations;
    private final Roster roster;
    private final Gate gate;
    private final Clock clock;
    private final CountDownLatch stopped = new CountDownLatch(1);

    /** Fills {@code allocations} and opens {@code gate}. */
    public TakeOver(
            KubernetesClient client, Ledger ledger, Allocations allocations, Roster roster, Gate gate, Clock clock) {
        this.client = client;
        this.ledger = ledger;
        this.allocations = allocations;
        this.roster = roster;
        this.gate = gate;
        this.clock = clock;
    }

    /** Runs until claims are served, or {@link #stop} is called. */
    public void run() {
        Snapshot content = untilDone("waiting for the ledger", ledger::fence);
        if (content == null) {
            return;
        }
        gate.beginLoading();
        long started = System.nanoTime();
        List<Listed> claims = untilDone("listing the claims", this::list);
        if (claims == null) {
            return;
        }
        new Recovery(allocations, clock.instant())
                .load(claims.stream().map(Listed::known).toList(), content, UNKNOWN_COOLDOWN);
        claims.forEach(this::keepConflicted);
        gate.open();
        LOG.info(
                "PortLedger cluster: taken over; {} claims listed, {} hold ports, {} decisions to publish, {} releases at rest, in {} ms",
                claims.size(),
                allocations.holdings().size(),
                content.pending().size(),
                allocations.resting(),
                Duration.ofNanos(System.nanoTime() - started).toMillis());
    }

    /** Gives up waiting. */
    public void stop() {
        stopped.countDown();
    }

    private interface Step<T> {
        T run() throws IOException, RuledByOther;
    }

    /** Tries for as long as it takes: without the API server there is nothing else to do. */
    private <T> @Nullable T untilDone(String what, Step<T> step) {
        gate.waitFor(what);
        String told = "";
        while (stopped.getCount() > 0) {
            try {
                return step.run();
            } catch (RuledByOther | IOException | KubernetesClientException e) {
                String why = String.valueOf(e.getMessage());
                gate.waitFor(why);
                if (!why.equals(told)) {
                    LOG.warn("PortLedger cluster: {}", why);
                    told = why;
                }
            }
            if (isStoppedAfterPause()) {
                return null;
            }
        }
        return null;
    }

    private boolean isStoppedAfterPause() {
        try {
            return stopped.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    private record Listed(Claim claim, Recovery.Known known) {}

    /** A claim that has lost its ports gets new ones only when it is made again. */
    private void keepConflicted(Listed listed) {
        PortClaimStatus status = listed.claim.status();
        if (status != null && status.phase() == Phase.CONFLICTED) {
            allocations.markConflicted(listed.claim.uid(), readyMessage(status));
        }
    }

    private static String readyMessage(PortClaimStatus status) {
        return ClaimStatuses.condition(status, Conditions.READY)
                .map(Condition::message)
                .orElse("another claim keeps its port; delete this claim and make it again to get new ports");
    }

    private List<Listed> list() {
        Map<ClaimKey, ConfigMap> maps = new HashMap<>();
        for (ConfigMap map : pages(this::configMaps)) {
            maps.put(
                    new ClaimKey(
                            map.getMetadata().getNamespace(), map.getMetadata().getName()),
                    map);
        }
        List<Listed> listed = new ArrayList<>();
        for (PortClaim object : pages(
                options -> client.resources(PortClaim.class).inAnyNamespace().list(options))) {
            Claim claim = Claim.of(object);
            roster.seen(claim);
            listed.add(new Listed(claim, new Recovery.Known(claim.asReported(), strays(claim, maps))));
        }
        return listed;
    }

    /** What the claim's own ConfigMap says and its status does not: pods may have read either. */
    private static Assignment strays(Claim claim, Map<ClaimKey, ConfigMap> maps) {
        ConfigMap map = maps.get(new ClaimKey(claim.key().namespace(), claim.configMapName()));
        boolean conflicted = claim.status() != null && claim.status().phase() == Phase.CONFLICTED;
        if (map == null || conflicted) {
            return Assignment.NONE;
        }
        boolean own = ConfigMapIdentity.of(
                        map.getMetadata().getLabels(), map.getMetadata().getAnnotations())
                .filter(new ConfigMapIdentity(claim.key().name(), claim.uid())::equals)
                .isPresent();
        if (!own) {
            return Assignment.NONE;
        }
        Assignment published = ConfigMapData.parse(
                        claim.spec().scope(), claim.spec().nodeName(), map.getData())
                .orElse(Assignment.NONE);
        if (!published.isEmpty() && !published.equals(claim.reported())) {
            LOG.warn(
                    "{}: its ConfigMap {} says {} and its status {}; the status counts, the others rest",
                    claim,
                    claim.configMapName(),
                    published.byPlace(),
                    claim.reported().byPlace());
            return published;
        }
        return Assignment.NONE;
    }

    private ConfigMapList configMaps(ListOptions options) {
        return client.configMaps()
                .inAnyNamespace()
                .withLabel(ConfigMapIdentity.MANAGED_BY_LABEL, ConfigMapIdentity.MANAGED_BY)
                .list(options);
    }

    /** Lists from the quorum: without a resourceVersion a list is never older than its request. */
    private static <T extends HasMetadata> List<T> pages(
            Function<ListOptions, ? extends KubernetesResourceList<T>> list) {
        List<T> all = new ArrayList<>();
        String next = null;
        do {
            KubernetesResourceList<T> page = list.apply(
                    new ListOptionsBuilder().withLimit(PAGE).withContinue(next).build());
            page.getItems().forEach(PrunedStore::withoutManagedFields);
            all.addAll(page.getItems());
            next = page.getMetadata().getContinue();
        } while (next != null && !next.isEmpty());
        return all;
    }
}
