package dev.stowbook.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the kernel holds of a test's objects at one moment, as text, for comparing before and after: mounts, cgroups, links,
 * nftables rules and elements, processes, and this JVM's descriptors and threads.
 *
 * <pre>{@code
 * var before = KernelSnapshot.take(KernelSnapshot.Filter.of("stowbook-" + instance, linkPrefix));
 * ... the test ...
 * KernelSnapshot.assertNothingLeft(before);
 * }</pre>
 *
 * <p>Any thread. Never mutates. Others run tests on the same machine: only objects whose name, path or group contains one of the
 * filter's names are looked at; of processes, this JVM's children too.
 */
public final class KernelSnapshot {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Path CGROUPS = Path.of("/sys/fs/cgroup");

    /** What is compared. */
    public enum Kind {
        /** Lines of {@code /proc/self/mountinfo}. */
        MOUNT,
        /** Directories below {@code /sys/fs/cgroup}. */
        CGROUP,
        /** Names in {@code /sys/class/net}, in the network namespace of this JVM. */
        LINK,
        /** Lines of nftables' tables, counters left out. */
        NFTABLES,
        /** Processes by group or command line, and children of this JVM. */
        PROCESS,
        /** {@code /proc/self/fd}, by what they refer to. */
        DESCRIPTOR,
        /** Threads of this JVM by name. */
        THREAD
    }

    /**
     * Whose objects to look at.
     *
     * @param names parts of names and paths: an instance's cgroup parent, a directory, a link prefix, a table name
     * @param ownProcess whether to compare this JVM's children, descriptors and threads
     */
    public record Filter(List<String> names, boolean ownProcess) {
        public Filter {
            names = List.copyOf(names);
            if (names.isEmpty() || names.stream().anyMatch(name -> name.length() < 6)) {
                throw new IllegalArgumentException("names of a filter must be there and at least 6 long, are " + names);
            }
        }

        /** Kernel objects by these names, and this JVM's own. */
        public static Filter of(String... names) {
            return new Filter(List.of(names), true);
        }

        /** Kernel objects by these names only. */
        public static Filter ofKernelOnly(String... names) {
            return new Filter(List.of(names), false);
        }

        boolean matches(String text) {
            return names.stream().anyMatch(text::contains);
        }
    }

    private final Filter filter;
    private final Map<Kind, SortedMap<String, Integer>> found = new EnumMap<>(Kind.class);

    private KernelSnapshot(Filter filter) {
        this.filter = filter;
        for (Kind kind : Kind.values()) {
            found.put(kind, new TreeMap<>());
        }
    }

    /** Looks now. */
    public static KernelSnapshot take(Filter filter) {
        var snapshot = new KernelSnapshot(filter);
        try {
            snapshot.mounts();
            snapshot.cgroups();
            snapshot.links();
            snapshot.nftables();
            snapshot.processes();
            if (filter.ownProcess()) {
                snapshot.descriptors();
                snapshot.threads();
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read what the kernel holds", e);
        }
        return snapshot;
    }

    /**
     * Looks again, for up to half a minute since the kernel takes things apart in the background.
     *
     * @throws AssertionError with one line for each thing that was not there before
     */
    public static void assertNothingLeft(KernelSnapshot before) {
        assertNothingLeft(before, PATIENCE);
    }

    /** As {@link #assertNothingLeft(KernelSnapshot)} with another patience. */
    public static void assertNothingLeft(KernelSnapshot before, Duration patience) {
        long deadline = System.nanoTime() + patience.toNanos();
        while (true) {
            String left = take(before.filter).newSince(before);
            if (left.isEmpty()) {
                return;
            }
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("left over (since the first snapshot, names " + before.filter.names() + "):\n" + left);
            }
            pause();
        }
    }

    private static void pause() {
        try {
            Thread.sleep(20);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while waiting for the kernel to clean up", e);
        }
    }

    /** What is here and was not there, one line each; empty if nothing. */
    public String newSince(KernelSnapshot before) {
        var lines = new StringBuilder();
        found.forEach((kind, things) -> things.forEach((thing, count) -> {
            int more = count - before.found.getOrDefault(kind, new TreeMap<>()).getOrDefault(thing, 0);
            if (more > 0) {
                lines.append("  ").append(kind).append(' ').append(thing).append(more > 1 ? "  x" + more : "").append('\n');
            }
        }));
        return lines.toString();
    }

    /** What was found of a kind, with how often. */
    public SortedMap<String, Integer> of(Kind kind) {
        return Collections.unmodifiableSortedMap(found.getOrDefault(kind, new TreeMap<>()));
    }

    private void add(Kind kind, String thing) {
        found.get(kind).merge(thing, 1, Integer::sum);
    }

    private void mounts() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/mountinfo"))) {
            if (filter.matches(line)) {
                // Ids of the mount and its parent differ each time.
                add(Kind.MOUNT, line.split(" ", 3)[2]);
            }
        }
    }

    private void cgroups() throws IOException {
        Files.walkFileTree(CGROUPS, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                if (filter.matches(directory.toString())) {
                    add(Kind.CGROUP, directory.toString());
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) {
                // A group of somebody else's that was removed while we walked.
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e) {
                return FileVisitResult.CONTINUE;
            }
        });
    }

    private void links() throws IOException {
        try (Stream<Path> links = Files.list(Path.of("/sys/class/net"))) {
            links.map(link -> link.getFileName().toString()).filter(filter::matches).forEach(name -> add(Kind.LINK, name));
        }
    }

    private void nftables() throws IOException {
        for (String table : run("nft", "list", "tables").lines().toList()) {
            if (filter.matches(table)) {
                String[] words = table.split(" ");
                run("nft", "-s", "list", "table", words[1], words[2]).lines()
                        .map(String::strip)
                        .filter(line -> line.length() > 1)
                        .forEach(line -> add(Kind.NFTABLES, words[1] + " " + words[2] + ": " + line));
            }
        }
    }

    /** The output of a program; nothing if the program is not installed, since then there are no objects of its making. */
    private static String run(String... command) throws IOException {
        Process process;
        try {
            process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        } catch (IOException e) {
            return "";
        }
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
        return output;
    }

    private void processes() throws IOException {
        long self = ProcessHandle.current().pid();
        try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
            processes.filter(path -> path.getFileName().toString().matches("[0-9]+"))
                    .filter(path -> !path.endsWith(Long.toString(self)))
                    .forEach(path -> process(path, self));
        }
    }

    private void process(Path directory, long self) {
        try {
            String stat = Files.readString(directory.resolve("stat"));
            // Field 4 is the parent; the command before it is in parentheses and may hold anything.
            long parent = Long.parseLong(stat.substring(stat.lastIndexOf(')') + 2).split(" ")[1]);
            String group = Files.readString(directory.resolve("cgroup"));
            String command = Files.readString(directory.resolve("cmdline"), StandardCharsets.ISO_8859_1).replace('\0', ' ');
            if (filter.matches(group) || filter.matches(command) || (filter.ownProcess() && parent == self)) {
                add(Kind.PROCESS, directory.getFileName() + " (parent " + parent + ") " + stat.split(" ")[1] + " " + command);
            }
        } catch (IOException e) {
            // It ended while we looked.
            return;
        }
    }

    private void descriptors() throws IOException {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            descriptors.forEach(this::descriptor);
        }
    }

    private void descriptor(Path link) {
        try {
            String target = Files.readSymbolicLink(link).toString();
            // The JVM opens jars, modules, random devices and this listing when it likes; JNA a file of trampolines.
            boolean jvm = target.startsWith("/tmp/ffi") || target.endsWith(".jar") || target.endsWith("/modules") || target.endsWith(".jsa")
                    || target.startsWith("/dev/") || target.startsWith("/proc/") || target.endsWith("/classes");
            if (!jvm) {
                add(Kind.DESCRIPTOR, target.replaceAll(":\\[[0-9]+\\]$", ""));
            }
        } catch (IOException e) {
            // Closed while we looked.
            return;
        }
    }

    private void threads() {
        Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                // The JVM's own pool for waiting for children keeps threads for a while; so does the common pool.
                .filter(name -> !name.startsWith("process reaper") && !name.startsWith("ForkJoinPool.commonPool"))
                .filter(name -> !name.startsWith("surefire") && !name.startsWith("ping-") && !name.equals("JNA Cleaner"))
                .forEach(name -> add(Kind.THREAD, name));
    }
}
