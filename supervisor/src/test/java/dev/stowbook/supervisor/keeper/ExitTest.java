package dev.stowbook.supervisor.keeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.linux.process.PidFd;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Exit codes, signals, starts that fail, keepers that die. */
class ExitTest extends ContainersTest {

    @Test
    void codesAreTrue() throws Exception {
        for (int code : List.of(0, 1, 2, 42, 126, 127, 128, 255)) {
            Containers.Box box = containers.shell("exit " + code);
            assertEquals(code, box.run().code());
            assertEquals(code, ExitFile.read(box.state()).orElseThrow().code());
        }
    }

    @Test
    void signalsAreTrue() throws Exception {
        for (int signal : List.of(1, 2, 9, 15)) {
            Heard ears = containers.box("sleep", "30").start();
            ears.started();
            // busybox sleep has default dispositions, but pid 1 of a namespace ignores what it doesn't handle, SIGKILL from outside excepted
            Containers.Box box = containers.shell("sh -c 'kill -" + signal + " $$'; exit $?");
            assertEquals(128 + signal, box.run().code());
            if (signal == 9) {
                ears.connection().signal(9).get();
                KeeperMessage.Exited exited = ears.await(KeeperMessage.Exited.class);
                assertEquals(137, exited.code());
                assertEquals(9, exited.signal().orElseThrow());
            }
        }
    }

    @Test
    void theExitsClockIsThatOfTheExit() throws Exception {
        Instant before = Instant.now();
        double upBefore = uptime();
        Containers.Box box = containers.shell("usleep 100000");
        KeeperMessage.Exited exited = box.run();
        Instant after = Instant.now();
        assertFalse(exited.at().isBefore(before.plusMillis(100)) || exited.at().isAfter(after), exited.at() + " not in " + before + ".." + after);
        double up = exited.sinceBoot().toMillis() / 1000.0;
        double upAfter = uptime();
        assertTrue(up >= upBefore && up <= upAfter + 0.01, upBefore + ".." + upAfter + ", not " + up);
    }

    /** Seconds, with two digits. */
    private static double uptime() throws Exception {
        return Double.parseDouble(Files.readString(Path.of("/proc/uptime")).split(" ")[0]);
    }

    @Test
    void aMissingProgramIs127AndAFileThatIsNoneIs126() throws Exception {
        KeeperMessage.StartFailed missing = containers.box("no-such-program").start().failed();
        assertEquals(127, missing.exitCode());
        assertEquals("no-such-program: no such program in the container (ENOENT in step exec)", missing.describe());
        KeeperMessage.StartFailed absolute = containers.box("/no/such").start().failed();
        assertEquals(127, absolute.exitCode());
        Containers.Box box = containers.box("/etc/passwd");
        KeeperMessage.StartFailed file = box.start().failed();
        assertEquals(126, file.exitCode());
        assertEquals(13, file.errno());
        ExitFile left = ExitFile.read(box.state()).orElseThrow();
        assertEquals(126, left.code());
        assertEquals(file, left.startFailure().orElseThrow());
        assertEquals(126, containers.box("/tmp").start().failed().exitCode());
    }

    @Test
    void whatIsWrongWithAPlanIsSaidInASentence() throws Exception {
        assertEquals(
                "the image's /etc/passwd has no such user",
                containers.shell("true").process(p -> user(p, "nobody-here")).start().failed().sentence());
        KeeperMessage.StartFailed layer = containers.shell("true")
                .root(r -> RootPlan.of(new dev.stowbook.spi.graph.RootfsMount.Overlay(
                        List.of(Path.of("/no/such/layer")), containers.directory, containers.directory)))
                .start()
                .failed();
        assertEquals("rootfs", layer.step());
        assertEquals("/no/such/layer", layer.path());
        assertEquals(2, layer.errno());
        KeeperMessage.StartFailed group = containers.shell("true")
                .with(p -> new LaunchPlan(p.containerId(), 1, p.stateDirectory(), p.output(), p.process(), p.root(), p.join(),
                        new dev.stowbook.spi.cgroup.Placement(Optional.empty(), List.of(Path.of("/sys/fs/cgroup/pids/stowbook-none/tasks"))),
                        p.keeperCgroup(), p.privileges(), p.users()))
                .start()
                .failed();
        assertEquals("/sys/fs/cgroup/pids/stowbook-none/", group.path());
    }

    private static ProcessPlan user(ProcessPlan p, String user) {
        return new ProcessPlan(p.argv(), p.env(), p.cwd(), user, p.extraGroups(), p.stdin(), p.terminal(), p.waits());
    }

    @Test
    void aFailedStartLeavesNoProcessAndNoMount() throws Exception {
        Containers.Box box = containers.box("no-such-program");
        Heard ears = box.start();
        ears.failed();
        ears.awaitClosed();
        awaitGone(ears.await(KeeperMessage.Hello.class).keeper());
        for (Path tasks : box.plan().cgroup().tasksFiles()) {
            assertEquals(List.of(), procs(tasks.getParent()));
        }
        assertFalse(Files.readString(Path.of("/proc/self/mountinfo")).contains(box.state().toString()));
    }

    @Test
    void aKeeperThatIsKilledIsNoticedAndLeavesNoExitFile() throws Exception {
        Containers.Box box = containers.shell("sleep 100");
        Heard ears = box.start();
        ears.started();
        KeeperMessage.Hello hello = ears.await(KeeperMessage.Hello.class);
        try (PidFd keeper = PidFd.open(hello.keeper()).orElseThrow()) {
            keeper.signal(9);
            assertTrue(keeper.awaitEnd(60_000));
        }
        ears.awaitClosed();
        assertTrue(ears.messages().stream().noneMatch(KeeperMessage.Exited.class::isInstance));
        assertEquals(Optional.empty(), ExitFile.read(box.state()));
        // root's process goes with its keeper (PDEATHSIG); a plain user's is left to whoever kills the group
        awaitGone(ears.started().process());
    }

    @Test
    void aSecondKeeperOfTheSameContainerOverwritesTheExitOfTheFirst() throws Exception {
        Containers.Box box = containers.shell("exit 1");
        box.run();
        Containers.Box again = box.with(p -> new LaunchPlan(
                p.containerId(), 2, p.stateDirectory(), p.output(), ProcessPlan.of("sh", "-c", "exit 2"), p.root(), p.join(), p.cgroup(),
                p.keeperCgroup(), p.privileges(), p.users()));
        again.run();
        ExitFile file = ExitFile.read(box.state()).orElseThrow();
        assertEquals(2, file.generation());
        assertEquals(2, file.code());
    }

    @Test
    void orphansOfASharedPidNamespaceDoNotBecomeZombies() throws Exception {
        Containers.Box box = containers.shell("(sh -c 'sleep 0' & ) ; usleep 100000; ps | grep -c '[Zz]ombie' || true; exit 0");
        assertEquals(0, box.run().code());
    }

    @Test
    void manyContainersAtOnceEachKeepTheirOwnCode() throws Exception {
        int count = "all".equals(System.getProperty("stowbook.tests")) ? 200 : 30;
        List<Heard> all = new java.util.ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(containers.shell("echo " + i + "; exit " + i % 100).start());
        }
        for (int i = 0; i < count; i++) {
            assertEquals(i % 100, all.get(i).await(KeeperMessage.Exited.class).code());
        }
    }
}
