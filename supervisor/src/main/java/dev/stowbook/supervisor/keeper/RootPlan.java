package dev.stowbook.supervisor.keeper;

import dev.stowbook.spi.graph.RootfsMount;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A container's file systems. proc, sysfs, /dev with its usual nodes, devpts, mqueue, shm and its cgroups come by themselves.
 *
 * @param rootfs what its root is
 * @param readOnly whether the root refuses writes
 * @param mounts files and directories bound in, and tmpfs, in this order
 * @param devices further nodes in /dev
 * @param shmBytes size of /dev/shm
 * @param maskedPaths hidden if they exist
 * @param readOnlyPaths made read-only if they exist
 * @param sysctls of the container's own namespaces, such as {@code net.ipv4.ip_forward}; others are refused by name
 */
public record RootPlan(
        RootfsMount rootfs,
        boolean readOnly,
        List<MountPlan> mounts,
        List<DevicePlan> devices,
        long shmBytes,
        List<String> maskedPaths,
        List<String> readOnlyPaths,
        SortedMap<String, String> sysctls) {
    public RootPlan {
        mounts = List.copyOf(mounts);
        devices = List.copyOf(devices);
        maskedPaths = List.copyOf(maskedPaths);
        readOnlyPaths = List.copyOf(readOnlyPaths);
        sysctls = java.util.Collections.unmodifiableSortedMap(new TreeMap<>(sysctls));
    }

    /** A writable root with nothing bound in, nothing masked, 64 MiB of shm. */
    public static RootPlan of(RootfsMount rootfs) {
        return new RootPlan(rootfs, false, List.of(), List.of(), 64L << 20, List.of(), List.of(), new TreeMap<>());
    }

    /** What is mounted at an absolute path of the container. */
    public sealed interface MountPlan {
        /** Where; missing directories and files are made in the container's root. */
        String target();

        /**
         * A file or directory of the host.
         *
         * @param source absolute path on the host
         * @param target where it appears
         * @param subPath what below the source appears there, resolved in it as if it were the root, made as a directory if it is
         *     missing; the source itself if empty
         * @param readOnly whether it refuses writes
         * @param recursive whether what is mounted below the source comes along
         * @param readOnlyBelow whether that refuses writes, too
         * @param propagation what is seen of later mounts
         */
        record Bind(
                Path source,
                String target,
                String subPath,
                boolean readOnly,
                boolean recursive,
                boolean readOnlyBelow,
                Propagation propagation)
                implements MountPlan {

            /** All of the source, private; what is mounted below it is read-only with it. */
            public Bind(Path source, String target, boolean readOnly, boolean recursive) {
                this(source, target, "", readOnly, recursive, readOnly && recursive, Propagation.PRIVATE);
            }
        }

        /** What each side sees of mounts that the other makes later (mount_namespaces(7)); the numbers are those of the plan. */
        enum Propagation {
            /** Nothing. */
            PRIVATE,
            /** The container sees the host's. */
            SLAVE,
            /** Each sees the other's. */
            SHARED
        }

        /**
         * An empty file system in memory.
         *
         * @param target where
         * @param sizeBytes its limit
         * @param mode permissions of its root, such as {@code 01777}
         * @param readOnly whether it refuses writes
         */
        record Tmpfs(String target, long sizeBytes, int mode, boolean readOnly) implements MountPlan {}
    }

    /**
     * A device node.
     *
     * @param path below /dev/
     * @param type {@code c} or {@code b}
     * @param major major number
     * @param minor minor number
     * @param mode permissions
     * @param uid owner
     * @param gid group
     */
    public record DevicePlan(String path, char type, int major, int minor, int mode, int uid, int gid) {}
}
