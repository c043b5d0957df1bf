package dev.stowbook.cgroup.v2;

import dev.stowbook.cgroup.v2.LimitPlan.Current;
import dev.stowbook.cgroup.v2.LimitPlan.Write;
import dev.stowbook.linux.Errno;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.cgroup.CgroupFiles;
import dev.stowbook.linux.cgroup.DevicePrograms;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.cgroup.AppliedLimits;
import dev.stowbook.spi.cgroup.Bound;
import dev.stowbook.spi.cgroup.CgroupLimits;
import dev.stowbook.spi.cgroup.GroupId;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/** Carries out a {@link LimitPlan} on a group's directory and reads back what the kernel made of it. */
final class LimitWriter {
    /** What {@link AppliedLimits} calls the device program, which has no file. */
    private static final String DEVICES = "bpf/cgroup_device";

    private final CgroupFiles files;
    private final DevicePrograms devices;
    private final Groups tree;

    LimitWriter(CgroupFiles files, DevicePrograms devices, Groups tree) {
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
        CgroupLimits.Memory memory = limits.memory();
        boolean swapAccounting = memory.hasLimit() && files.exists(directory.resolve(LimitPlan.SWAP));
        checkSwap(verb, group, memory, swapAccounting);
        Current now = fresh ? Current.FRESH : current(directory, limits, swapAccounting);
        boolean defaults = verb.equals("create");
        checkTogether(verb, group, memory, LimitPlan.memoryAndSwap(memory, now, defaults));
        var has = new LimitPlan.Has(
                swapAccounting, limits.io().weight().isPresent() && files.exists(directory.resolve(LimitPlan.IO_WEIGHT)));
        List<Write> plan = LimitPlan.of(limits, has, now, defaults);
        tree.limit(group, plan);
        if (!limits.devices().isEmpty()) {
            devices.replace(directory, Conversions.deviceFilter(limits.devices()));
        }
        return readBack(group, plan, limits, LimitPlan.beyondTheScale(limits, has));
    }

    private static void checkSwap(String verb, GroupId group, CgroupLimits.Memory memory, boolean swapAccounting)
            throws DriverException {
        if (memory.limitAndSwapBytes().isPresent() && !swapAccounting) {
            throw Failures.unsupported(verb, group, "limitAndSwapBytes needs swap accounting, which this kernel has switched"
                    + " off: add swapaccount=1 to the kernel's command line and reboot");
        }
        if (memory.limitAndSwapBytes().isPresent() && memory.limitBytes().isEmpty()) {
            throw Failures.invalid(verb, group, List.of("limitAndSwapBytes is given without limitBytes: v2 limits swap alone,"
                    + " which is the difference of the two"));
        }
    }

    private static void checkTogether(String verb, GroupId group, CgroupLimits.Memory memory, Bound together)
            throws DriverException {
        if (memory.limitBytes().isPresent() && memory.limitBytes().get().compareTo(together) > 0) {
            throw Failures.invalid(verb, group, List.of("memory limitBytes is " + memory.limitBytes().get().text("unlimited")
                    + ", more than the group's memory and swap together, " + together.text("unlimited")
                    + ": change limitAndSwapBytes with it"));
        }
    }

    private Current current(Path directory, CgroupLimits limits, boolean swapAccounting) throws LinuxException {
        boolean cpu = limits.cpu().periodMicros().isPresent() || limits.cpu().quotaMicros().isPresent();
        String cpuMax = cpu ? files.read(directory.resolve(LimitPlan.CPU_MAX)) : Current.FRESH.cpuMax();
        Bound together = swapAccounting
                ? Conversions.together(
                        Conversions.boundOf(files.read(directory.resolve(LimitPlan.LIMIT))),
                        Conversions.boundOf(files.read(directory.resolve(LimitPlan.SWAP))))
                : Bound.UNLIMITED;
        return new Current(cpuMax, together);
    }

    private AppliedLimits readBack(GroupId group, List<Write> plan, CgroupLimits limits, List<String> beyond)
            throws LinuxException {
        var written = new TreeMap<String, String>();
        var clamped = new ArrayList<>(beyond);
        for (Write write : plan) {
            if (!written.containsKey(write.key())) {
                written.put(write.key(), value(group, write.file()));
            }
            difference(write, written.get(write.key())).ifPresent(clamped::add);
        }
        if (!limits.devices().isEmpty()) {
            // A program can't be read back as rules; that the kernel took it is all there is to know.
            written.put(DEVICES, String.join("\n", limits.devices().stream().map(Conversions::device).toList()));
        }
        return new AppliedLimits(written, clamped);
    }

    /** A file's value as the container has it: without room for processes of ours. */
    private String value(GroupId group, String file) throws LinuxException {
        String value = files.read(tree.directory(group).resolve(file));
        return file.equals(LimitPlan.PIDS) && value.matches("[0-9]+") ? Long.toString(Long.parseLong(value) - tree.keepers(group)) : value;
    }

    /** What the kernel rounded; only single numbers are compared. */
    private static Optional<String> difference(Write write, String read) {
        boolean numbers = write.value().matches("[0-9]+") && read.matches("[0-9]+");
        return numbers && !write.value().equals(read)
                ? Optional.of(write.file() + ": asked for " + write.value() + ", the kernel took " + read)
                : Optional.empty();
    }
}
