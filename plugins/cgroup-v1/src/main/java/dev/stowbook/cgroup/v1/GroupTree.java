package dev.stowbook.cgroup.v1;

import dev.stowbook.cgroup.v1.LimitPlan.Write;
import dev.stowbook.linux.Errno;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.cgroup.CgroupFiles;
import dev.stowbook.linux.cgroup.CgroupHierarchies;
import dev.stowbook.spi.cgroup.CgroupLimits;
import dev.stowbook.spi.cgroup.GroupId;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/** Groups that we make by files: a group is one directory below each hierarchy's {@code stowbook-<instance>}. */
final class GroupTree extends Groups {
    private final String parentName;
    private final Set<Path> parentsReady = ConcurrentHashMap.newKeySet();

    GroupTree(CgroupFiles files, CgroupHierarchies hierarchies, Path core, String instanceId) {
        super(files, hierarchies, core);
        this.parentName = "stowbook-" + instanceId;
    }

    @Override
    Path below(Path mount, GroupId group) {
        return mount.resolve(parentName).resolve(group.path());
    }

    @Override
    List<String> missingFor(GroupId group, CgroupLimits limits) {
        return List.of();
    }

    @Override
    Path file(GroupId group, String controller, String file) {
        return directory(controller, group).resolve(file);
    }

    @Override
    int keepers(GroupId group) {
        return 0;
    }

    @Override
    Path processDirectory(GroupId group) {
        return coreDirectory(group);
    }

    @Override
    List<Path> killDirectories(GroupId group) {
        return List.of(coreDirectory(group));
    }

    @Override
    List<Path> tasksFiles(GroupId group) {
        var directories = new ArrayList<>(onDemandDirectories(group));
        directories.addAll(controllerDirectories(group));
        if (!coreIsV2()) {
            directories.add(coreDirectory(group));
        }
        return directories.stream().map(directory -> directory.resolve("tasks")).toList();
    }

    @Override
    boolean makeControllers(GroupId group) throws LinuxException {
        boolean fresh = false;
        for (Path mount : always) {
            fresh |= make(mount, group);
        }
        return fresh;
    }

    @Override
    void limit(GroupId group, List<Write> plan) throws LinuxException {
        LimitWriter.write(files, plan, write -> file(group, write.controller(), write.file()));
    }

    @Override
    Path parentOf(String controller) throws LinuxException {
        Path mount = mount(controller);
        ensureParent(mount);
        return mount.resolve(parentName);
    }

    @Override
    boolean make(Path mount, GroupId group) throws LinuxException {
        ensureParent(mount);
        try {
            return makeIfAbsent(below(mount, group));
        } catch (LinuxException e) {
            if (e.errno() != Errno.ENOENT || group.container().isPresent()) {
                throw e;
            }
            // Another daemon of this instance removed the empty parent when it closed.
            parentsReady.remove(mount);
            ensureParent(mount);
            return makeIfAbsent(below(mount, group));
        }
    }

    private void ensureParent(Path mount) throws LinuxException {
        if (parentsReady.contains(mount)) {
            return;
        }
        synchronized (parentsReady) {
            Path parent = mount.resolve(parentName);
            makeIfAbsent(parent);
            if (mount.equals(mounts.get(CPUSET))) {
                // A cpuset takes no task before it has processors and memory nodes; clone_children (cgroups.rst 1.6) makes every
                // group below start with its parent's.
                files.write(parent.resolve("cpuset.cpus"), files.read(mount.resolve("cpuset.cpus")));
                files.write(parent.resolve("cpuset.mems"), files.read(mount.resolve("cpuset.mems")));
                files.write(parent.resolve("cgroup.clone_children"), "1");
            }
            parentsReady.add(mount);
        }
    }

    @Override
    Optional<Path> remove(GroupId group) throws LinuxException {
        for (Path directory : everyDirectory(group)) {
            if (!removed(group, directory)) {
                return Optional.of(directory);
            }
        }
        return Optional.empty();
    }

    @Override
    SortedSet<GroupId> groups() throws LinuxException {
        var found = new TreeSet<GroupId>();
        for (Path parent : parents()) {
            for (String pod : files.childDirectories(parent)) {
                if (!pod.matches(ID)) {
                    continue;
                }
                found.add(GroupId.ofPod(pod));
                files.childDirectories(parent.resolve(pod)).stream()
                        .filter(name -> name.matches(ID))
                        .forEach(container -> found.add(GroupId.ofContainer(pod, container)));
            }
        }
        return found;
    }

    /** The instance's parent in every hierarchy. */
    private List<Path> parents() {
        var mountPoints = new ArrayList<Path>();
        mountPoints.add(core);
        mountPoints.addAll(always);
        mountPoints.addAll(onDemand);
        return mountPoints.stream().map(mount -> mount.resolve(parentName)).toList();
    }

    /** Removes the instance's parents if nothing is left in them. */
    @Override
    public void close() {
        for (Path parent : parents()) {
            try {
                files.removeDirectory(parent);
            } catch (LinuxException e) {
                // Groups outlive the driver: a parent in use stays.
                continue;
            }
        }
    }
}
