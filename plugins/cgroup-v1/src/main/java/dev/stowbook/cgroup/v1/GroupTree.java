package dev.stowbook.cgroup.v1;

import dev.stowbook.linux.Errno;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.cgroup.CgroupFiles;
import dev.stowbook.linux.cgroup.CgroupHierarchies;
import dev.stowbook.spi.cgroup.CgroupLimits;
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
 * <p>cpuset, hugetlb and net_cls cost as much as any other and say nothing of a group that does not use them: a group has a
 * directory there only if it is limited in it, and its processes are then moved there from the group above.
 */
final class GroupTree {
    /** The v1 controllers we use; freezer only where there is no v2 core. */
    private static final List<String> CONTROLLERS = List.of("cpu", "cpuacct", "memory", "pids", "devices", "blkio");

    private static final String CPUSET = "cpuset";
    private static final List<String> ON_DEMAND = List.of(CPUSET, "hugetlb", "net_cls");
    private static final String ID = "[0-9a-f]{64}";

    private final CgroupFiles files;
    private final String parentName;
    private final Map<String, Path> mounts = new LinkedHashMap<>();
    private final List<Path> always;
    private final Map<String, Path> onDemand = new LinkedHashMap<>();
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
        for (String name : ON_DEMAND) {
            Path mount = hierarchies.v1().get(name);
            if (mount != null) {
                mounts.put(name, mount);
                if (!always.contains(mount) && !mount.equals(core) && !onDemand.containsValue(mount)) {
                    onDemand.put(name, mount);
                }
            }
        }
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

    /** Makes the group's directory where groups have one only on demand, and its pod's if that has none. @return whether it was new */
    boolean makeOnDemand(String controller, GroupId group) throws LinuxException {
        Path mount = mounts.get(controller);
        if (mount == null || !onDemand.containsValue(mount)) {
            return false;
        }
        if (group.container().isPresent()) {
            make(mount, GroupId.ofPod(group.pod()));
        }
        return make(mount, group);
    }

    /** Which of the controllers that a group takes part in on demand its limits need. */
    static List<String> onDemandFor(CgroupLimits limits) {
        var needed = new ArrayList<String>();
        if (limits.cpu().hasCpuset()) {
            needed.add(CPUSET);
        }
        if (!limits.hugetlb().isEmpty()) {
            needed.add("hugetlb");
        }
        if (limits.netClass().isPresent()) {
            needed.add("net_cls");
        }
        return needed;
    }

    /** The instance's parent group of a controller, made if it is not there: it has the files that its groups will have. */
    Path parentOf(String controller) throws LinuxException {
        Path mount = mounts.get(controller);
        if (mount == null) {
            throw new IllegalArgumentException("no v1 hierarchy has " + controller);
        }
        ensureParent(mount);
        return mount.resolve(parentName);
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

    /** Where the group's processes belong in the hierarchies of which it takes part on demand: its own directory, else its pod's. */
    List<Path> onDemandDirectories(GroupId group) {
        return onDemand.values().stream().map(mount -> nearest(mount, group)).flatMap(Optional::stream).toList();
    }

    private Optional<Path> nearest(Path mount, GroupId group) {
        Path own = below(mount, group);
        if (files.exists(own)) {
            return Optional.of(own);
        }
        return group.container().isPresent() ? nearest(mount, GroupId.ofPod(group.pod())) : Optional.empty();
    }

    /** Directories of a complete group outside the core and those made on demand. */
    List<Path> controllerDirectories(GroupId group) {
        return always.stream().map(mount -> below(mount, group)).toList();
    }

    /** A v1 directory of the group, whose {@code tasks} file lists its threads; the core if it is the only hierarchy. */
    Path threadDirectory(GroupId group) {
        return always.isEmpty() ? coreDirectory(group) : below(always.getFirst(), group);
    }

    /** All places where something of the group may be, the core first: the order of removal. */
    List<Path> everyDirectory(GroupId group) {
        var all = new ArrayList<Path>();
        all.add(coreDirectory(group));
        all.addAll(controllerDirectories(group));
        onDemand.values().forEach(mount -> all.add(below(mount, group)));
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
        mountPoints.addAll(onDemand.values());
        return mountPoints.stream().map(mount -> mount.resolve(parentName)).toList();
    }
}
