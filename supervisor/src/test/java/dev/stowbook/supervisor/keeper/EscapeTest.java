package dev.stowbook.supervisor.keeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.supervisor.keeper.RootPlan.MountPlan;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Hostile images and programs against the rules that known escapes taught: one test each. */
class EscapeTest extends ContainersTest {

    private Containers.Box mounting(String target, Path source) throws Exception {
        return containers.shell("true").root(r -> new RootPlan(
                r.rootfs(), false, List.of(new MountPlan.Bind(source, target, false, false)), List.of(), r.shmBytes(), List.of(), List.of(), r.sysctls()));
    }

    private void replaceByLink(String name, String to) throws Exception {
        Path path = containers.image.resolve(name);
        Files.delete(path);
        Files.createSymbolicLink(path, Path.of(to));
    }

    @Test
    void aLinkInThePlaceOfProcSysOrDevIsRefused() throws Exception { // CVE-2023-28642
        for (String name : List.of("proc", "sys", "dev")) {
            replaceByLink(name, "/tmp");
            KeeperMessage.StartFailed failed = containers.shell("true").start().failed();
            assertEquals(name, failed.path());
            assertTrue(failed.sentence().contains("not a real directory"), failed.sentence());
            Files.delete(containers.image.resolve(name));
            Files.writeString(containers.image.resolve(name), "a file");
            assertEquals(name, containers.shell("true").start().failed().path());
            Files.delete(containers.image.resolve(name));
            assertEquals(0, containers.shell("test -d /" + name).run().code(), "a missing one is made");
            Files.createDirectory(containers.image.resolve(name));
        }
    }

    @Test
    void aMountsTargetNeverLeavesTheRoot() throws Exception { // CVE-2021-30465, CVE-2024-45310
        Path outside = Files.createDirectory(containers.directory.resolve("outside"));
        Path volume = Files.createDirectory(containers.directory.resolve("volume"));
        Files.createSymbolicLink(containers.image.resolve("absolute"), outside);
        Files.createSymbolicLink(containers.image.resolve("upwards"), Path.of("../../../../../.." + outside));
        for (String link : List.of("absolute", "upwards")) {
            Containers.Box box = mounting("/" + link + "/new", volume);
            Heard ears = box.start();
            try {
                ears.started();
            } catch (AssertionError e) {
                assertFalse(ears.failed().sentence().isEmpty());
            }
            try (Stream<Path> made = Files.list(outside)) {
                assertEquals(List.of(), made.toList(), "something was made outside of the root");
            }
            assertFalse(Files.readString(Path.of("/proc/self/mountinfo")).contains(outside.toString()));
        }
        Files.createDirectory(containers.image.resolve("inside"));
        Files.createSymbolicLink(containers.image.resolve("good"), Path.of("/inside"));
        Files.writeString(volume.resolve("seen"), "");
        Containers.Box good = containers.shell("test -e /inside/seen").root(r -> new RootPlan(
                r.rootfs(), false, List.of(new MountPlan.Bind(volume, "/good", false, false)), List.of(), r.shmBytes(), List.of(), List.of(), r.sysctls()));
        assertEquals(0, good.run().code(), "a link that stays inside is followed inside");
    }

    @Test
    void aDevicesPathNeverLeavesDev() throws Exception {
        for (String path : List.of("/dev/../escaped", "/dev/fd/escaped", "/dev/pts/../../escaped", "/etc/escaped")) {
            KeeperMessage.StartFailed failed = containers.shell("true")
                    .root(r -> new RootPlan(r.rootfs(), false, List.of(),
                            List.of(new RootPlan.DevicePlan(path, 'c', 1, 3, 0666, 0, 0)), r.shmBytes(), List.of(), List.of(), r.sysctls()))
                    .start()
                    .failed();
            assertEquals("dev", failed.step(), path);
            assertEquals(path, failed.path());
        }
    }

    @Test
    void magicLinksAreNotFollowed() throws Exception {
        Files.createSymbolicLink(containers.image.resolve("magic"), Path.of("/proc/self/root/tmp"));
        KeeperMessage.StartFailed failed = mounting("/magic", containers.directory).start().failed();
        assertEquals(40, failed.errno(), failed.toString());
    }

    @Test
    void nothingIsMountedInsideProcOrSys() throws Exception { // CVE-2019-16884
        for (String target : List.of("/proc", "/proc/self", "/proc/sys/kernel", "/sys/kernel", "/tmp/../proc/sys")) {
            KeeperMessage.StartFailed failed = mounting(target, containers.directory).start().failed();
            assertEquals("nothing may be mounted inside /proc or /sys", failed.sentence(), target);
        }
    }

    @Test
    void aSysctlIsWrittenToTheKernelWhateverTheImageHasInProc() throws Exception { // CVE-2019-16884, CVE-2025-52881
        Path decoy = Files.createDirectories(containers.image.resolve("proc/sys/kernel/")).resolve("msgmax");
        Files.writeString(decoy, "decoy");
        Path outside = Files.writeString(containers.directory.resolve("outside"), "outside");
        Files.createSymbolicLink(containers.image.resolve("proc/sys/kernel/msgmnb"), outside);
        Path pod = Files.createDirectory(containers.directory.resolve("pod"));
        containers.sandbox(pod, "host");
        try {
            Containers.Box box = containers.shell("cat /proc/sys/kernel/msgmax /proc/sys/kernel/msgmnb").join(pod).root(r -> new RootPlan(
                    r.rootfs(), false, List.of(), List.of(), r.shmBytes(), List.of(), List.of(),
                    new TreeMap<>(Map.of("kernel.msgmax", "4321", "kernel.msgmnb", "4322"))));
            assertEquals(0, box.run().code());
            assertEquals("4321\n4322\n", box.stdout());
            assertEquals("decoy", Files.readString(decoy));
            assertEquals("outside", Files.readString(outside));
        } finally {
            Sandbox.remove(pod);
        }
    }

    @Test
    void anImagesOwnDevNullIsNotWhatMasks() throws Exception { // CVE-2025-31133
        Files.writeString(containers.image.resolve("dev/null"), "mine");
        Containers.Box box = containers.shell("stat -c '%F %t:%T' /proc/interrupts /dev/null").root(DefaultPaths::apply);
        assertEquals(0, box.run().code());
        assertEquals("character special file 1:3\ncharacter special file 1:3\n", box.stdout());
    }

    @Test
    void theConsoleIsTheTerminalWhateverTheImageHasThere() throws Exception { // CVE-2025-52565
        Files.createSymbolicLink(containers.image.resolve("dev/console"), Path.of("/etc/passwd"));
        Containers.Box box = containers.shell("stat -c '%F %t' /dev/console; wc -l < /etc/passwd").process(p -> new ProcessPlan(
                p.argv(), p.env(), p.cwd(), p.user(), p.extraGroups(), true, Optional.of(new ProcessPlan.TerminalSize(24, 80)), false));
        assertEquals(0, box.run().code());
        assertEquals("character special file 88\r\n2\r\n", box.stdout());
    }

    @Test
    @Tag("release-build")
    void aContainerCannotReachOrChangeTheKeepersProgram() throws Exception { // CVE-2019-5736
        Containers.Box box = containers.shell("echo ready; sleep 20");
        Heard ears = box.start();
        int keeper = ears.await(KeeperMessage.Hello.class).keeper().pid();
        ears.started();
        Path exe = Path.of("/proc/" + keeper + "/exe");
        assertTrue(Files.readSymbolicLink(exe).toString().startsWith("/memfd:stowbook-keeper"));
        try (var open = Files.newByteChannel(exe, java.nio.file.StandardOpenOption.WRITE)) {
            throw new AssertionError("opened for writing: " + open);
        } catch (java.io.IOException e) {
            assertTrue(e.getMessage().contains("Text file busy") || e.getMessage().contains("not permitted"), e.getMessage());
        }
        Containers.Box inside = containers.box("/proc/self/exe").process(p -> new ProcessPlan(
                List.of("/proc/self/exe", "run"), p.env(), p.cwd(), p.user(), p.extraGroups(), false, Optional.empty(), false));
        Heard self = inside.start();
        // executing /proc/self/exe re-enters the keeper's program with nothing on its descriptors: it ends, and has no plan to act on
        assertTrue(self.await(KeeperMessage.Exited.class).code() != 0);
    }

    @Test
    void noDescriptorPassesToTheContainer() throws Exception { // CVE-2024-21626
        Containers.Box box = containers.shell("ls -l /proc/self/fd; ls /proc/1/fd; readlink /proc/1/cwd");
        assertEquals(0, box.run().code());
        List<String> lines = box.stdout().lines().filter(l -> l.contains("->")).map(l -> l.replaceAll(".* (\\d+ -> .*)", "$1")).toList();
        assertEquals(3, lines.size(), box.stdout()); // and 3, the directory that ls reads, gone when it looks
        assertEquals("0 -> /dev/null", lines.get(0));
        assertTrue(lines.get(1).startsWith("1 -> pipe:") && lines.get(2).startsWith("2 -> pipe:"), box.stdout());
        assertTrue(box.stdout().endsWith("0\n1\n2\n/\n"), box.stdout());
    }

    @Test
    void aWorkingDirectoryBehindADescriptorIsRefused() throws Exception { // CVE-2024-21626
        for (int fd : List.of(3, 4, 5, 6, 7, 8, 9, 10, 11, 12)) {
            Heard ears = containers.shell("pwd; ls").process(p -> new ProcessPlan(
                            p.argv(), p.env(), "/proc/self/fd/" + fd, p.user(), p.extraGroups(), false, Optional.empty(), false))
                    .start();
            assertFalse(ears.failed().sentence().isEmpty(), "descriptor " + fd);
        }
    }

    @Test
    void noSessionKeyringIsTheDaemonsOrAnothersContainers() throws Exception {
        Files.copy(Path.of(System.getProperty("stowbook.repository"), "supervisor/target/keeper-sanitized/probe"), containers.image.resolve("bin/probe"));
        Set<String> keyrings = new HashSet<>();
        for (int i = 0; i < 2; i++) {
            Containers.Box box = containers.shell("PROBE=1 probe session");
            assertEquals(0, box.run().code());
            assertTrue(box.stdout().matches("session: \\d+ ok\n"), box.stdout());
            keyrings.add(box.stdout());
        }
        assertEquals(2, keyrings.size(), "all have " + keyrings);
    }

    @Test
    void noSocketIsAbstract() throws Exception { // CVE-2020-15257
        containers.shell("sleep 20").start().started();
        assertFalse(Files.readString(Path.of("/proc/net/unix")).contains("@stowbook"));
    }

    /** Whether root without CAP_SYS_PTRACE, but otherwise with at least the container's capabilities, may look into a process. */
    private static boolean canBeTraced(String pid) throws Exception {
        return new ProcessBuilder("setpriv", "--bounding-set=-sys_ptrace", "--inh-caps=-sys_ptrace", "readlink", "/proc/" + pid + "/exe")
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start()
                        .waitFor()
                == 0;
    }

    @Test
    void aProcessCannotBeTracedWhileItIsPreparedByPeersWithItsOwnRights() throws Exception { // CVE-2016-9962
        Containers.Box held = containers.shell("sleep 20").process(p -> new ProcessPlan(
                p.argv(), p.env(), p.cwd(), p.user(), p.extraGroups(), false, Optional.empty(), true));
        Heard ears = held.start();
        ears.await(KeeperMessage.Held.class);
        String pid = procs(held.plan().cgroup().tasksFiles().getFirst().getParent()).getFirst();
        assertFalse(canBeTraced(pid), "prepared, with descriptors of the host still open");
        ears.connection().start();
        ears.started();
        assertTrue(canBeTraced(pid), "its own program may be debugged");
    }

    @Test
    void aProcessOfTheContainerIsDumpableAgainButWasNotWhileItWasPrepared() throws Exception { // CVE-2016-9962
        Containers.Box held = containers.shell("true").process(p -> new ProcessPlan(
                p.argv(), p.env(), p.cwd(), "alice", p.extraGroups(), false, Optional.empty(), true));
        Heard ears = held.start();
        ears.await(KeeperMessage.Held.class);
        String pid = procs(held.plan().cgroup().tasksFiles().getFirst().getParent()).getFirst();
        assertEquals(0, Files.getAttribute(Path.of("/proc/" + pid + "/environ"), "unix:uid"), "prepared as alice, and undumpable: root's");
        ears.connection().start();
        assertEquals(0, ears.await(KeeperMessage.Exited.class).code());
    }

    @Test
    void theInheritableSetStaysEmptyInExecsOfSetuidPrograms() throws Exception { // CVE-2022-24769
        Containers.Box box = containers.shell("sh -c 'grep -E \"CapInh|CapAmb\" /proc/self/status'");
        box.run();
        assertEquals("CapInh:\t0000000000000000\nCapAmb:\t0000000000000000\n", box.stdout());
    }
}
