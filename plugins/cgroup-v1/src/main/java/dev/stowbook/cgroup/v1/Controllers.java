package dev.stowbook.cgroup.v1;

import dev.stowbook.linux.cgroup.CgroupFiles;
import dev.stowbook.linux.cgroup.CgroupHierarchies;
import dev.stowbook.linux.cgroup.StallFiles;
import dev.stowbook.spi.cgroup.CgroupCapability;
import dev.stowbook.spi.cgroup.CgroupLimits;
import dev.stowbook.spi.cgroup.ControllerInfo;
import dev.stowbook.spi.cgroup.ControllerInfo.Version;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Which controllers the host has, who owns each, and what to do about one that is missing. */
final class Controllers {
    private static final List<String> KNOWN = List.of(
            "blkio", "cpu", "cpuacct", "cpuset", "devices", "freezer", "hugetlb", "io", "memory", "misc", "net_cls",
            "net_prio", "perf_event", "pids", "rdma");

    private final CgroupFiles files;
    private final CgroupHierarchies hierarchies;

    Controllers(CgroupFiles files, CgroupHierarchies hierarchies) {
        this.files = files;
        this.hierarchies = hierarchies;
    }

    List<ControllerInfo> list() {
        Set<String> names = new LinkedHashSet<>(KNOWN);
        names.addAll(hierarchies.kernel().keySet());
        return names.stream().sorted().map(this::info).toList();
    }

    private ControllerInfo info(String name) {
        if (hierarchies.v1().containsKey(name)) {
            return new ControllerInfo(name, Version.V1, String.valueOf(hierarchies.v1().get(name)));
        }
        if (hierarchies.v2Controllers().contains(name)) {
            return new ControllerInfo(name, Version.V2, hierarchies.unified().map(Object::toString).orElse(""));
        }
        return new ControllerInfo(name, Version.ABSENT, "");
    }

    Set<CgroupCapability> capabilities(boolean coreIsV2) {
        var can = EnumSet.noneOf(CgroupCapability.class);
        can.add(CgroupCapability.FREEZE);
        if (coreIsV2) {
            can.add(CgroupCapability.ATOMIC_KILL);
        }
        addIf(can, "cpu", CgroupCapability.CPU);
        addIfFile(can, "cpu", "cpu.cfs_burst_us", CgroupCapability.CPU_BURST);
        addIf(can, "cpuset", CgroupCapability.CPUSET);
        addIf(can, "memory", CgroupCapability.MEMORY);
        addIfFile(can, "memory", "memory.memsw.limit_in_bytes", CgroupCapability.SWAP);
        addIfFile(can, "memory", "memory.soft_limit_in_bytes", CgroupCapability.MEMORY_RESERVATION);
        addIfFile(can, "memory", "memory.swappiness", CgroupCapability.SWAPPINESS);
        addIf(can, "pids", CgroupCapability.PIDS);
        addIf(can, "blkio", CgroupCapability.IO);
        // The root group has no weight, but counts what BFQ does.
        addIfFile(can, "blkio", "blkio.bfq.io_service_bytes", CgroupCapability.IO_WEIGHT);
        addIf(can, "hugetlb", CgroupCapability.HUGETLB);
        addIf(can, "net_cls", CgroupCapability.NET_CLASS);
        addIf(can, "devices", CgroupCapability.DEVICES);
        if (hierarchies.v1().containsKey("memory") || (coreIsV2 && StallFiles.hostHasPressure())) {
            can.add(CgroupCapability.PRESSURE);
        }
        return can;
    }

    private void addIf(Set<CgroupCapability> can, String controller, CgroupCapability capability) {
        if (hierarchies.v1().containsKey(controller)) {
            can.add(capability);
        }
    }

    private void addIfFile(Set<CgroupCapability> can, String controller, String file, CgroupCapability capability) {
        Path mount = hierarchies.v1().get(controller);
        if (mount != null && files.exists(mount.resolve(file))) {
            can.add(capability);
        }
    }

    /** A sentence for each controller that the limits need and v1 lacks. */
    List<String> missingFor(CgroupLimits limits) {
        var needed = new ArrayList<String>();
        addIf(needed, limits.cpu().hasTime(), "cpu");
        addIf(needed, limits.cpu().hasCpuset(), "cpuset");
        addIf(needed, !limits.memory().equals(CgroupLimits.Memory.none()), "memory");
        addIf(needed, limits.pids().isPresent(), "pids");
        addIf(needed, limits.io().hasAny(), "blkio");
        addIf(needed, !limits.hugetlb().isEmpty(), "hugetlb");
        addIf(needed, limits.netClass().isPresent(), "net_cls");
        addIf(needed, !limits.devices().isEmpty(), "devices");
        return needed.stream().map(this::whyMissing).flatMap(Optional::stream).toList();
    }

    private static void addIf(List<String> needed, boolean asked, String controller) {
        if (asked) {
            needed.add(controller);
        }
    }

    /** Why v1 lacks a controller and what adds it; empty if it has it. */
    Optional<String> whyMissing(String controller) {
        if (hierarchies.v1().containsKey(controller)) {
            return Optional.empty();
        }
        if (hierarchies.v2Controllers().contains(controller)) {
            return Optional.of("the " + controller + " controller belongs to the cgroup v2 hierarchy at "
                    + hierarchies.unified().map(Object::toString).orElse("") + ": use the driver cgroup-v2");
        }
        Boolean on = hierarchies.kernel().get(controller);
        if (on == null) {
            return Optional.of("the " + controller + " controller is not built into this kernel: boot one that has it");
        }
        if (on) {
            return Optional.of("the " + controller + " controller is mounted nowhere: mount it with"
                    + " `mount -t cgroup -o " + controller + " cgroup /sys/fs/cgroup/" + controller + "`");
        }
        return Optional.of("the " + controller + " controller is switched off: "
                + (controller.equals("memory")
                        ? "add cgroup_enable=memory swapaccount=1 to the kernel's command line"
                        : "remove cgroup_disable=" + controller + " from the kernel's command line, or add cgroup_enable="
                                + controller)
                + " and reboot");
    }
}
