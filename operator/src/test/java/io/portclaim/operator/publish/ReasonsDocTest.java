package io.portclaim.operator.publish;

import static org.assertj.core.api.Assertions.assertThat;

import io.portclaim.agent.report.Pressure;
import io.portclaim.api.v1alpha1.Condition;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.api.v1alpha1.PortPoolStatus;
import io.portclaim.api.v1alpha1.Reason;
import io.portclaim.api.v1alpha1.Scope;
import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.NodeFacts;
import io.portclaim.operator.allocation.Place;
import io.portclaim.operator.allocation.PoolRules;
import io.portclaim.operator.allocation.PoolUse;
import io.portclaim.operator.allocation.PortGrant;
import io.portclaim.operator.allocation.Refusal;
import io.portclaim.operator.allocation.Unreadable;
import io.portclaim.ports.PortSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Holds docs/reasons.md against the code, both ways. */
class ReasonsDocTest {
    private static final Path PAGE = Path.of(System.getProperty("basedir", "."), "..", "docs", "reasons.md");
    private static final Pattern ROW = Pattern.compile("\\| `(\\w+)` \\| ([^|]+) \\| ([^|]+) \\| ([^|]+) \\|");
    private static final Instant NOW = Instant.parse("2026-11-23T09:30:00Z");

    private record Row(String section, String reason, String where) {}

    private static List<Row> rows() throws IOException {
        List<Row> rows = new ArrayList<>();
        String section = "";
        for (String line : Files.readAllLines(PAGE)) {
            section = line.startsWith("## ") ? line.substring(3) : section;
            Matcher row = ROW.matcher(line);
            if (row.matches()) {
                rows.add(new Row(section, row.group(1), row.group(2)));
            } else {
                assertThat(line).as("a row of four cells").doesNotStartWith("| `");
            }
        }
        return rows;
    }

    @Test
    void everyReasonStandsThereOnceAndNoOther() throws IOException {
        assertThat(rows().stream().map(Row::reason))
                .containsExactlyInAnyOrderElementsOf(
                        Arrays.stream(Reason.values()).map(Reason::text).toList());
    }

    @Test
    void whereTheyAppearIsWhereTheCodePutsThem() throws IOException {
        Set<String> documented = new TreeSet<>();
        for (Row row : rows()) {
            String[] halves = row.where().split("; pool: ", 2);
            addAll(documented, kind(row), row.reason(), halves[0]);
            if (halves.length == 2) {
                addAll(documented, "pool", row.reason(), halves[1]);
            }
        }
        Set<String> given = new TreeSet<>();
        claims().forEach(status -> add(given, "claim", status.conditions()));
        pools().forEach(status -> add(given, "pool", status.conditions()));
        for (Pressure pressure : List.of(new Pressure(null, "x", "x"), new Pressure("x", "x", "x"))) {
            given.add("report %s EphemeralPortPressure=%s"
                    .formatted(pressure.reason().text(), pressure.holds() ? "True" : "False"));
        }

        assertThat(given).isEqualTo(documented);
    }

    private static String kind(Row row) {
        return switch (row.section()) {
            case "Pools" -> "pool";
            case "Node port reports" -> "report";
            default -> "claim";
        };
    }

    private static void addAll(Set<String> places, String kind, String reason, String conditions) {
        for (String condition : conditions.split(", ")) {
            places.add("%s %s %s".formatted(kind, reason, condition));
        }
    }

    private static void add(Set<String> places, String kind, List<Condition> conditions) {
        Objects.requireNonNull(conditions)
                .forEach(condition -> places.add(
                        "%s %s %s=%s".formatted(kind, condition.reason(), condition.type(), condition.status())));
    }

    private static List<PortClaimStatus> claims() {
        List<ClaimProblems> problems =
                new ArrayList<>(List.of(ClaimProblems.NONE, ClaimProblems.NONE.withConflict("x")));
        HealthSamples.OF_CLAIM.forEach(reason -> problems.add(ClaimProblems.NONE.withClaim(new Refusal(reason, "x"))));
        HealthSamples.OF_PUBLICATION.forEach(
                reason -> problems.add(ClaimProblems.NONE.withPublication(new Refusal(reason, "x"))));
        HealthSamples.OF_USABILITY.forEach(
                reason -> problems.add(ClaimProblems.NONE.withUsability(new Refusal(reason, "x"))));
        Assignment some =
                Assignment.at(Place.EVERYWHERE, List.of(new PortGrant("http", TransportProtocol.TCP, 21080, 1)));
        List<PortClaimStatus> statuses = new ArrayList<>();
        for (ClaimProblems problem : problems) {
            for (Assignment assignment : List.of(Assignment.NONE, some)) {
                statuses.add(ClaimStatuses.render(
                                new ClaimFacts(
                                        "uid-1",
                                        1,
                                        "default",
                                        "web-ports",
                                        Scope.CLUSTER,
                                        assignment,
                                        new TreeSet<>(),
                                        problem),
                                null,
                                NOW)
                        .status());
            }
        }
        return statuses;
    }

    private static List<PortPoolStatus> pools() {
        NodeFacts node = new NodeFacts("node-a", null, PortSet.EMPTY, false, NodeFacts.Source.ASSUMED);
        NodeFacts unreadable = NodeFacts.unknown(
                "node-b", false, List.of(new Unreadable(Unreadable.Fact.EPHEMERAL_RANGE, "its range cannot be read")));
        PoolUse free = new PoolUse(10, 0, 0, 10, 0, "node-a", 10, 10, 10);
        PoolUse full = new PoolUse(10, 10, 0, 0, 1, "node-a", 0, 10, 0);
        PoolUse nowhere = new PoolUse(10, 10, 0, 0, 1, "node-a", 1, 10, 0);
        return List.of(
                        CountedNodes.facts(1, rules("21000-21009", true), null, List.of(node), free),
                        CountedNodes.facts(1, rules("21000-21009", true), null, List.of(node), full),
                        CountedNodes.facts(1, rules("21000-21009", true), null, List.of(node), nowhere),
                        CountedNodes.facts(1, rules("21000-21009", true), null, List.of(), free),
                        CountedNodes.facts(1, rules("21000-21009", true), "why", List.of(node), free),
                        CountedNodes.facts(1, rules("21000-21009", false), null, List.of(node), free),
                        CountedNodes.facts(1, rules("40000", true), null, List.of(node), free),
                        CountedNodes.facts(1, rules("21000", true), null, List.of(node, unreadable), free))
                .stream()
                .map(facts -> PoolStatuses.status(facts, null, NOW))
                .collect(Collectors.toList());
    }

    private static PoolRules rules(String ranges, boolean excludeEphemeral) {
        return new PoolRules(
                "default",
                PoolRules.Spec.of(PortSet.parse(ranges))
                        .excludeEphemeral(excludeEphemeral)
                        .nodePorts(PortSet.EMPTY)
                        .staticBand(0)
                        .build());
    }
}
