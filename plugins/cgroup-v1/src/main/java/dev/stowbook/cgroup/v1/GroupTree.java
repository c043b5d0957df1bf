package dev.stowbook.cgroup.v1;

import dev.stowbook.linux.Errno;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.cgroup.CgroupFiles;
import dev.stowbook.linux.cgroup.CgroupHierarchies;
import dev.stowbook.spi.cgroup.GroupId;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Where a group's directories are: one below each hierarchy's {@code stowbook-<instance>}.
 *
 * <p>The <em>core</em> hierarchy, which freezes and kills, is made last and removed first: a group is complete exactly if its core
 * directory is there, so a daemon that died in the middle leaves something recognisable.
 *
 * <p>cpuset only limits, counts nothing and costs as much as any other: a group has a directory there only if its processors are
 * limited.
 */
final class GroupTree {
    /** The v1 controllers we use; freezer only where there is no v2 core. */
    private static final List<String> CONTROLLERS = List.of("cpu", "cpuacct", "memory", "pids", "devices", "blkio");

    static final String CPUSET = "cpuset";
    private static final String ID = "[0-9a-f]{64}";

    private final CgroupFiles files;
    private final String parentName;
    private final Map<String, Path> mounts = new LinkedHashMap<>();
    private final List<Path> always;
    private final Optional<Path> cpuset;
    private final Path core;
    private final boolean coreIsV2;
    private final Set<Path> parentsReady = ConcurrentHashMap.newKeySet();

    GroupTree(CgroupFiles files, CgroupHierarchies hierarchies, Path core, String instanceId) {
        this.files = files;
        this.parentName = "stowbook-" + instanceId;
        this.core = core;
        this.coreIsV2 = hierarchies.unified().filter(core::equals).isPresent();
        for (String name : CONTROLLERS) {
            Optional.ofNullable(hierarchies.v1().get(name)).ifPresent(mount -> mounts.put(name, mount));
        }
        // Co-mounted controllers (cpu,cpuacct) share a mount, hence a directory.
        var distinct = new ArrayList<>(mounts.values().stream().distinct().toList());
        distinct.remove(core);
        this.always = List.copyOf(distinct);
        Optional<Path> mount = Optional.ofNullable(hierarchies.v1().get(CPUSET));
        mount.ifPresent(path -> mounts.put(CPUSET, path));
        this.cpuset = mount.filter(path -> !always.contains(path) && !path.equals(core));
    }

    static boolean isLegal(GroupId group) {
        return group.pod().matches(ID) && group.container().map(c -> c.matches(ID)).orElse(true);
    }

    boolean hasController(String name) {
        return mounts.containsKey(name);
    }

    boolean coreIsV2() {
        return coreIsV2;
    }

    /** The group's directory in a controller's hierarchy; the controller must be there. */
    Path directory(String controller, GroupId group) {
        Path mount = mounts.get(controller);
        if (mount == null) {
            throw new IllegalArgumentException("no v1 hierarchy has " + controller);
        }
        return below(mount, group);
    }

    Path coreDirectory(GroupId group) {
        return below(core, group);
    }

    boolean exists(GroupId group) {
        return files.exists(coreDirectory(group));
    }

    private Path below(Path mount, GroupId group) {
        return mount.resolve(parentName).resolve(group.path());
    }

    /** Makes the directories that every group has, but for the core. @return whether any was new */
    boolean makeControllers(GroupId group) throws LinuxException {
        boolean fresh = false;
        for (Path mount : always) {
            fresh |= make(mount, group);
        }
        return fresh;
    }

    void makeCore(GroupId group) throws LinuxException {
        make(core, group);
    }

    /** Makes the group's cpuset directory, and its pod's if that has none. @return whether it was new */
    boolean makeCpuset(GroupId group) throws LinuxException {
        if (cpuset.isEmpty()) {
            return false;
        }
        if (group.container().isPresent()) {
            make(cpuset.get(), GroupId.ofPod(group.pod()));
        }
        return make(cpuset.get(), group);
    }

    private boolean make(Path mount, GroupId group) throws LinuxException {
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

    private boolean makeIfAbsent(Path directory) throws LinuxException {
        try {
            files.makeDirectory(directory);
            return true;
        } catch (LinuxException e) {
            if (e.errno() == Errno.EEXIST) {
                return false;
            }
            throw e;
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

    /** Where the group's processes belong in the cpuset hierarchy: its own directory, else its pod's. */
    Optional<Path> cpusetDirectory(GroupId group) {
        if (cpuset.isEmpty()) {
            return Optional.empty();
        }
        Path own = below(cpuset.get(), group);
        if (files.exists(own)) {
            return Optional.of(own);
        }
        return group.container().isPresent() ? cpusetDirectory(GroupId.ofPod(group.pod())) : Optional.empty();
    }

    /** Directories of a complete group outside the core and cpuset. */
    List<Path> controllerDirectories(GroupId group) {
        return always.stream().map(mount -> below(mount, group)).toList();
    }

    /** All places where something of the group may be, the core first: the order of removal. */
    List<Path> everyDirectory(GroupId group) {
        var all = new ArrayList<Path>();
        all.add(coreDirectory(group));
        all.addAll(controllerDirectories(group));
        cpuset.ifPresent(mount -> all.add(below(mount, group)));
        return all;
    }

    /** Groups of which any hierarchy has a directory; parents first. Directories whose name is no id are not ours. */
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
    List<Path> parents() {
        var mountPoints = new ArrayList<Path>();
        mountPoints.add(core);
        mountPoints.addAll(always);
        cpuset.ifPresent(mountPoints::add);
        return mountPoints.stream().map(mount -> mount.resolve(parentName)).toList();
    }
}
