package dev.stowbook.cgroup.v2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.stowbook.spi.cgroup.CgroupDriver;
import dev.stowbook.spi.cgroup.CgroupStats;
import dev.stowbook.testkit.RecordingDriverContext;
import dev.stowbook.testkit.cgroup.CgroupDriverFixture;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What v2 counts of every group, and groups whose threads a container distributes itself. */
class AccountingOnTheKernelTest extends CgroupDriverFixture {
    @Override
    protected CgroupDriver open(RecordingDriverContext context) throws Exception {
        return new CgroupProvider().open(context);
    }

    private double systemPart(String script) throws Exception {
        CgroupStats before = driver.stats(target(container));
        try (var busy = start(container, script)) {
            Thread.sleep(1500);
            CgroupStats after = driver.stats(target(container));
            driver.kill(target(container));
            assertEquals(137, busy.exitStatus(PATIENCE));
            double user = after.cpu().userNanos().orElseThrow() - before.cpu().userNanos().orElseThrow();
            double system = after.cpu().systemNanos().orElseThrow() - before.cpu().systemNanos().orElseThrow();
            assertEquals(after.cpu().usageNanos().orElseThrow() - before.cpu().usageNanos().orElseThrow(), user + system, 2e7);
            return system / (user + system);
        }
    }

    @Test
    void c15_aLoadOfSystemCallsRaisesSystemTimeMoreThanUserTime() throws Exception {
        assumeFalse(Files.readString(Path.of("/proc/cpuinfo")).contains("User Mode Linux"), "it counts all time as the user's");
        create(pod);
        create(container);
        double calculating = systemPart("while :; do :; done");
        double calling = systemPart("exec dd if=/dev/zero of=/dev/null bs=64k");
        assertTrue(calling > 0.5, "dd spends its time in the kernel, but only " + calling + " was counted there");
        assertTrue(calling > calculating, "a loop of the shell had " + calculating + ", dd " + calling);
    }

    /** cgroup-v2.rst "Threads": in a threaded group cgroup.procs cannot be read; its processes are the domain's above. */
    @Test
    void c20_aGroupThatDistributesItsThreadsIsStillListedFrozenKilledAndRemoved() throws Exception {
        create(pod);
        create(container);
        Path group = driver.placement(target(container)).directory().orElseThrow();
        Path inner = group.resolve("threads");
        try (var process = start(container, "mkdir " + inner + "; echo threaded > " + inner + "/cgroup.type; echo $$ > " + inner
                + "/cgroup.threads; echo moved; exec sleep 60")) {
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (!Files.exists(inner.resolve("cgroup.threads")) || Files.readString(inner.resolve("cgroup.threads")).isEmpty()) {
                assertTrue(System.nanoTime() < deadline, "the thread was moved");
                Thread.sleep(10);
            }
            assertEquals("domain threaded", Files.readString(group.resolve("cgroup.type")).strip());
            assertEquals(java.util.List.of(process.pid()), driver.processes(target(container)));
            driver.freeze(target(container));
            assertEquals(1, driver.kill(target(container)));
            assertEquals(137, process.exitStatus(PATIENCE));
        }
        driver.destroy(target(container));
        assertTrue(Files.notExists(group));
    }
}
