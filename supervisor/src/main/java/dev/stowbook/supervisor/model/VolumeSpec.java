package dev.stowbook.supervisor.model;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;

/**
 * Something that containers of a pod can mount, as the pod's manifest declares it: exactly one of the three is there.
 *
 * @param name unique in its pod (RFC 1123 label)
 * @param emptyDir a directory of the pod's own that begins empty and goes with the pod
 * @param hostPath a file or directory of the host
 * @param kept a volume that has a name and outlives the pod
 */
public record VolumeSpec(String name, Optional<EmptyDir> emptyDir, Optional<HostPath> hostPath, Optional<Kept> kept) {

    /**
     * A directory of the pod's own.
     *
     * @param memory whether it lies in memory
     * @param sizeLimitBytes how much may be written to it
     */
    public record EmptyDir(boolean memory, OptionalLong sizeLimitBytes) {}

    /**
     * A file or directory of the host.
     *
     * @param path absolute
     * @param type what must be there, or is made
     */
    public record HostPath(String path, HostPathType type) {}

    /** What a path of the host must be when a pod starts. */
    public enum HostPathType {
        /** Anything that exists. */
        ANY,
        DIRECTORY,
        /** A directory; made with mode 0755 if nothing is there. */
        DIRECTORY_OR_CREATE,
        FILE,
        /** A file; made empty with mode 0644 if nothing is there. */
        FILE_OR_CREATE,
        SOCKET,
        CHAR_DEVICE,
        BLOCK_DEVICE
    }

    /**
     * A volume by name.
     *
     * @param volume its name
     * @param readOnly whether the pod only reads it
     * @param make how it is made if it is not there; empty: the pod is refused then
     * @param copy whether it takes, while it is empty, what the image has where it is mounted
     */
    public record Kept(String volume, boolean readOnly, Optional<Making> make, boolean copy) {}

    /**
     * How a volume is made.
     *
     * @param driver the volume driver's name
     * @param options for the driver
     * @param sizeLimitBytes how much may be written to it
     */
    public record Making(String driver, SortedMap<String, String> options, OptionalLong sizeLimitBytes) {}
}
