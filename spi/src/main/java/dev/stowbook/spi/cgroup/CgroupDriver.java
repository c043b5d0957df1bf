package dev.stowbook.spi.cgroup;

import dev.stowbook.spi.Driver;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.Inspection;
import java.util.List;

/**
 * Makes cgroups, sets their limits, freezes and kills what is in them, and says where the keeper places a process.
 *
 * <p>Groups are named by a {@link GroupId}: a pod, or a container inside its pod. On disk a group is
 * {@code <hierarchy>/<parent>/<pod>[/<container>]} with {@code <parent>} = {@code stowbook-<instance>}; the driver makes
 * the parent when it is first needed. Processes live in leaf groups only. A driver never writes another process's id into
 * {@code cgroup.procs}: that costs a grace period of the kernel (8 to 12 ms); the keeper places its child by
 * {@link #placement}.
 *
 * <p>Threads: any worker; at most one call is in flight per group.
 */
public interface CgroupDriver extends Driver {

    /**
     * Makes a group in every hierarchy the driver uses and writes its limits before anything is placed in it. The parent
     * group must exist. Called again, it completes what is missing and writes the limits again.
     *
     * @return the limits as the kernel took them (rounded to pages, clamped to the parent)
     * @throws DriverException INVALID for a value out of range, before any write; UNSUPPORTED naming the controller the host
     *     lacks and the kernel argument that adds it; NOT_FOUND for the parent
     */
    AppliedLimits create(CreateGroupRequest request) throws DriverException;

    /**
     * Changes limits of a group with processes in it; fields that are empty stay as they are.
     *
     * @throws DriverException as {@link #create}; NOT_FOUND
     */
    AppliedLimits update(UpdateGroupRequest request) throws DriverException;

    /**
     * Where the keeper places a process of this group.
     *
     * @throws DriverException NOT_FOUND
     */
    Placement placement(GroupTarget target) throws DriverException;

    /**
     * Stops every process of the group and of the groups below it, and returns when the kernel says so. Idempotent.
     *
     * @throws DriverException NOT_FOUND; BUSY if not frozen within two seconds
     */
    void freeze(GroupTarget target) throws DriverException;

    /** Lets a frozen group run again. Idempotent. */
    void thaw(GroupTarget target) throws DriverException;

    /**
     * Ends every process of the group and of the groups below it with SIGKILL such that none can fork away, and thaws the group, since a
     * process frozen by v1 is not reaped. Returns when the signals are sent, not when all are reaped. Absent is success.
     *
     * @return how many processes were seen
     */
    int kill(GroupTarget target) throws DriverException;

    /** The processes of the group itself, ids of the reader's pid namespace, ascending. */
    List<Integer> processes(GroupTarget target) throws DriverException;

    /**
     * The threads of the group itself, ascending: what {@code tasks} lists on v1. On v2 only a threaded group, which a container may
     * make below its own, can hold threads whose process is elsewhere; {@link #inspect} says of a group that it is threaded.
     *
     * @throws DriverException NOT_FOUND
     */
    List<Integer> threads(GroupTarget target) throws DriverException;

    /** Reads the group's counters. */
    CgroupStats stats(GroupTarget target) throws DriverException;

    /**
     * Starts to watch a group for {@link dev.stowbook.spi.Observation.OomKilled},
     * {@link dev.stowbook.spi.Observation.PidsExhausted} and {@link dev.stowbook.spi.Observation.PressureRose} and tells the driver
     * context. Ends with the group or with {@link #close}. Idempotent; other triggers take the place of those of the call before.
     *
     * @throws DriverException NOT_FOUND; INVALID or UNSUPPORTED for a pressure trigger
     */
    void watch(WatchRequest request) throws DriverException;

    /** Says what is there of a group. Never mutates. */
    Inspection inspect(GroupTarget target) throws DriverException;

    /** All groups of our instance in any hierarchy, parents before children, sorted. */
    List<GroupId> list() throws DriverException;

    /**
     * Removes an empty group in every hierarchy, waiting up to two seconds for its last process to be reaped. Absent is success.
     *
     * @throws DriverException BUSY if processes or child groups remain
     */
    void destroy(GroupTarget target) throws DriverException;

    /** What {@code info} shows: which controllers the host has, and where. */
    List<ControllerInfo> controllers();
}
