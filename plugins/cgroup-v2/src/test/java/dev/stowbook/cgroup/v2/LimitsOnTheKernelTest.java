package dev.stowbook.cgroup.v2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.linux.cgroup.CgroupFiles;
import dev.stowbook.linux.cgroup.CgroupHierarchies;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.cgroup.CgroupDriver;
import dev.stowbook.spi.cgroup.CreateGroupRequest;
import dev.stowbook.spi.cgroup.DeviceRule;
import dev.stowbook.testkit.RecordingDriverContext;
import dev.stowbook.testkit.cgroup.CgroupDriverFixture;
import dev.stowbook.testkit.cgroup.Limits;
import dev.stowbook.testkit.cgroup.PlacedProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** What works of v2 on a host whose v2 tree may own no controller: the core files, device programs, accounting of CPU time. */
class LimitsOnTheKernelTest extends CgroupDriverFixture {
    @Override
    protected CgroupDriver open(RecordingDriverContext context) throws Exception {
        return new CgroupProvider().open(context);
    }

    private Path directory() throws DriverException {
        return driver.placement(target(container)).directory().orElseThrow();
    }

    private static DeviceRule rule(boolean allow, char type, OptionalInt major, OptionalInt minor, String access) {
        return new DeviceRule(allow, type, major, minor, access);
    }

    private static OptionalInt n(int number) {
        return OptionalInt.of(number);
    }

    @Test
    void c11_onlyAllowedDevicesCanBeUsed() throws Exception {
        create(pod);
        OptionalInt any = OptionalInt.empty();
        var limits = Limits.of().devices(
                rule(true, 'c', any, any, "m"), rule(true, 'b', n(7), any, "m"), rule(false, 'b', n(7), n(99), "m"),
                rule(true, 'c', n(1), n(3), "rwm"), rule(true, 'c', n(1), n(5), "r"), rule(true, 'c', n(1), n(7), "rwm"),
                rule(false, 'c', n(1), n(7), "w"));
        driver.create(new CreateGroupRequest(container, limits.build(), "1/create"));
        String node = directory.resolve("node").toString();
        String script = "cat /dev/null && echo null; head -c 1 /dev/zero | wc -c; cat /dev/random 2>/dev/null || echo random;"
                + " (: < /dev/full) && echo read; (: > /dev/full) 2>/dev/null || echo write; (: <> /dev/full) 2>/dev/null || echo both;"
                + " mknod " + node + "1 c 1 9 && echo char; mknod " + node + "2 b 7 98 && echo block;"
                + " mknod " + node + "3 b 7 99 2>/dev/null || echo denied";
        try (var process = start(container, script)) {
            assertEquals("null\n1\nrandom\nread\nwrite\nboth\nchar\nblock\ndenied\n", process.output());
        }
        assertFalse(Files.exists(Path.of(node + "3")));
    }

    @Test
    void c11_newRulesTakeThePlaceOfTheOld() throws Exception {
        create(pod);
        var onlyNull = Limits.of().devices(rule(true, 'c', n(1), n(3), "rwm"));
        var onlyZero = Limits.of().devices(rule(true, 'c', n(1), n(5), "rwm"));
        driver.create(new CreateGroupRequest(container, onlyNull.build(), "1/create"));
        driver.create(new CreateGroupRequest(container, onlyZero.build(), "2/create"));
        try (var process = start(container, "exec 2>&-; (: < /dev/zero) && echo zero; (: < /dev/null) || echo null")) {
            assertEquals("zero\nnull\n", process.output());
        }
    }

    @Test
    void c12_theGroupIsSeenFrozenBeforeItIsKilled() throws Exception {
        create(pod);
        create(container);
        try (var process = start(container, "sleep 60 & wait")) {
            awaitProcesses(container, 2);
            driver.freeze(target(container));
            assertTrue(Files.readString(directory().resolve("cgroup.events")).contains("frozen 1"));
            assertEquals(2, driver.kill(target(container)));
            assertEquals(137, process.exitStatus(PATIENCE));
            awaitProcesses(container, 0);
            assertTrue(Files.readString(directory().resolve("cgroup.events")).contains("frozen 0"));
        }
    }

    @Test
    void c14_everyGroupCountsCpuTime() throws Exception {
        create(pod);
        create(container);
        try (var busy = start(container, "while :; do :; done")) {
            driver.freeze(target(container));
            long nanosBefore = nanos(busy);
            long usageBefore = driver.stats(target(container)).cpu().usageNanos().orElseThrow();
            driver.thaw(target(container));
            Thread.sleep(700);
            driver.freeze(target(container));
            long nanos = nanos(busy) - nanosBefore;
            long usage = driver.stats(target(container)).cpu().usageNanos().orElseThrow() - usageBefore;
            assertEquals(nanos, usage, 0.05 * nanos + 5_000_000);
        }
    }

    /** schedstat counts nanoseconds; the ticks of stat are too coarse where the timer is. */
    private static long nanos(PlacedProcess process) throws Exception {
        return Long.parseLong(process.proc("schedstat").split(" ")[0]);
    }

    @Test
    void c27_aControllerBoundToV1IsNamedAndNothingIsMade() throws Exception {
        var hierarchies = CgroupHierarchies.detect(CgroupFiles.real());
        create(pod);
        if (!hierarchies.v1().containsKey("memory")) {
            driver.create(new CreateGroupRequest(container, Limits.of().memory(1 << 24).build(), "1/create"));
            assertEquals("16777216", Files.readString(directory().resolve("memory.max")).strip());
            return;
        }
        var failure = assertThrows(DriverException.class,
                () -> driver.create(new CreateGroupRequest(container, Limits.of().memory(1 << 24).build(), "1/create")));
        assertEquals(DriverErrorCode.UNSUPPORTED, failure.code());
        assertTrue(failure.getMessage().contains("cgroup_no_v1=memory"), failure.getMessage());
        assertEquals(List.of(), directoriesOf(container));
    }

    @Test
    void theProbeSaysWhetherTheHostIsMeantForV2() throws Exception {
        var hierarchies = CgroupHierarchies.detect(CgroupFiles.real());
        var health = new CgroupProvider().probe();
        assertEquals(hierarchies.v2Controllers().containsAll(List.of("cpu", "memory", "pids")), health.usable(), health.reason());
    }
}
