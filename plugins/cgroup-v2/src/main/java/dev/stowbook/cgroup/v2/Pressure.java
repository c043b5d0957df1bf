package dev.stowbook.cgroup.v2;

import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.cgroup.CgroupFiles;
import dev.stowbook.linux.cgroup.GroupEvents;
import dev.stowbook.linux.cgroup.StallFiles;
import dev.stowbook.spi.cgroup.GroupId;
import dev.stowbook.spi.cgroup.PressureTrigger;
import java.util.List;

/** Pressure of a group, by its stall files. */
final class Pressure {
    private final Groups tree;
    private final StallFiles stalls;

    Pressure(CgroupFiles files, Groups tree) {
        this.tree = tree;
        this.stalls = new StallFiles(files);
    }

    /** A sentence if this host cannot have triggers. */
    List<String> missingFor(List<PressureTrigger> triggers) {
        return triggers.isEmpty() || StallFiles.hostHasPressure()
                ? List.of()
                : List.of("this kernel does not count pressure: add psi=1 to its command line and reboot, or boot one built with CONFIG_PSI");
    }

    GroupEvents.Registration watch(GroupEvents events, GroupId group, PressureTrigger trigger, Runnable task) throws LinuxException {
        return events.onStall(
                StallFiles.file(tree.directory(group), trigger.resource().name()), Conversions.stallTrigger(trigger), task);
    }

    /** For how long processes of the group stood still so far. */
    long totalMicros(GroupId group, PressureTrigger trigger) throws LinuxException {
        return stalls.totalMicros(tree.directory(group), trigger.resource().name(), trigger.kind().name());
    }
}
