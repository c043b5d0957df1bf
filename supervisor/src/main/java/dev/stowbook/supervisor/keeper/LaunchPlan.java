package dev.stowbook.supervisor.keeper;

import dev.stowbook.linux.process.ProcessIdentity;
import dev.stowbook.spi.cgroup.Placement;
import dev.stowbook.supervisor.model.IdRange;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Everything a keeper needs to start one container and keep it.
 *
 * @param containerId names it in messages and in the exit file
 * @param generation how often this container has been started; repeated in the exit file, so that an older one is recognised
 * @param stateDirectory an existing directory of the container in the daemon's root: the exit file is written there as {@code exit}
 * @param output where its output goes
 * @param process what is executed
 * @param root its file systems
 * @param join the namespaces it does not have for itself, by their files; without one for pid it has its own, what else is missing is the
 *     host's
 * @param cgroup where the process is placed
 * @param keeperCgroup where the keeper is placed
 * @param privileges what the process may do
 * @param users the pod's own users: then {@code join} has a user namespace in which they are mapped; the host's users if empty
 */
public record LaunchPlan(
        String containerId,
        int generation,
        Path stateDirectory,
        OutputPlan output,
        ProcessPlan process,
        RootPlan root,
        SortedMap<NamespaceKind, NamespaceSource> join,
        Placement cgroup,
        Placement keeperCgroup,
        PrivilegePlan privileges,
        Optional<IdRange> users) {
    public LaunchPlan {
        join = java.util.Collections.unmodifiableSortedMap(new TreeMap<>(join));
    }

    /** The plan as the keeper reads it. */
    public byte[] encode() {
        return PlanEncoder.encode(this);
    }

    /**
     * A namespace to join.
     *
     * @param file a file of nsfs: a bind mount, or below {@code /proc/<pid>/ns}
     * @param of the process whose it must be: if that has ended, nothing is started
     */
    public record NamespaceSource(Path file, Optional<ProcessIdentity> of) {
        /** A file that holds the namespace. */
        public static NamespaceSource file(Path file) {
            return new NamespaceSource(file, Optional.empty());
        }

        /** A running process's. */
        public static NamespaceSource of(ProcessIdentity process, NamespaceKind kind) {
            return new NamespaceSource(Path.of("/proc/" + process.pid() + "/ns/" + kind.fileName), Optional.of(process));
        }

        /** The host's. */
        public static NamespaceSource host(NamespaceKind kind) {
            return file(Path.of("/proc/self/ns/" + kind.fileName));
        }
    }

    /** Namespaces that can be joined; the container always has its own mount and cgroup namespace. */
    public enum NamespaceKind {
        /** Process ids. */
        PID(0x20000000, "pid"),
        /** Network. */
        NET(0x40000000, "net"),
        /** System V IPC and POSIX message queues. */
        IPC(0x08000000, "ipc"),
        /** Host name. */
        UTS(0x04000000, "uts"),
        /** Users. Joined last: it owns the others, and their files can't be opened from inside. */
        USER(0x10000000, "user");

        private final int cloneFlag;
        private final String fileName;

        NamespaceKind(int cloneFlag, String fileName) {
            this.cloneFlag = cloneFlag;
            this.fileName = fileName;
        }

        /** CLONE_NEW* of clone(2). */
        public int cloneFlag() {
            return cloneFlag;
        }

        /** Its name below {@code /proc/<pid>/ns} and in the pod's directory. */
        public String fileName() {
            return fileName;
        }

        /** The files of a sandbox below a pod's directory; that of a user namespace if the pod has users of its own. */
        public static SortedMap<NamespaceKind, NamespaceSource> below(Path podDirectory, boolean ownUsers) {
            SortedMap<NamespaceKind, NamespaceSource> files = new TreeMap<>();
            for (NamespaceKind kind : values()) {
                if (kind != PID && (kind != USER || ownUsers)) {
                    files.put(kind, NamespaceSource.file(podDirectory.resolve(kind.fileName)));
                }
            }
            return files;
        }
    }

    /** No namespace of a pod: the host's network, ipc and host name. */
    public static SortedMap<NamespaceKind, NamespaceSource> hostNamespaces() {
        return new TreeMap<>(Map.of());
    }
}
