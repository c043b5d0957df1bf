package dev.stowbook.graph.vfs;

import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.mount.MountCalls;
import dev.stowbook.spi.DriverContext;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.Health;
import dev.stowbook.spi.graph.GraphCapability;
import dev.stowbook.spi.graph.GraphDriver;
import dev.stowbook.spi.graph.GraphDriverProvider;
import java.util.EnumSet;
import java.util.Set;
import org.pf4j.Extension;

/** Opens {@link VfsGraphDriver}. */
@Extension
public final class VfsGraphDriverProvider implements GraphDriverProvider {

    @Override
    public String name() {
        return "vfs";
    }

    @Override
    public int spiLevel() {
        return SPI_LEVEL;
    }

    @Override
    public Set<GraphCapability> capabilities() {
        return EnumSet.of(GraphCapability.QUOTA, GraphCapability.XATTR);
    }

    @Override
    public Health probe() {
        return new Health(true, "copying directories works everywhere; each layer and container takes a full copy");
    }

    @Override
    public GraphDriver open(DriverContext context) throws DriverException {
        return VfsGraphDriver.open(FileCalls.linux(), MountCalls.linux(), context.privateDirectory());
    }
}
