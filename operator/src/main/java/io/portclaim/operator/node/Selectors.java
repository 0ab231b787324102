package io.portclaim.operator.node;

import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Label selectors, as the API server evaluates them. */
public final class Selectors {
    private Selectors() {}

    /** Whether {@code labels} are selected; no selector selects everything. */
    public static boolean matches(@Nullable LabelSelector selector, Map<String, String> labels) {
        if (selector == null) {
            return true;
        }
        return selector.getMatchLabels().entrySet().stream()
                        .allMatch(wanted -> wanted.getValue().equals(labels.get(wanted.getKey())))
                && selector.getMatchExpressions().stream().allMatch(wanted -> matches(wanted, labels));
    }

    private static boolean matches(LabelSelectorRequirement wanted, Map<String, String> labels) {
        return matches(wanted.getOperator(), wanted.getValues(), labels.get(wanted.getKey()));
    }

    /** Whether a label's value, null where there is no such label, meets a requirement; one of another operator is never met. */
    public static boolean matches(String operator, List<String> values, @Nullable String value) {
        return switch (operator) {
            case "In" -> value != null && values.contains(value);
            case "NotIn" -> value == null || !values.contains(value);
            case "Exists" -> value != null;
            case "DoesNotExist" -> value == null;
            default -> false;
        };
    }
}
