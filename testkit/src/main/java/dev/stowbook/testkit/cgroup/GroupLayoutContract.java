package dev.stowbook.testkit.cgroup;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.stowbook.spi.cgroup.CgroupDriver;
import dev.stowbook.spi.cgroup.CgroupLimits;
import dev.stowbook.spi.cgroup.CreateGroupRequest;
import dev.stowbook.spi.cgroup.GroupId;
import dev.stowbook.spi.cgroup.GroupTarget;
import dev.stowbook.testkit.RecordingDriverContext;
import dev.stowbook.testkit.TestNames;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The paths of {@link GroupLayout}, in hierarchies laid out in a directory: needs no root. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class GroupLayoutContract {
    private static final Map<String, String> FILES = Map.of(
            "tasks", "", "cgroup.procs", "", "cgroup.subtree_control", "", "freezer.state", "THAWED", "cgroup.kill", "",
            "cgroup.freeze", "0", "cgroup.events", "populated 0\nfrozen 1");

    /** For JUnit. */
    protected GroupLayoutContract() {}

    /** Those that the driver under test has. */
    protected abstract Stream<GroupLayout> layouts();

    /**
     * Opens the driver.
     *
     * @param root where the layout's hierarchies are
     * @param files all they consist of
     * @param units who makes groups where systemd does
     */
    protected abstract CgroupDriver open(
            GroupLayout layout, Path root, FakeCgroupFiles files, FakeSystemdUnits units, RecordingDriverContext context) throws Exception;

    @ParameterizedTest
    @MethodSource("layouts")
    void c28_aPodAndItsContainerAreWhereTheLayoutSays(GroupLayout layout, @TempDir Path directory) throws Exception {
        Path root = Files.createDirectory(directory.resolve("cgroup"));
        var hierarchies = new HashMap<String, Map<String, String>>();
        layout.hierarchies().forEach(hierarchy -> hierarchies.put(hierarchy, FILES));
        var files = new FakeCgroupFiles(root, hierarchies);
        List<Path> mounts = layout.hierarchies().stream().map(root::resolve).toList();
        var context = new RecordingDriverContext(directory, TestNames.instanceId(), Map.of());
        GroupId pod = GroupId.ofPod("ab".repeat(32));
        GroupId container = GroupId.ofContainer(pod.pod(), "cd".repeat(32));
        // Of v1's hierarchies systemd does not know the freezer.
        var units = new FakeSystemdUnits(files, mounts.stream().filter(mount -> !mount.endsWith("freezer")).toList());
        try (CgroupDriver driver = open(layout, root, files, units, context)) {
            for (GroupId group : List.of(pod, container)) {
                driver.create(new CreateGroupRequest(group, CgroupLimits.none(), "1/create"));
                assertThere(layout, mounts, context.instanceId(), group, true);
            }
            assertEquals(List.of(pod, container), driver.list());
            for (GroupId group : List.of(container, pod)) {
                driver.destroy(new GroupTarget(group, "2/destroy"));
                assertThere(layout, mounts, context.instanceId(), group, false);
            }
        }
    }

    private static void assertThere(GroupLayout layout, List<Path> mounts, String instance, GroupId group, boolean there) {
        for (Path mount : mounts) {
            Path expected = mount.resolve(layout.path(instance, group));
            assertEquals(there, Files.isDirectory(expected), layout + ": " + expected);
        }
    }
}
