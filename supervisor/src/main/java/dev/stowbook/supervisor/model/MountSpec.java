package dev.stowbook.supervisor.model;

/**
 * A volume in a container.
 *
 * @param volume which of its pod's
 * @param path where it appears, absolute
 * @param subPath what of the volume appears there, relative; all of it if empty
 * @param readOnly whether the container only reads it
 * @param readOnlyBelow whether file systems mounted below it are read-only with it
 * @param propagation what of later mounts is seen on the other side
 */
public record MountSpec(
        String volume, String path, String subPath, boolean readOnly, boolean readOnlyBelow, Propagation propagation) {

    /** What is mounted later below a bind: who sees it (mount_namespaces(7), "SHARED SUBTREES"). */
    public enum Propagation {
        /** Nobody but who mounted it (rprivate). */
        NONE,
        /** The container sees what the host mounts (rslave). */
        HOST_TO_CONTAINER,
        /** Each sees what the other mounts (rshared). */
        BIDIRECTIONAL
    }
}
