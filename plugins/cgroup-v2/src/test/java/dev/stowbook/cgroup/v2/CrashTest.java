package dev.stowbook.cgroup.v2;

import dev.stowbook.linux.cgroup.CgroupFiles;
import dev.stowbook.linux.cgroup.CgroupHierarchies;
import dev.stowbook.linux.cgroup.CgroupHierarchies.Layout;
import dev.stowbook.linux.cgroup.DevicePrograms;
import dev.stowbook.spi.cgroup.CgroupDriver;
import dev.stowbook.testkit.RecordingDriverContext;
import dev.stowbook.testkit.cgroup.CgroupDriverCrashContract;
import java.util.Set;

/** Stopped at every call, on the v2 tree of this host, without the controllers that a hybrid host leaves to it. */
class CrashTest extends CgroupDriverCrashContract {
    @Override
    protected CgroupDriver open(RecordingDriverContext context, CgroupFiles files) throws Exception {
        var all = CgroupHierarchies.detect(CgroupFiles.real());
        var used = all.layout() == Layout.UNIFIED
                ? all
                : new CgroupHierarchies(all.layout(), all.v1(), all.unified(), Set.of(), all.kernel());
        return CgroupProvider.open(context, files, DevicePrograms.real(), used);
    }
}
