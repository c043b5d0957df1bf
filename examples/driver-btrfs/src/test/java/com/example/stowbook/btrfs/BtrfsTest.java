package com.example.stowbook.btrfs;

import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.graph.GraphDriver;
import dev.stowbook.testkit.graph.GraphDriverContract;
import java.nio.file.Path;


class BtrfsTest extends GraphDriverContract {

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
