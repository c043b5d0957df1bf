package dev.stowbook.cgroup.v1;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.linux.cgroup.CgroupFiles;
import dev.stowbook.linux.cgroup.CgroupHierarchies;
import dev.stowbook.linux.systemd.SystemdUnits;
import dev.stowbook.linux.systemd.UnitNames;
import dev.stowbook.spi.Observation.OomKilled;
import dev.stowbook.spi.Observation.PidsExhausted;
import dev.stowbook.spi.Presence;
import dev.stowbook.spi.cgroup.CgroupDriver;
import dev.stowbook.spi.cgroup.DeviceRule;
import dev.stowbook.spi.cgroup.GroupId;
import dev.stowbook.testkit.RecordingDriverContext;
import dev.stowbook.testkit.TestNames;
import dev.stowbook.testkit.cgroup.CgroupDriverFixture;
import dev.stowbook.testkit.cgroup.Limits;
import java.net.StandardProtocolFamily;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What systemd knows of our groups on v1, what goes through it, and what its reloads leave alone. */
@ExtendWith(WhereSystemdIsInit.class)
class UnitsTest extends CgroupDriverFixture {
    private static final long MIB = 1 << 20;
    private static final Path HIERARCHIES = Path.of("/sys/fs/cgroup");

    /** The JDK keeps a descriptor from the first socket channel on, which is no leak of ours. */
    @BeforeAll
    static void openASocket() throws Exception {
        SocketChannel.open(StandardProtocolFamily.UNIX).close();
    }

    static CgroupDriver openUnits(RecordingDriverContext context) throws Exception {
        CgroupFiles files = CgroupFiles.real();
        CgroupHierarchies hierarchies = CgroupHierarchies.detect(files);
        return CgroupProvider.openUnits(
                context, files, hierarchies, CgroupProvider.systemds(files, hierarchies), SystemdUnits.connect());
    }

    @Override
    protected CgroupDriver open(RecordingDriverContext context) throws Exception {
        return openUnits(context);
    }

    private static String run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        assertEquals(0, process.waitFor(), List.of(command).toString());
        return output;
    }

    private String shown(GroupId group, String property) throws Exception {
        return run("systemctl", "show", "--value", "-p", property, new UnitNames(instance).unit(group.pod(), group.container()));
    }

    private Path unit(String controller, GroupId group) {
        return HIERARCHIES.resolve(controller).resolve(new UnitNames(instance).directory(group.pod(), group.container()));
    }

    private String scope(String controller, String name) throws Exception {
        return Files.readString(unit(controller, container).resolve(name)).strip();
    }

    private String below(String controller, String name) throws Exception {
        return Files.readString(unit(controller, container).resolve("container").resolve(name)).strip();
    }

    @Test
    void c23_aScopeAppearsAndWhatHasAPropertyGoesThroughIt() throws Exception {
        create(pod, Limits.of().memory(128 * MIB));
        var applied = create(container, Limits.of().shares(512).quota(50_000).memory(64 * MIB).memoryAndSwap(96 * MIB).pids(20));
        assertEquals("active", shown(container, "ActiveState"));
        assertEquals("yes", shown(container, "Delegate"));
        assertEquals(Long.toString(64 * MIB), shown(container, "MemoryLimit"));
        assertEquals(Long.toString(128 * MIB), shown(pod, "MemoryLimit"));
        assertEquals("512", shown(container, "CPUShares"));
        assertEquals("21", shown(container, "TasksMax"));
        assertEquals(Long.toString(64 * MIB), scope("memory", "memory.limit_in_bytes"));
        assertEquals("50000", scope("cpu", "cpu.cfs_quota_us"));
        assertEquals("512", scope("cpu", "cpu.shares"));
        assertEquals("21", scope("pids", "pids.max"), "and room for the process that keeps the scope");
        assertEquals("max", below("pids", "pids.max"), "limited by the unit alone");
        assertEquals("-1", below("cpu", "cpu.cfs_quota_us"), "limited by the unit alone");
        assertEquals("20", applied.written().get("pids/pids.max"));
        assertEquals(List.of(), applied.clamped());

        update(container, Limits.of().memory(32 * MIB).pids(10).period(50_000));
        assertEquals(Long.toString(32 * MIB), scope("memory", "memory.limit_in_bytes"));
        assertEquals("11", scope("pids", "pids.max"));
        assertEquals("50000 50000", scope("cpu", "cpu.cfs_quota_us") + " " + scope("cpu", "cpu.cfs_period_us"), "the quota stays");

        try (var process = start(container, "exec sleep 60")) {
            String path = "/" + new UnitNames(instance).directory(container.pod(), container.container()) + "/container";
            assertTrue(process.proc("cgroup").lines().anyMatch(line -> line.endsWith("name=systemd:" + path)), process.proc("cgroup"));
            assertEquals(new UnitNames(instance).unit(container.pod(), container.container()), run("ps", "-o", "unit=", "-p", Integer.toString(process.pid())));
            assertEquals(1, driver.kill(target(container)));
        }
        driver.destroy(target(container));
        assertEquals("inactive", shown(container, "ActiveState"));
    }

    @Test
    void c8_c11_whatHasNoPropertyIsLimitedInTheDelegatedPart() throws Exception {
        create(pod);
        var applied = create(container, Limits.of().memory(64 * MIB).memoryAndSwap(96 * MIB)
                .devices(new DeviceRule(true, 'c', OptionalInt.of(1), OptionalInt.of(3), "rwm")));
        assertEquals("c 1:3 rwm", below("devices", "devices.list"));
        assertEquals("c 1:3 rwm", applied.written().get("devices/devices.list"));
        if (Files.exists(unit("memory", container).resolve("memory.memsw.limit_in_bytes"))) {
            assertEquals(Long.toString(96 * MIB), below("memory", "memory.memsw.limit_in_bytes"));
            assertEquals(Long.toString(64 * MIB), below("memory", "memory.limit_in_bytes"), "memory is never above both");
        }
        // /dev/null is, /dev/zero is not.
        try (var process = start(container, "echo x > /dev/null && ! head -c 1 /dev/zero")) {
            assertEquals(0, process.exitStatus(PATIENCE));
        }
    }

    @Test
    void c7_whoseLimitWasHitIsObservedThroughSystemdToo() throws Exception {
        create(pod);
        create(container, Limits.of().memory(16 * MIB));
        watch(container);
        try (var hog = start(container, "word=xxxxxxxx; while :; do word=$word$word; done")) {
            assertEquals(137, hog.exitStatus(PATIENCE));
        }
        assertEquals(Optional.of(new OomKilled(container.path(), 1)), context.await(PATIENCE, OomKilled.class::isInstance));
        assertEquals("active", shown(container, "ActiveState"), "the scope outlives what the kernel kills in it");
    }

    @Test
    void c10_aForkBombStopsAtTheNumberOfTheUnit() throws Exception {
        create(pod);
        create(container, Limits.of().pids(8));
        watch(container);
        try (var bomb = start(container, "for i in $(seq 50); do sleep 60 & done 2>/dev/null; wait")) {
            assertTrue(context.await(PATIENCE, o -> o instanceof PidsExhausted && o.target().equals(container.path())).isPresent(),
                    context.observations().toString());
            assertTrue(driver.stats(target(container)).pids().orElseThrow() <= 8);
            assertTrue(bomb.pid() > 0);
            driver.kill(target(container));
        }
    }

    @Test
    void c28_theGroupIsAtTheUnitsPathInEachHierarchy() throws Exception {
        create(pod);
        create(container);
        for (String controller : List.of("systemd", "cpu", "memory", "pids", "devices", "blkio", "freezer")) {
            Path slice = HIERARCHIES.resolve(controller).resolve("system.slice/system-stowbook_" + instance + "_" + pod.pod() + ".slice");
            Path scope = slice.resolve("stowbook-" + instance + "-" + container.container().orElseThrow() + ".scope");
            assertTrue(Files.isDirectory(scope.resolve("container")), scope.toString());
        }
        driver.destroy(target(container));
        driver.destroy(target(pod));
        for (String controller : List.of("systemd", "cpu", "memory", "pids", "devices", "blkio", "freezer")) {
            assertTrue(Files.notExists(unit(controller, pod)), controller);
        }
    }

    @Test
    void aReloadOfSystemdLeavesGroupsAsTheyAre() throws Exception {
        create(pod);
        create(container, Limits.of().memory(64 * MIB).quota(50_000)
                .devices(new DeviceRule(true, 'c', OptionalInt.of(1), OptionalInt.of(3), "rwm")));
        run("systemctl", "daemon-reload");
        assertEquals(Presence.PRESENT, driver.inspect(target(container)).presence(), driver.inspect(target(container)).detail());
        assertEquals("c 1:3 rwm", below("devices", "devices.list"));
        assertEquals("50000", scope("cpu", "cpu.cfs_quota_us"));
        try (var process = start(container, "exec sleep 60")) {
            run("systemctl", "daemon-reload");
            assertEquals(List.of(process.pid()), driver.processes(target(container)));
            for (String controller : List.of("systemd", "cpu", "memory", "pids", "devices", "blkio")) {
                assertEquals(Integer.toString(process.pid()), below(controller, "tasks"), controller);
            }
            driver.kill(target(container));
        }
    }

    @Test
    void aPodsOwnProcessesHaveAScopeThatIsNoContainer() throws Exception {
        create(pod);
        try (var process = start(pod, "exec sleep 60")) {
            assertEquals(List.of(process.pid()), driver.processes(target(pod)));
            assertEquals(List.of(pod), driver.list());
            create(container);
            assertEquals(1, driver.kill(target(pod)));
            assertEquals(137, process.exitStatus(PATIENCE));
        }
        driver.destroy(target(container));
        driver.destroy(target(pod));
        assertEquals(List.of(), driver.list());
    }

    @Test
    void aDaemonThatDiesBetweenUnitAndGroupFindsBothAgain() throws Exception {
        create(pod);
        create(container);
        GroupId other = GroupId.ofContainer(pod.pod(), TestNames.id());
        create(other);
        driver.close();
        driver = open(context);
        assertEquals(3, driver.list().size());
        assertTrue(driver.list().containsAll(List.of(pod, container, other)));
        driver.destroy(target(other));
        assertEquals(List.of(pod, container), driver.list());
    }
}
