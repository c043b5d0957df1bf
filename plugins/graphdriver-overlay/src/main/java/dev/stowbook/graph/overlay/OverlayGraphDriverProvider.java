package dev.stowbook.graph.overlay;

import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.mount.MountCalls;
import dev.stowbook.spi.DriverContext;
import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.Health;
import dev.stowbook.spi.graph.GraphCapability;
import dev.stowbook.spi.graph.GraphDriver;
import dev.stowbook.spi.graph.GraphDriverProvider;
import java.util.EnumSet;
import java.util.Set;
import org.pf4j.Extension;

/** Opens {@link OverlayGraphDriver}. */
@Extension
public final class OverlayGraphDriverProvider implements GraphDriverProvider {

    @Override
    public String name() {
        return "overlay";
    }

    @Override
    public int spiLevel() {
        return SPI_LEVEL;
    }

    @Override
    public Set<GraphCapability> capabilities() {
        return EnumSet.of(GraphCapability.COPY_ON_WRITE, GraphCapability.DIFF, GraphCapability.QUOTA, GraphCapability.XATTR);
    }

    @Override
    public Health probe() {
        try {
            MountCalls.linux().openFileSystem("overlay").close();
            return new Health(true, "the kernel has the overlay file system");
        } catch (LinuxException e) {
            return new Health(false, "the kernel offers no overlay file system (" + e.getMessage()
                    + "): load it with \"modprobe overlay\", run as root, or choose the graph driver vfs");
        }
    }

    @Override
    public GraphDriver open(DriverContext context) throws DriverException {
        Health health = probe();
        if (!health.usable()) {
            throw new DriverException(DriverErrorCode.UNAVAILABLE, 0, "open", "overlay", health.reason());
        }
        return OverlayGraphDriver.open(FileCalls.linux(), MountCalls.linux(), context.privateDirectory());
    }
}
