package dev.stowbook.cgroup.v2;

import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.cgroup.GroupEvents;
import dev.stowbook.spi.DriverContext;
import dev.stowbook.spi.Observation;
import dev.stowbook.spi.cgroup.GroupId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Watches groups for out-of-memory kills and refused forks.
 *
 * <p>v2 counts a met limit in the limited group ({@code memory.events.local}, oom) before it kills, and the kill there and above
 * ({@code memory.events}, oom_kill): a group in which both have risen is the one whose limit was hit. A container's pod is
 * therefore always watched with it.
 */
final class Watches implements AutoCloseable {
    private final GroupTree tree;
    private final StatsReader stats;
    private final DriverContext context;
    private final Map<GroupId, Watch> watches = new HashMap<>();
    private @Nullable GroupEvents events;

    private static final class Watch {
        private final List<GroupEvents.Registration> registrations = new ArrayList<>();
        private long ooms;
        private long oomKills;
        private long pidsRefusals;
    }

    Watches(GroupTree tree, StatsReader stats, DriverContext context) {
        this.tree = tree;
        this.stats = stats;
        this.context = context;
    }

    synchronized void watch(GroupId group) throws LinuxException {
        if (group.container().isPresent()) {
            watch(GroupId.ofPod(group.pod()));
        }
        if (watches.containsKey(group)) {
            return;
        }
        if (events == null) {
            events = GroupEvents.open("stowbook-cgroup-v2-watch");
        }
        var watch = new Watch();
        watch.ooms = stats.ooms(group).orElse(0);
        watch.oomKills = stats.oomKills(group).orElse(0);
        watch.pidsRefusals = stats.pidsRefusals(group).orElse(0);
        try {
            if (tree.hasController("memory")) {
                watch.registrations.add(events.onModified(
                        tree.directory(group).resolve("memory.events"), () -> memoryEvent(group)));
            }
            if (tree.hasController("pids")) {
                watch.registrations.add(events.onModified(
                        tree.directory(group).resolve("pids.events"), () -> pidsRefused(group)));
            }
        } catch (LinuxException e) {
            watch.registrations.forEach(GroupEvents.Registration::end);
            throw e;
        }
        watches.put(group, watch);
    }

    synchronized void end(GroupId group) {
        Watch watch = watches.remove(group);
        if (watch != null) {
            watch.registrations.forEach(GroupEvents.Registration::end);
        }
    }

    private synchronized void memoryEvent(GroupId group) {
        Watch watch = watches.get(group);
        if (watch == null) {
            return;
        }
        try {
            long ooms = stats.ooms(group).orElse(0);
            long kills = stats.oomKills(group).orElse(0);
            if (ooms <= watch.ooms) {
                // A limit below was hit, or another event counted: the next own one starts from here.
                watch.oomKills = kills;
            } else if (kills > watch.oomKills) {
                watch.ooms = ooms;
                watch.oomKills = kills;
                context.observe(new Observation.OomKilled(group.path(), kills));
            }
        } catch (LinuxException e) {
            end(group);
        }
    }

    private synchronized void pidsRefused(GroupId group) {
        Watch watch = watches.get(group);
        if (watch == null) {
            return;
        }
        try {
            long refusals = stats.pidsRefusals(group).orElse(0);
            if (refusals > watch.pidsRefusals) {
                watch.pidsRefusals = refusals;
                context.observe(new Observation.PidsExhausted(group.path(), refusals));
            }
        } catch (LinuxException e) {
            end(group);
        }
    }

    /** Ends all watches and the thread; joins it outside the lock, which the thread may be waiting for. */
    @Override
    public void close() {
        GroupEvents open;
        synchronized (this) {
            watches.values().forEach(watch -> watch.registrations.forEach(GroupEvents.Registration::end));
            watches.clear();
            open = events;
            events = null;
        }
        if (open != null) {
            open.close();
        }
    }
}
