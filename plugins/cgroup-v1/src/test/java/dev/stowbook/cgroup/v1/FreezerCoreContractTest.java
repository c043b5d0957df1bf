package dev.stowbook.cgroup.v1;

import dev.stowbook.linux.cgroup.CgroupFiles;
import dev.stowbook.linux.cgroup.CgroupHierarchies;
import dev.stowbook.spi.cgroup.CgroupCapability;
import dev.stowbook.spi.cgroup.CgroupDriver;
import dev.stowbook.testkit.RecordingDriverContext;
import dev.stowbook.testkit.cgroup.CgroupDriverContract;
import java.util.EnumSet;
import java.util.Set;

/** The contract as on a host without a v2 mount: the v1 freezer is the core. */
class FreezerCoreContractTest extends CgroupDriverContract {
    @Override
    protected CgroupDriver open(RecordingDriverContext context) throws Exception {
        CgroupFiles files = CgroupFiles.real();
        return CgroupProvider.open(context, files, CgroupHierarchies.detect(files).withoutUnified());
    }

    /** As with a v2 core, which adds nothing but the kill and finer pressure. */
    @Override
    protected Set<CgroupCapability> unsupported() {
        return EnumSet.complementOf(EnumSet.copyOf(new CgroupProvider().capabilities()));
    }
}
