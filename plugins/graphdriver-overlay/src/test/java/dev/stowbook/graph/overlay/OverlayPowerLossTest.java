package dev.stowbook.graph.overlay;

import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.mount.MountCalls;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.graph.GraphDriver;
import dev.stowbook.testkit.RequiresRoot;
import dev.stowbook.testkit.graph.GraphDriverPowerLossContract;
import java.nio.file.Path;

@RequiresRoot("an overlay is mounted, and its marks are set, by root alone")
class OverlayPowerLossTest extends GraphDriverPowerLossContract {

    @Override
    protected GraphDriver open(FileCalls files, Path privateDirectory) throws DriverException {
        return OverlayGraphDriver.open(files, MountCalls.linux(), privateDirectory);
    }
}
