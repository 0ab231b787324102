package io.portclaim.operator.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SelectorsTest {
    /** As k8s.io/apimachinery's Requirement.Matches has it: NotIn also selects what lacks the key. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "{matchLabels: {a: '1'}}                                        | a=1     | true",
                "{matchLabels: {a: '1'}}                                        | a=2     | false",
                "{matchLabels: {a: '1'}}                                        | b=1     | false",
                "{matchLabels: {a: '1', b: '2'}}                                | a=1,b=2 | true",
                "{matchLabels: {a: '1', b: '2'}}                                | a=1     | false",
                "{matchLabels: {a: ''}}                                         | a=      | true",
                "{matchLabels: {a: ''}}                                         | b=1     | false",
                "{matchExpressions: [{key: a, operator: In, values: ['1','2']}]} | a=2    | true",
                "{matchExpressions: [{key: a, operator: In, values: ['1','2']}]} | a=3    | false",
                "{matchExpressions: [{key: a, operator: In, values: ['1','2']}]} | b=1    | false",
                "{matchExpressions: [{key: a, operator: NotIn, values: ['1']}]}  | a=2    | true",
                "{matchExpressions: [{key: a, operator: NotIn, values: ['1']}]}  | a=1    | false",
                "{matchExpressions: [{key: a, operator: NotIn, values: ['1']}]}  | b=1    | true",
                "{matchExpressions: [{key: a, operator: Exists}]}               | a=      | true",
                "{matchExpressions: [{key: a, operator: Exists}]}               | b=1     | false",
                "{matchExpressions: [{key: a, operator: DoesNotExist}]}         | a=1     | false",
                "{matchExpressions: [{key: a, operator: DoesNotExist}]}         | b=1     | true",
                "{matchExpressions: [{key: a, operator: exists}]}               | a=1     | false",
                "{matchLabels: {a: '1'}, matchExpressions: [{key: b, operator: Exists}]} | a=1 | false",
                "{matchLabels: {a: '1'}, matchExpressions: [{key: b, operator: Exists}]} | a=1,b=x | true",
                "{}                                                             | a=1     | true"
            })
    void selectsAsTheApiServerDoes(String selector, String labels, boolean selected) {
        Map<String, String> parsed = Arrays.stream(labels.split(","))
                .map(label -> label.split("=", 2))
                .collect(Collectors.toMap(label -> label[0], label -> label[1]));

        assertThat(Selectors.matches(Serialization.unmarshal("---\n" + selector, LabelSelector.class), parsed))
                .isEqualTo(selected);
    }

    @Test
    void noSelectorSelectsEverything() {
        assertThat(Selectors.matches(null, Map.of())).isTrue();
        assertThat(Selectors.matches(new LabelSelectorBuilder().build(), Map.of()))
                .isTrue();
    }
}
