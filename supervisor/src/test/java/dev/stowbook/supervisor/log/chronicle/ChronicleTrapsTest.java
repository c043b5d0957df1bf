package dev.stowbook.supervisor.log.chronicle;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.linux.Errno;
import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.disk.Disk;
import dev.stowbook.supervisor.log.Drafts;
import dev.stowbook.supervisor.log.Entry;
import dev.stowbook.supervisor.log.EntryReader;
import dev.stowbook.supervisor.log.FramedLog;
import dev.stowbook.supervisor.log.LogException;
import dev.stowbook.supervisor.log.LogOptions;
import dev.stowbook.supervisor.log.LogVerifier;
import dev.stowbook.supervisor.log.SmallDisk;
import dev.stowbook.testkit.RequiresRoot;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The queue's traps, each shut. */
class ChronicleTrapsTest {
    @TempDir
    Path directory;

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-11-21T10:00:00Z"));
    private final InstantSource clock = now::get;
    private final List<String> calls = new CopyOnWriteArrayList<>();
    private final AtomicReference<String> failing = new AtomicReference<>("");
    private final AtomicReference<String> unsupported = new AtomicReference<>("");
    private int errno = Errno.EIO;

    /** The real disk, which notes its calls with the files they are about, and fails one kind of them on demand. */
    private final Disk disk = (Disk) Proxy.newProxyInstance(
            Disk.class.getClassLoader(), new Class<?>[] {Disk.class}, (proxy, method, arguments) -> {
                String about = arguments[0] instanceof Fd fd
                        ? Files.readSymbolicLink(Path.of(fd.procPath())).getFileName().toString()
                        : ((Path) arguments[0]).getFileName().toString();
                calls.add(method.getName() + " " + about);
                if (method.getName().equals(unsupported.get())) {
                    return false;
                }
                if (method.getName().equals(failing.get())) {
                    throw new LinuxException(errno, method.getName(), about);
                }
                try {
                    return method.invoke(Disk.real(), arguments);
                } catch (InvocationTargetException e) {
                    throw e.getCause();
                }
            });

    private FramedLog open() throws LogException {
        return ChronicleEventLog.open(LogOptions.in(directory).withReserveBytes(0), clock, disk);
    }

    @Test
    void theStatisticsClassesAreNotThere() {
        assertThrows(ClassNotFoundException.class, () -> Class.forName("net.openhft.chronicle.analytics.Analytics"));
        assertEquals("true", System.getProperty("chronicle.analytics.disable"));
    }

    @Test
    void aSyncForcesTheFileThroughOurOwnDescriptorAndTheDirectoryWhenTheFileIsNew() throws LogException {
        try (FramedLog log = open()) {
            Drafts.append(log, 10);
            calls.clear();
            log.sync();
            assertEquals(List.of("syncData 20261121F.cq4", "openDirectory book", "sync book"), calls);
            Drafts.append(log, 1);
            calls.clear();
            log.sync();
            assertEquals(List.of("syncData 20261121F.cq4"), calls);
            calls.clear();
            log.sync();
            assertEquals(List.of(), calls, "nothing was appended");
        }
    }

    @Test
    void aGroupThatStraddlesARollIsForcedInBothFiles() throws LogException {
        try (FramedLog log = open()) {
            Drafts.append(log, 5);
            log.sync();
            Drafts.append(log, 5);
            now.set(Instant.parse("2026-11-22T00:00:01Z"));
            Drafts.append(log, 5);
            calls.clear();
            log.sync();
            assertEquals(
                    List.of("syncData 20261121F.cq4", "syncData 20261122F.cq4", "openDirectory book", "sync book"),
                    calls);
        }
    }

    @Test
    void aGroupOfManyBlocksIsForcedAsOneFile() throws Exception {
        try (FramedLog log = open()) {
            Drafts.append(log, 60_000);
            Path file = directory.resolve("book/20261121F.cq4");
            assertTrue(Files.size(file) > 2L * ChronicleFrameStore.BLOCK_BYTES, "one block more than two: " + Files.size(file));
            calls.clear();
            log.sync();
            assertEquals(1, calls.stream().filter("syncData 20261121F.cq4"::equals).count());
        }
    }

    @Test
    void openingForcesWhatAKilledProcessMayHaveLeftUnsynced() throws LogException {
        try (FramedLog log = open()) {
            Drafts.append(log, 5);
            now.set(Instant.parse("2026-11-22T00:00:01Z"));
            Drafts.append(log, 5);
        }
        calls.clear();
        try (FramedLog log = open()) {
            assertEquals(log.lastSequence(), log.durableSequence());
            assertTrue(calls.containsAll(List.of("syncData 20261121F.cq4", "syncData 20261122F.cq4", "sync book")), calls.toString());
        }
    }

    @Test
    void aFailedSyncBreaksTheLogForGood() throws LogException {
        try (FramedLog log = open()) {
            Drafts.append(log, 5);
            long durable = log.durableSequence();
            failing.set("syncData");
            LogException e = assertThrows(LogException.class, log::sync);
            assertEquals(LogException.Code.BROKEN, e.code());
            failing.set("");
            assertEquals(LogException.Code.BROKEN, assertThrows(LogException.class, log::sync).code(), "a sync is never retried");
            assertEquals(LogException.Code.BROKEN, assertThrows(LogException.class, () -> Drafts.append(log, 1)).code());
            assertEquals(durable, log.durableSequence());
        }
    }

    @Test
    void roomIsSetAsideBeforeAWriteAndItsAbsenceIsSaidBeforeAnythingIsWritten() throws LogException {
        try (FramedLog log = open()) {
            Drafts.append(log, 2);
            assertTrue(calls.contains("allocate 20261121F.cq4"), calls.toString());
            errno = Errno.ENOSPC;
            failing.set("allocate");
            long last = log.lastSequence();
            LogException e = assertThrows(LogException.class, () -> Drafts.append(log, 100_000));
            assertEquals(LogException.Code.DISK_FULL, e.code());
            assertTrue(log.lastSequence() > last, "what had been set aside is used first");
            failing.set("");
            Drafts.append(log, 10);
            assertTrue(LogVerifier.verify(log).good());
        }
    }

    @Test
    @RequiresRoot
    void aPageThatCannotBeHadIsFatalAndLosesNothing() throws Exception {
        unsupported.set("allocate"); // as on a file system without fallocate: the page fault finds the disk full, a SIGBUS
        try (SmallDisk small = SmallDisk.tmpfs(directory.resolve("small"), 8)) {
            LogOptions options = LogOptions.in(small.directory()).withReserveBytes(0);
            long appended;
            try (FramedLog log = ChronicleEventLog.open(options, clock, disk)) {
                LogException e = assertThrows(LogException.class, () -> Drafts.append(log, 1_000_000));
                assertEquals(LogException.Code.BROKEN, e.code(), e.getMessage());
                assertInstanceOf(InternalError.class, e.getCause());
                appended = log.lastSequence();
                assertEquals(LogException.Code.BROKEN, assertThrows(LogException.class, () -> Drafts.append(log, 1)).code());
            }
            Path roomy = directory.resolve("roomy");
            copy(small.directory(), roomy);
            try (FramedLog log = ChronicleEventLog.open(LogOptions.in(roomy).withReserveBytes(0), clock, disk)) {
                assertEquals(appended, log.lastSequence());
                Drafts.append(log, 10);
                assertTrue(LogVerifier.verify(log).good());
            }
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (var files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file)));
            }
        }
    }

    @Test
    void theSequenceIsGaplessThoughTheQueuesIndexIsNot() throws LogException {
        for (int day = 21; day < 28; day += 2) {
            now.set(Instant.parse("2026-11-%02dT12:00:00Z".formatted(day)));
            try (FramedLog log = open()) {
                Drafts.append(log, 700);
            }
        }
        try (FramedLog log = open()) {
            List<Entry> all = Drafts.read(log, 1);
            assertEquals(2800, all.size());
            long next = 1;
            for (Entry entry : all) {
                assertEquals(next, entry.firstSequence());
                next = entry.lastSequence() + 1;
            }
        }
    }

    @Test
    void aPositionIsFoundAcrossFilesWithoutAnIndexInMemory() throws LogException {
        for (int day = 21; day < 25; day++) {
            now.set(Instant.parse("2026-11-%02dT12:00:00Z".formatted(day)));
            try (FramedLog log = open()) {
                Drafts.append(log, 700);
            }
        }
        try (FramedLog log = open()) {
            Drafts.append(log, 1);
            LogOptions fromTheEnd = LogOptions.in(directory).withReserveBytes(0).withVerified(java.util.Optional.of(log.head()));
            log.close();
            try (FramedLog again = ChronicleEventLog.open(fromTheEnd, clock, disk)) {
                for (long from = 1; from <= again.lastSequence(); from += 333) {
                    Entry entry = Drafts.read(again, from).getFirst();
                    assertTrue(entry.firstSequence() <= from && from <= entry.lastSequence(), "from " + from);
                }
            }
        }
    }

    @Test
    void aReaderFollowsAcrossTheRoll() throws LogException {
        try (FramedLog log = open(); var reader = log.read(1)) {
            for (int day = 21; day < 25; day++) {
                now.set(Instant.parse("2026-11-%02dT12:00:00Z".formatted(day)));
                for (int i = 0; i < 10; i++) {
                    Drafts.append(log, 1);
                    assertArrayEquals(log.head().hash(), reader.next().orElseThrow().hash());
                    assertTrue(reader.next().isEmpty());
                }
            }
        }
    }

    @Test
    void readersThatLookWhileFilesAreBeingMadeSeeEverything() throws Exception {
        int rounds = System.getProperty("stowbook.tests", "reduced").equals("all") ? 200 : 25;
        for (int round = 0; round < rounds; round++) {
            Path place = directory.resolve("round" + round);
            now.set(Instant.parse("2026-11-21T10:00:00Z"));
            try (FramedLog log = ChronicleEventLog.open(LogOptions.in(place).withReserveBytes(0), clock, disk)) {
                List<CompletableFuture<Long>> readers = new ArrayList<>();
                for (int i = 0; i < 2; i++) {
                    readers.add(CompletableFuture.supplyAsync(() -> readUpTo(log, 50), work -> Thread.ofPlatform().start(work)));
                }
                for (int i = 1; i <= 50; i++) {
                    log.append(Drafts.draft(i, 1));
                    if (i % 10 == 0) {
                        now.set(now.get().plus(Duration.ofDays(1)));
                    }
                }
                for (CompletableFuture<Long> reader : readers) {
                    assertEquals(50, reader.get(60, TimeUnit.SECONDS), "round " + round);
                }
            }
        }
    }

    /** Reads without a pause, so that it looks at every moment. */
    private static long readUpTo(FramedLog log, long end) {
        long last = 0;
        try (EntryReader reader = log.read(1)) {
            while (last < end) {
                last = reader.next().map(Entry::lastSequence).orElse(last);
            }
            return last;
        } catch (LogException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aClockPutBackDoesNotLeadIntoAnOlderFile() throws LogException {
        try (FramedLog log = open()) {
            Drafts.append(log, 10);
            now.set(Instant.parse("2026-11-23T10:00:00Z"));
            Drafts.append(log, 10);
            now.set(Instant.parse("2026-11-20T10:00:00Z"));
            Drafts.append(log, 10);
        }
        try (FramedLog log = open()) {
            Drafts.append(log, 10);
            assertEquals(40, Drafts.read(log, 1).size());
        }
        assertFalse(Files.exists(directory.resolve("book/20261120F.cq4")));
    }

    @Test
    void aLockLeftInTheQueuesMetadataByALivingProcessDoesNotBlock() throws Exception {
        try (FramedLog log = open()) {
            Drafts.append(log, 3);
        }
        Process holder = ChildJvm.start(RawLockHolder.class, directory.resolve("book").toString(), String.valueOf(now.get().toEpochMilli()));
        try {
            assertEquals("locked", holder.inputReader().readLine());
            long begin = System.nanoTime();
            try (FramedLog log = open()) {
                Drafts.append(log, 1);
                assertEquals(4, Drafts.read(log, 1).size());
            }
            Duration took = Duration.ofNanos(System.nanoTime() - begin);
            assertTrue(took.compareTo(Duration.ofSeconds(14)) < 0, "the library would wait 15 s: " + took);
        } finally {
            holder.destroyForcibly().waitFor();
        }
        try (FramedLog log = open()) {
            Drafts.append(log, 1);
            assertTrue(LogVerifier.verify(log).good());
        }
    }

    @Test
    void anotherProcessIsKeptOutByItsPid() throws Exception {
        Process holder = ChildJvm.start(LogHolder.class, directory.toString());
        try {
            assertEquals("open", holder.inputReader().readLine());
            LogException e = assertThrows(LogException.class, this::open);
            assertEquals(LogException.Code.LOCKED, e.code());
            assertTrue(e.getMessage().contains("process " + holder.pid()), e.getMessage());
        } finally {
            holder.destroyForcibly().waitFor();
        }
        open().close();
    }

    @Test
    void anInterruptedWriterThreadWritesOn() throws LogException, IOException {
        try (FramedLog log = open()) {
            Thread.currentThread().interrupt();
            Drafts.append(log, 3);
            log.sync();
            assertTrue(Thread.interrupted());
            assertEquals(3, Drafts.read(log, 1).size());
        }
    }
}
