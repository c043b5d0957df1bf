package dev.stowbook.cgroup.v1;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.stowbook.spi.cgroup.CgroupCapability;
import dev.stowbook.spi.cgroup.CgroupDriver;
import dev.stowbook.testkit.RecordingDriverContext;
import dev.stowbook.testkit.cgroup.CgroupDriverContract;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The contract on this host's hierarchies: with a v2 core where there is one. */
class DriverContractTest extends CgroupDriverContract {
    @Override
    protected CgroupDriver open(RecordingDriverContext context) throws Exception {
        return new CgroupProvider().open(context);
    }

    /** Of its controllers v1 hosts lack some; v1 itself lacks what v2 invented. */
    @Override
    protected Set<CgroupCapability> unsupported() {
        return EnumSet.complementOf(EnumSet.copyOf(new CgroupProvider().capabilities()));
    }

    @Test
    void c18_theCapabilitiesAreThoseOfTheHostsFiles() throws Exception {
        var can = new CgroupProvider().capabilities();
        assertFalse(can.contains(CgroupCapability.MEMORY_GUARANTEE) || can.contains(CgroupCapability.OOM_GROUP), "v1 has neither");
        for (var file : Map.of(
                CgroupCapability.CPU, "cpu/cpu.shares", CgroupCapability.CPU_BURST, "cpu/cpu.cfs_burst_us",
                CgroupCapability.CPUSET, "cpuset/cpuset.cpus", CgroupCapability.MEMORY, "memory/memory.limit_in_bytes",
                CgroupCapability.SWAP, "memory/memory.memsw.limit_in_bytes", CgroupCapability.SWAPPINESS, "memory/memory.swappiness",
                CgroupCapability.IO, "blkio/blkio.throttle.read_bps_device", CgroupCapability.PIDS, "pids/tasks",
                CgroupCapability.HUGETLB, "hugetlb/tasks", CgroupCapability.NET_CLASS, "net_cls/net_cls.classid").entrySet()) {
            assertEquals(Files.exists(Path.of("/sys/fs/cgroup", file.getValue())), can.contains(file.getKey()), file.toString());
        }
    }
}
