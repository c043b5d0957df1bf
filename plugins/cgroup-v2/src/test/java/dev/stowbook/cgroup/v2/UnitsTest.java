package dev.stowbook.cgroup.v2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.cgroup.CgroupFiles;
import dev.stowbook.linux.cgroup.CgroupHierarchies;
import dev.stowbook.linux.cgroup.DevicePrograms;
import dev.stowbook.linux.systemd.SystemdUnits;
import dev.stowbook.linux.systemd.UnitNames;
import dev.stowbook.spi.Observation.OomKilled;
import dev.stowbook.spi.cgroup.CgroupDriver;
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
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What systemd knows of our groups, and that their limits go through it alone. */
@ExtendWith(WhereSystemdIsInit.class)
class UnitsTest extends CgroupDriverFixture {
    private static final long MIB = 1 << 20;

    private final List<Path> writes = new CopyOnWriteArrayList<>();

    /** The JDK keeps a descriptor from the first socket channel on, which is no leak of ours. */
    @BeforeAll
    static void openASocket() throws Exception {
        SocketChannel.open(StandardProtocolFamily.UNIX).close();
    }

    @Override
    protected CgroupDriver open(RecordingDriverContext context) throws Exception {
        return CgroupProvider.openUnits(context, new Noting(), DevicePrograms.real(),
                CgroupHierarchies.detect(CgroupFiles.real()), SystemdUnits.connect());
    }

    private String shown(GroupId group, String property) throws Exception {
        Process systemctl = new ProcessBuilder("systemctl", "show", "--value", "-p", property, new UnitNames(instance).unit(group.pod(), group.container()))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String value = new String(systemctl.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        assertEquals(0, systemctl.waitFor());
        return value;
    }

    private String file(GroupId group, String name) throws Exception {
        return Files.readString(Path.of("/sys/fs/cgroup").resolve(new UnitNames(instance).directory(group.pod(), group.container())).resolve(name)).strip();
    }

    @Test
    void c23_aScopeAppearsWithTheLimitsAsItsPropertiesAndNoLimitIsWrittenByUs() throws Exception {
        create(pod, Limits.of().memory(128 * MIB));
        var applied = create(container, Limits.of().shares(512).quota(50_000).memory(64 * MIB).memoryAndSwap(96 * MIB).pids(20));
        assertEquals("active", shown(container, "ActiveState"));
        assertEquals("yes", shown(container, "Delegate"));
        assertEquals(Long.toString(64 * MIB), shown(container, "MemoryMax"));
        assertEquals(Long.toString(128 * MIB), shown(pod, "MemoryMax"));
        assertEquals(Long.toString(64 * MIB), file(container, "memory.max"));
        assertEquals(Long.toString(32 * MIB), file(container, "memory.swap.max"));
        assertEquals("50000 100000", file(container, "cpu.max"));
        assertEquals("50", file(container, "cpu.weight"));
        assertEquals("20", applied.written().get("pids.max"));
        assertEquals("21", file(container, "pids.max"), "and room for the process that keeps the scope");

        update(container, Limits.of().memory(32 * MIB).pids(10));
        assertEquals(Long.toString(32 * MIB), file(container, "memory.max"));
        assertEquals("11", file(container, "pids.max"));
        assertEquals("50000 100000", file(container, "cpu.max"), "what an update does not name stays");

        try (var process = start(container, "exec sleep 60")) {
            assertEquals(new UnitNames(instance).unit(container.pod(), container.container()), process.proc("cgroup").lines()
                    .map(line -> Path.of(line.split(":", 3)[2])).map(path -> path.getName(path.getNameCount() - 2).toString()).findFirst().orElseThrow());
            driver.freeze(target(container));
            driver.thaw(target(container));
            assertEquals(1, driver.kill(target(container)));
        }
        driver.destroy(target(container));
        assertEquals("inactive", shown(container, "ActiveState"));
        assertEquals(List.of(), writes.stream().map(path -> path.getFileName().toString()).filter(name -> !name.startsWith("cgroup.")).toList());
    }

    @Test
    void c7_whoseLimitWasHitIsObservedThroughSystemdToo() throws Exception {
        create(pod);
        create(container, Limits.of().memory(16 * MIB).memoryAndSwap(16 * MIB));
        watch(container);
        try (var hog = start(container, "word=xxxxxxxx; while :; do word=$word$word; done")) {
            assertEquals(137, hog.exitStatus(PATIENCE));
        }
        assertEquals(Optional.of(new OomKilled(container.path(), 1)), context.await(PATIENCE, OomKilled.class::isInstance));
        assertEquals("active", shown(container, "ActiveState"), "the scope outlives what the kernel kills in it");
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

    /** The real files, noting what is written. */
    private final class Noting implements CgroupFiles {
        private final CgroupFiles real = CgroupFiles.real();

        @Override
        public String read(Path file) throws LinuxException {
            return real.read(file);
        }

        @Override
        public void write(Path file, List<String> values) throws LinuxException {
            writes.add(file);
            real.write(file, values);
        }

        @Override
        public void makeDirectory(Path directory) throws LinuxException {
            real.makeDirectory(directory);
        }

        @Override
        public void removeDirectory(Path directory) throws LinuxException {
            real.removeDirectory(directory);
        }

        @Override
        public boolean exists(Path path) {
            return real.exists(path);
        }

        @Override
        public List<String> childDirectories(Path directory) throws LinuxException {
            return real.childDirectories(directory);
        }

        @Override
        public void mark(Path directory, String name) throws LinuxException {
            real.mark(directory, name);
        }

        @Override
        public boolean isMarked(Path directory, String name) throws LinuxException {
            return real.isMarked(directory, name);
        }
    }
}
