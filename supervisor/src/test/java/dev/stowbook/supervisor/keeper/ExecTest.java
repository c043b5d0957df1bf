package dev.stowbook.supervisor.keeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.linux.process.ProcessIdentity;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** One more process in a running container (row N14). */
class ExecTest extends ContainersTest {
    private static final ProcessPlan.TerminalSize SIZE = new ProcessPlan.TerminalSize(24, 80);
    private int execs;

    private Heard exec(Containers.Box box, Heard container, boolean attached, UnaryOperator<ProcessPlan> change, String... argv)
            throws Exception {
        Path state = Files.createDirectory(box.state().resolve("exec-" + execs++));
        LaunchPlan plan = box.plan();
        Heard ears = new Heard();
        containers.remember(ears);
        ears.connection = containers.spawner.exec(
                new ExecPlan(
                        plan.containerId() + "-exec",
                        state,
                        container.started().process(),
                        change.apply(ProcessPlan.of(argv)),
                        attached,
                        2000,
                        plan.cgroup(),
                        plan.keeperCgroup(),
                        plan.privileges(),
                        plan.users()),
                state.resolve("control"),
                ears);
        return ears;
    }

    private Heard exec(Containers.Box box, Heard container, String... argv) throws Exception {
        return exec(box, container, true, UnaryOperator.identity(), argv);
    }

    private static ProcessPlan withTerminal(ProcessPlan p) {
        return new ProcessPlan(p.argv(), p.env(), p.cwd(), p.user(), p.extraGroups(), true, Optional.of(SIZE), false);
    }

    private static ProcessPlan withInput(ProcessPlan p) {
        return new ProcessPlan(p.argv(), p.env(), p.cwd(), p.user(), p.extraGroups(), true, Optional.empty(), false);
    }

    @Test
    void n14_theProcessIsInAllNamespacesAndGroupsOfTheContainerAndOursAreUnchanged() throws Exception {
        List<String> kinds = List.of("pid", "mnt", "cgroup", "net", "ipc", "uts");
        Containers.Box box = containers.shell("sleep 30");
        Heard container = box.start();
        List<Long> before = kinds.stream().map(k -> own(k)).toList();
        Heard ears = exec(box, container, false, UnaryOperator.identity(), "sleep", "20"); // nobody will read: its keeper waits for nobody
        ProcessIdentity process = ears.started().process();
        for (String kind : kinds) {
            assertEquals(namespace(container.started().process().pid(), kind), namespace(process.pid(), kind), kind);
        }
        assertEquals(container.started().namespaceInodes(), ears.started().namespaceInodes());
        for (Path tasks : box.plan().cgroup().tasksFiles()) {
            assertTrue(Files.readAllLines(tasks).contains(Integer.toString(process.pid())), tasks.toString());
        }
        assertTrue(procs(box.plan().cgroup().directory().orElseThrow()).contains(Integer.toString(process.pid())));
        assertEquals(before, kinds.stream().map(k -> own(k)).toList());
    }

    private static long own(String kind) {
        try {
            return ownNamespace(kind);
        } catch (java.io.IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void exitCodesOfExecsAreTrueAndTheContainerGoesOn() throws Exception {
        Containers.Box box = containers.shell("sleep 30");
        Heard container = box.start();
        assertEquals(3, exec(box, container, false, UnaryOperator.identity(), "sh", "-c", "exit 3").await(KeeperMessage.Exited.class).code());
        Heard killed = exec(box, container, false, UnaryOperator.identity(), "sh", "-c", "kill -TERM $$");
        assertEquals(143, killed.await(KeeperMessage.Exited.class).code());
        assertEquals(127, exec(box, container, "no-such-program").failed().exitCode());
        assertTrue(container.started().process().isAlive());
        assertEquals(3, ExitFile.read(box.state().resolve("exec-0")).orElseThrow().code());
    }

    @Test
    void outputIsNotReadBeforeSomebodyAttachesSoNothingIsLost() throws Exception {
        Containers.Box box = containers.shell("sleep 30");
        Heard container = box.start();
        Heard ears = exec(box, container, "sh", "-c", "seq 1 50000; echo end >&2; exit 5");
        ears.started();
        Thread.sleep(300); // long enough for a keeper that doesn't wait to lose all of it
        assertEquals("", ears.output(1));
        assertEquals(0, ears.connection().attach(false, true).get().errno());
        assertEquals(5, ears.await(KeeperMessage.Exited.class).code());
        String output = ears.output(1);
        assertTrue(output.startsWith("1\n2\n") && output.endsWith("\n50000\n"), output.length() + " characters");
        assertEquals(50000, output.lines().count());
        assertEquals("end\n", ears.output(2));
    }

    @Test
    void aSlowReaderHoldsUpAnExecAndLosesNothing() throws Exception {
        Containers.Box box = containers.shell("sleep 30");
        Heard container = box.start();
        Heard ears = exec(box, container, "sh", "-c", "seq 1 400000");
        ears.started();
        ears.connection().attach(false, true).get();
        ears.connection().pause();
        Thread.sleep(400);
        ears.connection().resume();
        assertEquals(0, ears.await(KeeperMessage.Exited.class).code());
        assertEquals(400000, ears.output(1).lines().count());
    }

    @Test
    void aReaderWhoPausesWhenTheProcessHasEndedLosesNothing() throws Exception {
        Containers.Box box = containers.shell("sleep 300");
        Heard container = box.start();
        Heard ears = exec(box, container, "head", "-c", "230000", "/dev/zero"); // more than the sockets take, and the rest fits into the pipe
        ears.started();
        var attached = ears.connection().attach(false, true);
        ears.connection().pause();
        awaitGone(ears.started().process());
        Thread.sleep(2500); // longer than output is drained
        ears.connection().resume();
        attached.get();
        assertEquals(0, ears.await(KeeperMessage.Exited.class).code());
        assertEquals(230_000, ears.output(1).length());
    }

    @Test
    void inputReachesTheProcessAndItsEndToo() throws Exception {
        Containers.Box box = containers.shell("sleep 30");
        Heard container = box.start();
        Heard ears = exec(box, container, true, ExecTest::withInput, "sh", "-c", "cat; echo done");
        ears.started();
        ears.connection().attach(true, true).get();
        byte[] much = "0123456789abcde\n".repeat(100_000).getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        ears.connection().input(much);
        ears.connection().endInput();
        assertEquals(0, ears.await(KeeperMessage.Exited.class).code());
        assertEquals(much.length + 5, ears.output(1).length());
        assertTrue(ears.output(1).endsWith("abcde\ndone\n"));
    }

    @Test
    void anExecWithATerminalHasOneOfTheContainersOwn() throws Exception {
        Containers.Box box = containers.shell("sleep 30");
        Heard container = box.start();
        Heard ears = exec(box, container, true, ExecTest::withTerminal, "sh", "-c", "tty; stty size; read line; stty size; echo got $line");
        ears.started();
        ears.connection().attach(true, true).get();
        ears.awaitOutput(1, "24 80");
        assertTrue(ears.output(1).startsWith("/dev/pts/"), ears.output(1));
        assertEquals(0, ears.connection().resize(new ProcessPlan.TerminalSize(50, 132)).get());
        ears.connection().input("hi there\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII)).get();
        assertEquals(0, ears.await(KeeperMessage.Exited.class).code());
        assertTrue(ears.output(1).contains("50 132"), ears.output(1));
        assertTrue(ears.output(1).contains("got hi there"), ears.output(1));
    }

    @Test
    void anExecOutlivesTheConnectionOfItsDaemon() throws Exception {
        Containers.Box box = containers.shell("sleep 30");
        Heard container = box.start();
        Heard ears = exec(box, container, "sh", "-c", "usleep 300000; echo late; exit 9");
        ears.started();
        ears.connection().close();
        ears.awaitClosed();
        Heard again = new Heard();
        try (KeeperReactor fresh = KeeperReactor.start()) {
            KeeperConnection connection = fresh.connect(box.state().resolve("exec-0/control"), again);
            assertEquals(ears.started().process(), again.started().process());
            connection.attach(false, true).get();
            assertEquals(9, again.await(KeeperMessage.Exited.class).code());
            assertEquals("late\n", again.output(1));
        }
    }

    @Test
    void anotherProcessWithTheSamePidIsNotEntered() throws Exception {
        Containers.Box box = containers.shell("sleep 30");
        Heard container = box.start();
        ProcessIdentity true_ = container.started().process();
        Path state = Files.createDirectory(box.state().resolve("exec-wrong"));
        Heard ears = new Heard();
        containers.remember(ears);
        containers.spawner.exec(
                new ExecPlan("wrong", state, new ProcessIdentity(true_.pid(), true_.startTicks() + 1, true_.bootId()),
                        ProcessPlan.of("true"), false, 100, box.plan().cgroup(), box.plan().keeperCgroup(), box.plan().privileges(), box.plan().users()),
                state.resolve("control"), ears);
        assertEquals("container: it is not running any more (ESRCH in step clone)", ears.failed().describe());
    }

    @Test
    void anExecHasTheCapabilitiesAndUserItsPlanSaysAndNoMore() throws Exception {
        Containers.Box box = containers.shell("sleep 30");
        Heard container = box.start();
        Heard ears = exec(box, container, true,
                p -> new ProcessPlan(p.argv(), p.env(), "/tmp", "alice", List.of(), false, Optional.empty(), false),
                "sh", "-c", "id; pwd; grep Cap /proc/self/status; ls /proc/self/fd");
        ears.started();
        ears.connection().attach(false, true).get();
        ears.await(KeeperMessage.Exited.class);
        String out = ears.output(1);
        assertTrue(out.startsWith("uid=1000(alice) gid=1001(alice) groups=10(wheel),50(staff)"), out);
        assertTrue(out.contains("CapEff:\t0000000000000000") && out.contains("CapInh:\t0000000000000000"), out);
        assertTrue(out.contains("CapBnd:\t00000000a80425fb"), out);
        assertTrue(out.endsWith("0\n1\n2\n3\n"), out); // 3 is the directory that ls reads
        assertNotEquals(0, out.length());
    }
}
