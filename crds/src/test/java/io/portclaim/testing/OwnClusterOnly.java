package io.portclaim.testing;

import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Skips tests that need a cluster of their own where {@value LocalCluster#KUBECONFIG_VARIABLE} names another. */
public class OwnClusterOnly implements ExecutionCondition {
    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        return System.getenv(LocalCluster.KUBECONFIG_VARIABLE) == null
                ? ConditionEvaluationResult.enabled("the tests start their own cluster")
                : ConditionEvaluationResult.disabled(
                        "needs a cluster of its own; runs without " + LocalCluster.KUBECONFIG_VARIABLE);
    }
}
