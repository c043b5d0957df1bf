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
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Watches groups for out-of-memory kills, refused forks and pressure.
 *
 * <p>v1 signals the group whose limit was hit <em>and all below it</em>, before it kills, and counts the kill in the victim's
 * group. So signals of a pod are gathered for a moment; the topmost group among them is the one whose limit was hit; and it is
 * reported when a counter has risen. A container's pod is therefore always watched with it.
 *
 * <p>The signal comes before the count. So all counters of a pod are read at once, then the signals that have come meanwhile are taken
 * in, then it is told what the counters say: each kill that was counted has its signal among those. A kill that is counted later is
 * left for the next reading, which begins with what this one read. And a group is watched before its counters are read for the first
 * time, for its next signal.
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
    private final Groups tree;
    private final StatsReader stats;
    private final Pressure pressure;
    private final DriverContext context;
    private final Map<GroupId, Watch> watches = new HashMap<>();
    private final Map<GroupId, Signals> signalled = new HashMap<>();
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

    /** Groups of one pod that were signalled and whose kill was not seen yet. */
    private static final class Signals {
        /** Before the counters were read. */
        private final Set<GroupId> earlier = new HashSet<>();
        /** Since then: their kill may be counted already, or not. */
        private final Set<GroupId> later = new HashSet<>();
        private Duration pause = GATHER;
        private long deadlineNanos;
    }

    Watches(CgroupFiles files, Groups tree, StatsReader stats, Pressure pressure, DriverContext context) {
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
        try {
            if (tree.hasController("memory")) {
                watch.registrations.add(events().onOutOfMemory(tree.directory("memory", group), () -> outOfMemory(group)));
            }
            if (tree.hasController("pids")) {
                // Opens the kernel's log, whose line follows the count.
                events();
            }
            // The tasks wait for the lock until this is done.
            watch.oomKills = stats.oomKills(group).orElse(0);
            watch.pidsRefusals = stats.pidsRefusals(group).orElse(0);
            watch.pidsRefused = watch.pidsRefusals > 0;
        } catch (LinuxException e) {
            watch.end();
            throw e;
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
        Signals signals = signalled.computeIfAbsent(pod, p -> new Signals());
        signals.later.add(group);
        signals.deadlineNanos = System.nanoTime() + KILL_PATIENCE.toNanos();
        signals.pause = GATHER;
        if (first) {
            lookLater(pod, signals);
        }
    }

    private void lookLater(GroupId pod, Signals signals) {
        if (events != null) {
            events.later(signals.pause, () -> look(pod));
            Duration longer = signals.pause.multipliedBy(2);
            signals.pause = longer.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : longer;
        }
    }

    /** Reads the counters; what was signalled until then is taken in by the thread before it comes to {@link #settle}. */
    private synchronized void look(GroupId pod) {
        Signals signals = signalled.get(pod);
        if (signals == null || events == null) {
            return;
        }
        signals.earlier.addAll(signals.later);
        signals.later.clear();
        Map<GroupId, Long> kills = oomKills(pod);
        events.later(Duration.ZERO, () -> settle(pod, kills));
    }

    /** A kill counts in the victim's group whoever's limit was hit: all watches of the pod go on from the same reading. */
    private Map<GroupId, Long> oomKills(GroupId pod) {
        var kills = new HashMap<GroupId, Long>();
        for (GroupId group : watches.keySet()) {
            if (group.pod().equals(pod.pod())) {
                try {
                    kills.put(group, stats.oomKills(group).orElse(0));
                } catch (LinuxException e) {
                    // The group is being removed: its watch ends with it.
                    continue;
                }
            }
        }
        return kills;
    }

    private synchronized void settle(GroupId pod, Map<GroupId, Long> kills) {
        Signals signals = signalled.get(pod);
        if (signals == null) {
            return;
        }
        var hit = new TreeSet<>(signals.earlier);
        hit.addAll(signals.later);
        if (hit.contains(pod)) {
            hit.retainAll(Set.of(pod));
        }
        for (GroupId group : hit) {
            if (!watches.containsKey(group) || tell(group, kills.getOrDefault(group, 0L))) {
                signals.earlier.removeIf(other -> group.equals(pod) || other.equals(group));
            }
        }
        kills.forEach(this::goOnFrom);
        if (signals.later.isEmpty() && (signals.earlier.isEmpty() || System.nanoTime() - signals.deadlineNanos >= 0)) {
            signalled.remove(pod);
        } else {
            lookLater(pod, signals);
        }
    }

    private boolean tell(GroupId group, long kills) {
        Watch watch = watches.get(group);
        boolean risen = watch != null && kills > watch.oomKills;
        if (risen) {
            context.observe(new Observation.OomKilled(group.path(), kills));
        }
        return risen;
    }

    private void goOnFrom(GroupId group, long kills) {
        Watch watch = watches.get(group);
        if (watch != null) {
            watch.oomKills = kills;
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
        boolean unlimited = files.read(tree.file(group, "pids", LimitPlan.PIDS)).equals("max");
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
