package dev.stowbook.cgroup.v2;

import dev.stowbook.linux.cgroup.CgroupHierarchies;
import dev.stowbook.linux.cgroup.CgroupHierarchies.Layout;
import dev.stowbook.spi.cgroup.CgroupDriver;
import dev.stowbook.testkit.RecordingDriverContext;
import dev.stowbook.testkit.cgroup.FakeCgroupFiles;
import dev.stowbook.testkit.cgroup.FakeSystemdUnits;
import dev.stowbook.testkit.cgroup.GroupLayout;
import dev.stowbook.testkit.cgroup.GroupLayoutContract;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** C28 on v2. UnitsTest reads the same paths under a real systemd, ControllersOnTheKernelTest those of files in a guest. */
class GroupLayoutTest extends GroupLayoutContract {
    @Override
    protected Stream<GroupLayout> layouts() {
        return Stream.of(GroupLayout.V2_CGROUPFS, GroupLayout.V2_SYSTEMD);
    }

    @Override
    protected CgroupDriver open(
            GroupLayout layout, Path root, FakeCgroupFiles files, FakeSystemdUnits units, RecordingDriverContext context) throws Exception {
        var hierarchies = new CgroupHierarchies(Layout.UNIFIED, Map.of(), Optional.of(root), Set.of("memory", "pids"), Map.of());
        return layout.bySystemd()
                ? CgroupProvider.openUnits(context, files, (group, filter) -> {}, hierarchies, units)
                : CgroupProvider.open(context, files, (group, filter) -> {}, hierarchies);
    }
}
