package dev.stowbook.supervisor.model;

/** What a step of an operation does. */
public enum StepKind {
    CREATE_SANDBOX,
    CREATE_POD_CGROUP,
    JOIN_ENDPOINT,
    ROUTE_ENDPOINT,
    PUBLISH_PORTS,
    PREPARE_ROOTFS,
    CREATE_CGROUP,
    UPDATE_CGROUP,
    START_PROCESS,
    SIGNAL,
    FREEZE,
    THAW,
    KILL,
    LEAVE_ENDPOINT,
    DESTROY_CGROUP,
    DESTROY_POD_CGROUP,
    REMOVE_SANDBOX,
    REMOVE_ROOTFS,
    REMOVE_FILES,
    START_EXEC,
    REMOVE_IMAGE,
    BUILD_IMAGE,
    CREATE_VOLUME,
    MOUNT_VOLUME,
    FILL_VOLUME,
    UNMOUNT_VOLUME,
    REMOVE_VOLUME;

    /** Whether it destroys data on disk, so that its intent must be durable before it begins. */
    public boolean destroysData() {
        return this == REMOVE_ROOTFS || this == REMOVE_FILES || this == REMOVE_IMAGE || this == REMOVE_VOLUME;
    }
}
