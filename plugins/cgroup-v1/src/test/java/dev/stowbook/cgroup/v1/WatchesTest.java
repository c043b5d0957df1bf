package dev.stowbook.cgroup.v1;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.stowbook.linux.LibC;
import dev.stowbook.linux.cgroup.CgroupHierarchies;
import dev.stowbook.linux.cgroup.CgroupHierarchies.Layout;
import dev.stowbook.spi.Observation.OomKilled;
import dev.stowbook.spi.cgroup.CgroupLimits;
import dev.stowbook.spi.cgroup.CreateGroupRequest;
import dev.stowbook.spi.cgroup.GroupId;
import dev.stowbook.spi.cgroup.WatchRequest;
import dev.stowbook.testkit.RecordingDriverContext;
import dev.stowbook.testkit.TestNames;
import dev.stowbook.testkit.cgroup.FakeCgroupFiles;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Signals and counts in orders that a kernel comes to once in a thousand times: the test is the kernel, which writes to the eventfd
 * that was registered and counts in the files.
 */
class WatchesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Map<String, Map<String, String>> FILES = Map.of(
            "memory", Map.of("memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 0", "cgroup.event_control", "", "tasks", ""),
            "freezer", Map.of("freezer.state", "THAWED", "cgroup.procs", "", "tasks", ""));

    @TempDir
    Path directory;

    private final GroupId pod = GroupId.ofPod("ab".repeat(32));
    private final GroupId container = GroupId.ofContainer(pod.pod(), "cd".repeat(32));
    private final GroupId sibling = GroupId.ofContainer(pod.pod(), "ef".repeat(32));
    private FakeCgroupFiles files;
    private RecordingDriverContext context;
    private CgroupFsDriver driver;

    @BeforeEach
    void layOut() throws Exception {
        Path root = Files.createDirectory(directory.resolve("cgroup"));
        files = new FakeCgroupFiles(root, FILES);
        context = new RecordingDriverContext(directory, TestNames.instanceId(), Map.of());
        var v1 = Map.of("memory", root.resolve("memory"), "freezer", root.resolve("freezer"));
        driver = CgroupProvider.open(context, files, new CgroupHierarchies(Layout.LEGACY, v1, Optional.empty(), Set.of(), Map.of()));
        for (GroupId group : List.of(pod, container, sibling)) {
            driver.create(new CreateGroupRequest(group, CgroupLimits.none(), "1/create"));
        }
    }

    @AfterEach
    void close() {
        driver.close();
    }

    private void watch(GroupId group) throws Exception {
        driver.watch(new WatchRequest(group, List.of(), "2/watch"));
    }

    private Path memory(GroupId group) {
        return directory.resolve("cgroup/memory/stowbook-" + context.instanceId()).resolve(group.path());
    }

    /** Signals a group as the kernel does before it kills: whoever registered. */
    private void signal(GroupId group) {
        try {
            String registered = Files.readString(memory(group).resolve("cgroup.event_control")).strip();
            if (!registered.isEmpty()) {
                byte[] one = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder()).putLong(1).array();
                LibC.write(Integer.parseInt(registered.split(" ")[0]), one, one.length);
            }
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private void count(GroupId victim, int kills) {
        files.change(memory(victim).resolve("memory.oom_control"), "oom_kill_disable 0\nunder_oom 0\noom_kill " + kills);
    }

    /** Does something once, after so many readings of a group's kills. */
    private void afterReadings(GroupId group, int times, Runnable task) {
        var seen = new AtomicInteger();
        files.afterRead(file -> {
            if (file.equals(memory(group).resolve("memory.oom_control")) && seen.incrementAndGet() == times) {
                task.run();
            }
        });
    }

    private void assertTold(OomKilled expected) throws Exception {
        assertEquals(Optional.of(expected), context.await(PATIENCE, expected::equals), context.observations().toString());
    }

    @Test
    void c7_aKillThatIsCountedBetweenTwoReadingsIsToldByTheNext() throws Exception {
        watch(container);
        afterReadings(container, 1, () -> {
            signal(container);
            count(container, 2);
        });
        signal(container);
        count(container, 1);
        assertTold(new OomKilled(container.path(), 2));
    }

    @Test
    void c7_aSiblingsKillIsToldThoughItIsCountedWhileAnothersIsRead() throws Exception {
        watch(container);
        watch(sibling);
        afterReadings(container, 1, () -> {
            signal(sibling);
            count(sibling, 1);
        });
        signal(container);
        count(container, 1);
        assertTold(new OomKilled(container.path(), 1));
        assertTold(new OomKilled(sibling.path(), 1));
        assertEquals(2, context.observations().size(), context.observations().toString());
    }

    @Test
    void c7_aKillThatIsCountedWhileTheWatchBeginsIsTold() throws Exception {
        // Read once for the pod's sum, then for itself.
        afterReadings(container, 2, () -> {
            signal(container);
            count(container, 1);
        });
        watch(container);
        assertTold(new OomKilled(container.path(), 1));
    }

    @Test
    void c7_theKillOfAPodsLimitIsToldOfThePodAlone() throws Exception {
        watch(container);
        watch(sibling);
        for (GroupId group : List.of(pod, container, sibling)) {
            signal(group);
        }
        count(sibling, 1);
        assertTold(new OomKilled(pod.path(), 1));
        signal(sibling);
        count(sibling, 2);
        assertTold(new OomKilled(sibling.path(), 2));
        assertEquals(2, context.observations().size(), context.observations().toString());
    }
}
