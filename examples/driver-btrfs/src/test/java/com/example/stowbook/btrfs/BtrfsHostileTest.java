package com.example.stowbook.btrfs;

import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.graph.GraphDriver;
import dev.stowbook.testkit.graph.GraphDriverHostileContract;
import java.nio.file.Path;


class BtrfsHostileTest extends GraphDriverHostileContract {

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
}
