package dev.stowbook.cgroup.v2;

import dev.stowbook.cgroup.v2.LimitPlan.Write;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.spi.cgroup.CgroupLimits;
import dev.stowbook.spi.cgroup.GroupId;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedSet;

/** Where groups are, and who makes, limits and removes them: we by files ({@link GroupTree}), or systemd at our word ({@link UnitTree}). */
sealed interface Groups extends AutoCloseable permits GroupTree, UnitTree {
    String ID = "[0-9a-f]{64}";

    static boolean isLegal(GroupId group) {
        return group.pod().matches(ID) && group.container().map(c -> c.matches(ID)).orElse(true);
    }

    boolean hasController(String name);

    /** A sentence for each limit that whoever limits here cannot set, though the kernel could. */
    List<String> missingFor(CgroupLimits limits);

    /** The directory with a group's limits and counters. */
    Path directory(GroupId group);

    /** The directory that a group's own processes are in. */
    Path processDirectory(GroupId group);

    /** As {@link #processDirectory}, made to take processes if it does not yet. */
    Path placement(GroupId group) throws LinuxException;

    /** The directories to freeze and kill, which takes what is below them, too. */
    List<Path> killDirectories(GroupId group) throws LinuxException;

    /** How many processes of ours are counted with a group's own. */
    int keepers(GroupId group);

    boolean exists(GroupId group);

    boolean isComplete(GroupId group) throws LinuxException;

    void complete(GroupId group) throws LinuxException;

    /** Makes a group. @return whether it was new */
    boolean make(GroupId group) throws LinuxException;

    void limit(GroupId group, List<Write> plan) throws LinuxException;

    /** Removes a group, once. @return whether it is gone; if not, something is in it still */
    boolean remove(GroupId group) throws LinuxException;

    /** {@code domain}, {@code domain threaded}, {@code threaded}, or empty before Linux 4.14. */
    String type(GroupId group) throws LinuxException;

    /** A group that is there and has the files its groups will have. */
    Path readyParent() throws LinuxException;

    /** From now on groups have the hugetlb controller, too. */
    void handDownHugetlb() throws LinuxException;

    /** As {@link #handDownHugetlb}, for the containers of a pod that has some already. */
    void handDownToContainers(GroupId group) throws LinuxException;

    /** Groups that there are; parents first. Directories whose name is not one of ours are left out. */
    SortedSet<GroupId> groups() throws LinuxException;

    @Override
    void close();
}
