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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;

/**
 * Where groups are, and who makes, limits and removes them: we by files ({@link GroupTree}), or systemd at our word ({@link UnitTree}).
 *
 * <p>The <em>core</em> hierarchy, which freezes and kills, is made last and removed first: a group is complete exactly if its core
 * directory is there, so a daemon that died in the middle leaves something recognisable.
 *
 * <p>cpuset, hugetlb and net_cls cost as much as any other and say nothing of a group that does not use them: a group has a
 * directory there only if it is limited in it, and its processes are then moved there from the group above.
 */
abstract sealed class Groups implements AutoCloseable permits GroupTree, UnitTree {
    static final String ID = "[0-9a-f]{64}";
    static final String CPUSET = "cpuset";

    /** The v1 controllers we use; freezer only where there is no v2 core. */
    private static final List<String> CONTROLLERS = List.of("cpu", "cpuacct", "memory", "pids", "devices", "blkio");

    private static final List<String> ON_DEMAND = List.of(CPUSET, "hugetlb", "net_cls");

    final CgroupFiles files;
    final Map<String, Path> mounts = new LinkedHashMap<>();
    /** Mounts below which every group has a directory, but for the core. */
    final List<Path> always;

    final List<Path> onDemand = new ArrayList<>();
    final Path core;
    private final boolean coreIsV2;

    Groups(CgroupFiles files, CgroupHierarchies hierarchies, Path core) {
        this.files = files;
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
                if (!always.contains(mount) && !mount.equals(core) && !onDemand.contains(mount)) {
                    onDemand.add(mount);
                }
            }
        }
    }

    static boolean isLegal(GroupId group) {
        return group.pod().matches(ID) && group.container().map(c -> c.matches(ID)).orElse(true);
    }

    /** The directory of a group's own processes and counters below a mount. */
    abstract Path below(Path mount, GroupId group);

    /** Makes {@link #below} with all that is above it. @return whether it was new */
    abstract boolean make(Path mount, GroupId group) throws LinuxException;

    /** Makes the directories that every group has, but for the core. @return whether any was new */
    abstract boolean makeControllers(GroupId group) throws LinuxException;

    /** A sentence for each limit that whoever limits here cannot set, though the kernel could. */
    abstract List<String> missingFor(GroupId group, CgroupLimits limits);

    /** The file that a limit is in. */
    abstract Path file(GroupId group, String controller, String file);

    /** Carries out a plan. */
    abstract void limit(GroupId group, List<Write> plan) throws LinuxException;

    /** How many processes of ours are counted with a group's own. */
    abstract int keepers(GroupId group);

    /** The directory in the core that a group's own processes are in. */
    abstract Path processDirectory(GroupId group);

    /** The directories to freeze and kill, which takes what is below them, too. */
    abstract List<Path> killDirectories(GroupId group) throws LinuxException;

    /** The files outside a v2 core into which to write, in this order, to place a process; made to take it if they do not yet. */
    abstract List<Path> tasksFiles(GroupId group) throws LinuxException;

    /** A group in a controller's hierarchy that is there and has the files its groups will have. */
    abstract Path parentOf(String controller) throws LinuxException;

    /** Removes a group, once. @return a directory in which there is something still; empty if all are gone */
    abstract Optional<Path> remove(GroupId group) throws LinuxException;

    /** Groups of which any hierarchy has a directory; parents first. Directories whose name is not one of ours are left out. */
    abstract SortedSet<GroupId> groups() throws LinuxException;

    @Override
    public abstract void close();

    boolean hasController(String name) {
        return mounts.containsKey(name);
    }

    boolean coreIsV2() {
        return coreIsV2;
    }

    final Path mount(String controller) {
        Path mount = mounts.get(controller);
        if (mount == null) {
            throw new IllegalArgumentException("no v1 hierarchy has " + controller);
        }
        return mount;
    }

    /** The group's directory in a controller's hierarchy; the controller must be there. */
    Path directory(String controller, GroupId group) {
        return below(mount(controller), group);
    }

    Path coreDirectory(GroupId group) {
        return below(core, group);
    }

    boolean exists(GroupId group) {
        return files.exists(coreDirectory(group));
    }

    void makeCore(GroupId group) throws LinuxException {
        make(core, group);
    }

    /** Makes the group's directory where groups have one only on demand, and its pod's if that has none. @return whether it was new */
    boolean makeOnDemand(String controller, GroupId group) throws LinuxException {
        Path mount = mounts.get(controller);
        if (mount == null || !onDemand.contains(mount)) {
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

    /** @return whether it was new */
    final boolean makeIfAbsent(Path directory) throws LinuxException {
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

    /** Where the group's processes belong in the hierarchies of which it takes part on demand: its own directory, else its pod's. */
    List<Path> onDemandDirectories(GroupId group) {
        return onDemand.stream().map(mount -> nearest(mount, group)).flatMap(Optional::stream).toList();
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

    /** A v1 directory of the group's own processes, whose {@code tasks} file lists its threads; the core if it is the only hierarchy. */
    Path threadDirectory(GroupId group) {
        return always.isEmpty() ? processDirectory(group) : below(always.getFirst(), group);
    }

    /** All places where something of the group may be, the core first: the order of removal. */
    List<Path> everyDirectory(GroupId group) {
        var all = new ArrayList<Path>();
        all.add(coreDirectory(group));
        all.addAll(controllerDirectories(group));
        onDemand.forEach(mount -> all.add(below(mount, group)));
        return all;
    }

    /** Removes a directory; with the groups that a container made below its own, but not a pod's, which are containers. */
    final boolean removed(GroupId group, Path directory) throws LinuxException {
        try {
            files.removeDirectory(directory);
            return true;
        } catch (LinuxException e) {
            if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENODEV) {
                return true;
            }
            if (e.errno() != Errno.EBUSY && e.errno() != Errno.ENOTEMPTY) {
                throw e;
            }
            if (group.container().isPresent()) {
                for (String inner : files.childDirectories(directory)) {
                    removed(group, directory.resolve(inner));
                }
            }
            return false;
        }
    }
}
