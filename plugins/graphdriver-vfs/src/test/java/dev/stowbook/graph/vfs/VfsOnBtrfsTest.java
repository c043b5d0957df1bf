package dev.stowbook.graph.vfs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.mount.MountCalls;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.graph.GraphCapability;
import dev.stowbook.spi.graph.GraphDriver;
import dev.stowbook.testkit.RequiresRoot;
import dev.stowbook.testkit.graph.GraphDriverCapabilityContract;
import dev.stowbook.testkit.graph.LoopFileSystem;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The driver on a file system that can limit what a layer holds. */
@RequiresRoot("it mounts a file system of its own")
class VfsOnBtrfsTest extends GraphDriverCapabilityContract {
    private static LoopFileSystem btrfs;

    @BeforeAll
    static void mount() throws Exception {
        btrfs = LoopFileSystem.make("btrfs", 512L << 20);
    }

    @AfterAll
    static void unmount() throws Exception {
        btrfs.close();
    }

    @Override
    protected Path parentOfHome() {
        return btrfs.path();
    }

    @Override
    protected GraphDriver open(Path privateDirectory) throws DriverException {
        return VfsGraphDriver.open(FileCalls.linux(), MountCalls.linux(), privateDirectory);
    }

    @Override
    protected Set<GraphCapability> capabilities() {
        return EnumSet.of(GraphCapability.QUOTA, GraphCapability.XATTR);
    }

    @Test
    void u9_theProviderSaysWhatTheDriverCan() {
        assertEquals(capabilities(), new VfsGraphDriverProvider().capabilities());
    }
}
