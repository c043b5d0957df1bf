package dev.stowbook.cgroup.v1;

import dev.stowbook.linux.cgroup.CgroupFiles;
import dev.stowbook.linux.cgroup.CgroupHierarchies;
import dev.stowbook.spi.cgroup.CgroupDriver;
import dev.stowbook.testkit.RecordingDriverContext;
import dev.stowbook.testkit.cgroup.CgroupDriverContract;

/** The contract as on a host without a v2 mount: the v1 freezer is the core. */
class FreezerCoreContractTest extends CgroupDriverContract {
    @Override
    protected CgroupDriver open(RecordingDriverContext context) throws Exception {
        CgroupFiles files = CgroupFiles.real();
        return CgroupProvider.open(context, files, CgroupHierarchies.detect(files).withoutUnified());
    }
}
