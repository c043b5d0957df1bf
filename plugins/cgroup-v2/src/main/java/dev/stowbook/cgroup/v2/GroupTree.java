package dev.stowbook.cgroup.v2;

import dev.stowbook.cgroup.v2.LimitPlan.Write;
import dev.stowbook.linux.Errno;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.cgroup.CgroupFiles;
import dev.stowbook.linux.cgroup.CgroupHierarchies;
import dev.stowbook.spi.cgroup.CgroupLimits;
import dev.stowbook.spi.cgroup.GroupId;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;

/**
 * Where a group's directory is: below {@code stowbook-<instance>} of the one hierarchy.
 *
 * <p>A group's limits are written after its directory was made; a mark on the directory says that all were, so a daemon that died
 * in the middle leaves something recognisable.
 *
 * <p>Controllers are handed down from the top, level by level, through {@code cgroup.subtree_control}; the levels above containers
 * hold no process (cgroup-v2.rst "No Internal Process Constraint").
 */
final class GroupTree implements Groups {
    /** The v2 controllers we use. */
    private static final List<String> CONTROLLERS = List.of("cpu", "memory", "pids", "io", "cpuset");

    /** Handed down only when somebody limits huge pages: on a hybrid host the root of the v2 tree is not touched for nothing. */
    private static final String HUGETLB = "hugetlb";

    private static final String COMPLETE = "stowbook.complete";

    private final CgroupFiles files;
    private final Path mount;
    private final Path parent;
    private final Set<String> controllers = new ConcurrentSkipListSet<>();
    private final boolean hugetlbThere;
    private volatile boolean parentReady;
    private volatile boolean hugetlbReady;

    GroupTree(CgroupFiles files, CgroupHierarchies hierarchies, Path mount, String instanceId) {
        this.files = files;
        this.mount = mount;
        this.parent = mount.resolve("stowbook-" + instanceId);
        this.hugetlbThere = hierarchies.v2Controllers().contains(HUGETLB);
        CONTROLLERS.stream().filter(hierarchies.v2Controllers()::contains).forEach(controllers::add);
    }

    @Override
    public boolean hasController(String name) {
        return controllers.contains(name);
    }

    @Override
    public Path directory(GroupId group) {
        return parent.resolve(group.path());
    }

    @Override
    public boolean exists(GroupId group) {
        return files.exists(directory(group));
    }

    @Override
    public boolean isComplete(GroupId group) throws LinuxException {
        return files.isMarked(directory(group), COMPLETE);
    }

    /**
     * Makes the group's directory. A pod hands the controllers on when its first container is made, not before: until then it is a
     * leaf that may hold processes itself.
     *
     * @return whether it was new
     */
    @Override
    public boolean make(GroupId group) throws LinuxException {
        ensureParent();
        if (group.container().isPresent()) {
            handDown(directory(GroupId.ofPod(group.pod())));
        }
        try {
            return makeIfAbsent(directory(group));
        } catch (LinuxException e) {
            if (e.errno() != Errno.ENOENT || group.container().isPresent()) {
                throw e;
            }
            // Another daemon of this instance removed the empty parent when it closed.
            parentReady = false;
            ensureParent();
            return makeIfAbsent(directory(group));
        }
    }

    /** {@code domain}, {@code domain threaded}, {@code threaded}, or empty before Linux 4.14. */
    @Override
    public String type(GroupId group) throws LinuxException {
        Path type = directory(group).resolve("cgroup.type");
        return files.exists(type) ? files.read(type) : "";
    }

    @Override
    public void complete(GroupId group) throws LinuxException {
        files.mark(directory(group), COMPLETE);
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

    private void ensureParent() throws LinuxException {
        if (parentReady) {
            return;
        }
        synchronized (this) {
            handDown(mount);
            makeIfAbsent(parent);
            handDown(parent);
            parentReady = true;
        }
    }

    /** The instance's parent group, made if it is not there: it has the files that its groups will have. */
    @Override
    public Path readyParent() throws LinuxException {
        ensureParent();
        return parent;
    }

    /** From now on groups have the hugetlb controller, too. */
    @Override
    public void handDownHugetlb() throws LinuxException {
        if (hugetlbThere && !hugetlbReady) {
            synchronized (this) {
                controllers.add(HUGETLB);
                ensureParent();
                handDown(mount);
                handDown(parent);
                hugetlbReady = true;
            }
        }
    }

    /** As {@link #handDownHugetlb}, for the containers of a pod that has some already. */
    @Override
    public void handDownToContainers(GroupId group) throws LinuxException {
        if (group.container().isPresent()) {
            handDown(directory(GroupId.ofPod(group.pod())));
        }
    }

    /** Lets the groups below a directory have the controllers we use; leaves those that are on already. */
    private void handDown(Path directory) throws LinuxException {
        if (controllers.isEmpty()) {
            return;
        }
        Path subtree = directory.resolve("cgroup.subtree_control");
        Set<String> on = Set.of(files.read(subtree).split(" "));
        String more = String.join(" ", controllers.stream().filter(name -> !on.contains(name)).map(name -> "+" + name).toList());
        if (!more.isEmpty()) {
            files.write(subtree, more);
        }
    }

    /** Groups that there are; parents first. Directories whose name is no id are not ours. */
    @Override
    public SortedSet<GroupId> groups() throws LinuxException {
        var found = new TreeSet<GroupId>();
        for (String pod : files.childDirectories(parent)) {
            if (!pod.matches(ID)) {
                continue;
            }
            found.add(GroupId.ofPod(pod));
            files.childDirectories(parent.resolve(pod)).stream()
                    .filter(name -> name.matches(ID))
                    .forEach(container -> found.add(GroupId.ofContainer(pod, container)));
        }
        return found;
    }

    @Override
    public List<String> missingFor(CgroupLimits limits) {
        return List.of();
    }

    @Override
    public Path processDirectory(GroupId group) {
        return directory(group);
    }

    @Override
    public Path placement(GroupId group) {
        return directory(group);
    }

    @Override
    public List<Path> killDirectories(GroupId group) {
        return List.of(directory(group));
    }

    @Override
    public int keepers(GroupId group) {
        return 0;
    }

    /** cpu.max and cpu.max.burst are checked against each other at each single write: what is refused at first may fit after the other. */
    @Override
    public void limit(GroupId group, List<Write> plan) throws LinuxException {
        Path directory = directory(group);
        Optional<Write> refused = Optional.empty();
        for (Write write : plan) {
            try {
                files.write(directory.resolve(write.file()), write.value());
            } catch (LinuxException e) {
                if (e.errno() != Errno.EINVAL || !write.file().equals(LimitPlan.CPU_MAX)) {
                    throw e;
                }
                refused = Optional.of(write);
            }
        }
        if (refused.isPresent()) {
            files.write(directory.resolve(refused.get().file()), refused.get().value());
        }
    }

    /** A container may have made groups below its own; a pod's are containers, whose removal is not ours to decide. */
    @Override
    public boolean remove(GroupId group) throws LinuxException {
        return group.container().isPresent() ? removeWithInner(files, directory(group)) : removeAlone(files, directory(group));
    }

    /** Removes a directory after those in it, as far as nothing holds them. @return whether it is gone */
    static boolean removeWithInner(CgroupFiles files, Path directory) throws LinuxException {
        if (removeAlone(files, directory)) {
            return true;
        }
        for (String inner : files.childDirectories(directory)) {
            removeWithInner(files, directory.resolve(inner));
        }
        return false;
    }

    private static boolean removeAlone(CgroupFiles files, Path directory) throws LinuxException {
        try {
            files.removeDirectory(directory);
            return true;
        } catch (LinuxException e) {
            if (e.errno() == Errno.EBUSY || e.errno() == Errno.ENOTEMPTY) {
                return false;
            }
            if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENODEV) {
                return true;
            }
            throw e;
        }
    }

    /** Removes the instance's parent group, if nothing is left in it. */
    @Override
    public void close() {
        try {
            files.removeDirectory(parent);
        } catch (LinuxException e) {
            // Groups outlive the driver: a parent in use stays.
            return;
        }
    }
}
