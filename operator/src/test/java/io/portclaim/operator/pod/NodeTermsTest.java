package io.portclaim.operator.pod;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NodeTermsTest {
    private static final Map<String, String> LABELS = Map.of("zone", "z1", "size", "8", "name", "big");

    private static Affinity affinity(String terms) {
        return Serialization.unmarshal(
                "nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: %s}}"
                        .formatted(terms),
                Affinity.class);
    }

    private static boolean matches(String terms) {
        return NodeTerms.match(NodeTerms.of(affinity(terms)), "node-a", LABELS);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "true  | [{matchExpressions: [{key: zone, operator: In, values: [z0, z1]}]}]",
                "false | [{matchExpressions: [{key: zone, operator: In, values: [z0]}]}]",
                "false | [{matchExpressions: [{key: rack, operator: In, values: [z1]}]}]",
                "true  | [{matchExpressions: [{key: rack, operator: NotIn, values: [z1]}]}]",
                "false | [{matchExpressions: [{key: zone, operator: NotIn, values: [z1]}]}]",
                "true  | [{matchExpressions: [{key: zone, operator: Exists}]}]",
                "false | [{matchExpressions: [{key: rack, operator: Exists}]}]",
                "true  | [{matchExpressions: [{key: rack, operator: DoesNotExist}]}]",
                "true  | [{matchExpressions: [{key: size, operator: Gt, values: ['7']}]}]",
                "false | [{matchExpressions: [{key: size, operator: Gt, values: ['8']}]}]",
                "true  | [{matchExpressions: [{key: size, operator: Lt, values: ['9']}]}]",
                "false | [{matchExpressions: [{key: name, operator: Gt, values: ['1']}]}]",
                "false | [{matchExpressions: [{key: rack, operator: Lt, values: ['9']}]}]",
                "true  | [{matchFields: [{key: metadata.name, operator: In, values: [node-a]}]}]",
                "false | [{matchFields: [{key: metadata.name, operator: In, values: [node-b]}]}]",
                "false | [{matchFields: [{key: metadata.name, operator: In, values: [node-a]}], matchExpressions: [{key: zone, operator: In, values: [z0]}]}]",
                "true  | [{matchExpressions: [{key: zone, operator: In, values: [z0]}]}, {matchExpressions: [{key: zone, operator: Exists}]}]",
                "false | [{}]",
                "false | []",
            })
    void matchesAsTheSchedulerDoes(boolean expected, String terms) {
        assertThat(matches(terms)).isEqualTo(expected);
    }

    @Test
    void withoutTermsEveryNodeMatches() {
        assertThat(NodeTerms.match(NodeTerms.of(null), "node-a", Map.of())).isTrue();
        assertThat(NodeTerms.match(NodeTerms.of(new Affinity()), "node-a", Map.of()))
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "a | [{matchFields: [{key: metadata.name, operator: In, values: [a]}]}]",
                "a | [{matchFields: [{key: metadata.name, operator: In, values: [a]}]}, {matchFields: [{key: metadata.name, operator: In, values: [a]}], matchExpressions: [{key: x, operator: Exists}]}]",
                "  | [{matchFields: [{key: metadata.name, operator: In, values: [a]}]}, {matchFields: [{key: metadata.name, operator: In, values: [b]}]}]",
                "  | [{matchFields: [{key: metadata.name, operator: In, values: [a]}]}, {matchExpressions: [{key: x, operator: Exists}]}]",
                "  | [{matchFields: [{key: metadata.name, operator: NotIn, values: [a]}]}]",
                "  | []",
            })
    void findsTheOnlyNodeThatIsAllowed(String node, String terms) {
        assertThat(NodeTerms.onlyNode(NodeTerms.of(affinity(terms))).orElse(null))
                .isEqualTo(node);
    }
}
