package dev.stowbook.graph.overlay;

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
    void theContractsAreSkippedWithTheReason(@TempDir Path directory) throws Exception {
        OrdinaryUser ran = OrdinaryUser.running(directory, OverlayContractTest.class, OverlayHostileTest.class, OverlayCapabilityTest.class,
                OverlayCrashTest.class, OverlayPowerLossTest.class);
        assertEquals(0, ran.passed());
        assertTrue(ran.lackingRoot().size() >= 35, ran.lackingRoot().toString());
        assertEquals(
                Set.of("needs root, since an overlay is mounted, and its marks are set, by root alone"), ran.reasons());
    }
}
