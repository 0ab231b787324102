package io.portclaim.operator.metrics;

import io.portclaim.api.v1alpha1.Phase;
import io.portclaim.api.v1alpha1.PodCounts;
import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.operator.allocation.NodeFacts;
import java.util.Map;

/** What is counted again at each scrape. Called by the threads that serve /metrics, so it must be thread-safe and quick. */
public interface Census {
    /** The number of claims in each phase; a phase that is missing counts none. */
    Map<Phase, Long> claims();

    /** The slots of each pool that exists, by the pool's name. */
    Map<String, PoolSlots> pools();

    /** The nodes of each pool that exists, by where their ephemeral range is known from, by the pool's name. */
    Map<String, Map<NodeFacts.Source, Long>> poolNodes();

    /** The number of reports whose agent has been gone for so long that where processes listen no longer counts. */
    long abandonedReports();

    /** The number of ConfigMaps whose claim does not exist, and for which nothing is kept any more. */
    long unclaimedMaps();

    /** The pods with ports of their own, and those that wait for them. */
    PodCounts pods();

    /** The number of claims that hold ports which can't be used; what is missing counts none. */
    Map<UnusableClaims, Long> unusable();

    /** The number of claims that wait for something to change, by the reason that their Ready condition gives. */
    Map<Reason, Long> waiting();
}
