package dev.stowbook.testkit.fault;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * What the kit makes of a driver.
 *
 * @param passed tests the driver keeps
 * @param failed tests it does not
 */
public record Verdict(Set<String> passed, Set<String> failed) {

    /**
     * Runs a test of a contract, in this JVM and on this thread.
     *
     * @param contract a concrete class of it, with a constructor without arguments
     * @param test the test's method
     */
    public static Verdict of(Class<?> contract, String test) {
        LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                .selectors(List.of(DiscoverySelectors.selectMethod(contract, test)))
                .build();
        Set<String> passed = new TreeSet<>();
        Set<String> failed = new TreeSet<>();
        LauncherFactory.create().execute(request, new TestExecutionListener() {
            @Override
            public void executionFinished(TestIdentifier test, TestExecutionResult result) {
                if (test.isTest()) {
                    (result.getStatus() == TestExecutionResult.Status.SUCCESSFUL ? passed : failed).add(test.getDisplayName());
                }
            }
        });
        return new Verdict(passed, failed);
    }

    /** Whether the kit refused the driver by this test, and no other test was run. */
    public boolean rejected() {
        return passed.isEmpty() && failed.size() == 1;
    }
}
