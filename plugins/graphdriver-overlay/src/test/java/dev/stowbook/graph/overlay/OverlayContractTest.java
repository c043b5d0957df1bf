package dev.stowbook.graph.overlay;

import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.mount.MountCalls;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.graph.GraphDriver;
import dev.stowbook.testkit.RequiresRoot;
import dev.stowbook.testkit.graph.GraphDriverContract;
import java.nio.file.Path;

@RequiresRoot("an overlay is mounted, and its marks are set, by root alone")
class OverlayContractTest extends GraphDriverContract {

    @Override
    protected GraphDriver open(Path privateDirectory) throws DriverException {
        return OverlayGraphDriver.open(FileCalls.linux(), MountCalls.linux(), privateDirectory);
    }
}
