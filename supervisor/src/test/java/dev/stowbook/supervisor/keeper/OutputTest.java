package dev.stowbook.supervisor.keeper;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.linux.process.PidFd;
import dev.stowbook.linux.process.ProcessIdentity;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Output as it stands in the log. */
class OutputTest extends ContainersTest {
    private static final int SIGUSR1 = 10;
    private static final int SIGCONT = 18;
    private static final int SIGSTOP = 19;

    /** A container that prints a file of the host. */
    private Containers.Box printing(byte[] content) throws Exception {
        Path file = containers.directory.resolve("content");
        Files.write(file, content);
        return containers.shell("cat /content").root(r -> new RootPlan(
                r.rootfs(), false, List.of(new RootPlan.MountPlan.Bind(file, "/content", true, false)),
                List.of(), r.shmBytes(), List.of(), List.of(), r.sysctls()));
    }

    @Test
    void binaryOutputComesBackByteForByte() throws Exception {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        byte[] content = new byte[300_000];
        new Random(seed).nextBytes(content);
        Containers.Box box = printing(content);
        assertEquals(0, box.run().code());
        byte[] logged = LogLine.join(box.log(), "stdout");
        assertArrayEquals(content, Arrays.copyOf(logged, content.length));
    }

    @Test
    void aLongLineIsOneLineInSeveralEntriesAndOneWithoutAnEndStaysOpen() throws Exception {
        byte[] content = new byte[100_000];
        Arrays.fill(content, (byte) 'x');
        Containers.Box box = printing(content);
        assertEquals(0, box.run().code());
        List<LogLine> lines = box.log();
        assertTrue(lines.size() > 1 && lines.stream().allMatch(LogLine::partial));
        assertArrayEquals(content, LogLine.join(lines, "stdout"));
    }

    @Test
    void entriesCarryTimeStreamAndWholeness() throws Exception {
        Instant before = Instant.now();
        Containers.Box box = containers.shell("printf 'a\\n\\nb'; usleep 50000; printf 'c\\n'; echo e >&2");
        assertEquals(0, box.run().code());
        List<String> entries = box.log().stream()
                .map(l -> l.stream() + (l.partial() ? " P " : " F ") + new String(l.bytes(), java.nio.charset.StandardCharsets.US_ASCII))
                .toList();
        assertEquals(List.of("stdout F a", "stdout F ", "stdout P b", "stdout F c", "stderr F e"), entries);
        Instant last = before;
        for (LogLine line : box.log()) {
            assertFalse(line.at().isBefore(last), line.at() + " after " + last);
            last = line.at();
        }
        assertFalse(last.isAfter(Instant.now()));
        assertTrue(Files.readString(box.state().resolve("log/log")).matches("(?s)\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{9}Z stdout F a\n.*"));
    }

    @Test
    void rotatedFilesAreWholeAndAsManyAsAsked() throws Exception {
        Containers.Box box = containers.shell("seq 1 20000").output(o -> new OutputPlan(o.logDirectory(), 200_000, 3, o.drain()));
        assertEquals(0, box.run().code());
        Path log = box.state().resolve("log");
        assertFalse(Files.exists(log.resolve("log.3")));
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (String name : List.of("log.2", "log.1", "log")) {
            byte[] file = Files.readAllBytes(log.resolve(name));
            assertTrue(file.length <= 200_000, name + " has " + file.length + " bytes");
            all.writeBytes(file);
        }
        List<LogLine> lines = LogLine.parse(all.toByteArray());
        assertEquals("20000", new String(lines.getLast().bytes(), java.nio.charset.StandardCharsets.US_ASCII));
        String joined = new String(LogLine.join(lines, "stdout"), java.nio.charset.StandardCharsets.US_ASCII);
        List<String> numbers = joined.lines().toList();
        for (int i = 2; i < numbers.size(); i++) { // the first may be the rest of a line whose beginning was rotated away
            assertEquals(Integer.parseInt(numbers.get(i - 1)) + 1, Integer.parseInt(numbers.get(i)));
        }
        assertTrue(numbers.size() > 5000, numbers.size() + " lines");
    }

    @Test
    void aFullDiskNeverStopsTheContainerAndTheLossIsTold() throws Exception {
        Path full = Files.createDirectory(containers.directory.resolve("full"));
        run("mount", "-t", "tmpfs", "-o", "size=64k", containers.name, full.toString());
        try {
            Containers.Box box = containers.shell("seq 1 100000; exit 5")
                    .output(o -> new OutputPlan(Optional.of(full), 10 << 20, 3, Duration.ofSeconds(2)));
            Heard ears = box.start();
            KeeperMessage.Exited exited = ears.await(KeeperMessage.Exited.class);
            assertEquals(5, exited.code());
            assertEquals(28, ears.await(KeeperMessage.OutputDropped.class).errno());
            List<LogLine> lines = LogLine.parse(Files.readAllBytes(full.resolve("log")));
            long kept = LogLine.join(lines, "stdout").length;
            assertEquals(588895, kept + exited.droppedBytes(), "every byte is either logged or counted");
            assertEquals(exited.droppedBytes(), ExitFile.read(box.state()).orElseThrow().droppedBytes());
        } finally {
            run("umount", full.toString());
        }
    }

    @Test
    void aMissingLogDirectoryIsALossAndNoFailure() throws Exception {
        Containers.Box box = containers.shell("echo lost; exit 3")
                .output(o -> new OutputPlan(Optional.of(containers.directory.resolve("nowhere")), 1000, 2, o.drain()));
        KeeperMessage.Exited exited = box.run();
        assertEquals(3, exited.code());
        assertEquals(5, exited.droppedBytes());
    }

    @Test
    void aForeignHolderOfThePipeDelaysTheExitNoLongerThanTheDeadline() throws Exception {
        Containers.Box box = containers.shell("sleep 30")
                .output(o -> new OutputPlan(o.logDirectory(), o.maxBytes(), o.maxFiles(), Duration.ofMillis(300)));
        Heard ears = box.start();
        int pid = ears.started().process().pid();
        // somebody on the host opens the container's output, as a debugger might
        try (var holder = Files.newByteChannel(Path.of("/proc/" + pid + "/fd/1"), java.nio.file.StandardOpenOption.WRITE)) {
            long before = System.nanoTime();
            ears.connection().signal(9).get();
            ears.await(KeeperMessage.Exited.class);
            long millis = (System.nanoTime() - before) / 1_000_000;
            assertTrue(millis >= 250, millis + " ms");
            assertTrue(holder.isOpen());
        }
    }

    /** The keeper gets no processor until the process has written and ended, and all patience is over when it does. */
    @Test
    void whatTheProcessLeftInItsPipesIsKeptHoweverLateTheKeeperIs() throws Exception {
        Containers.Box box = containers.shell("trap 'seq 1 10000; echo oops >&2; exit 3' USR1; echo ready; while :; do usleep 10000; done")
                .output(o -> new OutputPlan(o.logDirectory(), o.maxBytes(), o.maxFiles(), Duration.ZERO));
        Heard ears = box.start();
        ProcessIdentity process = ears.started().process();
        NamespaceTest.awaitLog(box, "ready");
        try (PidFd keeper = PidFd.open(ears.await(KeeperMessage.Hello.class).keeper()).orElseThrow();
                PidFd container = PidFd.open(process).orElseThrow()) {
            keeper.signal(SIGSTOP);
            container.signal(SIGUSR1);
            assertTrue(container.awaitEnd(60_000));
            keeper.signal(SIGCONT);
        }
        assertEquals(3, ears.await(KeeperMessage.Exited.class).code());
        assertEquals(10_001, box.stdout().lines().count());
        assertEquals("oops\n", box.stderr());
    }

    @Test
    void anAttachedReaderHearsWhatTheLogHas() throws Exception {
        Containers.Box box = containers.shell("read x; seq 1 5000; echo oops >&2").process(p -> new ProcessPlan(
                p.argv(), p.env(), p.cwd(), p.user(), p.extraGroups(), true, Optional.empty(), false));
        Heard ears = box.start();
        ears.started();
        ears.connection().attach(true, true).get();
        ears.connection().input(new byte[] {'\n'});
        assertEquals(0, ears.await(KeeperMessage.Exited.class).code());
        assertEquals(box.stdout(), ears.output(1));
        assertEquals("oops\n", ears.output(2));
    }

    static void run(String... command) throws Exception {
        List<String> line = new ArrayList<>(List.of(command));
        Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), line + ": " + said);
    }
}
