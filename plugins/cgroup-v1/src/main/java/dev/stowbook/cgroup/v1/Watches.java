package dev.stowbook.cgroup.v1;

import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.cgroup.CgroupFiles;
import dev.stowbook.linux.cgroup.GroupEvents;
import dev.stowbook.spi.DriverContext;
import dev.stowbook.spi.Observation;
import dev.stowbook.spi.cgroup.GroupId;
import dev.stowbook.spi.cgroup.PressureTrigger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Watches groups for out-of-memory kills, refused forks and pressure.
 *
 * <p>v1 signals the group whose limit was hit <em>and all below it</em>, before it kills, and counts the kill in the victim's
 * group. So signals of a pod are gathered for a moment; the topmost group among them is the one whose limit was hit; and it is
 * reported when a counter has risen. A container's pod is therefore always watched with it.
 *
 * <p>{@code pids.events} of v1 notifies nobody (neither inotify nor poll, seen on Linux 6.18). But the kernel's log has a line when a
 * fork is refused in a group for the first time (kernel/cgroup/pids.c pids_event): then all counters are read, and from then on,
 * once a second, those of groups that had a refusal. Where the log can't be read, all are read once a second (docs/adr/0130).
 */
final class Watches implements AutoCloseable {
    private static final Duration GATHER = Duration.ofMillis(2);
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(100);
    private static final Duration KILL_PATIENCE = Duration.ofSeconds(5);
    private static final String PIDS_MESSAGE = "fork rejected by pids controller";
    private static final Duration PIDS_INTERVAL = Duration.ofSeconds(1);

    private final CgroupFiles files;
    private final GroupTree tree;
    private final StatsReader stats;
    private final Pressure pressure;
    private final DriverContext context;
    private final Map<GroupId, Watch> watches = new HashMap<>();
    private final Map<GroupId, Set<GroupId>> signalled = new HashMap<>();
    private @Nullable GroupEvents events;

    private boolean kernelLog;

    private static final class Watch {
        private final List<GroupEvents.Registration> registrations = new ArrayList<>();
        private final Map<PressureTrigger, GroupEvents.Registration> triggers = new HashMap<>();

        private void end() {
            registrations.forEach(GroupEvents.Registration::end);
            triggers.values().forEach(GroupEvents.Registration::end);
        }

        private long oomKills;
        private long pidsRefusals;
        private boolean pidsRefused;
    }

    Watches(CgroupFiles files, GroupTree tree, StatsReader stats, Pressure pressure, DriverContext context) {
        this.files = files;
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
        watch.oomKills = stats.oomKills(group).orElse(0);
        watch.pidsRefusals = stats.pidsRefusals(group).orElse(0);
        watch.pidsRefused = watch.pidsRefusals > 0;
        if (tree.hasController("memory")) {
            watch.registrations.add(events().onOutOfMemory(tree.directory("memory", group), () -> outOfMemory(group)));
        }
        watches.put(group, watch);
        return watch;
    }

    private GroupEvents events() throws LinuxException {
        if (events == null) {
            events = GroupEvents.open("stowbook-cgroup-v1-watch");
            if (tree.hasController("pids")) {
                watchKernelLog(events);
                events.later(PIDS_INTERVAL, this::readPidsEvents);
            }
        }
        return events;
    }

    private void watchKernelLog(GroupEvents open) {
        try {
            open.onKernelMessage(PIDS_MESSAGE, () -> readPidsEvents(List.copyOf(watches())));
            kernelLog = true;
        } catch (LinuxException e) {
            // Without CAP_SYSLOG, or in a container without the device: then all counters are read once a second.
            kernelLog = false;
        }
    }

    private synchronized Set<GroupId> watches() {
        return Set.copyOf(watches.keySet());
    }

    synchronized void end(GroupId group) {
        Watch watch = watches.remove(group);
        if (watch != null) {
            watch.end();
        }
    }

    private void pressureRose(GroupId group, PressureTrigger trigger) {
        if (!tree.exists(group)) {
            end(group);
            return;
        }
        try {
            context.observe(new Observation.PressureRose(group.path(), trigger, pressure.totalMicros(group, trigger)));
        } catch (LinuxException e) {
            end(group);
        }
    }

    private synchronized void outOfMemory(GroupId group) {
        if (!tree.exists(group)) {
            // The kernel signals the removal of the group too.
            end(group);
            return;
        }
        GroupId pod = GroupId.ofPod(group.pod());
        boolean first = !signalled.containsKey(pod);
        signalled.computeIfAbsent(pod, p -> new HashSet<>()).add(group);
        if (first) {
            settleLater(pod, GATHER, System.nanoTime() + KILL_PATIENCE.toNanos());
        }
    }

    private void settleLater(GroupId pod, Duration pause, long deadlineNanos) {
        if (events != null) {
            events.later(pause, () -> settle(pod, pause, deadlineNanos));
        }
    }

    private synchronized void settle(GroupId pod, Duration pause, long deadlineNanos) {
        Set<GroupId> groups = signalled.getOrDefault(pod, Set.of());
        Set<GroupId> hit = groups.contains(pod) ? Set.of(pod) : Set.copyOf(groups);
        boolean reported = true;
        for (GroupId group : hit) {
            reported &= reportKills(group);
        }
        if (!reported && System.nanoTime() - deadlineNanos < 0) {
            Duration longer = pause.multipliedBy(2);
            settleLater(pod, longer.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : longer, deadlineNanos);
            return;
        }
        signalled.remove(pod);
        refreshCounters(pod);
    }

    /** @return whether a kill was seen, or there is nothing left to see */
    private boolean reportKills(GroupId group) {
        Watch watch = watches.get(group);
        if (watch == null) {
            return true;
        }
        try {
            long kills = stats.oomKills(group).orElse(0);
            if (kills <= watch.oomKills) {
                return false;
            }
            watch.oomKills = kills;
            context.observe(new Observation.OomKilled(group.path(), kills));
            return true;
        } catch (LinuxException e) {
            return true;
        }
    }

    /** A kill counts in the victim's group whoever's limit was hit: the other watches of the pod start again from here. */
    private void refreshCounters(GroupId pod) {
        for (var entry : watches.entrySet()) {
            if (entry.getKey().pod().equals(pod.pod())) {
                try {
                    entry.getValue().oomKills = stats.oomKills(entry.getKey()).orElse(0);
                } catch (LinuxException e) {
                    // The group is being removed: its watch ends with it.
                    continue;
                }
            }
        }
    }

    private synchronized void readPidsEvents() {
        if (events != null) {
            readPidsEvents(watches.entrySet().stream()
                    .filter(entry -> !kernelLog || entry.getValue().pidsRefused)
                    .map(Map.Entry::getKey)
                    .toList());
            events.later(PIDS_INTERVAL, this::readPidsEvents);
        }
    }

    private synchronized void readPidsEvents(List<GroupId> groups) {
        groups.forEach(this::readPidsEvents);
    }

    private void readPidsEvents(GroupId group) {
        Watch watch = watches.get(group);
        if (watch == null) {
            return;
        }
        try {
            long refusals = stats.pidsRefusals(group).orElse(0);
            if (refusals > watch.pidsRefusals) {
                watch.pidsRefusals = refusals;
                watch.pidsRefused = true;
                context.observe(new Observation.PidsExhausted(limitedBy(group).path(), refusals));
            }
        } catch (LinuxException e) {
            end(group);
        }
    }

    /** v1 counts a refusal where the fork was tried: a container without a limit of its own met its pod's. */
    private GroupId limitedBy(GroupId group) throws LinuxException {
        boolean unlimited = files.read(tree.directory("pids", group).resolve("pids.max")).equals("max");
        return unlimited ? GroupId.ofPod(group.pod()) : group;
    }

    /** Ends all watches and the thread; joins it outside the lock, which the thread may be waiting for. */
    @Override
    public void close() {
        GroupEvents open;
        synchronized (this) {
            watches.values().forEach(Watch::end);
            watches.clear();
            signalled.clear();
            open = events;
            events = null;
        }
        if (open != null) {
            open.close();
        }
    }
}
