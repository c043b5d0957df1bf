package dev.stowbook.cgroup.v1;

import dev.stowbook.linux.cgroup.CgroupFiles;
import dev.stowbook.linux.cgroup.CgroupHierarchies;
import dev.stowbook.spi.cgroup.CgroupDriver;
import dev.stowbook.testkit.RecordingDriverContext;
import dev.stowbook.testkit.cgroup.CgroupDriverCrashContract;
import dev.stowbook.testkit.cgroup.Limits;

/** Stopped at every call, on this host's hierarchies. */
class CrashTest extends CgroupDriverCrashContract {
    @Override
    protected CgroupDriver open(RecordingDriverContext context, CgroupFiles files) throws Exception {
        return CgroupProvider.open(context, files, CgroupHierarchies.detect(CgroupFiles.real()));
    }

    @Override
    protected Limits limits() {
        return Limits.of().shares(512).memory(64 << 20).pids(100);
    }
}
