package dev.stowbook.spi.cgroup;

/** What a cgroup driver can limit, meter and do on this host. */
public enum CgroupCapability {
    CPU,
    CPUSET,
    MEMORY,
    SWAP,
    PIDS,
    IO,
    DEVICES,
    FREEZE,
    /** Ends every process of a group in one kernel operation. */
    ATOMIC_KILL,
    PRESSURE
}
