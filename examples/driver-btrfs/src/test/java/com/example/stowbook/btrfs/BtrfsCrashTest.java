package com.example.stowbook.btrfs;

import dev.stowbook.linux.btrfs.Subvolumes;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.mount.MountCalls;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.graph.GraphDriver;
import dev.stowbook.testkit.fault.Faults;
import dev.stowbook.testkit.graph.GraphDriverCrashContract;
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

    /** Calls of subvolumes are struck, too. */
    @Override
    protected GraphDriver open(Faults faults, Path privateDirectory) throws DriverException {
        return BtrfsGraphDriver.open(faults.between(FileCalls.class, FileCalls.linux()), MountCalls.linux(),
                faults.between(Subvolumes.class, Subvolumes.linux()), privateDirectory);
    }
}
