package dev.stowbook.cgroup.v1;

import dev.stowbook.linux.systemd.UnitNames;
import dev.stowbook.spi.cgroup.CgroupCapability;
import dev.stowbook.spi.cgroup.CgroupDriver;
import dev.stowbook.spi.cgroup.GroupId;
import dev.stowbook.testkit.RecordingDriverContext;
import dev.stowbook.testkit.cgroup.CgroupDriverContract;
import java.net.StandardProtocolFamily;
import java.nio.channels.SocketChannel;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;

/** The contract where systemd makes and limits the groups at our word. */
@ExtendWith(WhereSystemdIsInit.class)
class UnitContractTest extends CgroupDriverContract {
    /** The JDK keeps a descriptor from the first socket channel on, which is no leak of ours. */
    @BeforeAll
    static void openASocket() throws Exception {
        SocketChannel.open(StandardProtocolFamily.UNIX).close();
    }

    @Override
    protected CgroupDriver open(RecordingDriverContext context) throws Exception {
        return UnitsTest.openUnits(context);
    }

    @Override
    protected String pathOf(GroupId group) {
        String unit = new UnitNames(instance).directory(group.pod(), group.container()).toString();
        return group.container().isPresent() ? unit + "/container" : unit;
    }

    /** What this kernel lacks, and what systemd has no property for. */
    @Override
    protected Set<CgroupCapability> unsupported() {
        var lacking = EnumSet.complementOf(EnumSet.copyOf(new CgroupProvider().capabilities()));
        lacking.add(CgroupCapability.CPU_BURST);
        return lacking;
    }
}
