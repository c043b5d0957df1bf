package dev.stowbook.volume.local;

import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.mount.MountCalls;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.volume.VolumeDriver;
import dev.stowbook.testkit.volume.VolumeDriverCrashContract;
import java.nio.file.Path;

class LocalCrashTest extends VolumeDriverCrashContract {

    @Override
    protected VolumeDriver open(FileCalls files, MountCalls mounts, Path privateDirectory, Path runDirectory) throws DriverException {
        return LocalVolumeDriver.open(files, mounts, privateDirectory, runDirectory);
    }
}
