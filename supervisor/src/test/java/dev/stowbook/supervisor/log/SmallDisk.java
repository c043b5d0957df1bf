package dev.stowbook.supervisor.log;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A small file system mounted at a directory of its own, unmounted and removed when closed. */
public final class SmallDisk implements AutoCloseable {
    private final Path mount;

    private SmallDisk(Path base) throws IOException {
        this.mount = Files.createDirectories(base.resolve("mount"));
    }

    public static SmallDisk tmpfs(Path base, int mebibytes) throws IOException {
        SmallDisk disk = new SmallDisk(base);
        run("mount", "-t", "tmpfs", "-o", "size=" + mebibytes + "m", "stowbook-test-log", disk.mount.toString());
        return disk;
    }

    public static SmallDisk ext4(Path base, int mebibytes) throws IOException {
        SmallDisk disk = new SmallDisk(base);
        Path image = base.resolve("image");
        run("truncate", "-s", mebibytes + "M", image.toString());
        run("mkfs.ext4", "-q", "-F", "-m", "0", image.toString());
        run("mount", "-o", "loop", image.toString(), disk.mount.toString());
        return disk;
    }

    public Path directory() {
        return mount.resolve("log");
    }

    /** A file that takes room; the caller deletes it. */
    public Path ballast(long bytes) throws IOException {
        return Files.write(mount.resolve("ballast"), new byte[Math.toIntExact(bytes)]);
    }

    public long usableBytes() throws IOException {
        return Files.getFileStore(mount).getUsableSpace();
    }

    @Override
    public void close() {
        try {
            run("umount", mount.toString());
        } catch (IOException e) {
            throw new IllegalStateException("left mounted: " + mount, e);
        }
    }

    private static void run(String... command) throws IOException {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new IOException(List.of(command) + ": " + output);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }
}
