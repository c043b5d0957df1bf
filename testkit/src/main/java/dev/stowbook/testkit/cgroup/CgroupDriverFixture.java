package dev.stowbook.testkit.cgroup;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.Presence;
import dev.stowbook.spi.cgroup.AppliedLimits;
import dev.stowbook.spi.cgroup.CgroupDriver;
import dev.stowbook.spi.cgroup.CgroupLimits;
import dev.stowbook.spi.cgroup.CreateGroupRequest;
import dev.stowbook.spi.cgroup.GroupId;
import dev.stowbook.spi.cgroup.GroupTarget;
import dev.stowbook.spi.cgroup.PressureTrigger;
import dev.stowbook.spi.cgroup.UpdateGroupRequest;
import dev.stowbook.spi.cgroup.WatchRequest;
import dev.stowbook.testkit.KernelSnapshot;
import dev.stowbook.testkit.RecordingDriverContext;
import dev.stowbook.testkit.RequiresRoot;
import dev.stowbook.testkit.TestNames;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/**
 * A cgroup driver opened on a real kernel for one test, with an instance of its own; afterwards its groups are killed and removed,
 * and the test fails if anything of the instance is left.
 */
@RequiresRoot("control groups are made, and limited, by root alone")
public abstract class CgroupDriverFixture {
    /** How long tests wait for the kernel. */
    protected static final Duration PATIENCE = Duration.ofSeconds(60);

    protected final String instance = TestNames.instanceId();
    protected final GroupId pod = GroupId.ofPod(TestNames.id());
    protected final GroupId container = GroupId.ofContainer(pod.pod(), TestNames.id());

    @TempDir
    protected Path directory;

    protected RecordingDriverContext context;
    protected CgroupDriver driver;
    private KernelSnapshot before;
    private int operations;

    /** For JUnit. */
    protected CgroupDriverFixture() {}

    /** How long to wait for what a driver said it had done; less only where it is known not to come. */
    protected Duration patience() {
        return PATIENCE;
    }

    /** Opens the driver under test. */
    protected abstract CgroupDriver open(RecordingDriverContext context) throws Exception;

    @BeforeEach
    final void openDriver() throws Exception {
        before = KernelSnapshot.take(KernelSnapshot.Filter.of("stowbook-" + instance));
        context = new RecordingDriverContext(directory, instance, Map.of());
        driver = open(context);
    }

    @AfterEach
    final void nothingIsLeft() throws Exception {
        var groups = new ArrayList<>(driver.list());
        for (GroupId group : groups) {
            if (driver.inspect(target(group)).presence() == Presence.PRESENT) {
                driver.thaw(target(group));
            }
        }
        for (GroupId group : groups.reversed()) {
            driver.kill(target(group));
            driver.destroy(target(group));
        }
        driver.close();
        driver.close();
        KernelSnapshot.assertNothingLeft(before, patience());
    }

    /** A target with an operation id of its own. */
    protected final GroupTarget target(GroupId group) {
        return new GroupTarget(group, ++operations + "/cgroup");
    }

    /** Watches a group, with triggers for its pressure if any are given. */
    protected final void watch(GroupId group, PressureTrigger... pressure) throws DriverException {
        driver.watch(new WatchRequest(group, List.of(pressure), ++operations + "/cgroup"));
    }

    /** Makes a group with limits. */
    protected final AppliedLimits create(GroupId group, Limits limits) throws DriverException {
        return driver.create(new CreateGroupRequest(group, limits.build(), ++operations + "/cgroup"));
    }

    /** Changes limits of a group. */
    protected final AppliedLimits update(GroupId group, Limits limits) throws DriverException {
        return driver.update(new UpdateGroupRequest(group, limits.build(), ++operations + "/cgroup"));
    }

    /** Makes a group without limits. */
    protected final void create(GroupId group) throws DriverException {
        driver.create(new CreateGroupRequest(group, CgroupLimits.none(), ++operations + "/cgroup"));
    }

    /** Starts a script in a group. */
    protected final PlacedProcess start(GroupId group, String script) throws Exception {
        return PlacedProcess.start(driver.placement(target(group)), script);
    }

    /** Where a group's processes are, below a hierarchy's mount; a driver that does not keep to the SPI's layout says otherwise. */
    protected String pathOf(GroupId group) {
        return "stowbook-" + instance + "/" + group.path();
    }

    /** Directories below any hierarchy whose path ends with a group's. */
    protected final List<Path> directoriesOf(GroupId group) throws IOException {
        var found = new ArrayList<Path>();
        String suffix = pathOf(group);
        for (String line : Files.readAllLines(Path.of("/proc/self/mountinfo"))) {
            if (line.contains(" - cgroup")) {
                Path candidate = Path.of(line.split(" ")[4]).resolve(suffix);
                if (Files.isDirectory(candidate)) {
                    found.add(candidate);
                }
            }
        }
        return found;
    }

    /** Waits until a group has at least so many processes, or none if 0 is asked for. */
    protected final void awaitProcesses(GroupId group, int count) throws Exception {
        long deadline = System.nanoTime() + patience().toNanos();
        while (true) {
            int present = driver.processes(target(group)).size();
            if (count == 0 ? present == 0 : present >= count) {
                return;
            }
            assertTrue(System.nanoTime() < deadline, "group has " + present + " processes, not " + count);
            Thread.sleep(5);
        }
    }
}
