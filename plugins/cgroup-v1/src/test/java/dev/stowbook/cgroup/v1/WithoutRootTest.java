package dev.stowbook.cgroup.v1;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.testkit.OrdinaryUser;
import dev.stowbook.testkit.RequiresRoot;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@RequiresRoot("it becomes another user")
class WithoutRootTest {
    @Test
    void theBytesAreWrittenToARealDirectoryAndWhatTheKernelMakesOfThemIsSkippedWithTheReason(@TempDir Path directory) throws Exception {
        OrdinaryUser ran = OrdinaryUser.running(directory, FakeHierarchiesTest.class, LimitPlanTest.class, DriverContractTest.class, CrashTest.class);
        assertTrue(ran.passed() >= 10, "only " + ran.passed() + " tests ran");
        assertTrue(ran.lackingRoot().size() >= 20, ran.lackingRoot().toString());
        assertEquals(Set.of("needs root, since control groups are made, and limited, by root alone"), ran.reasons());
    }
}
