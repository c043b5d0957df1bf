package dev.stowbook.testkit.cgroup;

import dev.stowbook.linux.Errno;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.cgroup.CgroupFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Cgroup hierarchies in a plain directory: a new group comes with files, as the kernel's do; a write to a file that is not there
 * fails; a group with groups below it can't be removed. Remembers all writes in order. Files outside its directory are read from
 * the host.
 *
 * <p>Beside that and the arithmetic of {@code cgroup.subtree_control} it does nothing that the kernel does: it
 * shows which bytes a driver writes where, on hosts we do not have.
 */
public final class FakeCgroupFiles implements CgroupFiles {
    private final Path root;
    private final Map<String, Map<String, String>> filesByHierarchy;
    private final List<String> writes = new ArrayList<>();
    private final Set<String> marks = new HashSet<>();
    private volatile Consumer<Path> afterRead = file -> {};

    /**
     * @param root where the hierarchies lie, a directory that is there
     * @param filesByHierarchy name of a hierarchy's directory below the root (empty for the root itself) to the files a new group
     *     in it has, with their content
     */
    public FakeCgroupFiles(Path root, Map<String, Map<String, String>> filesByHierarchy) {
        this.root = root;
        this.filesByHierarchy = Map.copyOf(filesByHierarchy);
        filesByHierarchy.forEach((hierarchy, files) -> {
            try {
                fill(Files.createDirectories(root.resolve(hierarchy)), files);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    /** All writes so far: {@code path below the root = value}. */
    public synchronized List<String> writes() {
        return List.copyOf(writes);
    }

    /** Forgets the writes so far. */
    public synchronized void forgetWrites() {
        writes.clear();
    }

    /**
     * Runs a task after each read of a file below the root, on the reading thread, before the reader gets the content: what it does, the
     * kernel did between this read and the next. The task may {@link #change} files.
     */
    public void afterRead(Consumer<Path> task) {
        afterRead = task;
    }

    /**
     * Changes a file as the kernel changes its counters: in one step, with one modification for inotify(7) to show. Readers see the old
     * content or the new.
     *
     * @param content with no less bytes than there are: nothing is truncated
     */
    public synchronized void change(Path file, String content) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            byte[] bytes = (content + "\n").getBytes(StandardCharsets.US_ASCII);
            if (bytes.length < channel.size()) {
                throw new IllegalArgumentException(file + " has " + channel.size() + " bytes, more than \"" + content + "\"");
            }
            channel.write(ByteBuffer.wrap(bytes), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String read(Path file) throws LinuxException {
        if (!file.startsWith(root)) {
            return CgroupFiles.real().read(file);
        }
        String content = content(file);
        afterRead.accept(file);
        return content.endsWith("\n") ? content.substring(0, content.length() - 1) : content;
    }

    private synchronized String content(Path file) throws LinuxException {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new LinuxException(Errno.ENOENT, "open", file.toString());
        }
    }

    @Override
    public synchronized void write(Path file, List<String> values) throws LinuxException {
        if (!Files.exists(file)) {
            throw new LinuxException(Errno.ENOENT, "open for write " + values, file.toString());
        }
        try {
            boolean subtree = file.endsWith("cgroup.subtree_control");
            Files.writeString(file, (subtree ? handedDown(content(file).strip(), values.getLast()) : values.getLast()) + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        values.forEach(value -> writes.add(root.relativize(file) + " = " + value));
    }

    /** {@code +name} and {@code -name} change the set of controllers that the file shows (cgroup-v2.rst "cgroup.subtree_control"). */
    private static String handedDown(String before, String change) {
        var on = new TreeSet<>(List.of(before.split(" ")));
        on.remove("");
        for (String word : change.split(" ")) {
            String name = word.substring(1);
            if (word.startsWith("+")) {
                on.add(name);
            } else {
                on.remove(name);
            }
        }
        return String.join(" ", on);
    }

    @Override
    public void makeDirectory(Path directory) throws LinuxException {
        try {
            Files.createDirectory(directory);
            String first = root.relativize(directory).getName(0).toString();
            fill(directory, filesByHierarchy.getOrDefault(first, filesByHierarchy.getOrDefault("", Map.of())));
        } catch (FileAlreadyExistsException e) {
            throw new LinuxException(Errno.EEXIST, "mkdir", directory.toString());
        } catch (NoSuchFileException e) {
            throw new LinuxException(Errno.ENOENT, "mkdir", directory.toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void fill(Path directory, Map<String, String> files) throws IOException {
        for (var file : files.entrySet()) {
            Files.writeString(directory.resolve(file.getKey()), file.getValue() + "\n");
        }
    }

    @Override
    public synchronized void removeDirectory(Path directory) throws LinuxException {
        if (!Files.exists(directory)) {
            throw new LinuxException(Errno.ENOENT, "rmdir", directory.toString());
        }
        if (!childDirectories(directory).isEmpty()) {
            throw new LinuxException(Errno.EBUSY, "rmdir", directory.toString());
        }
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
            Files.delete(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        marks.removeIf(mark -> mark.startsWith(directory + ":"));
    }

    @Override
    public boolean exists(Path path) {
        return Files.exists(path);
    }

    @Override
    public List<String> childDirectories(Path directory) throws LinuxException {
        return CgroupFiles.real().childDirectories(directory);
    }

    @Override
    public synchronized void mark(Path directory, String name) throws LinuxException {
        if (!Files.exists(directory)) {
            throw new LinuxException(Errno.ENOENT, "setxattr", directory.toString());
        }
        marks.add(directory + ":" + name);
    }

    @Override
    public synchronized boolean isMarked(Path directory, String name) {
        return marks.contains(directory + ":" + name);
    }
}
