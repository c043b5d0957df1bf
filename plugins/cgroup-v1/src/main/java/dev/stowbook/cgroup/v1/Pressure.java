package dev.stowbook.cgroup.v1;

import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.cgroup.CgroupFiles;
import dev.stowbook.linux.cgroup.GroupEvents;
import dev.stowbook.linux.cgroup.StallFiles;
import dev.stowbook.spi.cgroup.GroupId;
import dev.stowbook.spi.cgroup.PressureTrigger;
import dev.stowbook.spi.cgroup.PressureTrigger.Resource;
import java.util.List;
import java.util.Locale;

/**
 * Pressure of a group: by the stall files of the v2 tree beside us, which count whatever hierarchy owns the controllers; without such
 * a tree by v1's own {@code memory.pressure_level}, which knows three levels of reclaim and no time.
 */
final class Pressure {
    private final Groups tree;
    private final StallFiles stalls;

    Pressure(CgroupFiles files, Groups tree) {
        this.tree = tree;
        this.stalls = new StallFiles(files);
    }

    /** A sentence for each trigger that this host cannot have. */
    List<String> missingFor(List<PressureTrigger> triggers) {
        if (triggers.isEmpty() || byStalls()) {
            return List.of();
        }
        if (!tree.hasController("memory")) {
            return List.of("pressure needs a v2 tree with PSI, or the memory controller of v1: add psi=1 to the kernel's command line");
        }
        return triggers.stream()
                .filter(trigger -> trigger.resource() != Resource.MEMORY)
                .map(trigger -> "cgroup v1 tells of memory pressure only, not of " + trigger.resource().name().toLowerCase(Locale.ROOT)
                        + ": mount a v2 tree (`mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified`) and boot with psi=1")
                .toList();
    }

    private boolean byStalls() {
        return tree.coreIsV2() && StallFiles.hostHasPressure();
    }

    GroupEvents.Registration watch(GroupEvents events, GroupId group, PressureTrigger trigger, Runnable task) throws LinuxException {
        if (byStalls()) {
            return events.onStall(
                    StallFiles.file(tree.coreDirectory(group), trigger.resource().name()), Conversions.stallTrigger(trigger), task);
        }
        return events.onMemoryPressure(tree.directory("memory", group), Conversions.pressureLevel(trigger.kind()), task);
    }

    /** For how long processes of the group stood still so far. */
    long totalMicros(GroupId group, PressureTrigger trigger) throws LinuxException {
        return byStalls()
                ? stalls.totalMicros(tree.coreDirectory(group), trigger.resource().name(), trigger.kind().name())
                : 0;
    }
}
