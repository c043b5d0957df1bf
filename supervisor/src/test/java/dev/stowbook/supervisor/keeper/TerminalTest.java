package dev.stowbook.supervisor.keeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Terminals, attached readers, and daemons that come back. */
class TerminalTest extends ContainersTest {

    private Containers.Box terminal(String script) throws Exception {
        return containers.shell(script).process(p -> new ProcessPlan(
                p.argv(), p.env(), p.cwd(), p.user(), p.extraGroups(), true, Optional.of(new ProcessPlan.TerminalSize(24, 80)), false));
    }

    private Containers.Box input(String script) throws Exception {
        return containers.shell(script).process(
                p -> new ProcessPlan(p.argv(), p.env(), p.cwd(), p.user(), p.extraGroups(), true, Optional.empty(), false));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void aTerminalIsTheConsoleAndCanBeResized() throws Exception {
        Containers.Box box = terminal("trap 'echo resized; stty size' WINCH; tty; test -c /dev/console && readlink /proc/self/fd/0; "
                + "cat /proc/self/mountinfo | grep console; echo ready; while test -z $a; do read a; done; echo got $a; exit 4");
        Heard ears = box.start();
        ears.started();
        ears.connection().attach(true, true).get();
        NamespaceTest.awaitLog(box, "ready");
        assertTrue(box.stdout().contains("/dev/console") || box.stdout().contains("/dev/pts/0"), box.stdout());
        assertTrue(box.stdout().contains(" /dev/console ") && box.stdout().contains(" - devpts "), box.stdout());
        assertEquals(0, ears.connection().resize(new ProcessPlan.TerminalSize(40, 100)).get());
        ears.awaitOutput(1, "");
        ears.connection().input(bytes("yes\n")).get();
        assertEquals(4, ears.await(KeeperMessage.Exited.class).code());
        assertTrue(box.stdout().contains("got yes"), box.stdout());
    }

    @Test
    void aTerminalBelongsToItsUser() throws Exception {
        Containers.Box box = terminal("stat -c '%u %g %a' $(tty); echo x > /dev/stdout; id -u").process(p -> new ProcessPlan(
                p.argv(), p.env(), p.cwd(), "alice", p.extraGroups(), true, p.terminal(), false));
        assertEquals(0, box.run().code());
        assertEquals("1000 5 620\r\nx\r\n1000\r\n", box.stdout());
    }

    @Test
    void aPlainUserCanOpenItsOwnOutputWhichIsAPipe() throws Exception {
        Containers.Box box = containers.shell("echo one > /dev/stdout; echo two > /dev/stderr").process(p -> new ProcessPlan(
                p.argv(), p.env(), p.cwd(), "1000:1001", p.extraGroups(), false, Optional.empty(), false));
        assertEquals(0, box.run().code(), box.stderr());
        assertEquals("one\n", box.stdout());
        assertEquals("two\n", box.stderr());
    }

    @Test
    void inputGoesThroughAndItsEndClosesIt() throws Exception {
        Containers.Box box = input("cat; echo end");
        Heard ears = box.start();
        ears.started();
        ears.connection().attach(true, true).get();
        ears.connection().input(bytes("hello\n"));
        ears.awaitOutput(1, "hello\n");
        ears.connection().endInput();
        assertEquals(0, ears.await(KeeperMessage.Exited.class).code());
        assertEquals("hello\nend\n", box.stdout());
        assertEquals("hello\nend\n", ears.output(1));
    }

    @Test
    void withoutInputItIsTheContainersDevNull() throws Exception {
        Containers.Box box = containers.shell("readlink /proc/self/fd/0; cat; echo end");
        assertEquals(0, box.run().code());
        assertEquals("/dev/null\nend\n", box.stdout());
    }

    @Test
    void aHeldProcessStartsOnlyAtTheWordAndNothingIsLost() throws Exception {
        Containers.Box box = containers.shell("echo first").process(p -> new ProcessPlan(
                p.argv(), p.env(), p.cwd(), p.user(), p.extraGroups(), false, Optional.empty(), true));
        Heard ears = box.start();
        ears.await(KeeperMessage.Held.class);
        Thread.sleep(100);
        assertEquals("", box.stdout());
        ears.connection().attach(false, true).get();
        ears.connection().start();
        assertEquals(0, ears.await(KeeperMessage.Exited.class).code());
        assertEquals("first\n", ears.output(1));
    }

    @Test
    void aHeldProcessThatIsKilledWasNeverStarted() throws Exception {
        Containers.Box box = containers.shell("echo first").process(p -> new ProcessPlan(
                p.argv(), p.env(), p.cwd(), p.user(), p.extraGroups(), false, Optional.empty(), true));
        Heard ears = box.start();
        ears.await(KeeperMessage.Held.class);
        ears.connection().signal(9);
        assertEquals("the process was killed before it was executed", ears.failed().sentence());
        assertTrue(ExitFile.read(box.state()).orElseThrow().startFailure().isPresent());
    }

    @Test
    void aDaemonThatComesBackFindsTheContainerAndItsExit() throws Exception {
        Containers.Box box = containers.shell("trap 'echo bye; exit 6' TERM; echo ready; while :; do usleep 10000; done");
        Heard ears = box.start();
        ears.started();
        NamespaceTest.awaitLog(box, "ready\n");
        ears.connection().close();
        ears.awaitClosed();
        assertTrue(ears.started().process().isAlive());
        Heard again = new Heard();
        try (KeeperReactor fresh = KeeperReactor.start()) {
            KeeperConnection connection = fresh.connect(box.socket(), again);
            assertEquals(ears.await(KeeperMessage.Hello.class), again.await(KeeperMessage.Hello.class));
            assertEquals(ears.started(), again.started());
            assertEquals(0, connection.signal(15).get());
            assertEquals(6, again.await(KeeperMessage.Exited.class).code());
        }
        assertEquals("ready\nbye\n", box.stdout());
    }

    @Test
    void anExitThatNobodyHeardIsInTheFile() throws Exception {
        Containers.Box box = containers.shell("usleep 200000; echo out; exit 11");
        Heard ears = box.start();
        ears.started();
        ears.connection().close();
        for (int i = 0; i < 6000 && ExitFile.read(box.state()).isEmpty(); i++) {
            Thread.sleep(10);
        }
        ExitFile file = ExitFile.read(box.state()).orElseThrow();
        assertEquals(11, file.code());
        assertEquals(1, file.generation());
        assertEquals(box.plan().containerId(), file.containerId());
        assertEquals(dev.stowbook.linux.process.ProcessIdentity.currentBootId(), file.bootId());
        assertEquals("out\n", box.stdout());
        awaitGone(ears.await(KeeperMessage.Hello.class).keeper());
    }

    @Test
    void sixteenReadersAreServedAndASeventeenthIsTurnedAway() throws Exception {
        Containers.Box box = containers.shell("echo ready; while :; do usleep 10000; done");
        Heard first = box.start();
        first.started();
        for (int i = 1; i < 16; i++) {
            Heard ears = new Heard();
            containers.reactor.connect(box.socket(), ears);
            ears.started();
        }
        Heard last = new Heard();
        containers.reactor.connect(box.socket(), last);
        last.awaitClosed();
        first.connection().ping();
        first.await(KeeperMessage.Pong.class);
    }

    @Test
    void aSlowReaderOfAContainerIsPassedOverAndToldWhereToGoOn() throws Exception {
        Containers.Box box = input("read go; seq 1 200000; read x; echo last");
        Heard ears = box.start();
        Heard slow = new Heard();
        KeeperConnection reader = containers.reactor.connect(box.socket(), slow);
        ears.started();
        reader.attach(false, true).get();
        reader.pause();
        ears.connection().attach(true, false).get();
        ears.connection().input(bytes("\n")).get();
        NamespaceTest.awaitLog(box, "\n200000\n");
        reader.resume();
        KeeperMessage.Lagged lagged = slow.await(KeeperMessage.Lagged.class);
        assertTrue(lagged.skippedBytes() > 0 && lagged.fromLogPosition() < lagged.toLogPosition(), lagged.toString());
        ears.connection().input(bytes("\n"));
        assertEquals(0, ears.await(KeeperMessage.Exited.class).code());
        assertTrue(box.stdout().endsWith("200000\nlast\n"));
        assertEquals(200001, box.stdout().lines().count());
        assertFalse(slow.output(1).isEmpty());
    }

    @Test
    void resizingWhatIsNoTerminalIsRefused() throws Exception {
        Heard ears = containers.shell("sleep 30").start();
        ears.started();
        assertEquals(25, ears.connection().resize(new ProcessPlan.TerminalSize(1, 1)).get());
    }

    @Test
    void rubbishOnTheSocketClosesThatConnectionAndNothingElse() throws Exception {
        Containers.Box box = containers.shell("sleep 30");
        Heard ears = box.start();
        ears.started();
        java.util.Random random = new java.util.Random(7);
        for (int i = 0; i < 50; i++) {
            byte[] rubbish = new byte[1 + random.nextInt(400)];
            random.nextBytes(rubbish);
            try (var channel = java.nio.channels.SocketChannel.open(java.net.StandardProtocolFamily.UNIX)) {
                channel.connect(java.net.UnixDomainSocketAddress.of(box.socket()));
                channel.write(java.nio.ByteBuffer.wrap(rubbish));
            } catch (java.io.IOException e) {
                // the keeper has hung up in the middle of it, as it should
            }
        }
        ears.connection().ping();
        ears.await(KeeperMessage.Pong.class);
        assertTrue(ears.started().process().isAlive());
    }
}
