package dev.stowbook.cgroup.v2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.stowbook.linux.cgroup.CgroupFiles;
import dev.stowbook.linux.cgroup.CgroupHierarchies;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.Observation.PressureRose;
import dev.stowbook.spi.cgroup.CgroupDriver;
import dev.stowbook.spi.cgroup.PressureTrigger;
import dev.stowbook.testkit.RecordingDriverContext;
import dev.stowbook.testkit.cgroup.CgroupDriverFixture;
import dev.stowbook.testkit.cgroup.Limits;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** cpuset and pressure, for which it takes a kernel with two processors and PSI; OnADistributionsKernelTest boots one. */
@ExtendWith(WhereV2OwnsTheControllers.class)
class ProcessorsOnTheKernelTest extends CgroupDriverFixture {
    private static final String BUSY = "while :; do :; done";

    @BeforeEach
    void onlyWithCpusetAndPressure() throws Exception {
        assumeTrue(CgroupHierarchies.detect(CgroupFiles.real()).v2Controllers().contains("cpuset"), "this kernel has no cpuset");
        assumeTrue(Files.exists(Path.of("/proc/pressure/cpu")), "this kernel has no PSI");
    }

    @Override
    protected CgroupDriver open(RecordingDriverContext context) throws Exception {
        return new CgroupProvider().open(context);
    }

    @Test
    void c6_aProcessMayRunOnTheProcessorsOfItsGroupAndOneThatIsNotThereIsRefusedBeforehand() throws Exception {
        create(pod);
        create(container, Limits.of().cpus("1"));
        try (var process = start(container, "exec sleep 60")) {
            assertTrue(process.proc("status").lines().anyMatch(line -> line.matches("Cpus_allowed_list:\\s+1")), process.proc("status"));
            update(container, Limits.of().cpus("0-1"));
            assertTrue(process.proc("status").lines().anyMatch(line -> line.matches("Cpus_allowed_list:\\s+0-1")), process.proc("status"));
            driver.kill(target(container));
        }
        var refused = assertThrows(DriverException.class, () -> update(container, Limits.of().cpus("0-9")));
        assertEquals(DriverErrorCode.INVALID, refused.code());
    }

    @Test
    void c26_whoWaitsForAProcessorRaisesThePressureOfItsGroup() throws Exception {
        create(pod);
        create(container, Limits.of().cpus("1"));
        var trigger = new PressureTrigger(
                PressureTrigger.Resource.CPU, PressureTrigger.Kind.SOME, Duration.ofMillis(200), Duration.ofSeconds(1));
        watch(container, trigger);
        try (var one = start(container, BUSY); var two = start(container, BUSY)) {
            var rose = context.await(PATIENCE, PressureRose.class::isInstance);
            assertEquals(container.path(), rose.orElseThrow().target());
            assertTrue(one.isAlive() && two.isAlive());
            assertTrue(driver.stats(target(container)).pressure().cpu().isPresent());
            driver.kill(target(container));
        }
    }
}
