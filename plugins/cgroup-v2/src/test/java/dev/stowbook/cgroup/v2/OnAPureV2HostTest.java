package dev.stowbook.cgroup.v2;

import dev.stowbook.testkit.RequiresRoot;
import dev.stowbook.testkit.guest.Guest;
import dev.stowbook.testkit.guest.GuestKernel;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;

/** The driver where v2 owns all controllers: the whole contract and all limits, in User Mode Linux. */
@RequiresRoot
class OnAPureV2HostTest {
    @TestFactory
    Stream<DynamicNode> inUserModeLinux() throws Exception {
        return Guest.on(GuestKernel.UML)
                .within(Duration.ofMinutes(6))
                .mustRun("c4", "c5", "c7", "c8", "c9", "c10", "c11", "c12", "c13", "c14", "c20", "c22", "c26")
                .run(DriverContractTest.class, LimitsOnTheKernelTest.class, ControllersOnTheKernelTest.class,
                        DiskOnTheKernelTest.class, AccountingOnTheKernelTest.class);
    }
}
