package com.example.stowbook.btrfs;

import dev.stowbook.linux.btrfs.Subvolumes;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.mount.MountCalls;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.graph.GraphDriver;
import dev.stowbook.testkit.graph.GraphDriverCrashContract;
import dev.stowbook.testkit.graph.MortalFileCalls;
import java.nio.file.Path;

class BtrfsCrashTest extends GraphDriverCrashContract {

    @Override
    protected Path parentOfHome() {
        return Btrfs.path();
    }

    @Override
    protected void removeHome(Path home) throws Exception {
        Btrfs.remove(home);
    }

    @Override
    protected GraphDriver open(FileCalls files, Path privateDirectory) throws DriverException {
        return BtrfsGraphDriver.open(files, MountCalls.linux(), Subvolumes.linux(), privateDirectory);
    }

    /** Subvolumes die with the files. */
    @Override
    protected GraphDriver open(MortalFileCalls mortal, Path privateDirectory) throws DriverException {
        return BtrfsGraphDriver.open(
                mortal.calls(), MountCalls.linux(), mortal.of(Subvolumes.class, Subvolumes.linux()), privateDirectory);
    }
}
