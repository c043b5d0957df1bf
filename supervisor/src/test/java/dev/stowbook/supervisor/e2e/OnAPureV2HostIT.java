package dev.stowbook.supervisor.e2e;

import dev.stowbook.supervisor.keeper.InnerGroupsTest;
import dev.stowbook.testkit.RequiresRoot;
import dev.stowbook.testkit.guest.Guest;
import dev.stowbook.testkit.guest.GuestKernel;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;

/** Daemon and keeper where v2 owns all controllers, in User Mode Linux. */
@RequiresRoot
class OnAPureV2HostIT {
    @TestFactory
    Stream<DynamicNode> inUserModeLinux() throws Exception {
        return Guest.on(GuestKernel.UML).within(Duration.ofMinutes(4)).mustRun("c7", "c26", "n14").run(PureV2IT.class, InnerGroupsTest.class);
    }

    @TestFactory
    Stream<DynamicNode> underSystemd() throws Exception {
        return Guest.on(GuestKernel.UML).startedBy(Guest.Start.SYSTEMD).within(Duration.ofMinutes(4)).mustRun("c23", "c24").run(SystemdIT.class);
    }
}
