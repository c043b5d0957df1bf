package dev.stowbook.bench;

import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.file.Trees;
import dev.stowbook.spi.graph.ApplyDiffRequest;
import dev.stowbook.spi.graph.GraphDriver;
import dev.stowbook.spi.graph.LayerTarget;
import dev.stowbook.spi.graph.PrepareRequest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Unpacks a layer of 300 MB of the host's own files, with overlay's driver and with tar(1), and copies it, with vfs and with cp(1), in turn.
 * Everything is synced before a measurement begins. Unpacking ends when the data is on the disk on both sides (syncfs(2) and the fsync(2) of the
 * store's directory; {@code sync -f}); copying ends with the last write on both sides, because a container's own layer is not synced.
 */
public final class GraphBench {
    private static final long LAYER_BYTES = 300_000_000;

    private final Path directory;
    private final Path tar;
    private int number;

    private GraphBench(Path directory) {
        this.directory = directory;
        this.tar = directory.resolve("layer.tar");
    }

    /** {@code ROUNDS DIRECTORY REPOSITORY}. */
    public static void main(String[] args) throws Exception {
        Path directory = Files.createTempDirectory(Path.of(args[1]), "stowbook-test-bench-");
        try {
            new GraphBench(directory).run(Integer.parseInt(args[0]), Path.of(args[2]));
        } finally {
            remove(directory);
        }
    }

    private void run(int rounds, Path repository) throws Exception {
        List<String> files = pack();
        System.out.printf(Locale.ROOT, "a layer of %,d files, %,d bytes of tar%n", files.size(), Files.size(tar));
        try (GraphDriver overlay = BuiltDriver.open(repository, "overlay", Files.createDirectory(directory.resolve("overlay")));
                GraphDriver vfs = BuiltDriver.open(repository, "vfs", Files.createDirectory(directory.resolve("vfs")))) {
            apply(vfs, "ba5e");
            Path source = directory.resolve("vfs/ba5e/diff");
            Paired unpacking = new Paired("unpack and sync", "overlay applyDiff", "tar -x; sync -f");
            Paired copying = new Paired("copy", "vfs prepare", "cp -a");
            for (int round = 0; round <= rounds; round++) {
                boolean counted = round > 0; // the first warms both up
                unpacking.round(counted, () -> overlayApplies(overlay), this::tarUnpacks);
                copying.round(counted, () -> vfsCopies(vfs), () -> cpCopies(source));
            }
            unpacking.print();
            copying.print();
        }
    }

    /** Names from the host's programs and their data, until they make up the layer. */
    private List<String> pack() throws Exception {
        List<String> names = new ArrayList<>();
        long[] sum = new long[1];
        collect(Path.of("/usr/lib"), names, sum, LAYER_BYTES / 2); // half of it libraries, which are large
        collect(Path.of("/usr/share"), names, sum, LAYER_BYTES); // half of it small files
        collect(Path.of("/usr/bin"), names, sum, LAYER_BYTES);
        Path list = directory.resolve("names");
        Files.write(list, names);
        command("tar", "--no-recursion", "-C", "/", "-cf", tar.toString(), "-T", list.toString());
        return names;
    }

    private static void collect(Path root, List<String> names, long[] sum, long until) throws IOException {
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path found, BasicFileAttributes attributes) {
                names.add(found.toString().substring(1));
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path found, BasicFileAttributes attributes) {
                if (found.toString().indexOf('\n') < 0) {
                    names.add(found.toString().substring(1));
                    sum[0] += attributes.isRegularFile() ? attributes.size() : 0;
                }
                return sum[0] < until ? FileVisitResult.CONTINUE : FileVisitResult.TERMINATE;
            }
        });
    }

    private void apply(GraphDriver driver, String id) throws Exception {
        try (InputStream in = Files.newInputStream(tar)) {
            driver.applyDiff(new ApplyDiffRequest(id, Optional.empty(), in, "bench"));
        }
    }

    private long overlayApplies(GraphDriver overlay) throws Exception {
        String id = Integer.toHexString(++number);
        sync();
        long began = System.nanoTime();
        apply(overlay, id);
        long nanos = System.nanoTime() - began;
        overlay.remove(new LayerTarget(id, "bench"));
        return nanos;
    }

    private long tarUnpacks() throws Exception {
        Path into = Files.createDirectory(directory.resolve("tar"));
        sync();
        long began = System.nanoTime();
        command("tar", "-C", into.toString(), "-xf", tar.toString());
        command("sync", "-f", into.toString());
        long nanos = System.nanoTime() - began;
        remove(into);
        return nanos;
    }

    private long vfsCopies(GraphDriver vfs) throws Exception {
        String id = Integer.toHexString(++number);
        sync();
        long began = System.nanoTime();
        vfs.prepare(new PrepareRequest(id, Optional.of("ba5e"), OptionalLong.empty(), "bench"));
        long nanos = System.nanoTime() - began;
        vfs.remove(new LayerTarget(id, "bench"));
        return nanos;
    }

    private long cpCopies(Path source) throws Exception {
        Path into = directory.resolve("copy");
        sync();
        long began = System.nanoTime();
        command("cp", "-a", source.toString(), into.toString());
        long nanos = System.nanoTime() - began;
        remove(into);
        return nanos;
    }

    private void sync() throws Exception {
        command("sync", "-f", directory.toString());
    }

    private static void command(String... words) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes());
        if (process.waitFor() != 0) {
            throw new IOException(String.join(" ", words) + ": " + said);
        }
    }

    private static void remove(Path what) throws Exception {
        if (!Files.exists(what, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        FileCalls files = FileCalls.linux();
        try (Fd parent = files.open(LibC.AT_FDCWD, what.getParent().toString(), LibC.O_RDONLY | LibC.O_DIRECTORY, 0, 0)) {
            new Trees(files).remove(parent.number(), what.getFileName().toString());
        }
    }
}
