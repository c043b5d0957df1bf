package dev.stowbook.spi.cgroup;

/** What a cgroup driver can limit, meter and do on this host. What it cannot, it refuses as UNSUPPORTED before it writes anything. */
public enum CgroupCapability {
    /** Weight, quota and period. */
    CPU,
    CPU_BURST,
    CPUSET,
    MEMORY,
    SWAP,
    /** The soft limit (v1), {@code memory.low} (v2). */
    MEMORY_RESERVATION,
    /** {@code memory.min} and {@code memory.high}. */
    MEMORY_GUARANTEE,
    SWAPPINESS,
    /** The kernel kills a group as a whole. */
    OOM_GROUP,
    PIDS,
    /** Rates per device. */
    IO,
    IO_WEIGHT,
    HUGETLB,
    NET_CLASS,
    DEVICES,
    FREEZE,
    /** Ends every process of a group in one kernel operation. */
    ATOMIC_KILL,
    /** Tells when processes of a group stall for memory. */
    PRESSURE
}
