package dev.stowbook.cgroup.v1;

import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.cgroup.CgroupFiles;
import dev.stowbook.linux.cgroup.GroupEvents;
import dev.stowbook.spi.DriverContext;
import dev.stowbook.spi.Observation;
import dev.stowbook.spi.cgroup.GroupId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Watches groups for out-of-memory kills and refused forks.
 *
 * <p>v1 signals the group whose limit was hit <em>and all below it</em>, before it kills, and counts the kill in the victim's
 * group. So signals of a pod are gathered for a moment; the topmost group among them is the one whose limit was hit; and it is
 * reported when a counter has risen. A container's pod is therefore always watched with it.
 *
 * <p>{@code pids.events} of v1 notifies nobody (neither inotify nor poll, seen on Linux 6.18): it is read once a second.
 */
final class Watches implements AutoCloseable {
    private static final Duration GATHER = Duration.ofMillis(2);
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(100);
    private static final Duration KILL_PATIENCE = Duration.ofSeconds(5);
    private static final Duration PIDS_INTERVAL = Duration.ofSeconds(1);

    private final CgroupFiles files;
    private final GroupTree tree;
    private final StatsReader stats;
    private final DriverContext context;
    private final Map<GroupId, Watch> watches = new HashMap<>();
    private final Map<GroupId, Set<GroupId>> signalled = new HashMap<>();
    private @Nullable GroupEvents events;

    private static final class Watch {
        private final List<GroupEvents.Registration> registrations = new ArrayList<>();
        private long oomKills;
        private long pidsRefusals;
    }

    Watches(CgroupFiles files, GroupTree tree, StatsReader stats, DriverContext context) {
        this.files = files;
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
            events = GroupEvents.open("stowbook-cgroup-v1-watch");
            if (tree.hasController("pids")) {
                events.later(PIDS_INTERVAL, this::readPidsEvents);
            }
        }
        var watch = new Watch();
        watch.oomKills = stats.oomKills(group).orElse(0);
        watch.pidsRefusals = stats.pidsRefusals(group).orElse(0);
        try {
            if (tree.hasController("memory")) {
                watch.registrations.add(
                        events.onOutOfMemory(tree.directory("memory", group), () -> outOfMemory(group)));
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
            List.copyOf(watches.keySet()).forEach(this::readPidsEvents);
            events.later(PIDS_INTERVAL, this::readPidsEvents);
        }
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
            watches.values().forEach(watch -> watch.registrations.forEach(GroupEvents.Registration::end));
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
