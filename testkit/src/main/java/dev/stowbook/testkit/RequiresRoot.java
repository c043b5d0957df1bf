package dev.stowbook.testkit;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * A test or class that needs root on a real kernel. Elsewhere it is skipped, loudly: the reason goes to standard error as well
 * as into the report. With {@code -Dstowbook.requireRoot=true} (as CI sets it) it fails instead.
 */
@Inherited
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(RequiresRoot.Condition.class)
public @interface RequiresRoot {

    /** What root is needed for, if it is not the whole machinery. */
    String value() default "";

    /** Decides by the effective user id. */
    final class Condition implements ExecutionCondition {
        /** JUnit makes it. */
        public Condition() {}

        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            if (Self.isRoot()) {
                return ConditionEvaluationResult.enabled("running as root");
            }
            String why = AnnotationSupport.findAnnotation(context.getElement(), RequiresRoot.class).map(RequiresRoot::value).orElse("");
            String reason = "SKIPPED " + context.getDisplayName() + ": needs root" + (why.isEmpty() ? "" : ", since " + why)
                    + "; run it with sudo or in a virtual machine";
            if (Boolean.getBoolean("stowbook.requireRoot")) {
                throw new IllegalStateException(reason);
            }
            System.err.println(reason);
            return ConditionEvaluationResult.disabled(reason);
        }
    }
}
