package dev.stowbook.cgroup.v1;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Skips loudly where no systemd runs v1 hierarchies; UnderSystemdTest runs these tests in a guest then. */
final class WhereSystemdIsInit implements ExecutionCondition {
    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        if (Files.isDirectory(Path.of("/run/systemd/system")) && Files.isDirectory(Path.of("/sys/fs/cgroup/systemd/system.slice"))) {
            return ConditionEvaluationResult.enabled("systemd is the first process, on v1 hierarchies");
        }
        String reason = "SKIPPED " + context.getDisplayName() + " on this host: systemd is not its first process, or has no v1 hierarchies; UnderSystemdTest runs it";
        System.err.println(reason);
        return ConditionEvaluationResult.disabled(reason);
    }
}
