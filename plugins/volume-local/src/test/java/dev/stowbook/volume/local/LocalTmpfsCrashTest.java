package dev.stowbook.volume.local;

import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.mount.MountCalls;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.volume.VolumeDriver;
import dev.stowbook.testkit.RequiresRoot;
import dev.stowbook.testkit.volume.VolumeDriverCrashContract;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** As the other, with a file system to mount. */
@RequiresRoot("what volumes stand for is mounted by root alone")
class LocalTmpfsCrashTest extends VolumeDriverCrashContract {

    @Override
    protected VolumeDriver open(FileCalls files, MountCalls mounts, Path privateDirectory, Path runDirectory) throws DriverException {
        return LocalVolumeDriver.open(files, mounts, privateDirectory, runDirectory);
    }

    @Override
    protected SortedMap<String, String> options() {
        return new TreeMap<>(Map.of("type", "tmpfs"));
    }
}
