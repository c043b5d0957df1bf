package dev.stowbook.cgroup.v1;

import dev.stowbook.linux.cgroup.CgroupHierarchies;
import dev.stowbook.linux.cgroup.CgroupHierarchies.Layout;
import dev.stowbook.spi.cgroup.CgroupDriver;
import dev.stowbook.testkit.RecordingDriverContext;
import dev.stowbook.testkit.cgroup.FakeCgroupFiles;
import dev.stowbook.testkit.cgroup.FakeSystemdUnits;
import dev.stowbook.testkit.cgroup.GroupLayout;
import dev.stowbook.testkit.cgroup.GroupLayoutContract;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** C28 on v1. UnitsTest reads the same paths under a real systemd, LimitsOnTheKernelTest those of files on the host. */
class GroupLayoutTest extends GroupLayoutContract {
    @Override
    protected Stream<GroupLayout> layouts() {
        return Stream.of(GroupLayout.V1_CGROUPFS, GroupLayout.V1_SYSTEMD);
    }

    @Override
    protected CgroupDriver open(
            GroupLayout layout, Path root, FakeCgroupFiles files, FakeSystemdUnits units, RecordingDriverContext context) throws Exception {
        var v1 = Map.of("memory", root.resolve("memory"), "freezer", root.resolve("freezer"));
        var hierarchies = new CgroupHierarchies(Layout.LEGACY, v1, Optional.empty(), Set.of(), Map.of());
        return layout.bySystemd()
                ? CgroupProvider.openUnits(context, files, hierarchies, List.of(root.resolve("systemd")), units)
                : CgroupProvider.open(context, files, hierarchies);
    }
}
