package dev.stowbook.cgroup.v2;

import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Skips loudly where v1 owns the controllers; OnAPureV2HostTest runs these tests in a guest then. */
final class WhereV2OwnsTheControllers implements ExecutionCondition {
    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        var health = new CgroupProvider().probe();
        if (health.usable()) {
            return ConditionEvaluationResult.enabled(health.reason());
        }
        String reason = "SKIPPED " + context.getDisplayName() + " on this host: " + health.reason() + "; OnAPureV2HostTest runs it";
        System.err.println(reason);
        return ConditionEvaluationResult.disabled(reason);
    }
}
