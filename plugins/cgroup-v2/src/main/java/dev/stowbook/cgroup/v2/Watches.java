package dev.stowbook.cgroup.v2;

import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.cgroup.GroupEvents;
import dev.stowbook.spi.DriverContext;
import dev.stowbook.spi.Observation;
import dev.stowbook.spi.cgroup.GroupId;
import dev.stowbook.spi.cgroup.PressureTrigger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Watches groups for out-of-memory kills, refused forks and pressure.
 *
 * <p>v2 counts a met limit in the limited group ({@code memory.events.local}, oom) before it kills, and the kill there and above
 * ({@code memory.events}, oom_kill): a group in which both have risen is the one whose limit was hit. A container's pod is
 * therefore always watched with it.
 *
 * <p>The kernel counts first and notifies then, so the files are watched before what they hold is taken for the beginning: what is
 * counted later than that is notified. And it counts a met limit before the kill that follows, so the kills are read before the met
 * limits: each kill that was read has its limit among those read after it. The other way round both could be counted between the two
 * readings, and the kill would be taken for one of a limit below, for good.
 */
final class Watches implements AutoCloseable {
    private static final Duration PIDS_INTERVAL = Duration.ofSeconds(1);

    private final Groups tree;
    private final StatsReader stats;
    private final Pressure pressure;
    private final DriverContext context;
    private final Map<GroupId, Watch> watches = new HashMap<>();
    private @Nullable GroupEvents events;

    private static final class Watch {
        private final List<GroupEvents.Registration> registrations = new ArrayList<>();
        private final Map<PressureTrigger, GroupEvents.Registration> triggers = new HashMap<>();

        private void end() {
            registrations.forEach(GroupEvents.Registration::end);
            triggers.values().forEach(GroupEvents.Registration::end);
        }

        private long ooms;
        private long oomKills;
        private long pidsRefusals;
        private boolean pidsTold;
    }

    Watches(Groups tree, StatsReader stats, Pressure pressure, DriverContext context) {
        this.tree = tree;
        this.stats = stats;
        this.pressure = pressure;
        this.context = context;
    }

    synchronized void watch(GroupId group, List<PressureTrigger> triggers) throws LinuxException {
        if (group.container().isPresent()) {
            ensure(GroupId.ofPod(group.pod()));
        }
        Watch watch = ensure(group);
        watch.triggers.entrySet().removeIf(entry -> {
            boolean gone = !triggers.contains(entry.getKey());
            if (gone) {
                entry.getValue().end();
            }
            return gone;
        });
        for (PressureTrigger trigger : triggers) {
            if (!watch.triggers.containsKey(trigger)) {
                watch.triggers.put(trigger, pressure.watch(events(), group, trigger, () -> pressureRose(group, trigger)));
            }
        }
    }

    private Watch ensure(GroupId group) throws LinuxException {
        Watch known = watches.get(group);
        if (known != null) {
            return known;
        }
        var watch = new Watch();
        try {
            if (tree.hasController("memory")) {
                watch.registrations.add(events().onModified(
                        tree.directory(group).resolve("memory.events"), () -> memoryEvent(group)));
            }
            if (tree.hasController("pids")) {
                watch.registrations.add(events().onModified(
                        tree.directory(group).resolve("pids.events"), () -> pidsRefused(group)));
            }
            // The tasks wait for the lock until this is done.
            watch.oomKills = stats.oomKills(group).orElse(0);
            watch.ooms = stats.ooms(group).orElse(0);
            watch.pidsRefusals = stats.pidsRefusals(group).orElse(0);
        } catch (LinuxException e) {
            watch.end();
            throw e;
        }
        watches.put(group, watch);
        return watch;
    }

    private GroupEvents events() throws LinuxException {
        if (events == null) {
            events = GroupEvents.open("stowbook-cgroup-v2-watch");
        }
        return events;
    }

    synchronized void end(GroupId group) {
        Watch watch = watches.remove(group);
        if (watch != null) {
            watch.end();
        }
    }

    private void pressureRose(GroupId group, PressureTrigger trigger) {
        try {
            context.observe(new Observation.PressureRose(group.path(), trigger, pressure.totalMicros(group, trigger)));
        } catch (LinuxException e) {
            end(group);
        }
    }

    private synchronized void memoryEvent(GroupId group) {
        Watch watch = watches.get(group);
        if (watch == null) {
            return;
        }
        try {
            long kills = stats.oomKills(group).orElse(0);
            long ooms = stats.ooms(group).orElse(0);
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

    /** A fork bomb is refused thousands of times a second: after it was told, it is looked at again a second later. */
    private synchronized void pidsRefused(GroupId group) {
        Watch watch = watches.get(group);
        if (watch == null || watch.pidsTold || events == null) {
            return;
        }
        try {
            long refusals = stats.pidsRefusals(group).orElse(0);
            if (refusals > watch.pidsRefusals) {
                watch.pidsRefusals = refusals;
                watch.pidsTold = true;
                events.later(PIDS_INTERVAL, () -> pidsAgain(group));
                context.observe(new Observation.PidsExhausted(group.path(), refusals));
            }
        } catch (LinuxException e) {
            end(group);
        }
    }

    private synchronized void pidsAgain(GroupId group) {
        Watch watch = watches.get(group);
        if (watch != null) {
            watch.pidsTold = false;
            pidsRefused(group);
        }
    }

    /** Ends all watches and the thread; joins it outside the lock, which the thread may be waiting for. */
    @Override
    public void close() {
        GroupEvents open;
        synchronized (this) {
            watches.values().forEach(Watch::end);
            watches.clear();
            open = events;
            events = null;
        }
        if (open != null) {
            open.close();
        }
    }
}
