package dev.stowbook.testkit.graph;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A file system of a kind that the host's disk does not have, made in a file and mounted from it. Needs root, and {@code mkfs.<type>} and mount(8)
 * on the path. Not safe for two threads.
 */
public final class LoopFileSystem implements AutoCloseable {
    private final Path image;
    private final Path mounted;
    private final Thread lastResort = new Thread(this::giveUp, "unmount-test-file-system");

    private LoopFileSystem(Path image, Path mounted) {
        this.image = image;
        this.mounted = mounted;
    }

    /**
     * Makes and mounts one in a new directory below the temporary directory.
     *
     * @param type {@code btrfs}, {@code xfs}, {@code ext4}
     * @param sizeBytes of the file, which is sparse
     * @throws IOException with what the program said, if there is none or it fails
     */
    public static LoopFileSystem make(String type, long sizeBytes) throws IOException, InterruptedException {
        Path directory = Files.createTempDirectory("stowbook-test-" + type + "-");
        LoopFileSystem made = new LoopFileSystem(directory.resolve("image"), Files.createDirectory(directory.resolve("mounted")));
        Runtime.getRuntime().addShutdownHook(made.lastResort);
        try (RandomAccessFile file = new RandomAccessFile(made.image.toFile(), "rw")) {
            file.setLength(sizeBytes);
        }
        try {
            run("mkfs." + type, "-q", made.image.toString());
            run("mount", "-o", "loop", made.image.toString(), made.mounted.toString());
        } catch (IOException e) {
            made.forget();
            throw e;
        }
        return made;
    }

    /** Where it is mounted. */
    public Path path() {
        return mounted;
    }

    private static void run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes());
        if (process.waitFor() != 0) {
            throw new IOException(String.join(" ", List.of(command)) + ": " + said.strip());
        }
    }

    /** When the JVM ends: whatever uses it yet loses its name only. */
    private void giveUp() {
        try {
            run("umount", "-l", mounted.toString());
            delete();
        } catch (IOException e) {
            System.err.println("left behind: " + image.getParent() + ": " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Unmounts it; fails if something still uses it. */
    @Override
    public void close() throws IOException, InterruptedException {
        run("umount", mounted.toString());
        forget();
    }

    private void forget() throws IOException {
        Runtime.getRuntime().removeShutdownHook(lastResort);
        delete();
    }

    private void delete() throws IOException {
        Files.delete(mounted);
        Files.delete(image);
        Files.delete(image.getParent());
    }
}
