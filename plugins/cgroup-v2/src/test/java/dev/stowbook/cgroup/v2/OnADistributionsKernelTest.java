package dev.stowbook.cgroup.v2;

import dev.stowbook.testkit.RequiresRoot;
import dev.stowbook.testkit.guest.Guest;
import dev.stowbook.testkit.guest.GuestKernel;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** What User Mode Linux lacks, on Debian's kernel in qemu; slow, so with full rounds only. */
@RequiresRoot
@EnabledIfSystemProperty(named = "stowbook.tests", matches = "all", disabledReason = "bin/test --all boots Debian's kernel in qemu for it")
class OnADistributionsKernelTest {
    @TestFactory
    Stream<DynamicNode> inQemu() throws Exception {
        return Guest.on(GuestKernel.QEMU)
                .within(Duration.ofMinutes(15))
                .mustRun("c6", "c26")
                .run(ProcessorsOnTheKernelTest.class);
    }
}
