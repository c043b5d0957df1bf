package dev.stowbook.testkit.cgroup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.spi.DriverErrorCode;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.Presence;
import dev.stowbook.spi.cgroup.Bound;
import dev.stowbook.spi.cgroup.CgroupCapability;
import dev.stowbook.spi.cgroup.CgroupLimits;
import dev.stowbook.spi.cgroup.CreateGroupRequest;
import dev.stowbook.spi.cgroup.GroupId;
import dev.stowbook.spi.cgroup.GroupTarget;
import dev.stowbook.spi.cgroup.Placement;
import dev.stowbook.spi.cgroup.PressureTrigger;
import dev.stowbook.spi.cgroup.UpdateGroupRequest;
import dev.stowbook.testkit.TestNames;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/**
 * What every cgroup driver must keep on a real kernel: inherit it and say how to open the driver. Every test reads the truth from
 * the cgroup file systems and from {@code /proc}.
 */
public abstract class CgroupDriverContract extends CgroupDriverFixture {

    /** For JUnit. */
    protected CgroupDriverContract() {}

    /**
     * What the driver cannot do on this host. The contract demands UNSUPPORTED for it, with nothing made, and everything else to work;
     * so an opting out is an assertion, too. Drivers that can do all need not override it.
     */
    protected Set<CgroupCapability> unsupported() throws Exception {
        return EnumSet.noneOf(CgroupCapability.class);
    }

    private void expect(DriverErrorCode code, org.junit.jupiter.api.function.Executable call) {
        var failure = assertThrows(DriverException.class, call);
        assertEquals(code, failure.code(), failure.getMessage());
    }

    private Presence presence(GroupId group) throws DriverException {
        return driver.inspect(target(group)).presence();
    }

    @Test
    void c21_theDirectoryIsNamedByTheContainerAndGoesWithIt() throws Exception {
        assertEquals(Presence.ABSENT, presence(pod));
        create(pod);
        assertEquals(Presence.PRESENT, presence(pod));
        assertEquals(Presence.ABSENT, presence(container));
        create(container);
        assertEquals(Presence.PRESENT, presence(container));
        assertFalse(directoriesOf(container).isEmpty());
        assertEquals(List.of(pod, container), driver.list());
        driver.destroy(target(container));
        assertEquals(Presence.ABSENT, presence(container));
        assertEquals(List.of(), directoriesOf(container));
        assertEquals(List.of(pod), driver.list());
        driver.destroy(target(pod));
        assertEquals(List.of(), driver.list());
    }

    @Test
    void c1_aPlacedProcessAndItsChildrenAreInTheGroupInEveryHierarchy() throws Exception {
        create(pod);
        create(container);
        Placement placement = driver.placement(target(container));
        try (var process = start(container, "sleep 60 & echo $!; wait")) {
            String suffix = "/" + pathOf(container);
            long hierarchies = process.proc("cgroup").lines().filter(line -> line.endsWith(suffix)).count();
            assertEquals(placement.tasksFiles().size() + (placement.directory().isPresent() ? 1 : 0), hierarchies);
            awaitProcesses(container, 2);
            assertTrue(driver.processes(target(container)).contains(process.pid()));
            assertEquals(List.of(), driver.processes(target(pod)), "a pod's own group holds no process");
            assertEquals(2, driver.kill(target(container)));
            assertEquals(137, process.exitStatus(PATIENCE));
        }
    }

    @Test
    void c22_theKernelsListOfTasksIsWhatTheDriverAnswers() throws Exception {
        create(pod);
        create(container);
        try (var process = start(container, "sleep 61 & sleep 62 & wait")) {
            awaitProcesses(container, 3);
            List<Integer> answered = driver.processes(target(container));
            for (Path group : directoriesOf(container)) {
                Path tasks = group.resolve(Files.exists(group.resolve("tasks")) ? "tasks" : "cgroup.procs");
                assertEquals(answered, Files.readAllLines(tasks).stream().map(Integer::valueOf).sorted().toList(), tasks + "");
            }
            assertTrue(process.isAlive());
            driver.kill(target(container));
        }
    }

    @Test
    void eachVerbTwiceIsAsGoodAsOnce() throws Exception {
        create(pod);
        create(pod);
        create(container);
        create(container);
        try (var process = start(container, "exec sleep 60")) {
            assertEquals(driver.placement(target(container)), driver.placement(target(container)));
            watch(container);
            watch(container);
            driver.freeze(target(container));
            driver.freeze(target(container));
            driver.thaw(target(container));
            driver.thaw(target(container));
            driver.update(new UpdateGroupRequest(container, CgroupLimits.none(), "1/update"));
            create(container);
            assertEquals(List.of(process.pid()), driver.processes(target(container)), "create leaves processes alone");
            driver.kill(target(container));
            process.exitStatus(PATIENCE);
            driver.kill(target(container));
        }
        driver.destroy(target(container));
        driver.destroy(target(container));
        driver.kill(target(container));
        driver.destroy(target(pod));
        driver.destroy(target(pod));
        assertEquals(Presence.ABSENT, presence(pod));
    }

    @Test
    void c2_c13_aFrozenProcessUsesNoTimeUntilItIsThawed() throws Exception {
        create(pod);
        create(container);
        try (var process = start(container, "while :; do :; done")) {
            driver.freeze(target(container));
            long frozen = process.cpuTicks();
            Thread.sleep(200);
            assertEquals(frozen, process.cpuTicks());
            driver.thaw(target(container));
            long deadline = System.nanoTime() + patience().toNanos();
            while (process.cpuTicks() == frozen && System.nanoTime() < deadline) {
                Thread.sleep(10);
            }
            assertTrue(process.cpuTicks() > frozen, "runs again");
            driver.kill(target(container));
        }
    }

    @Test
    void c12_killingAFrozenGroupThawsIt() throws Exception {
        create(pod);
        create(container);
        try (var process = start(container, "exec sleep 60")) {
            driver.freeze(target(container));
            assertEquals(1, driver.kill(target(container)));
            assertEquals(137, process.exitStatus(PATIENCE));
        }
        driver.destroy(target(container));
        create(container);
        try (var next = start(container, "echo runs")) {
            assertEquals("runs\n", next.output());
        }
    }

    @Test
    void c12_aForkSpammerHasNoSurvivor() throws Exception {
        create(pod);
        create(container);
        // Twenty chains, each process forking the next and ending: whoever lists and then kills is always late.
        String spammer = "f() { sleep 0.01; f & exit; }; for i in $(seq 20); do f & done; wait; exec sleep 60";
        int rounds = "all".equals(System.getProperty("stowbook.tests")) ? 20 : 3;
        for (int round = 0; round < rounds; round++) {
            try (var process = start(container, spammer + " #" + instance)) {
                awaitProcesses(container, 10);
                assertTrue(driver.kill(target(container)) > 0);
                assertEquals(137, process.exitStatus(PATIENCE));
            }
            awaitProcesses(container, 0);
            driver.destroy(target(container));
            create(container);
            assertEquals(0, processesNamed("#" + instance), "no process of the spammer anywhere");
        }
    }

    @Test
    void killingAPodEndsItsContainers() throws Exception {
        GroupId other = GroupId.ofContainer(pod.pod(), TestNames.id());
        create(pod);
        create(container);
        create(other);
        try (var one = start(container, "exec sleep 60"); var two = start(other, "exec sleep 60")) {
            driver.freeze(target(pod));
            assertEquals(2, driver.kill(target(pod)));
            assertEquals(137, one.exitStatus(PATIENCE));
            assertEquals(137, two.exitStatus(PATIENCE));
        }
    }

    @Test
    void killingAPodReachesAContainerThatIsFrozenByItself() throws Exception {
        create(pod);
        create(container);
        try (var paused = start(container, "exec sleep 60")) {
            driver.freeze(target(container));
            assertEquals(1, driver.kill(target(pod)));
            assertEquals(137, paused.exitStatus(PATIENCE));
        }
        try (var next = start(container, "echo runs")) {
            assertEquals("runs\n", next.output(), "the container's group was thawed too");
        }
    }

    @Test
    void aFreshInstanceFindsEverything() throws Exception {
        create(pod);
        create(container);
        try (var process = start(container, "exec sleep 60")) {
            driver.close();
            assertTrue(process.isAlive(), "groups and processes outlive the driver");
            driver = open(context);
            assertEquals(List.of(pod, container), driver.list());
            assertEquals(Presence.PRESENT, presence(container));
            assertEquals(List.of(process.pid()), driver.processes(target(container)));
            assertEquals(1, driver.kill(target(container)));
        }
    }

    @Test
    void anInterruptedRemovalIsPartialListedAndCompleted() throws Exception {
        create(pod);
        create(container);
        List<Path> directories = directoriesOf(container);
        Files.delete(directories.getLast());
        boolean single = directories.size() == 1;
        Presence left = presence(container);
        assertTrue(left == Presence.PARTIAL || (single && left == Presence.ABSENT), left.toString());
        assertEquals(left == Presence.ABSENT ? List.of(pod) : List.of(pod, container), driver.list());
        create(container);
        assertEquals(Presence.PRESENT, presence(container));
        for (Path removed : directoriesOf(container).subList(1, directories.size())) {
            Files.delete(removed);
        }
        driver.destroy(target(container));
        assertEquals(Presence.ABSENT, presence(container));
    }

    @Test
    void failuresAreTyped() throws Exception {
        expect(DriverErrorCode.NOT_FOUND, () -> create(container));
        expect(DriverErrorCode.NOT_FOUND, () -> driver.placement(target(pod)));
        expect(DriverErrorCode.NOT_FOUND, () -> driver.freeze(target(pod)));
        expect(DriverErrorCode.NOT_FOUND, () -> driver.thaw(target(pod)));
        expect(DriverErrorCode.NOT_FOUND, () -> driver.processes(target(pod)));
        expect(DriverErrorCode.NOT_FOUND, () -> driver.stats(target(pod)));
        expect(DriverErrorCode.NOT_FOUND, () -> watch(pod));
        expect(DriverErrorCode.NOT_FOUND,
                () -> driver.update(new UpdateGroupRequest(pod, CgroupLimits.none(), "1/update")));
        for (String id : List.of("..", "a/b", "", TestNames.id().toUpperCase(java.util.Locale.ROOT) + "G")) {
            expect(DriverErrorCode.INVALID, () -> create(GroupId.ofPod(id)));
            expect(DriverErrorCode.INVALID, () -> driver.destroy(target(GroupId.ofContainer(pod.pod(), id))));
        }
        assertEquals(List.of(), driver.list());
    }

    @Test
    void eachLimitIsWrittenAndReadBackOrRefusedBeforeAnythingIsMade() throws Exception {
        create(pod);
        for (CgroupCapability capability : CgroupCapability.values()) {
            var sample = LimitSamples.of(capability);
            if (sample.isEmpty()) {
                continue;
            }
            if (unsupported().contains(capability)) {
                expect(DriverErrorCode.UNSUPPORTED, () -> create(container, sample.get()));
                assertEquals(List.of(), directoriesOf(container), capability + " was refused, but something was made");
                assertEquals(Presence.ABSENT, presence(container));
                continue;
            }
            assertFalse(create(container, sample.get()).written().isEmpty(), capability + " wrote nothing");
            var again = create(container, sample.get());
            assertEquals(List.of(), again.clamped(), capability.toString());
            var updated = update(container, sample.get()).written();
            assertTrue(!updated.isEmpty() && again.written().entrySet().containsAll(updated.entrySet()), again.written() + " became " + updated);
            driver.destroy(target(container));
        }
    }

    @Test
    void whatIsRefusedLaterLeavesTheGroupAsItWas() throws Exception {
        create(pod);
        create(container);
        for (CgroupCapability capability : unsupported()) {
            var sample = LimitSamples.of(capability);
            if (sample.isPresent()) {
                expect(DriverErrorCode.UNSUPPORTED, () -> update(container, sample.get()));
            }
        }
        for (Limits wrong : List.of(
                Limits.of().shares(1), Limits.of().quota(999), Limits.of().period(1_000_001), Limits.of().quota(2000).burst(2001),
                Limits.of().cpus("0-99999"), Limits.of().cpus("8191"), Limits.of().mems("63"), Limits.of().memory(1),
                Limits.of().memory(1 << 20).memoryAndSwap(1 << 19), Limits.of().memory(1 << 20).reservation(1 << 21),
                Limits.of().swappiness(201), Limits.of().pids(0), Limits.of().ioWeight(0), Limits.of().ioWeight(10_001),
                Limits.of().netClass(-1), Limits.of().netClass(1L << 32))) {
            expect(DriverErrorCode.INVALID, () -> update(container, wrong));
        }
        assertEquals(Presence.PRESENT, presence(container));
        try (var process = start(container, "echo runs")) {
            assertEquals("runs\n", process.output());
        }
    }

    @Test
    void aLimitIsLiftedOnlyIfUnlimitedIsSaid() throws Exception {
        create(pod);
        if (!unsupported().contains(CgroupCapability.PIDS)) {
            create(container, Limits.of().pids(3));
            update(container, Limits.of());
            try (var bomb = start(container, FORKS)) {
                assertEquals("", bomb.output(), "an empty update leaves limits alone");
                driver.kill(target(container));
            }
            update(container, Limits.of().pids(Bound.UNLIMITED));
            try (var bomb = start(container, FORKS)) {
                assertEquals("all\n", bomb.output());
                driver.kill(target(container));
            }
            driver.destroy(target(container));
        }
        if (!unsupported().contains(CgroupCapability.CPU)) {
            create(container, Limits.of().quota(10_000));
            var before = update(container, Limits.of().period(100_000)).written();
            var lifted = update(container, Limits.of().quota(Bound.UNLIMITED)).written();
            assertFalse(lifted.isEmpty());
            assertFalse(before.entrySet().containsAll(lifted.entrySet()), before + " became " + lifted);
            driver.destroy(target(container));
        }
        if (!unsupported().contains(CgroupCapability.SWAP)) {
            create(container, Limits.of().memory(64 << 20).memoryAndSwap(64 << 20));
            update(container, Limits.of().memory(Bound.UNLIMITED).memoryAndSwap(Bound.UNLIMITED));
            try (var big = start(container, "exec dd if=/dev/zero of=/dev/null bs=80M count=1 status=none")) {
                assertEquals(0, big.exitStatus(PATIENCE));
            }
        }
    }

    /** Has ten processes beside itself; a shell that cannot fork ends. */
    private static final String FORKS = "exec 2>/dev/null; for i in 1 2 3 4 5 6 7 8 9 10; do sleep 600 >/dev/null & done; echo all";

    @Test
    void c20_threadsAreListedOneByOne() throws Exception {
        create(pod);
        create(container);
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        String classes = Path.of(Sleeper.class.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
        try (var process = start(container, "exec " + java + " -Xint -XX:+UseSerialGC -Xmx16m -cp " + classes + " " + Sleeper.class.getName())) {
            assertEquals("threads\n", process.line());
            assertEquals(List.of(process.pid()), driver.processes(target(container)));
            List<Integer> listed = driver.threads(target(container));
            try (var tasks = Files.list(Path.of("/proc/" + process.pid() + "/task"))) {
                var seen = tasks.map(path -> Integer.valueOf(path.getFileName().toString())).toList();
                assertTrue(listed.size() > 3 && seen.containsAll(listed), listed + " of " + seen);
            }
            driver.kill(target(container));
        }
    }

    @Test
    void c18_everyDriverFreezesAndPressureIsRefusedWhereThereIsNone() throws Exception {
        assertFalse(unsupported().contains(CgroupCapability.FREEZE));
        if (unsupported().contains(CgroupCapability.PRESSURE)) {
            create(pod);
            var trigger = new PressureTrigger(
                    PressureTrigger.Resource.IO, PressureTrigger.Kind.SOME, Duration.ofMillis(100), Duration.ofSeconds(1));
            expect(DriverErrorCode.UNSUPPORTED, () -> watch(pod, trigger));
        }
    }

    @Test
    void aTriggerThatNoKernelTakesIsRefused() throws Exception {
        create(pod);
        for (long[] stallAndWindow : new long[][] {{0, 1000}, {1001, 1000}, {100, 499}, {100, 10_001}}) {
            expect(DriverErrorCode.INVALID, () -> watch(pod, new PressureTrigger(
                    PressureTrigger.Resource.MEMORY, PressureTrigger.Kind.SOME, Duration.ofMillis(stallAndWindow[0]),
                    Duration.ofMillis(stallAndWindow[1]))));
        }
    }

    @Test
    void statsTellWhatTheKernelCounts() throws Exception {
        create(pod);
        create(container);
        try (var busy = start(container, "while :; do :; done")) {
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (driver.stats(target(container)).cpu().usageNanos().orElseThrow() < 50_000_000 && System.nanoTime() < deadline) {
                Thread.sleep(10);
            }
            var stats = driver.stats(target(container));
            assertTrue(stats.cpu().usageNanos().orElseThrow() >= 50_000_000, stats.toString());
            assertEquals(!unsupported().contains(CgroupCapability.MEMORY), stats.memory().usageBytes().isPresent());
            assertEquals(!unsupported().contains(CgroupCapability.MEMORY), stats.memory().anonBytes().isPresent());
            assertEquals(!unsupported().contains(CgroupCapability.PIDS), stats.pids().isPresent());
            assertEquals(!unsupported().contains(CgroupCapability.IO), stats.io().readBytes().isPresent());
            assertTrue(busy.isAlive());
            driver.kill(target(container));
        }
    }

    @Test
    void aGroupInUseIsNotDestroyed() throws Exception {
        create(pod);
        create(container);
        expect(DriverErrorCode.BUSY, () -> driver.destroy(target(pod)));
        try (var process = start(container, "exec sleep 60")) {
            expect(DriverErrorCode.BUSY, () -> driver.destroy(target(container)));
            assertTrue(process.isAlive());
            assertEquals(Presence.PRESENT, presence(container));
        }
    }

    @Test
    void groupsThatAContainerMadeGoWithIt() throws Exception {
        create(pod);
        create(container);
        for (Path group : directoriesOf(container)) {
            Files.createDirectories(group.resolve("inner/most"));
        }
        assertEquals(List.of(pod, container), driver.list());
        driver.destroy(target(container));
        assertEquals(List.of(), directoriesOf(container));
    }

    @Test
    void differentGroupsMayBeWorkedOnAtOnce() throws Exception {
        create(pod);
        int rounds = "all".equals(System.getProperty("stowbook.tests")) ? 50 : 5;
        var calls = new ArrayList<Callable<Integer>>();
        for (int worker = 0; worker < 4; worker++) {
            calls.add(() -> {
                for (int round = 0; round < rounds; round++) {
                    GroupId own = GroupId.ofPod(TestNames.id());
                    GroupId inner = GroupId.ofContainer(own.pod(), TestNames.id());
                    driver.create(new CreateGroupRequest(own, CgroupLimits.none(), "1/pod"));
                    driver.create(new CreateGroupRequest(inner, CgroupLimits.none(), "1/container"));
                    var seen = new GroupTarget(inner, "1/seen");
                    try (var process = PlacedProcess.start(driver.placement(seen), "exec sleep 60")) {
                        driver.kill(seen);
                        assertEquals(137, process.exitStatus(PATIENCE));
                    }
                    driver.destroy(seen);
                    driver.destroy(new GroupTarget(own, "1/gone"));
                }
                return rounds;
            });
        }
        try (var workers = Executors.newFixedThreadPool(calls.size())) {
            for (Future<Integer> done : workers.invokeAll(calls)) {
                assertEquals(rounds, done.get());
            }
        }
        assertEquals(List.of(pod), driver.list());
    }

    @Test
    void controllersSayWhoOwnsWhat() throws Exception {
        var listed = driver.controllers();
        for (String line : Files.readAllLines(Path.of("/proc/cgroups"))) {
            if (!line.startsWith("#")) {
                String name = line.split("\t")[0];
                assertTrue(listed.stream().anyMatch(info -> info.name().equals(name)), name);
            }
        }
        listed.stream().filter(info -> !info.mount().isEmpty()).forEach(info ->
                assertTrue(Files.isDirectory(Path.of(info.mount())), info.toString()));
    }

    private static long processesNamed(String part) throws IOException {
        try (var processes = Files.list(Path.of("/proc"))) {
            return processes.filter(path -> path.getFileName().toString().matches("[0-9]+"))
                    .filter(path -> commandLine(path).contains(part))
                    .count();
        }
    }

    private static String commandLine(Path process) {
        try {
            return Files.readString(process.resolve("cmdline"), java.nio.charset.StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return "";
        }
    }
}
