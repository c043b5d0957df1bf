package dev.stowbook.volume.local;

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
    void crashesOfPlainVolumesAreTriedOnARealDirectoryAndTheRestIsSkippedWithTheReason(@TempDir Path directory) throws Exception {
        OrdinaryUser ran = OrdinaryUser.running(directory, LocalContractTest.class, LocalCrashTest.class, LocalPowerLossTest.class,
                LocalTmpfsCrashTest.class);
        assertEquals(6, ran.passed());
        assertTrue(ran.lackingRoot().size() >= 10, ran.lackingRoot().toString());
        assertEquals(Set.of("needs root, since what volumes stand for is mounted by root alone"), ran.reasons());
    }
}
