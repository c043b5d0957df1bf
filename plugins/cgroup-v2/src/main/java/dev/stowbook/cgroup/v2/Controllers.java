package dev.stowbook.cgroup.v2;

import dev.stowbook.linux.LinuxException;
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

    private static final Path BLOCK_DEVICES = Path.of("/sys/block");

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

    Set<CgroupCapability> capabilities() {
        var can = EnumSet.of(CgroupCapability.FREEZE, CgroupCapability.ATOMIC_KILL, CgroupCapability.DEVICES);
        addIf(can, "cpu", CgroupCapability.CPU, CgroupCapability.CPU_BURST);
        addIf(can, "cpuset", CgroupCapability.CPUSET);
        addIf(can, "memory", CgroupCapability.MEMORY, CgroupCapability.SWAP, CgroupCapability.MEMORY_RESERVATION,
                CgroupCapability.MEMORY_GUARANTEE, CgroupCapability.OOM_GROUP);
        addIf(can, "pids", CgroupCapability.PIDS);
        addIf(can, "io", CgroupCapability.IO);
        if (weighsIo()) {
            addIf(can, "io", CgroupCapability.IO_WEIGHT);
        }
        addIf(can, "hugetlb", CgroupCapability.HUGETLB);
        if (StallFiles.hostHasPressure()) {
            can.add(CgroupCapability.PRESSURE);
        }
        return can;
    }

    /** io.cost has files in the root group; of BFQ's weight only groups below it have one, but a device offers the scheduler. */
    private boolean weighsIo() {
        try {
            boolean cost = hierarchies.unified().map(root -> files.exists(root.resolve("io.cost.qos"))).orElse(false);
            for (String device : files.childDirectories(BLOCK_DEVICES)) {
                Path scheduler = BLOCK_DEVICES.resolve(device).resolve("queue/scheduler");
                cost |= files.exists(scheduler) && files.read(scheduler).contains("bfq");
            }
            return cost;
        } catch (LinuxException e) {
            return false;
        }
    }

    private void addIf(Set<CgroupCapability> can, String controller, CgroupCapability... capabilities) {
        if (hierarchies.v2Controllers().contains(controller)) {
            can.addAll(List.of(capabilities));
        }
    }

    /** A sentence for each controller that the limits need and v2 lacks. */
    List<String> missingFor(CgroupLimits limits) {
        var needed = new ArrayList<String>();
        addIf(needed, limits.cpu().hasTime(), "cpu");
        addIf(needed, limits.cpu().hasCpuset(), "cpuset");
        addIf(needed, !limits.memory().equals(CgroupLimits.Memory.none()), "memory");
        addIf(needed, limits.pids().isPresent(), "pids");
        addIf(needed, limits.io().hasAny(), "io");
        addIf(needed, !limits.hugetlb().isEmpty(), "hugetlb");
        return needed.stream().map(this::whyMissing).flatMap(Optional::stream).toList();
    }

    private static void addIf(List<String> needed, boolean asked, String controller) {
        if (asked) {
            needed.add(controller);
        }
    }

    /** Why v2 lacks a controller and what adds it; empty if it has it. */
    Optional<String> whyMissing(String controller) {
        if (hierarchies.v2Controllers().contains(controller)) {
            return Optional.empty();
        }
        String v1Name = controller.equals("io") ? "blkio" : controller;
        if (hierarchies.v1().containsKey(v1Name)) {
            return Optional.of("the " + v1Name + " controller belongs to the v1 hierarchy at " + hierarchies.v1().get(v1Name)
                    + ": use the driver cgroup-v1, or add cgroup_no_v1=" + v1Name + " to the kernel's command line and reboot");
        }
        Boolean on = hierarchies.kernel().get(v1Name);
        if (on == null || on) {
            return Optional.of("the " + controller + " controller is not built into this kernel: boot one that has it");
        }
        return Optional.of("the " + controller + " controller is switched off: "
                + (controller.equals("memory")
                        ? "add cgroup_enable=memory swapaccount=1 to the kernel's command line"
                        : "remove cgroup_disable=" + v1Name + " from the kernel's command line, or add cgroup_enable=" + v1Name)
                + " and reboot");
    }
}
