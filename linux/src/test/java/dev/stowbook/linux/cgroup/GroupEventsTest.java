package dev.stowbook.linux.cgroup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.linux.Errno;
import dev.stowbook.linux.LinuxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GroupEventsTest {
    @TempDir
    Path directory;

    private final LinkedBlockingQueue<String> seen = new LinkedBlockingQueue<>();

    private String next() throws InterruptedException {
        return String.valueOf(seen.poll(60, TimeUnit.SECONDS));
    }

    @Test
    void modifiedFilesAreToldApart() throws Exception {
        Path one = Files.createFile(directory.resolve("one"));
        Path two = Files.createFile(directory.resolve("two"));
        try (var events = GroupEvents.open("test-events")) {
            events.onModified(one, () -> seen.add("one"));
            var second = events.onModified(two, () -> seen.add("two"));
            Files.writeString(two, "x");
            assertEquals("two", next());
            Files.writeString(one, "x");
            String again = next();
            assertEquals("one", again.equals("two") ? next() : again);
            second.end();
            second.end();
            seen.clear();
            Files.writeString(two, "y");
            Files.writeString(one, "y");
            assertEquals("one", next());
        }
    }

    @Test
    void timersRunInTheirOrder() throws Exception {
        try (var events = GroupEvents.open("test-events")) {
            List<String> order;
            long millis;
            do { // their order is that of their times only if less time than theirs went by between the calls
                long begun = System.nanoTime();
                events.later(Duration.ofMillis(600), () -> seen.add("late"));
                events.later(Duration.ofMillis(300), () -> seen.add("soon"));
                events.later(Duration.ZERO, () -> seen.add("now"));
                millis = (System.nanoTime() - begun) / 1_000_000;
                order = List.of(next(), next(), next());
            } while (millis >= 300);
            assertEquals(List.of("now", "soon", "late"), order);
        }
    }

    @Test
    void aTaskThatFailsDoesNotEndTheOthers() throws Exception {
        try (var events = GroupEvents.open("test-events")) {
            var known = new CountDownLatch(1);
            Thread.getAllStackTraces().keySet().stream()
                    .filter(thread -> thread.getName().equals("test-events"))
                    .forEach(thread -> thread.setUncaughtExceptionHandler((t, e) -> known.countDown()));
            events.later(Duration.ZERO, () -> {
                throw new IllegalStateException("a fault");
            });
            events.later(Duration.ofMillis(5), () -> seen.add("alive"));
            assertEquals("alive", next());
            assertTrue(known.await(60, TimeUnit.SECONDS));
        }
    }

    @Test
    void closingEndsTheThreadAndClosesEverything() throws Exception {
        long before = eventDescriptors();
        var events = GroupEvents.open("test-events-closing");
        events.onModified(Files.createFile(directory.resolve("file")), () -> {});
        assertEquals(before + 3, eventDescriptors());
        events.close();
        events.close();
        assertEquals(before, eventDescriptors());
        assertFalse(Thread.getAllStackTraces().keySet().stream().anyMatch(t -> t.getName().equals("test-events-closing")));
        assertThrows(IllegalStateException.class, () -> events.onModified(directory, () -> {}));
    }

    @Test
    void aFileThatIsNotThereIsNamed() throws Exception {
        try (var events = GroupEvents.open("test-events")) {
            var failure = assertThrows(LinuxException.class, () -> events.onModified(directory.resolve("none"), () -> {}));
            assertEquals(Errno.ENOENT, failure.errno());
            assertTrue(String.valueOf(failure.getMessage()).contains("none"));
            assertThrows(LinuxException.class, () -> events.onOutOfMemory(directory, () -> {}));
        }
    }

    private static long eventDescriptors() throws Exception {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors.filter(GroupEventsTest::isOfEvents).count();
        }
    }

    private static boolean isOfEvents(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString().matches("anon_inode:(\\[eventfd\\]|\\[eventpoll\\]|inotify)");
        } catch (java.io.IOException e) {
            return false;
        }
    }
}
