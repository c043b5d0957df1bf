package dev.stowbook.volume.local;

import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.mount.MountCalls;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.volume.VolumeCapability;
import dev.stowbook.spi.volume.VolumeDriver;
import dev.stowbook.testkit.RequiresRoot;
import dev.stowbook.testkit.volume.VolumeDriverContract;
import java.nio.file.Path;
import java.util.Set;

@RequiresRoot("what volumes stand for is mounted by root alone")
class LocalContractTest extends VolumeDriverContract {

    @Override
    protected VolumeDriver open(FileCalls files, MountCalls mounts, Path privateDirectory, Path runDirectory) throws DriverException {
        return LocalVolumeDriver.open(files, mounts, privateDirectory, runDirectory);
    }

    @Override
    protected Set<VolumeCapability> capabilities() {
        return new LocalVolumeDriverProvider().capabilities();
    }
}
