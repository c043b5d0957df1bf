package dev.stowbook.cgroup.v1;

import dev.stowbook.cgroup.v1.LimitPlan.Write;
import dev.stowbook.linux.Errno;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.cgroup.CgroupFiles;
import dev.stowbook.linux.cgroup.CgroupHierarchies;
import dev.stowbook.linux.cgroup.Patience;
import dev.stowbook.linux.cgroup.ProcessControl;
import dev.stowbook.linux.cgroup.ProcessHandles;
import dev.stowbook.linux.systemd.LastingScope;
import dev.stowbook.linux.systemd.SystemdUnits;
import dev.stowbook.linux.systemd.UnitNames;
import dev.stowbook.linux.systemd.UnitProperty;
import dev.stowbook.linux.systemd.UnitProperty.DeviceAccess;
import dev.stowbook.linux.systemd.UnitProperty.DeviceUse;
import dev.stowbook.spi.cgroup.CgroupLimits;
import dev.stowbook.spi.cgroup.GroupId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Groups that systemd makes: a pod is a slice, a container a delegated scope in it. Of v1's hierarchies systemd has its own, in which it
 * sees whose a process is, and those of cpu, memory, pids, devices and blkio; the others it leaves alone, and there we make directories
 * at the same path, the freezer's among them, which is the core.
 *
 * <p>A limit for which v1 has a property is one of the unit. What has none (swap, devices, reads and writes a second) is written to the
 * group {@code container} below the scope, which is delegated to us and has the container's processes; the scope itself has only the
 * sleeper of a {@link LastingScope}. docs/adr/0215 says what else was thought of.
 */
final class UnitTree extends Groups {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final String PROCESSES = "container";

    private final SystemdUnits units;
    private final UnitNames names;
    /** systemd's own hierarchies, without controllers: name=systemd, and on a hybrid host the v2 tree. */
    private final List<Path> systemds;

    UnitTree(
            CgroupFiles files, SystemdUnits units, CgroupHierarchies hierarchies, List<Path> systemds, Path freezer, String instance) {
        super(files, hierarchies, freezer);
        this.units = units;
        this.names = new UnitNames(instance);
        this.systemds = List.copyOf(systemds);
    }

    private Path unit(Path mount, GroupId group) {
        return mount.resolve(names.directory(group.pod(), group.container()));
    }

    @Override
    Path below(Path mount, GroupId group) {
        boolean shared = always.contains(mount) || systemds.contains(mount) || mount.equals(core);
        return group.container().isPresent() && shared ? unit(mount, group).resolve(PROCESSES) : unit(mount, group);
    }

    @Override
    Path file(GroupId group, String controller, String file) {
        boolean units = UnitLimits.hasProperty(file) || file.equals("cpu.stat");
        return (units ? unit(mount(controller), group) : directory(controller, group)).resolve(file);
    }

    @Override
    List<String> missingFor(GroupId group, CgroupLimits limits) {
        return UnitLimits.missingFor(group, limits);
    }

    @Override
    int keepers(GroupId group) {
        return group.container().isPresent() ? 1 : 0;
    }

    /** A slice takes no process: those of a pod itself, such as keepers, are in a scope with the pod's id, made when one is placed. */
    private static GroupId own(GroupId pod) {
        return GroupId.ofContainer(pod.pod(), pod.pod());
    }

    @Override
    Path processDirectory(GroupId group) {
        boolean elsewhere = group.container().isEmpty() && exists(own(group));
        return coreDirectory(elsewhere ? own(group) : group);
    }

    @Override
    Path threadDirectory(GroupId group) {
        return super.threadDirectory(group.container().isEmpty() && exists(own(group)) ? own(group) : group);
    }

    @Override
    List<Path> killDirectories(GroupId group) {
        // The freezer's slice has no sleeper in it.
        return List.of(coreDirectory(group));
    }

    @Override
    List<Path> tasksFiles(GroupId group) throws LinuxException {
        if (group.container().isEmpty()) {
            makeControllers(own(group));
            makeCore(own(group));
            return tasksFiles(own(group));
        }
        var tasks = new ArrayList<Path>();
        onDemandDirectories(group).forEach(directory -> tasks.add(directory.resolve("tasks")));
        for (Path mount : systemds) {
            Path directory = below(mount, group);
            tasks.add(directory.resolve(files.exists(directory.resolve("tasks")) ? "tasks" : "cgroup.procs"));
        }
        controllerDirectories(group).forEach(directory -> tasks.add(directory.resolve("tasks")));
        tasks.add(coreDirectory(group).resolve("tasks"));
        return tasks;
    }

    @Override
    boolean makeControllers(GroupId group) throws LinuxException {
        boolean fresh = !files.exists(unit(systemds.getFirst(), group));
        if (fresh && group.container().isPresent()) {
            var properties = new ArrayList<>(properties(group));
            properties.add(UnitProperty.text("Slice", names.slice(group.pod())));
            LastingScope.start(units, names.unit(group.pod(), group.container()), properties, PATIENCE);
        } else if (fresh) {
            units.start(names.unit(group.pod(), group.container()), properties(group), PATIENCE);
        }
        if (!files.exists(unit(systemds.getFirst(), group))) {
            throw new LinuxException(
                    Errno.ENOENT, "StartTransientUnit", unit(systemds.getFirst(), group) + ", which systemd did not make");
        }
        for (Path mount : systemds) {
            make(mount, group);
        }
        for (Path mount : always) {
            make(mount, group);
        }
        return fresh;
    }

    /**
     * With something said of each controller, systemd keeps the unit's directory in each hierarchy; all devices are let through. Scopes
     * would have a share of the host's tasks by default.
     */
    private static List<UnitProperty> properties(GroupId group) {
        return List.of(
                UnitProperty.text("Description", "Stowbook " + group.path()),
                UnitProperty.flag("CPUAccounting", true),
                UnitProperty.flag("MemoryAccounting", true),
                UnitProperty.flag("TasksAccounting", true),
                UnitProperty.flag("BlockIOAccounting", true),
                UnitProperty.number("TasksMax", UnitProperty.INFINITY),
                new UnitProperty("DeviceAllow", new DeviceAccess(
                        List.of(new DeviceUse("char-*", "rwm"), new DeviceUse("block-*", "rwm")))));
    }

    @Override
    boolean make(Path mount, GroupId group) throws LinuxException {
        Path directory = mount;
        boolean fresh = false;
        for (Path name : mount.relativize(below(mount, group))) {
            Path above = directory;
            directory = directory.resolve(name);
            fresh = makeIfAbsent(directory);
            if (mount.equals(mounts.get(CPUSET))) {
                inherit(above, directory, "cpuset.cpus");
                inherit(above, directory, "cpuset.mems");
            }
        }
        return fresh;
    }

    /** A cpuset takes no task before it has processors and memory nodes (cpusets.rst 1.4). */
    private void inherit(Path above, Path directory, String file) throws LinuxException {
        if (files.read(directory.resolve(file)).isBlank()) {
            files.write(directory.resolve(file), files.read(above.resolve(file)));
        }
    }

    /** What the kernel may refuse, it refuses us by the files, before systemd is asked, who would only log it. */
    @Override
    void limit(GroupId group, List<Write> plan) throws LinuxException {
        List<Write> ours = plan.stream().filter(write -> UnitLimits.isOurs(group, write)).toList();
        LimitWriter.write(files, ours, write -> directory(write.controller(), group).resolve(write.file()));
        List<UnitProperty> properties = UnitLimits.isTime(plan)
                ? UnitLimits.of(plan, now(group, LimitPlan.PERIOD), now(group, LimitPlan.QUOTA), keepers(group))
                : UnitLimits.of(plan, "", "", keepers(group));
        if (!properties.isEmpty()) {
            units.set(names.unit(group.pod(), group.container()), properties);
        }
    }

    private String now(GroupId group, String file) throws LinuxException {
        return files.read(file(group, "cpu", file));
    }

    @Override
    Path parentOf(String controller) throws LinuxException {
        Path system = mount(controller).resolve(UnitNames.SYSTEM);
        makeIfAbsent(system);
        return system;
    }

    @Override
    Optional<Path> remove(GroupId group) throws LinuxException {
        if (group.container().isEmpty()) {
            if (!containers(group).isEmpty()) {
                return Optional.of(coreDirectory(group));
            }
            Optional<Path> left = remove(own(group));
            if (left.isPresent()) {
                return left;
            }
        }
        Optional<Path> used = stillThere(group, ours(group));
        if (used.isEmpty()) {
            endSleeper(group);
            units.stop(names.unit(group.pod(), group.container()), PATIENCE);
        }
        return used.isPresent() ? used : stillThere(group, unitDirectories(group));
    }

    /**
     * On v1 systemd hears of the end of a scope's last process from the release agent, if at all (on kernels in which nobody may set
     * one it would wait for its timeout); but it stops a scope at once that has no process.
     */
    private void endSleeper(GroupId group) throws LinuxException {
        Path scope = unit(systemds.getFirst(), group);
        if (group.container().isPresent() && files.exists(scope)) {
            ProcessHandles.killStillBelow(files, scope, ProcessControl.processes(files, scope));
            Patience.until(PATIENCE, () -> !files.exists(scope) || ProcessControl.processes(files, scope).isEmpty());
        }
    }

    private Optional<Path> stillThere(GroupId group, List<Path> directories) throws LinuxException {
        for (Path directory : directories) {
            if (!removed(group, directory)) {
                return Optional.of(directory);
            }
        }
        return Optional.empty();
    }

    /** What systemd leaves to us, the core first: all below a scope, and what is in hierarchies it does not know. */
    private List<Path> ours(GroupId group) {
        var ours = new ArrayList<Path>();
        ours.add(coreDirectory(group));
        onDemand.forEach(mount -> ours.add(below(mount, group)));
        if (group.container().isPresent()) {
            systemds.forEach(mount -> ours.add(below(mount, group)));
            ours.addAll(controllerDirectories(group));
        }
        return ours;
    }

    /** The unit's own directories; systemd removes those that it made. */
    private List<Path> unitDirectories(GroupId group) {
        return Stream.of(List.of(core), systemds, always).flatMap(List::stream).map(mount -> unit(mount, group)).toList();
    }

    @Override
    List<Path> everyDirectory(GroupId group) {
        return Stream.of(ours(group), unitDirectories(group)).flatMap(List::stream).toList();
    }

    private List<GroupId> containers(GroupId pod) throws LinuxException {
        return groups().stream().filter(group -> group.pod().equals(pod.pod()) && group.container().isPresent()).toList();
    }

    @Override
    SortedSet<GroupId> groups() throws LinuxException {
        var found = new TreeSet<GroupId>();
        for (Path mount : Stream.of(List.of(core), systemds, always, onDemand).flatMap(List::stream).toList()) {
            Path system = mount.resolve(UnitNames.SYSTEM);
            for (String slice : files.childDirectories(system)) {
                Optional<String> pod = names.podOf(slice);
                if (pod.isPresent()) {
                    found.add(GroupId.ofPod(pod.get()));
                    files.childDirectories(system.resolve(slice)).stream()
                            .flatMap(scope -> names.containerOf(scope).stream())
                            .filter(container -> !container.equals(pod.get()))
                            .forEach(container -> found.add(GroupId.ofContainer(pod.get(), container)));
                }
            }
        }
        return found;
    }

    @Override
    public void close() {
        units.close();
    }
}
