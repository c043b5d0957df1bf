package dev.stowbook.network.bridge;

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
        OrdinaryUser ran = OrdinaryUser.running(directory, BridgeNetworkDriverContractTest.class, BridgeCrashTest.class,
                BridgeNetworkDriverProviderTest.class);
        assertTrue(ran.passed() >= 3, "only " + ran.passed() + " tests of what needs no kernel ran");
        assertTrue(ran.lackingRoot().size() >= 15, ran.lackingRoot().toString());
        assertEquals(
                Set.of("needs root, since namespaces, links and rules of the firewall are made by root alone"), ran.reasons());
    }
}
