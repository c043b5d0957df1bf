package dev.stowbook.cgroup.v2;

import dev.stowbook.cgroup.v2.LimitPlan.Write;
import dev.stowbook.linux.Errno;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.cgroup.CgroupFiles;
import dev.stowbook.linux.cgroup.CgroupHierarchies;
import dev.stowbook.linux.systemd.LastingScope;
import dev.stowbook.linux.systemd.SystemdUnits;
import dev.stowbook.linux.systemd.UnitNames;
import dev.stowbook.linux.systemd.UnitProperty;
import dev.stowbook.spi.cgroup.CgroupLimits;
import dev.stowbook.spi.cgroup.GroupId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Groups that systemd makes: a pod is a slice, a container a delegated scope in it, and each limit is a property of the unit; we write
 * no limit into a file. Below the scope, which systemd leaves to us, the container's processes have a group {@code container} of their
 * own, which is frozen and killed by its files.
 *
 * <p>A scope lives as long as a process is in it, and our groups are there before and after their processes. So each is a {@link
 * LastingScope}; the number of processes counts without its sleeper. docs/adr/0141 says what else was thought of.
 */
final class UnitTree implements Groups {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Set<String> CONTROLLERS = Set.of("cpu", "memory", "pids", "io", "cpuset");
    private static final String PROCESSES = "container";
    private static final String COMPLETE = "stowbook.complete";

    private final CgroupFiles files;
    private final SystemdUnits units;
    private final Path mount;
    private final UnitNames names;
    private final Set<String> controllers = new TreeSet<>(CONTROLLERS);

    UnitTree(CgroupFiles files, SystemdUnits units, CgroupHierarchies hierarchies, Path mount, String instance) {
        this.files = files;
        this.units = units;
        this.mount = mount;
        this.names = new UnitNames(instance);
        controllers.retainAll(hierarchies.v2Controllers());
    }

    @Override
    public boolean hasController(String name) {
        return controllers.contains(name);
    }

    @Override
    public List<String> missingFor(CgroupLimits limits) {
        return UnitLimits.missingFor(limits);
    }

    @Override
    public Path directory(GroupId group) {
        return mount.resolve(names.directory(group.pod(), group.container()));
    }

    @Override
    public Path processDirectory(GroupId group) {
        if (group.container().isPresent()) {
            return directory(group).resolve(PROCESSES);
        }
        return exists(own(group)) ? processDirectory(own(group)) : directory(group);
    }

    /** A slice takes no process: those of a pod itself, such as keepers, are in a scope with the pod's id, made when one is placed. */
    private static GroupId own(GroupId pod) {
        return GroupId.ofContainer(pod.pod(), pod.pod());
    }

    @Override
    public Path placement(GroupId group) throws LinuxException {
        if (group.container().isEmpty()) {
            make(own(group));
        }
        return processDirectory(group);
    }

    /** A pod's are its containers': killing the slice would end the processes that keep the scopes. */
    @Override
    public List<Path> killDirectories(GroupId group) throws LinuxException {
        var groups = new ArrayList<GroupId>();
        if (group.container().isPresent()) {
            groups.add(group);
        } else {
            groups.addAll(containers(group.pod()));
            groups.add(own(group));
        }
        return groups.stream().map(this::processDirectory).filter(files::exists).toList();
    }

    @Override
    public int keepers(GroupId group) {
        return group.container().isPresent() ? 1 : 0;
    }

    @Override
    public boolean exists(GroupId group) {
        return files.exists(directory(group));
    }

    @Override
    public boolean isComplete(GroupId group) throws LinuxException {
        return files.isMarked(directory(group), COMPLETE) && files.exists(processDirectory(group));
    }

    @Override
    public void complete(GroupId group) throws LinuxException {
        files.mark(directory(group), COMPLETE);
    }

    @Override
    public boolean make(GroupId group) throws LinuxException {
        boolean fresh = !exists(group);
        if (fresh) {
            if (group.container().isPresent()) {
                startScope(group);
            } else {
                units.start(names.unit(group.pod(), group.container()), properties(group), PATIENCE);
            }
        }
        if (group.container().isPresent() && !files.exists(processDirectory(group))) {
            files.makeDirectory(processDirectory(group));
        }
        return fresh;
    }

    /** Scopes would have a share of the host's tasks by default. */
    private static List<UnitProperty> properties(GroupId group) {
        return List.of(
                UnitProperty.text("Description", "Stowbook " + group.path()),
                UnitProperty.flag("CPUAccounting", true),
                UnitProperty.flag("MemoryAccounting", true),
                UnitProperty.flag("TasksAccounting", true),
                UnitProperty.number("TasksMax", UnitProperty.INFINITY),
                UnitProperty.flag("IOAccounting", true));
    }

    private void startScope(GroupId group) throws LinuxException {
        var properties = new ArrayList<>(properties(group));
        properties.add(UnitProperty.text("Slice", names.slice(group.pod())));
        LastingScope.start(units, names.unit(group.pod(), group.container()), properties, PATIENCE);
        if (!exists(group)) {
            throw new LinuxException(Errno.ENOENT, "StartTransientUnit", directory(group) + ", which systemd did not make");
        }
    }

    @Override
    public void limit(GroupId group, List<Write> plan) throws LinuxException {
        List<UnitProperty> properties = UnitLimits.of(plan, keepers(group));
        if (!properties.isEmpty()) {
            units.set(names.unit(group.pod(), group.container()), properties);
        }
    }

    @Override
    public boolean remove(GroupId group) throws LinuxException {
        boolean empty = group.container().isPresent()
                ? GroupTree.removeWithInner(files, processDirectory(group))
                : containers(group.pod()).isEmpty() && (!exists(own(group)) || remove(own(group)));
        if (empty) {
            units.stop(names.unit(group.pod(), group.container()), PATIENCE);
        }
        return empty && !exists(group);
    }

    @Override
    public String type(GroupId group) throws LinuxException {
        Path type = processDirectory(group).resolve("cgroup.type");
        return files.exists(type) ? files.read(type) : "";
    }

    @Override
    public Path readyParent() {
        return mount.resolve(UnitNames.SYSTEM);
    }

    @Override
    public void handDownHugetlb() {
        // missingFor refuses huge pages.
    }

    @Override
    public void handDownToContainers(GroupId group) {
        // As above.
    }

    @Override
    public SortedSet<GroupId> groups() throws LinuxException {
        var found = new TreeSet<GroupId>();
        for (String slice : files.childDirectories(mount.resolve(UnitNames.SYSTEM))) {
            var pod = names.podOf(slice);
            if (pod.isPresent()) {
                found.add(GroupId.ofPod(pod.get()));
                found.addAll(containers(pod.get()));
            }
        }
        return found;
    }

    private List<GroupId> containers(String pod) throws LinuxException {
        return files.childDirectories(directory(GroupId.ofPod(pod))).stream()
                .flatMap(scope -> names.containerOf(scope).stream())
                .filter(container -> !container.equals(pod))
                .map(container -> GroupId.ofContainer(pod, container))
                .toList();
    }

    @Override
    public void close() {
        units.close();
    }
}
