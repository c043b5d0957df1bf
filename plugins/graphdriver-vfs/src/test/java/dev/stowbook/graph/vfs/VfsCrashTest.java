package dev.stowbook.graph.vfs;

import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.mount.MountCalls;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.graph.GraphDriver;
import dev.stowbook.testkit.graph.GraphDriverCrashContract;
import java.nio.file.Path;

class VfsCrashTest extends GraphDriverCrashContract {

    @Override
    protected GraphDriver open(FileCalls files, Path privateDirectory) throws DriverException {
        return VfsGraphDriver.open(files, MountCalls.linux(), privateDirectory);
    }
}
