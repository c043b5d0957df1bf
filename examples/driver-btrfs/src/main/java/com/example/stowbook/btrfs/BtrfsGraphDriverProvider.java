package com.example.stowbook.btrfs;

import dev.stowbook.linux.btrfs.Subvolumes;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.mount.MountCalls;
import dev.stowbook.spi.DriverContext;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.Health;
import dev.stowbook.spi.graph.GraphCapability;
import dev.stowbook.spi.graph.GraphDriver;
import dev.stowbook.spi.graph.GraphDriverProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import org.pf4j.Extension;

/**
 * Opens {@link BtrfsGraphDriver}. Layers lie in the driver's private directory, or where the setting {@code directory} says; either has to be on a
 * btrfs.
 */
@Extension
public final class BtrfsGraphDriverProvider implements GraphDriverProvider {

    @Override
    public String name() {
        return "btrfs";
    }

    @Override
    public int spiLevel() {
        return SPI_LEVEL;
    }

    /** All but DIFF: what a layer changed is found by comparing it with its parent. */
    @Override
    public Set<GraphCapability> capabilities() {
        return EnumSet.complementOf(EnumSet.of(GraphCapability.DIFF));
    }

    @Override
    public Health probe() {
        try {
            return Files.readString(Path.of("/proc/filesystems")).contains("\tbtrfs\n")
                    ? new Health(true, "the kernel has btrfs")
                    : new Health(false, "the kernel has no btrfs loaded: \"modprobe btrfs\", or choose another graph driver");
        } catch (IOException e) {
            return new Health(false, "the kernel's file systems cannot be listed: " + e);
        }
    }

    @Override
    public GraphDriver open(DriverContext context) throws DriverException {
        String directory = context.configuration().get("directory");
        Path home = directory == null ? context.privateDirectory() : Path.of(directory);
        if (!home.isAbsolute() || !Files.isDirectory(home)) {
            throw new DriverException(DriverErrorCode.UNAVAILABLE, 0, "open", "btrfs", "the setting \"directory\" has to be the absolute path of a "
                    + "directory that is there, and " + home + " is not");
        }
        return BtrfsGraphDriver.open(FileCalls.linux(), MountCalls.linux(), Subvolumes.linux(), home);
    }
}
