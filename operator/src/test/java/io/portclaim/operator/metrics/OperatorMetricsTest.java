package io.portclaim.operator.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.http.StandardHttpRequest;
import io.portclaim.api.v1alpha1.Phase;
import io.portclaim.api.v1alpha1.PodCounts;
import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.operator.GeneratedPage;
import io.portclaim.operator.allocation.NodeFacts;
import io.portclaim.testing.Scrape;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class OperatorMetricsTest {
    private final Map<Phase, Long> claims = new ConcurrentHashMap<>();
    private final Map<String, PoolSlots> pools = new ConcurrentHashMap<>();
    private final Map<String, Map<NodeFacts.Source, Long>> poolNodes = new ConcurrentHashMap<>();
    private final Map<UnusableClaims, Long> unusable = new ConcurrentHashMap<>();
    private final Map<Reason, Long> waiting = new ConcurrentHashMap<>();
    private final AtomicBoolean leading = new AtomicBoolean();
    private final OperatorMetrics metrics = new OperatorMetrics(new CountedHere(), leading::get, "1.2.3");

    @AfterEach
    void close() {
        metrics.close();
    }

    @Test
    void countsWhatIsThereAtEachScrape() {
        claims.put(Phase.BOUND, 3L);
        pools.put("default", new PoolSlots(100, 60, 10, 25, 3L, 20, 0));
        poolNodes.put("default", Map.of(NodeFacts.Source.REPORTED, 4L, NodeFacts.Source.ASSUMED, 1L));
        unusable.put(new UnusableClaims("default", Reason.HELD_BY_OTHERS), 2L);
        waiting.put(Reason.POOL_EXHAUSTED, 2L);
        leading.set(true);

        assertThat(samples())
                .contains(
                        "portclaim_claims{phase=\"Bound\"} 3.0",
                        "portclaim_claims{phase=\"Pending\"} 0.0",
                        "portclaim_claims{phase=\"Conflicted\"} 0.0",
                        "portclaim_pool_slots{pool=\"default\"} 100.0",
                        "portclaim_pool_slots_assigned{pool=\"default\"} 60.0",
                        "portclaim_pool_slots_cooling{pool=\"default\"} 10.0",
                        "portclaim_pool_slots_available{pool=\"default\"} 25.0",
                        "portclaim_pool_cluster_numbers{pool=\"default\"} 20.0",
                        "portclaim_pool_cluster_numbers_available{pool=\"default\"} 0.0",
                        "portclaim_pool_tightest_node_available{pool=\"default\"} 3.0",
                        "portclaim_pool_nodes{facts=\"reported\",pool=\"default\"} 4.0",
                        "portclaim_pool_nodes{facts=\"annotated\",pool=\"default\"} 0.0",
                        "portclaim_pool_nodes{facts=\"assumed\",pool=\"default\"} 1.0",
                        "portclaim_claims_unusable{pool=\"default\",reason=\"HeldByOthers\"} 2.0",
                        "portclaim_claims_waiting{reason=\"PoolExhausted\"} 2.0",
                        "portclaim_reports_abandoned 2.0",
                        "portclaim_leading 1.0",
                        "portclaim_build_info{version=\"1.2.3\"} 1");

        pools.put("default", new PoolSlots(100, 61, 10, 24, 3L, 20, 0));
        assertThat(samples()).contains("portclaim_pool_slots_assigned{pool=\"default\"} 61.0");
    }

    @Test
    void aPoolThatIsGoneIsNotReportedAnyMore() {
        pools.put("default", new PoolSlots(1, 0, 0, 1, 1L, 1, 1));
        pools.put("old", new PoolSlots(1, 0, 0, 1, 1L, 1, 1));
        waiting.put(Reason.POOL_NOT_FOUND, 1L);
        assertThat(samples()).anyMatch(sample -> sample.contains("pool=\"old\""));

        pools.remove("old");
        waiting.clear();

        assertThat(samples())
                .noneMatch(sample -> sample.contains("pool=\"old\""))
                .noneMatch(sample -> sample.contains("PoolNotFound"))
                .anyMatch(sample -> sample.contains("pool=\"default\""));
    }

    @Test
    void aPoolWithoutNodesHasNoTightestOne() {
        pools.put("default", new PoolSlots(0, 0, 0, 0, null, 10, 10));

        assertThat(samples())
                .contains("portclaim_pool_cluster_numbers_available{pool=\"default\"} 10.0")
                .noneMatch(sample -> sample.startsWith("portclaim_pool_tightest_node_available"));
    }

    @Test
    void aGaugeOfTheLargestValueSaysSo() {
        metrics.commit(CommitResult.COMMITTED, 2, Duration.ofMillis(6));
        metrics.ready(Duration.ofMillis(200));

        List<Scrape.Family> largest = Scrape.parse(metrics.scrape()).families().values().stream()
                .filter(family -> family.name().endsWith("_max"))
                .toList();
        assertThat(largest)
                .hasSizeGreaterThanOrEqualTo(3)
                .allSatisfy(family -> assertThat(family.help()).startsWith("The largest value of the last"));
        assertThat(Scrape.parse(metrics.scrape())
                        .families()
                        .get("portclaim_ledger_commit_seconds")
                        .help())
                .isEqualTo("How long a write of the ledger takes.");
    }

    @Test
    void countsDecisionsByOutcomeAndReason() {
        metrics.assigned();
        metrics.assigned();
        metrics.refused(Reason.POOL_EXHAUSTED);

        assertThat(samples())
                .contains(
                        "portclaim_decisions_total{outcome=\"assigned\",reason=\"none\"} 2.0",
                        "portclaim_decisions_total{outcome=\"kept\",reason=\"none\"} 0.0",
                        "portclaim_decisions_total{outcome=\"refused\",reason=\"PoolExhausted\"} 1.0");

        metrics.kept();
        assertThat(samples()).contains("portclaim_decisions_total{outcome=\"kept\",reason=\"none\"} 1.0");
    }

    @Test
    void countsReconciles() {
        assertThat(samples()).contains("portclaim_reconciles_total 0.0");

        metrics.reconciling();
        metrics.reconcileFailed();
        metrics.reconcileFailed();

        assertThat(samples()).contains("portclaim_reconciles_total 1.0", "portclaim_reconcile_failures_total 2.0");
    }

    @Test
    void timesCommitsAndCountsTheirEntries() {
        metrics.commit(CommitResult.COMMITTED, 18, Duration.ofMillis(20));
        metrics.commit(CommitResult.UNKNOWN, 18, Duration.ofSeconds(3));
        metrics.commit(CommitResult.COMMITTED, 2, Duration.ofMillis(6));

        assertThat(samples())
                .contains(
                        "portclaim_ledger_commits_total{result=\"committed\"} 2.0",
                        "portclaim_ledger_commits_total{result=\"unknown\"} 1.0",
                        "portclaim_ledger_commits_total{result=\"conflict\"} 0.0",
                        "portclaim_ledger_batch_entries_bucket{le=\"2.0\"} 1",
                        "portclaim_ledger_batch_entries_sum 20.0",
                        "portclaim_ledger_commit_seconds_bucket{le=\"0.025\"} 2",
                        "portclaim_ledger_commit_seconds_count 3");
    }

    @Test
    void timesTheWayToReady() {
        metrics.ready(Duration.ofMillis(200));
        metrics.ready(Duration.ofMillis(-300));

        assertThat(samples())
                .contains(
                        "portclaim_claim_ready_seconds_bucket{le=\"0.05\"} 1",
                        "portclaim_claim_ready_seconds_bucket{le=\"0.25\"} 2",
                        "portclaim_claim_ready_seconds_bucket{le=\"60.0\"} 2",
                        "portclaim_claim_ready_seconds_sum 0.2");
    }

    @Test
    void tellsOfTheProcessItself() {
        assertThat(Scrape.parse(metrics.scrape()).families().keySet())
                .contains(
                        "jvm_memory_used_bytes",
                        "jvm_threads_live_threads",
                        "jvm_gc_live_data_size_bytes",
                        "process_uptime_seconds",
                        "process_cpu_usage",
                        "process_cpu_seconds_total",
                        "system_cpus",
                        "process_files_open_files");
    }

    @Test
    void knowsItsVersion() {
        assertThat(BuildInfo.version()).matches("[0-9]+\\.[0-9]+\\.[0-9]+(-SNAPSHOT)?");
    }

    @Test
    void thePageListsEveryMetric() {
        claims.put(Phase.BOUND, 1L);
        pools.put("default", new PoolSlots(1, 1, 1, 1, 1L, 1, 1));
        poolNodes.put("default", Map.of());
        unusable.put(new UnusableClaims("default", Reason.HELD_BY_OTHERS), 1L);
        waiting.put(Reason.POOL_EXHAUSTED, 1L);
        ApiRequests requests = new ApiRequests();
        requests.bindTo(metrics.registry());
        requests.afterConnectionFailure(
                new StandardHttpRequest.Builder().uri("http://127.0.0.1/").build(), new IOException());
        String rows = Scrape.parse(metrics.scrape()).families().values().stream()
                .filter(family -> family.name().startsWith("portclaim_"))
                .map(family -> "| `%s` | %s | %s | %s |%n"
                        .formatted(
                                family.name(),
                                family.type(),
                                family.labels().stream()
                                        .map(label -> "`" + label + "`")
                                        .collect(Collectors.joining(", ")),
                                family.help()))
                .collect(Collectors.joining());
        String page = """
                # The operator's metrics

                Served at `/metrics` in Prometheus' text format. Units are in the names. No label grows with the number of claims,
                namespaces or nodes. All replicas report about themselves; only the leader (`portclaim_leading` 1) counts claims and slots.

                | metric | type | labels | what it says |
                |---|---|---|---|
                """ + rows + """

                Beside these there are Micrometer's `jvm_…` (memory, garbage collection, threads), `process_…` and `system_…` (CPU, open
                files, uptime). [The agents](agent.md#metrics) have metrics of their own.

                The chart has [alerts](exhaustion.md) (`prometheusRule.enabled`) and [dashboards](../helm/portclaim/files/dashboards)
                (`grafanaDashboard.enabled`). Both keep clusters apart by a label `cluster`, where Prometheus has one.

                This page is written from a live scrape by `OperatorMetricsTest`, which also says how to renew it.
                """;
        GeneratedPage.check("metrics.md", page, OperatorMetricsTest.class);
    }

    private List<String> samples() {
        return Scrape.parse(metrics.scrape()).samples();
    }

    private final class CountedHere implements Census {
        @Override
        public Map<Phase, Long> claims() {
            return claims;
        }

        @Override
        public Map<String, PoolSlots> pools() {
            return pools;
        }

        @Override
        public Map<String, Map<NodeFacts.Source, Long>> poolNodes() {
            return poolNodes;
        }

        @Override
        public long abandonedReports() {
            return 2;
        }

        @Override
        public long unclaimedMaps() {
            return 5;
        }

        @Override
        public PodCounts pods() {
            return new PodCounts(8, 1);
        }

        @Override
        public Map<UnusableClaims, Long> unusable() {
            return unusable;
        }

        @Override
        public Map<Reason, Long> waiting() {
            return waiting;
        }
    }
}
