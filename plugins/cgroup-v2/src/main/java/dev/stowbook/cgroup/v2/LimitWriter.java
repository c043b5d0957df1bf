package dev.stowbook.cgroup.v2;

import dev.stowbook.cgroup.v2.LimitPlan.Current;
import dev.stowbook.cgroup.v2.LimitPlan.Write;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.cgroup.CgroupFiles;
import dev.stowbook.linux.cgroup.DevicePrograms;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.cgroup.AppliedLimits;
import dev.stowbook.spi.cgroup.CgroupLimits;
import dev.stowbook.spi.cgroup.GroupId;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import java.util.TreeMap;

/** Carries out a {@link LimitPlan} on a group's directory and reads back what the kernel made of it. */
final class LimitWriter {
    /** What {@link AppliedLimits} calls the device program, which has no file. */
    private static final String DEVICES = "bpf/cgroup_device";

    private final CgroupFiles files;
    private final DevicePrograms devices;
    private final GroupTree tree;

    LimitWriter(CgroupFiles files, DevicePrograms devices, GroupTree tree) {
        this.files = files;
        this.devices = devices;
        this.tree = tree;
    }

    /**
     * @param fresh whether the group's directory was just made, so that there is nothing to look at first
     */
    AppliedLimits apply(String verb, GroupId group, CgroupLimits limits, boolean fresh)
            throws DriverException, LinuxException {
        Path directory = tree.directory(group);
        boolean memory = limits.memoryBytes().isPresent() || limits.memoryAndSwapBytes().isPresent();
        boolean swapAccounting = memory && files.exists(directory.resolve(LimitPlan.SWAP));
        if (limits.memoryAndSwapBytes().isPresent() && !swapAccounting) {
            throw Failures.unsupported(verb, group, "memoryAndSwapBytes needs swap accounting, which this kernel has switched"
                    + " off: add swapaccount=1 to the kernel's command line and reboot");
        }
        if (limits.memoryAndSwapBytes().isPresent() && limits.memoryBytes().isEmpty()) {
            throw Failures.invalid(verb, group, List.of("memoryAndSwapBytes is given without memoryBytes: v2 limits swap alone,"
                    + " which is the difference of the two"));
        }
        Current now = fresh ? Current.FRESH : current(directory, limits, swapAccounting);
        boolean defaults = verb.equals("create");
        long together = LimitPlan.memoryAndSwap(limits, now, defaults);
        if (limits.memoryBytes().orElse(0) > together) {
            throw Failures.invalid(verb, group, List.of("memoryBytes is " + limits.memoryBytes().getAsLong()
                    + ", more than the group's memory and swap together, " + together
                    + ": change memoryAndSwapBytes with it"));
        }
        List<Write> plan = LimitPlan.of(limits, swapAccounting, now, defaults);
        for (Write write : plan) {
            files.write(directory.resolve(write.file()), write.value());
        }
        if (!limits.devices().isEmpty()) {
            devices.replace(directory, Conversions.deviceFilter(limits.devices()));
        }
        return readBack(directory, plan, limits);
    }

    private Current current(Path directory, CgroupLimits limits, boolean swapAccounting) throws LinuxException {
        boolean cpu = limits.cpuPeriodMicros().isPresent() || limits.cpuQuotaMicros().isPresent();
        String cpuMax = cpu ? files.read(directory.resolve(LimitPlan.CPU_MAX)) : Current.FRESH.cpuMax();
        OptionalLong together = OptionalLong.empty();
        if (swapAccounting) {
            String limit = files.read(directory.resolve(LimitPlan.LIMIT));
            String swap = files.read(directory.resolve(LimitPlan.SWAP));
            if (!limit.equals("max") && !swap.equals("max")) {
                together = OptionalLong.of(Math.addExact(Long.parseLong(limit), Long.parseLong(swap)));
            }
        }
        return new Current(cpuMax, together);
    }

    private AppliedLimits readBack(Path directory, List<Write> plan, CgroupLimits limits) throws LinuxException {
        var written = new TreeMap<String, String>();
        for (Write write : plan) {
            if (!written.containsKey(write.key())) {
                written.put(write.key(), files.read(directory.resolve(write.file())));
            }
        }
        if (!limits.devices().isEmpty()) {
            // A program can't be read back as rules; that the kernel took it is all there is to know.
            written.put(DEVICES, String.join("\n", limits.devices().stream().map(Conversions::device).toList()));
        }
        return new AppliedLimits(Collections.unmodifiableSortedMap(written));
    }
}
