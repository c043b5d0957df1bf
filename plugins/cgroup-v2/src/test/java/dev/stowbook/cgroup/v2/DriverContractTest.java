package dev.stowbook.cgroup.v2;

import dev.stowbook.spi.cgroup.CgroupDriver;
import dev.stowbook.testkit.RecordingDriverContext;
import dev.stowbook.testkit.cgroup.CgroupDriverContract;

/** The contract on the v2 hierarchy of this host, whatever controllers it owns. */
class DriverContractTest extends CgroupDriverContract {
    @Override
    protected CgroupDriver open(RecordingDriverContext context) throws Exception {
        return new CgroupProvider().open(context);
    }
}
