package io.portclaim.operator.publish;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.portclaim.api.v1alpha1.AssignedPort;
import io.portclaim.api.v1alpha1.Condition;
import io.portclaim.api.v1alpha1.NodeAssignment;
import io.portclaim.api.v1alpha1.Phase;
import io.portclaim.api.v1alpha1.PortClaimStatus;
import io.portclaim.api.v1alpha1.Scope;
import io.portclaim.api.v1alpha1.TransportProtocol;
import io.portclaim.operator.allocation.Assignment;
import io.portclaim.operator.allocation.Place;
import io.portclaim.operator.allocation.PortGrant;
import io.portclaim.operator.allocation.Refusal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for any facts, tried on many; each case names its seed. */
class RoundTripPropertyTest {
    /** Of these, waiting heals none. */
    private static final Set<String> STALLING = Set.of(
            "Conflicted",
            "PoolInvalid",
            "NamespaceNotAllowed",
            "LimitExceeded",
            "PortNotUsable",
            "TooManyNodes",
            "ConfigMapConflict");

    private static final KubernetesSerialization API = new KubernetesSerialization();
    private static final Instant NOW = Instant.parse("2026-11-23T09:30:00Z");
    private static final int ROUNDS = 100;

    static LongStream seeds() {
        return LongStream.range(0, 20);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void aStatusSaysWhatIsHeld(long seed) {
        RandomFacts random = new RandomFacts(seed);
        for (int round = 0; round < ROUNDS; round++) {
            ClaimFacts facts = random.claim();
            PortClaimStatus status = ClaimStatuses.render(facts, null, NOW).status();

            assertThat(ClaimStatuses.assignmentOf(facts.scope(), throughApi(status)))
                    .as("%s", facts)
                    .isEqualTo(facts.published());
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void equalFactsGiveAnEqualStatusWheneverItIsMade(long seed) {
        RandomFacts random = new RandomFacts(seed);
        for (int round = 0; round < ROUNDS; round++) {
            ClaimFacts facts = random.claim();
            PortClaimStatus before = ClaimStatuses.render(random.claim(), null, NOW.minusSeconds(60))
                    .status();
            PortClaimStatus first = ClaimStatuses.render(facts, before, NOW).status();
            PortClaimStatus again = ClaimStatuses.render(facts, throughApi(first), NOW.plusSeconds(60))
                    .status();

            assertThat(again).as("%s", facts).isEqualTo(first);
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void phaseConditionsAndCountsAgree(long seed) {
        RandomFacts random = new RandomFacts(seed);
        for (int round = 0; round < ROUNDS; round++) {
            ClaimFacts facts = random.claim();
            PortClaimStatus status = ClaimStatuses.render(facts, null, NOW).status();
            Condition ready = Objects.requireNonNull(status.conditions()).get(0);
            boolean complete = !facts.published().isEmpty()
                    && facts.published().places().containsAll(facts.placesDesired())
                    && !facts.placesDesired().isEmpty();
            ClaimProblems problems = facts.problems();
            boolean blameless =
                    problems.conflict() == null && problems.claim() == null && problems.publication() == null;

            assertThat(ready.status()).as("%s", facts).isEqualTo(complete && blameless ? "True" : "False");
            assertThat(status.phase() == Phase.BOUND).as("%s", facts).isEqualTo("True".equals(ready.status()));
            assertThat(status.phase() == Phase.CONFLICTED).as("%s", facts).isEqualTo(problems.conflict() != null);
            // Why it stalls is said by one of the others too.
            boolean stalls = status.conditions().stream()
                    .limit(4)
                    .anyMatch(condition -> condition.status().equals("False") && STALLING.contains(condition.reason()));
            List<String> always = List.of("Ready", "Assigned", "Published", "Usable");
            assertThat(status.conditions().stream().map(Condition::type).limit(4))
                    .containsExactlyElementsOf(always);
            assertThat(status.conditions().stream().map(Condition::type).skip(4))
                    .as("%s", facts)
                    .isEqualTo(stalls ? List.of("Stalled") : List.of());
            assertThat(status.conditions()).allSatisfy(condition -> {
                assertThat(condition.observedGeneration()).isEqualTo(facts.generation());
                assertThat(condition.message()).isNotBlank().doesNotContain("null");
            });
            if (facts.scope() == Scope.NODE) {
                assertThat(status.nodesAssigned()).isBetween(0, status.nodesDesired());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void theReasonsThatComeWithAStatusAreThoseOfItsConditions(long seed) {
        RandomFacts random = new RandomFacts(seed);
        for (int round = 0; round < ROUNDS; round++) {
            ClaimFacts facts = random.claim();
            RenderedStatus rendered = ClaimStatuses.render(facts, null, NOW);

            assertThat(text(rendered.waitsFor())).as("%s", facts).isEqualTo(refusalIn(rendered, "Ready"));
            assertThat(text(rendered.unusable())).as("%s", facts).isEqualTo(refusalIn(rendered, "Usable"));
            String unpublished = refusalIn(rendered, "Published");
            assertThat(text(rendered.unpublished()))
                    .as("%s", facts)
                    .isEqualTo(unpublished.startsWith("NotAssigned: ") ? "nothing" : unpublished);
        }
    }

    private static String refusalIn(RenderedStatus rendered, String type) {
        return ClaimStatuses.condition(rendered.status(), type)
                .filter(condition -> condition.status().equals("False"))
                .map(condition -> condition.reason() + ": " + condition.message())
                .orElse("nothing");
    }

    private static String text(@Nullable Refusal refusal) {
        return refusal == null ? "nothing" : refusal.reason() + ": " + refusal.message();
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void aConfigMapSaysWhatIsHeld(long seed) {
        RandomFacts random = new RandomFacts(seed);
        for (int round = 0; round < ROUNDS; round++) {
            Scope scope = random.scope();
            SortedSet<String> nodes = random.nodes();
            String nodeName = scope == Scope.NODE && nodes.size() == 1 ? nodes.first() : null;
            Assignment assignment = random.assignment(scope, nodes);
            Map<String, String> data = ConfigMapData.render(scope, nodeName, assignment);

            assertThat(ConfigMapData.parse(scope, nodeName, data, Believed.ALL))
                    .as("%s %s %s", scope, nodeName, assignment)
                    .isEqualTo(Optional.of(assignment).filter(held -> !held.isEmpty()));
            assertThat(data.keySet()).allMatch(key -> key.matches("[-._a-zA-Z0-9]{1,253}"));
        }
    }

    @Test
    void noTwoPortNamesShareAVariable() {
        RandomFacts random = new RandomFacts(7);
        Set<String> names = new HashSet<>();
        Map<String, String> owners = new HashMap<>();
        for (int i = 0; i < 20_000; i++) {
            names.add(random.portName());
        }
        for (String name : names) {
            String prefix = variablePrefix(name);
            for (String variable : List.of(prefix + "_PORT", prefix + "_PORT_END", prefix + "_PORT_PROTOCOL")) {
                assertThat(owners.put(variable, name)).as(variable).isNull();
            }
        }
        assertThat(names).hasSizeGreaterThan(10_000).contains("http", "http-port", "http-port-end");
    }

    private static String variablePrefix(String name) {
        Assignment assignment =
                Assignment.at(Place.EVERYWHERE, List.of(new PortGrant(name, TransportProtocol.TCP, 1, 1)));
        String variable = ConfigMapData.render(Scope.CLUSTER, null, assignment).firstKey();
        assertThat(variable).matches("[A-Z][A-Z0-9_]*_PORT");
        return variable.substring(0, variable.length() - "_PORT".length());
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void nonsenseIsLeftOutAndNeverFails(long seed) {
        RandomFacts random = new RandomFacts(seed);
        for (int round = 0; round < ROUNDS; round++) {
            Map<String, String> data = new HashMap<>(
                    ConfigMapData.render(Scope.CLUSTER, null, random.assignment(Scope.CLUSTER, Set.of())));
            data.replaceAll((key, value) -> random.maybe(key) == null ? random.text() : value);
            data.put(random.text(), random.text());
            data.put("ports.json", random.text());
            data.put("node-a.env", random.text());

            for (Scope scope : Scope.values()) {
                for (String nodeName : Arrays.asList("node-a", null)) {
                    ConfigMapData.parse(scope, nodeName, data, Believed.ALL)
                            .ifPresent(read -> assertRendersAgain(scope, nodeName, read));
                }
                Assignment read = ClaimStatuses.assignmentOf(scope, nonsense(random));
                if (!read.isEmpty()) {
                    assertRendersAgain(scope, null, read);
                }
            }
        }
    }

    /** Whatever was read is legal: it goes through a ConfigMap unharmed, but for names that were there twice. */
    private static void assertRendersAgain(Scope scope, @Nullable String nodeName, Assignment read) {
        Map<String, String> data = ConfigMapData.render(scope, nodeName, read);
        assertThat(data.keySet()).allMatch(key -> key.matches("[-._a-zA-Z0-9]{1,253}"));
        assertThat(data.values()).allMatch(value -> !value.contains("$"));
        assertThat(ConfigMapData.parse(scope, nodeName, data, Believed.ALL)
                        .orElseThrow()
                        .places())
                .isEqualTo(read.places());
    }

    private static PortClaimStatus nonsense(RandomFacts random) {
        List<AssignedPort> ports = new ArrayList<>();
        List<NodeAssignment> nodes = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            ports.add(random.maybe(new AssignedPort(
                    random.maybe(i % 2 == 0 ? random.portName() : random.text()),
                    random.maybe(TransportProtocol.UDP),
                    random.maybe(random.number()),
                    random.maybe(random.number()))));
            List<String> names = Stream.of("node-a", "*", random.text())
                    .map(random::maybe)
                    .collect(Collectors.toCollection(ArrayList::new));
            nodes.add(random.maybe(new NodeAssignment(random.maybe(names), random.maybe(ports), null)));
        }
        return new PortClaimStatus(null, null, null, null, null, null, null, ports, random.maybe(nodes), null);
    }

    private static PortClaimStatus throughApi(PortClaimStatus status) {
        return API.unmarshal(API.asJson(status), PortClaimStatus.class);
    }

    @Test
    void theCasesCoverWhatTheyShould() {
        RandomFacts random = new RandomFacts(1);
        Set<String> seen = new TreeSet<>();
        for (int i = 0; i < 5_000; i++) {
            PortClaimStatus status =
                    ClaimStatuses.render(random.claim(), null, NOW).status();
            Objects.requireNonNull(status.conditions())
                    .forEach(condition -> seen.add(condition.type() + "=" + condition.status()));
            seen.add(String.valueOf(status.phase()));
        }
        assertThat(seen)
                .containsExactly(
                        "Assigned=False",
                        "Assigned=True",
                        "BOUND",
                        "CONFLICTED",
                        "PENDING",
                        "Published=False",
                        "Published=True",
                        "Ready=False",
                        "Ready=True",
                        "Stalled=True",
                        "Usable=False",
                        "Usable=True",
                        "Usable=Unknown");
    }
}
