package com.example.stowbook.btrfs;

import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.btrfs.Subvolumes;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.mount.MountCalls;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.graph.GraphDriver;
import dev.stowbook.testkit.graph.LoopFileSystem;
import java.io.IOException;
import java.nio.file.Path;

/** One btrfs in a file for all tests of this JVM. */
final class Btrfs {
    private static LoopFileSystem made;

    private Btrfs() {}

    static synchronized Path path() {
        if (made == null) {
            try {
                made = LoopFileSystem.make("btrfs", 1L << 30); // unmounted when the JVM ends
            } catch (IOException e) {
                throw new AssertionError("these tests need root and btrfs-progs: " + e.getMessage(), e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError(e);
            }
        }
        return made.path();
    }

    static GraphDriver open(Path home) throws DriverException {
        return BtrfsGraphDriver.open(FileCalls.linux(), MountCalls.linux(), Subvolumes.linux(), home);
    }

    /** Removes a driver's directory; read-only subvolumes do not go file by file. */
    static void remove(Path home) throws Exception {
        FileCalls files = FileCalls.linux();
        LayerTrees trees = new LayerTrees(files, Subvolumes.linux());
        try (Fd parent = files.open(LibC.AT_FDCWD, home.getParent().toString(), LibC.O_RDONLY | LibC.O_DIRECTORY, 0, 0)) {
            try (Fd directory = files.open(parent.number(), home.getFileName().toString(), LibC.O_RDONLY | LibC.O_DIRECTORY, 0, 0)) {
                for (String name : files.names(directory.number())) {
                    trees.remove(directory.number(), name);
                }
            }
            files.rmdir(parent.number(), home.getFileName().toString());
        }
    }
}
