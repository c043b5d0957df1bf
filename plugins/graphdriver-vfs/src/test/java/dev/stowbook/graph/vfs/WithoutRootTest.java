package dev.stowbook.graph.vfs;

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
    private static final Set<String> ROOTS_ALONE = Set.of(
            "VfsContractTest.attributesOfEveryKindOfFileAreKept",
            "VfsContractTest.directoriesMadeOnTheWayTakeNoGroupFromTheOneAbove",
            "VfsContractTest.readOnlyLayersRefuseWrites");

    @Test
    void theContractsRunOnARealDirectoryAndSayWhatTheySkip(@TempDir Path directory) throws Exception {
        OrdinaryUser ran = OrdinaryUser.running(directory, VfsContractTest.class, VfsHostileTest.class, VfsCapabilityTest.class,
                VfsCrashTest.class, VfsPowerLossTest.class, VfsCopyTest.class);
        assertEquals(ROOTS_ALONE, ran.lackingRoot().keySet());
        ran.reasons().forEach(reason -> assertTrue(reason.startsWith("needs root, since "), reason));
        assertTrue(ran.passed() >= 38, "only " + ran.passed() + " tests ran");
    }
}
