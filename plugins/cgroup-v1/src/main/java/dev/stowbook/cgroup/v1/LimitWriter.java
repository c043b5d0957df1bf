package dev.stowbook.cgroup.v1;

import dev.stowbook.cgroup.v1.LimitPlan.Write;
import dev.stowbook.linux.Errno;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.cgroup.CgroupFiles;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.cgroup.AppliedLimits;
import dev.stowbook.spi.cgroup.Bound;
import dev.stowbook.spi.cgroup.CgroupLimits;
import dev.stowbook.spi.cgroup.GroupId;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/** Carries out a {@link LimitPlan} on a group's directories and reads back what the kernel made of it. */
final class LimitWriter {
    private final CgroupFiles files;
    private final Groups tree;

    LimitWriter(CgroupFiles files, Groups tree) {
        this.files = files;
        this.tree = tree;
    }

    /**
     * @param fresh whether the group's directories were just made, so that there is nothing to look at first
     */
    AppliedLimits apply(String verb, GroupId group, CgroupLimits limits, boolean fresh)
            throws DriverException, LinuxException {
        boolean memory = limits.memory().hasLimit();
        Path memsw = memory ? tree.file(group, "memory", LimitPlan.MEMSW) : Path.of("");
        boolean swapAccounting = memory && files.exists(memsw);
        if (limits.memory().limitAndSwapBytes().isPresent() && !swapAccounting) {
            throw Failures.unsupported(verb, group, "limitAndSwapBytes needs swap accounting, which this kernel has switched"
                    + " off: add swapaccount=1 to the kernel's command line and reboot");
        }
        Optional<Bound> now = swapAccounting && !fresh
                ? Optional.of(Conversions.boundOfBytes(files.read(memsw)))
                : Optional.empty();
        boolean defaults = verb.equals("create");
        if (!defaults) {
            checkAgainstMemsw(verb, group, limits.memory(), now);
        }
        List<Write> plan = LimitPlan.of(limits, swapAccounting, now, defaults);
        tree.limit(group, plan);
        return readBack(group, plan, LimitPlan.beyondTheScale(limits));
    }

    private static void checkAgainstMemsw(String verb, GroupId group, CgroupLimits.Memory memory, Optional<Bound> now)
            throws DriverException {
        if (now.isPresent()
                && memory.limitAndSwapBytes().isEmpty()
                && memory.limitBytes().isPresent()
                && memory.limitBytes().get() instanceof Bound.Of(long bytes)
                && memory.limitBytes().get().compareTo(now.get()) > 0) {
            throw Failures.invalid(verb, group, List.of("memory limitBytes is " + bytes
                    + ", more than the group's memory and swap together, " + now.get().text("unlimited")
                    + ": change limitAndSwapBytes with it"));
        }
    }

    /**
     * The kernel checks period, quota and burst against each other, and quota/period against the parent, at each single write: what
     * is refused at first may fit when the others are written. Two more rounds settle every order.
     */
    static void write(CgroupFiles files, List<Write> plan, Function<Write, Path> where) throws LinuxException {
        List<Write> left = plan;
        for (int round = 0; !left.isEmpty(); round++) {
            left = writeAll(files, left, where, round < 2);
        }
    }

    /** @return what was refused and may be taken later */
    private static List<Write> writeAll(CgroupFiles files, List<Write> plan, Function<Write, Path> where, boolean later)
            throws LinuxException {
        var refused = new ArrayList<Write>();
        for (int at = 0; at < plan.size(); ) {
            Write write = plan.get(at);
            List<String> values = sameFile(plan.subList(at, plan.size()));
            try {
                files.write(where.apply(write), values);
            } catch (LinuxException e) {
                if (!later || e.errno() != Errno.EINVAL || !write.file().startsWith("cpu.cfs_")) {
                    throw e;
                }
                refused.add(write);
            }
            at += values.size();
        }
        return refused;
    }

    /** The values at the head of a plan that go into the same file, as the device rules do. */
    private static List<String> sameFile(List<Write> plan) {
        return plan.stream().takeWhile(next -> next.key().equals(plan.getFirst().key())).map(Write::value).toList();
    }

    private AppliedLimits readBack(GroupId group, List<Write> plan, List<String> beyond) throws LinuxException {
        var written = new TreeMap<String, String>();
        var clamped = new ArrayList<>(beyond);
        for (Write write : plan) {
            // devices.allow and devices.deny can't be read; devices.list is what became of them.
            Write read = write.controller().equals("devices") ? new Write("devices", "devices.list", "") : write;
            if (!written.containsKey(read.key())) {
                written.put(read.key(), value(group, read));
            }
            difference(write, written).ifPresent(clamped::add);
        }
        return new AppliedLimits(written, clamped);
    }

    /** A file's value as the container has it: without room for processes of ours. */
    private String value(GroupId group, Write write) throws LinuxException {
        String value = files.read(tree.file(group, write.controller(), write.file()));
        return write.file().equals(LimitPlan.PIDS) && value.matches("[0-9]+")
                ? Long.toString(Long.parseLong(value) - tree.keepers(group))
                : value;
    }

    /** What the kernel rounded; only single numbers are compared, and -1 reads as the largest there is. */
    private static Optional<String> difference(Write write, SortedMap<String, String> written) {
        String read = written.getOrDefault(write.key(), write.value());
        boolean numbers = write.value().matches("[0-9]+") && read.matches("[0-9]+");
        return numbers && !write.value().equals(read)
                ? Optional.of(write.file() + ": asked for " + write.value() + ", the kernel took " + read)
                : Optional.empty();
    }
}
