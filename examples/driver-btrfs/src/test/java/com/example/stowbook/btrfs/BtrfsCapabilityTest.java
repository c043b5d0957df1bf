package com.example.stowbook.btrfs;

import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.graph.GraphCapability;
import dev.stowbook.spi.graph.GraphDriver;
import dev.stowbook.testkit.graph.GraphDriverCapabilityContract;
import java.nio.file.Path;
import java.util.Set;

class BtrfsCapabilityTest extends GraphDriverCapabilityContract {

    @Override
    protected Path parentOfHome() {
        return Btrfs.path();
    }

    @Override
    protected void removeHome() throws Exception {
        Btrfs.remove(home);
    }

    @Override
    protected GraphDriver open(Path privateDirectory) throws DriverException {
        return Btrfs.open(privateDirectory);
    }

    @Override
    protected Set<GraphCapability> capabilities() {
        return new BtrfsGraphDriverProvider().capabilities();
    }
}
