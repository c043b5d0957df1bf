package dev.stowbook.testkit;

import java.io.IOException;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A test or class that needs root on a real kernel. Elsewhere it is skipped, loudly: the reason goes to standard error as well
 * as into the report. With {@code -Dstowbook.requireRoot=true} (as CI sets it) it fails instead.
 */
@Inherited
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(RequiresRoot.Condition.class)
public @interface RequiresRoot {

    /** Decides by the effective user id in {@code /proc/self/status} (proc_pid_status(5)). */
    final class Condition implements ExecutionCondition {
        /** JUnit makes it. */
        public Condition() {}

        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            if (isRoot()) {
                return ConditionEvaluationResult.enabled("running as root");
            }
            String reason = "SKIPPED " + context.getDisplayName() + ": needs root, run it with sudo or in a virtual machine";
            if (Boolean.getBoolean("stowbook.requireRoot")) {
                throw new IllegalStateException(reason);
            }
            System.err.println(reason);
            return ConditionEvaluationResult.disabled(reason);
        }

        private static boolean isRoot() {
            try {
                return Files.readAllLines(Path.of("/proc/self/status")).stream()
                        .filter(line -> line.startsWith("Uid:"))
                        .anyMatch(line -> line.split("\\s+")[2].equals("0"));
            } catch (IOException e) {
                return false;
            }
        }
    }
}
