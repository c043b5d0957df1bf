package dev.stowbook.graph.vfs;

import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.mount.MountCalls;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.graph.GraphCapability;
import dev.stowbook.spi.graph.GraphDriver;
import dev.stowbook.testkit.graph.GraphDriverCapabilityContract;
import java.nio.file.Path;
import java.util.Set;

class VfsCapabilityTest extends GraphDriverCapabilityContract {

    @Override
    protected GraphDriver open(Path privateDirectory) throws DriverException {
        return VfsGraphDriver.open(FileCalls.linux(), MountCalls.linux(), privateDirectory);
    }

    /** The test's directory lies on ext4 or tmpfs, where layers cannot be limited. */
    @Override
    protected Set<GraphCapability> capabilities() {
        return Set.of(GraphCapability.XATTR);
    }
}
