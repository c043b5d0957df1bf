package dev.stowbook.supervisor.keeper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Readers of a container's own process: the ends of its input, and what they may not hold up. */
class AttachTest extends ContainersTest {
    private static final int EPIPE = 32;
    private static final Optional<ProcessPlan.TerminalSize> TERMINAL = Optional.of(new ProcessPlan.TerminalSize(24, 80));

    private Containers.Box box(String script, boolean stdin, boolean once, Optional<ProcessPlan.TerminalSize> terminal) throws Exception {
        return containers.shell(script).process(p -> new ProcessPlan(
                p.argv(), p.env(), p.cwd(), p.user(), p.extraGroups(), stdin, once, terminal, false, false, false));
    }

    private KeeperConnection reader(Containers.Box box, Heard heard) throws Exception {
        KeeperConnection connection = containers.reactor.connect(box.socket(), heard);
        heard.connection = connection;
        heard.started();
        return connection;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void inputForOnceEndsWithTheFirstWhoCouldWriteAndNobodyElseMay() throws Exception {
        Containers.Box box = box("cat; echo over; sleep 30", true, true, Optional.empty());
        Heard daemon = box.start();
        daemon.started();
        Heard listener = new Heard();
        reader(box, listener).attach(false, true).get();
        listener.connection().close();
        Heard writer = new Heard();
        reader(box, writer).attach(true, true).get();
        writer.connection().input(bytes("one\n")).get();
        writer.awaitOutput(1, "one\n");
        writer.connection().close();
        NamespaceTest.awaitLog(box, "over");
        Heard late = new Heard();
        assertEquals(EPIPE, reader(box, late).attach(true, true).get().errno());
        assertEquals(0, late.connection().attach(false, true).get().errno());
    }

    @Test
    void inputForMoreThanOnceOutlivesItsWriters() throws Exception {
        Containers.Box box = box("cat; echo over", true, false, Optional.empty());
        Heard daemon = box.start();
        daemon.started();
        for (String word : new String[] {"one\n", "two\n"}) {
            Heard writer = new Heard();
            reader(box, writer).attach(true, true).get();
            writer.connection().input(bytes(word)).get();
            writer.awaitOutput(1, word);
            writer.connection().close();
            writer.awaitClosed();
        }
        NamespaceTest.awaitLog(box, "one\ntwo\n");
    }

    @Test
    void theEndOfInputIsTypedOnATerminalAlsoInTheMiddleOfALine() throws Exception {
        Containers.Box box = box("cat; echo first over; cat; echo second over; exit 3", true, false, TERMINAL);
        Heard ears = box.start();
        ears.started();
        ears.connection().attach(true, true).get();
        ears.connection().input(bytes("whole line\n")).get();
        ears.awaitOutput(1, "whole line\r\nwhole line\r\n");
        ears.connection().endInput();
        ears.awaitOutput(1, "first over");
        ears.connection().input(bytes("half")).get();
        ears.connection().endInput();
        assertEquals(3, ears.await(KeeperMessage.Exited.class).code());
        assertTrue(ears.output(1).contains("half"), ears.output(1));
    }

    @Test
    void aTerminalForOnceEndsForWhoReadsIt() throws Exception {
        Containers.Box box = box("cat; exit 4", true, true, TERMINAL);
        Heard ears = box.start();
        ears.started();
        Heard writer = new Heard();
        reader(box, writer).attach(true, true).get();
        writer.connection().close();
        assertEquals(4, ears.await(KeeperMessage.Exited.class).code());
    }

    @Test
    void nobodyTypesOnATerminalWhoseInputIsNotOpen() throws Exception {
        Containers.Box box = box("tty; sleep 30", false, false, TERMINAL);
        Heard ears = box.start();
        ears.started();
        assertEquals(EPIPE, ears.connection().attach(true, true).get().errno());
        assertEquals(0, ears.connection().attach(false, true).get().errno());
    }

    @Test
    void theAnswerSaysWhereTheLogEndsThatTheOutputGoesOnFrom() throws Exception {
        Containers.Box box = box("echo before; read x; echo after", true, false, Optional.empty());
        Heard ears = box.start();
        ears.started();
        NamespaceTest.awaitLog(box, "before");
        KeeperMessage.LogPlace place = ears.connection().attach(true, true).get().log().orElseThrow();
        Path log = box.plan().output().logDirectory().orElseThrow().resolve("log");
        assertEquals(Files.size(log), place.offset());
        assertEquals(Files.getAttribute(log, "unix:ino"), place.inode());
        ears.connection().input(bytes("\n"));
        ears.await(KeeperMessage.Exited.class);
        assertEquals("after\n", ears.output(1));
    }

    @Test
    void aReaderThatStandsStillHoldsUpNeitherTheOutputNorTheExit() throws Exception {
        Containers.Box box = box("read x; seq 1 100000; exit 7", true, false, Optional.empty())
                .output(o -> new OutputPlan(o.logDirectory(), o.maxBytes(), o.maxFiles(), Duration.ofHours(1)));
        Heard ears = box.start();
        Heard stuck = new Heard();
        KeeperConnection reader = reader(box, stuck);
        reader.attach(false, true).get();
        reader.pause();
        ears.started();
        ears.connection().attach(true, false).get();
        ears.connection().input(bytes("\n"));
        assertEquals(7, ears.await(KeeperMessage.Exited.class).code());
        reader.resume();
        assertTrue(box.stdout().endsWith("\n100000\n"));
        assertEquals(7, stuck.await(KeeperMessage.Exited.class).code());
        KeeperMessage.Lagged lagged = stuck.await(KeeperMessage.Lagged.class);
        assertEquals(box.stdout().length(), stuck.output(1).length() + lagged.skippedBytes());
    }
}
