package dev.stowbook.graph.overlay;

import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.mount.MountCalls;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.graph.GraphCapability;
import dev.stowbook.spi.graph.GraphDriver;
import dev.stowbook.testkit.RequiresRoot;
import dev.stowbook.testkit.graph.GraphDriverCapabilityContract;
import java.nio.file.Path;
import java.util.Set;

@RequiresRoot("an overlay is mounted, and its marks are set, by root alone")
class OverlayCapabilityTest extends GraphDriverCapabilityContract {

    @Override
    protected GraphDriver open(Path privateDirectory) throws DriverException {
        return OverlayGraphDriver.open(FileCalls.linux(), MountCalls.linux(), privateDirectory);
    }

    /** The test's directory lies on ext4 or tmpfs, where layers cannot be limited. */
    @Override
    protected Set<GraphCapability> capabilities() {
        return Set.of(GraphCapability.COPY_ON_WRITE, GraphCapability.DIFF, GraphCapability.XATTR);
    }
}
