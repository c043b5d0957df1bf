package dev.stowbook.supervisor.keeper;

import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.process.MountedFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A pod's shared namespaces, as they were made.
 *
 * @param podDirectory where their files are
 * @param namespaceInodes inode of each: net, ipc, uts, and user if the pod has users of its own
 */
public record Sandbox(Path podDirectory, SortedMap<String, Long> namespaceInodes) {
    public Sandbox {
        namespaceInodes = Collections.unmodifiableSortedMap(new TreeMap<>(namespaceInodes));
    }

    /** The sandbox whose files are in a directory, with a user namespace or without. */
    public static Sandbox at(Path podDirectory, boolean ownUsers) throws IOException {
        TreeMap<String, Long> inodes = new TreeMap<>();
        for (LaunchPlan.NamespaceSource source : LaunchPlan.NamespaceKind.below(podDirectory, ownUsers).values()) {
            Path file = source.file();
            inodes.put(file.getFileName().toString(), (Long) Files.getAttribute(file, "unix:ino"));
        }
        return new Sandbox(podDirectory, inodes);
    }

    /**
     * Lets the namespaces go: they end with the last process in them. Idempotent; also takes away what is left of a sandbox that was
     * half made.
     */
    public static void remove(Path podDirectory) throws IOException, LinuxException {
        PodInit.release(podDirectory);
        for (LaunchPlan.NamespaceKind kind : LaunchPlan.NamespaceKind.values()) {
            Path file = podDirectory.resolve(kind.fileName());
            MountedFiles.detach(file);
            Files.deleteIfExists(file);
        }
    }
}
