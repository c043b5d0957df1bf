package dev.stowbook.cgroup.v1;

import dev.stowbook.testkit.RequiresRoot;
import dev.stowbook.testkit.guest.Guest;
import dev.stowbook.testkit.guest.GuestKernel;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;

/** The driver with systemd as its manager, under a real one with v1 hierarchies, in User Mode Linux. */
@RequiresRoot
class UnderSystemdTest {
    @TestFactory
    Stream<DynamicNode> inUserModeLinux() throws Exception {
        return Guest.on(GuestKernel.UML)
                .startedBy(Guest.Start.SYSTEMD_V1)
                .within(Duration.ofMinutes(6))
                .mustRun("c1", "c7", "c10", "c12", "c13", "c21", "c22", "c23", "c28")
                .run(UnitContractTest.class, UnitsTest.class);
    }
}
