package dev.stowbook.volume.local;

import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.mount.MountCalls;
import dev.stowbook.spi.DriverContext;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.Health;
import dev.stowbook.spi.volume.VolumeCapability;
import dev.stowbook.spi.volume.VolumeDriver;
import dev.stowbook.spi.volume.VolumeDriverProvider;
import java.util.Set;
import org.pf4j.Extension;

/** Opens {@link LocalVolumeDriver}. */
@Extension
public final class LocalVolumeDriverProvider implements VolumeDriverProvider {

    @Override
    public String name() {
        return "local";
    }

    @Override
    public int spiLevel() {
        return SPI_LEVEL;
    }

    @Override
    public Set<VolumeCapability> capabilities() {
        return Set.of(); // a size is kept for tmpfs only
    }

    @Override
    public Health probe() {
        return new Health(true, "directories work everywhere");
    }

    @Override
    public VolumeDriver open(DriverContext context) throws DriverException {
        return LocalVolumeDriver.open(FileCalls.linux(), MountCalls.linux(), context.privateDirectory(), context.runDirectory());
    }
}
