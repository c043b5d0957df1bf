package dev.stowbook.graph.vfs;

import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.mount.MountCalls;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.graph.GraphDriver;
import dev.stowbook.testkit.graph.GraphDriverHostileContract;
import java.nio.file.Path;

class VfsHostileTest extends GraphDriverHostileContract {

    @Override
    protected GraphDriver open(Path privateDirectory) throws DriverException {
        return VfsGraphDriver.open(FileCalls.linux(), MountCalls.linux(), privateDirectory);
    }
}
