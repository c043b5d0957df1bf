package dev.stowbook.cgroup.v1;

import dev.stowbook.cgroup.v1.LimitPlan.Write;
import dev.stowbook.linux.Errno;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.cgroup.CgroupFiles;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.cgroup.AppliedLimits;
import dev.stowbook.spi.cgroup.CgroupLimits;
import dev.stowbook.spi.cgroup.GroupId;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/** Carries out a {@link LimitPlan} on a group's directories and reads back what the kernel made of it. */
final class LimitWriter {
    private final CgroupFiles files;
    private final GroupTree tree;

    LimitWriter(CgroupFiles files, GroupTree tree) {
        this.files = files;
        this.tree = tree;
    }

    /**
     * @param fresh whether the group's directories were just made, so that there is nothing to look at first
     */
    AppliedLimits apply(String verb, GroupId group, CgroupLimits limits, boolean fresh)
            throws DriverException, LinuxException {
        boolean memory = limits.memoryBytes().isPresent() || limits.memoryAndSwapBytes().isPresent();
        Path memsw = memory ? tree.directory("memory", group).resolve(LimitPlan.MEMSW) : Path.of("");
        boolean swapAccounting = memory && files.exists(memsw);
        if (limits.memoryAndSwapBytes().isPresent() && !swapAccounting) {
            throw Failures.unsupported(verb, group, "memoryAndSwapBytes needs swap accounting, which this kernel has switched"
                    + " off: add swapaccount=1 to the kernel's command line and reboot");
        }
        OptionalLong now = swapAccounting && !fresh ? OptionalLong.of(Long.parseLong(files.read(memsw))) : OptionalLong.empty();
        boolean defaults = verb.equals("create");
        if (!defaults) {
            checkAgainstMemsw(verb, group, limits, now);
        }
        List<Write> plan = LimitPlan.of(limits, swapAccounting, now, defaults);
        write(group, plan);
        return readBack(group, plan);
    }

    private static void checkAgainstMemsw(String verb, GroupId group, CgroupLimits limits, OptionalLong now)
            throws DriverException {
        if (now.isPresent()
                && limits.memoryAndSwapBytes().isEmpty()
                && limits.memoryBytes().orElse(0) > now.getAsLong()) {
            throw Failures.invalid(verb, group, List.of("memoryBytes is " + limits.memoryBytes().getAsLong()
                    + ", more than the group's memory and swap together, " + now.getAsLong()
                    + ": change memoryAndSwapBytes with it"));
        }
    }

    private void write(GroupId group, List<Write> plan) throws LinuxException {
        Optional<Write> deferred = Optional.empty();
        for (int at = 0; at < plan.size(); ) {
            Write write = plan.get(at);
            List<String> values = sameFile(plan.subList(at, plan.size()));
            try {
                files.write(file(group, write), values);
            } catch (LinuxException e) {
                // The kernel checks quota/period against the parent at each write: a longer period may fit only with its quota.
                if (e.errno() != Errno.EINVAL || !write.file().equals("cpu.cfs_period_us")) {
                    throw e;
                }
                deferred = Optional.of(write);
            }
            at += values.size();
        }
        if (deferred.isPresent()) {
            files.write(file(group, deferred.get()), deferred.get().value());
        }
    }

    private Path file(GroupId group, Write write) {
        return tree.directory(write.controller(), group).resolve(write.file());
    }

    /** The values at the head of a plan that go into the same file, as the device rules do. */
    private static List<String> sameFile(List<Write> plan) {
        return plan.stream().takeWhile(next -> next.key().equals(plan.getFirst().key())).map(Write::value).toList();
    }

    private AppliedLimits readBack(GroupId group, List<Write> plan) throws LinuxException {
        var written = new TreeMap<String, String>();
        for (Write write : plan) {
            // devices.allow and devices.deny can't be read; devices.list is what became of them.
            Write read = write.controller().equals("devices") ? new Write("devices", "devices.list", "") : write;
            if (!written.containsKey(read.key())) {
                written.put(read.key(), files.read(file(group, read)));
            }
        }
        return new AppliedLimits(Collections.unmodifiableSortedMap(written));
    }
}
