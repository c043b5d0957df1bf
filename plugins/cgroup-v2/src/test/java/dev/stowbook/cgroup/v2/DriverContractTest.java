package dev.stowbook.cgroup.v2;

import dev.stowbook.linux.cgroup.CgroupFiles;
import dev.stowbook.linux.cgroup.CgroupHierarchies;
import dev.stowbook.linux.cgroup.CgroupHierarchies.Layout;
import dev.stowbook.linux.cgroup.DevicePrograms;
import dev.stowbook.spi.cgroup.CgroupCapability;
import dev.stowbook.spi.cgroup.CgroupDriver;
import dev.stowbook.testkit.RecordingDriverContext;
import dev.stowbook.testkit.cgroup.CgroupDriverContract;
import java.util.EnumSet;
import java.util.Set;

/** The contract on the v2 hierarchy of this host, whatever controllers it owns. */
class DriverContractTest extends CgroupDriverContract {
    @Override
    protected CgroupDriver open(RecordingDriverContext context) throws Exception {
        return CgroupProvider.open(context, CgroupFiles.real(), DevicePrograms.real(), hierarchies());
    }

    /**
     * Controllers that a hybrid host leaves to its v2 tree stay as they are: to hand one down, the root of the tree is written to,
     * which others share.
     */
    private static CgroupHierarchies hierarchies() throws Exception {
        var all = CgroupHierarchies.detect(CgroupFiles.real());
        return all.layout() == Layout.UNIFIED
                ? all
                : new CgroupHierarchies(all.layout(), all.v1(), all.unified(), Set.of(), all.kernel());
    }

    /** What v1 owns, and what is v1's alone. */
    @Override
    protected Set<CgroupCapability> unsupported() throws Exception {
        return EnumSet.complementOf(EnumSet.copyOf(new Controllers(CgroupFiles.real(), hierarchies()).capabilities()));
    }
}
