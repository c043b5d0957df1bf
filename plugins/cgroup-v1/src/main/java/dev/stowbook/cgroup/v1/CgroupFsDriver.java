package dev.stowbook.cgroup.v1;

import dev.stowbook.linux.Errno;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.cgroup.CgroupFiles;
import dev.stowbook.linux.cgroup.OnlineProcessors;
import dev.stowbook.linux.cgroup.Patience;
import dev.stowbook.linux.cgroup.ProcessControl;
import dev.stowbook.spi.DriverContext;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.Inspection;
import dev.stowbook.spi.Presence;
import dev.stowbook.spi.cgroup.AppliedLimits;
import dev.stowbook.spi.cgroup.CgroupDriver;
import dev.stowbook.spi.cgroup.CgroupLimits;
import dev.stowbook.spi.cgroup.CgroupStats;
import dev.stowbook.spi.cgroup.ControllerInfo;
import dev.stowbook.spi.cgroup.CreateGroupRequest;
import dev.stowbook.spi.cgroup.GroupId;
import dev.stowbook.spi.cgroup.GroupTarget;
import dev.stowbook.spi.cgroup.LimitLegality;
import dev.stowbook.spi.cgroup.Placement;
import dev.stowbook.spi.cgroup.UpdateGroupRequest;
import dev.stowbook.spi.cgroup.WatchRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/** Cgroups by their files: v1 controllers, and a v2 core if the host has one. */
final class CgroupFsDriver implements CgroupDriver {
    private static final Duration FREEZE_PATIENCE = Duration.ofSeconds(2);
    private static final Duration KILL_FREEZE_PATIENCE = Duration.ofMillis(200);
    private static final Duration REAP_PATIENCE = Duration.ofSeconds(2);

    private final CgroupFiles files;
    private final Controllers controllers;
    private final Groups tree;
    private final ProcessControl control;
    private final LimitWriter writer;
    private final StatsReader stats;
    private final Pressure pressure;
    private final Watches watches;
    private final Features features;
    private final OnlineProcessors online;

    CgroupFsDriver(
            CgroupFiles files,
            Controllers controllers,
            Groups tree,
            ProcessControl control,
            OnlineProcessors online,
            DriverContext context) {
        this.files = files;
        this.controllers = controllers;
        this.tree = tree;
        this.control = control;
        this.online = online;
        this.features = new Features(files, tree);
        this.writer = new LimitWriter(files, tree);
        this.stats = new StatsReader(files, tree);
        this.pressure = new Pressure(files, tree);
        this.watches = new Watches(files, tree, stats, pressure, context);
    }

    @Override
    public AppliedLimits create(CreateGroupRequest request) throws DriverException {
        GroupId group = request.group();
        try {
            check("create", group, request.limits());
            if (group.container().isPresent() && !tree.exists(GroupId.ofPod(group.pod()))) {
                throw Failures.notFound("create", GroupId.ofPod(group.pod()));
            }
            boolean fresh = tree.makeControllers(group);
            for (String controller : Groups.onDemandFor(request.limits())) {
                tree.makeOnDemand(controller, group);
            }
            AppliedLimits applied = writer.apply("create", group, request.limits(), fresh);
            tree.makeCore(group);
            return applied;
        } catch (LinuxException e) {
            throw Failures.of(e, "create", group);
        }
    }

    @Override
    public AppliedLimits update(UpdateGroupRequest request) throws DriverException {
        GroupId group = request.group();
        try {
            check("update", group, request.limits());
            requireThere("update", group);
            var fresh = new ArrayList<String>();
            for (String controller : Groups.onDemandFor(request.limits())) {
                if (tree.makeOnDemand(controller, group)) {
                    fresh.add(controller);
                }
            }
            AppliedLimits applied = writer.apply("update", group, request.limits(), false);
            for (String controller : fresh) {
                moveInto(controller, group);
            }
            return applied;
        } catch (LinuxException e) {
            throw Failures.of(e, "update", group);
        }
    }

    /** Processes placed before the group had a directory there, and what they fork meanwhile. Costs a grace period, once. */
    private void moveInto(String controller, GroupId group) throws LinuxException {
        Path directory = tree.directory(controller, group);
        var moved = new HashSet<Integer>();
        while (true) {
            var present = new ArrayList<Integer>();
            for (Path below : ProcessControl.withDescendants(files, tree.processDirectory(group))) {
                Path relative = tree.processDirectory(group).relativize(below);
                boolean hasOwn = !relative.toString().isEmpty() && files.exists(directory.resolve(relative));
                if (!hasOwn) {
                    present.addAll(ProcessControl.processes(files, below));
                }
            }
            if (!moved.addAll(present)) {
                return;
            }
            for (int pid : present) {
                moveUnlessGone(directory, pid);
            }
        }
    }

    private void moveUnlessGone(Path directory, int pid) throws LinuxException {
        try {
            files.write(directory.resolve("cgroup.procs"), Integer.toString(pid));
        } catch (LinuxException e) {
            if (e.errno() != Errno.ESRCH) {
                throw e;
            }
        }
    }

    private void check(String verb, GroupId group, CgroupLimits limits) throws DriverException, LinuxException {
        requireLegal(verb, group);
        List<String> violations = LimitLegality.violations(limits, online.cpus(), online.nodes());
        if (!violations.isEmpty()) {
            throw Failures.invalid(verb, group, violations);
        }
        List<String> missing = controllers.missingFor(limits);
        if (missing.isEmpty()) {
            missing = tree.missingFor(group, limits);
        }
        if (missing.isEmpty()) {
            missing = features.missingFor(limits);
        }
        if (!missing.isEmpty()) {
            throw Failures.unsupported(verb, group, String.join("; ", missing));
        }
    }

    private static void requireLegal(String verb, GroupId group) throws DriverException {
        if (!Groups.isLegal(group)) {
            throw Failures.invalid(verb, group, List.of("ids of pods and containers are 64 characters of [0-9a-f]"));
        }
    }

    private void requireThere(String verb, GroupId group) throws DriverException {
        requireLegal(verb, group);
        if (!tree.exists(group)) {
            throw Failures.notFound(verb, group);
        }
    }

    @Override
    public Placement placement(GroupTarget target) throws DriverException {
        GroupId group = target.group();
        requireThere("placement", group);
        try {
            Optional<Path> directory = tree.coreIsV2() ? Optional.of(tree.processDirectory(group)) : Optional.empty();
            return new Placement(directory, tree.tasksFiles(group));
        } catch (LinuxException e) {
            throw Failures.of(e, "placement", group);
        }
    }

    @Override
    public void freeze(GroupTarget target) throws DriverException {
        GroupId group = target.group();
        requireThere("freeze", group);
        try {
            for (Path directory : tree.killDirectories(group)) {
                if (!control.freeze(directory, FREEZE_PATIENCE)) {
                    throw Failures.busy("freeze", group, "not all processes stood still within " + FREEZE_PATIENCE.toSeconds()
                            + " s; one may be waiting for a disk: try again, or thaw it");
                }
            }
        } catch (LinuxException e) {
            throw Failures.of(e, "freeze", group);
        }
    }

    @Override
    public void thaw(GroupTarget target) throws DriverException {
        requireThere("thaw", target.group());
        try {
            for (Path directory : tree.killDirectories(target.group())) {
                control.thaw(directory);
            }
        } catch (LinuxException e) {
            throw Failures.of(e, "thaw", target.group());
        }
    }

    @Override
    public int kill(GroupTarget target) throws DriverException {
        requireLegal("kill", target.group());
        if (!tree.exists(target.group())) {
            return 0;
        }
        try {
            int seen = 0;
            for (Path directory : tree.killDirectories(target.group())) {
                seen += control.kill(directory, KILL_FREEZE_PATIENCE);
            }
            return seen;
        } catch (LinuxException e) {
            if (isGone(e)) {
                return 0;
            }
            throw Failures.of(e, "kill", target.group());
        }
    }

    @Override
    public List<Integer> processes(GroupTarget target) throws DriverException {
        requireThere("processes", target.group());
        try {
            return List.copyOf(ProcessControl.processes(files, tree.processDirectory(target.group())));
        } catch (LinuxException e) {
            throw Failures.of(e, "processes", target.group());
        }
    }

    @Override
    public List<Integer> threads(GroupTarget target) throws DriverException {
        requireThere("threads", target.group());
        try {
            return List.copyOf(ProcessControl.threads(files, tree.threadDirectory(target.group())));
        } catch (LinuxException e) {
            throw Failures.of(e, "threads", target.group());
        }
    }

    @Override
    public CgroupStats stats(GroupTarget target) throws DriverException {
        requireThere("stats", target.group());
        try {
            return stats.read(target.group());
        } catch (LinuxException e) {
            throw Failures.of(e, "stats", target.group());
        }
    }

    @Override
    public void watch(WatchRequest request) throws DriverException {
        GroupId group = request.group();
        requireThere("watch", group);
        List<String> violations = LimitLegality.violations(request.pressure());
        if (!violations.isEmpty()) {
            throw Failures.invalid("watch", group, violations);
        }
        List<String> missing = pressure.missingFor(request.pressure());
        if (!missing.isEmpty()) {
            throw Failures.unsupported("watch", group, String.join("; ", missing));
        }
        try {
            watches.watch(group, request.pressure());
        } catch (LinuxException e) {
            throw Failures.of(e, "watch", group);
        }
    }

    @Override
    public Inspection inspect(GroupTarget target) throws DriverException {
        GroupId group = target.group();
        requireLegal("inspect", group);
        var missing = new ArrayList<Path>();
        if (!tree.exists(group)) {
            missing.add(tree.coreDirectory(group));
        }
        tree.controllerDirectories(group).stream().filter(directory -> !files.exists(directory)).forEach(missing::add);
        if (missing.isEmpty()) {
            return new Inspection(Presence.PRESENT, "complete; its core is " + tree.coreDirectory(group));
        }
        boolean nothing = tree.everyDirectory(group).stream().noneMatch(files::exists);
        return nothing
                ? new Inspection(Presence.ABSENT, "no hierarchy has " + group.path())
                : new Inspection(Presence.PARTIAL, "missing: " + missing);
    }

    @Override
    public List<GroupId> list() throws DriverException {
        try {
            return List.copyOf(tree.groups());
        } catch (LinuxException e) {
            throw Failures.of(e, "list", GroupId.ofPod("*"));
        }
    }

    @Override
    public void destroy(GroupTarget target) throws DriverException {
        GroupId group = target.group();
        requireLegal("destroy", group);
        try {
            var left = new AtomicReference<Optional<Path>>(Optional.empty());
            boolean gone = Patience.until(REAP_PATIENCE, () -> {
                left.set(tree.remove(group));
                return left.get().isEmpty();
            });
            if (!gone) {
                Path directory = left.get().orElseThrow();
                throw Failures.busy("destroy", group, directory + " still has processes or groups below it: "
                        + ProcessControl.processesBelow(files, directory) + " " + files.childDirectories(directory)
                        + "; kill and remove them first");
            }
            watches.end(group);
        } catch (LinuxException e) {
            throw Failures.of(e, "destroy", group);
        }
    }

    private static boolean isGone(LinuxException e) {
        return e.errno() == Errno.ENOENT || e.errno() == Errno.ENODEV;
    }

    @Override
    public List<ControllerInfo> controllers() {
        return controllers.list();
    }

    /** Also removes the instance's parent groups if nothing is left in them. */
    @Override
    public void close() {
        watches.close();
        tree.close();
    }
}
