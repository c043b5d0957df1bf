package dev.stowbook.graph.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.LinuxException;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.file.FileStatus;
import dev.stowbook.linux.file.RawPath;
import dev.stowbook.linux.file.Trees;
import dev.stowbook.linux.layer.LayerApplier;
import dev.stowbook.linux.layer.LayerException;
import dev.stowbook.linux.layer.LayerWriter;
import dev.stowbook.testkit.RequiresRoot;
import dev.stowbook.testkit.graph.TreeListing;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** GNU tar as the judge: what it packs is unpacked alike, and it unpacks alike what is packed here. */
@RequiresRoot("an overlay is mounted, and its marks are set, by root alone")
class GnuTarTest {
    private static final FileCalls FILES = FileCalls.linux();
    private static final boolean ALL = "all".equals(System.getProperty("stowbook.tests"));

    @TempDir
    Path scratch;

    @AfterEach
    void removeTrees() throws Exception {
        try (Fd parent = FILES.open(LibC.AT_FDCWD, scratch.toString(), LibC.O_RDONLY | LibC.O_DIRECTORY, 0, 0)) {
            for (String name : FILES.names(parent.number())) {
                new Trees(FILES).remove(parent.number(), name);
            }
        }
    }

    private static void run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes());
        assertEquals(0, process.waitFor(), String.join(" ", command) + ": " + output);
    }

    private Path fresh(String name) throws Exception {
        return Files.createDirectory(scratch.resolve(name));
    }

    private void unpack(Path tar, Path into) throws Exception {
        try (InputStream in = Files.newInputStream(tar);
                LayerApplier applier = LayerApplier.inPlace(FILES, into.toString())) {
            applier.apply(in);
        }
    }

    private static void assertSame(Path expected, Path actual, long seed) throws Exception {
        List<String> more = new ArrayList<>(TreeListing.of(expected));
        List<String> less = new ArrayList<>(TreeListing.of(actual));
        List<String> common = new ArrayList<>(more);
        common.retainAll(less);
        more.removeAll(common);
        less.removeAll(common);
        assertEquals(String.join("\n", more), String.join("\n", less), "seed " + seed);
    }

    /** A tree with a bit of everything, names of any bytes among them. */
    private void grow(Path root, Random random, int files) throws LinuxException {
        try (Fd fd = FILES.open(LibC.AT_FDCWD, root.toString(), LibC.O_RDONLY | LibC.O_DIRECTORY, 0, 0)) {
            int dir = fd.number();
            List<String> directories = new ArrayList<>(List.of(""));
            List<String> regular = new ArrayList<>();
            for (int i = 0; i < files; i++) {
                String path = RawPath.join(directories.get(random.nextInt(directories.size())), name(random, i));
                if (path.length() > 2000) {
                    continue;
                }
                int mode = random.nextInt(010000);
                switch (random.nextInt(9)) {
                    case 0 -> {
                        FILES.mkdir(dir, path, 0700);
                        directories.add(path);
                    }
                    case 1 -> FILES.symlink(name(random, i), dir, path);
                    case 2 -> FILES.mknod(dir, path, FileStatus.S_IFIFO, 0, 0);
                    case 3 -> FILES.mknod(dir, path, FileStatus.S_IFCHR, 1 + random.nextInt(4000), random.nextInt(1 << 20));
                    case 4 -> {
                        if (!regular.isEmpty()) {
                            FILES.link(dir, regular.get(random.nextInt(regular.size())), dir, path);
                        }
                        continue;
                    }
                    default -> {
                        write(dir, path, random);
                        regular.add(path);
                    }
                }
                FILES.chown(dir, path, random.nextInt(3000000), random.nextInt(70000));
                if (!FILES.status(dir, path).isSymlink()) {
                    FILES.chmod(dir, path, mode);
                    if (random.nextInt(4) == 0) {
                        byte[] value = new byte[random.nextInt(100)];
                        random.nextBytes(value);
                        FILES.setXattr(dir, path, "trusted.t" + random.nextInt(9), value);
                    }
                }
                FILES.setTimes(dir, path, random.nextInt(), random.nextInt(1_000_000_000));
            }
            for (String directory : directories) {
                FILES.setTimes(dir, directory.isEmpty() ? "." : directory, random.nextInt(), random.nextInt(1_000_000_000));
            }
        }
    }

    private static String name(Random random, int number) {
        StringBuilder name = new StringBuilder(Integer.toString(number));
        for (int length = random.nextInt(10) == 0 ? 120 : random.nextInt(12); length > 0; length--) {
            char c = (char) (1 + random.nextInt(255));
            name.append(c == '/' ? 'x' : c);
        }
        return name.toString();
    }

    private static void write(int dir, String path, Random random) throws LinuxException {
        try (Fd file = FILES.open(dir, path, LibC.O_WRONLY | LibC.O_CREAT, 0600, 0)) {
            byte[] data = new byte[random.nextInt(5) == 0 ? random.nextInt(200_000) : random.nextInt(2000)];
            random.nextBytes(data);
            FILES.write(file.number(), data, data.length);
            if (random.nextInt(6) == 0) {
                FILES.seek(file.number(), 1_000_000L + random.nextInt(5_000_000));
                FILES.write(file.number(), data, data.length);
                FILES.truncate(file.number(), 8_000_000);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"--format=posix", "--format=gnu", "--format=posix --sparse", "--format=gnu --sparse",
        "--format=posix --sparse --sparse-version=0.0", "--format=posix --sparse --sparse-version=0.1"})
    void whatGnuTarPacksIsUnpackedAsGnuTarDoes(String options) throws Exception {
        long seed = Long.getLong("stowbook.seed", System.nanoTime());
        System.out.println("gnu tar seed " + seed + " " + options);
        Random random = new Random(seed);
        for (int round = 0; round < (ALL ? 20 : 2); round++) {
            Path source = fresh("source" + round);
            grow(source, random, 150);
            Path tar = scratch.resolve("tar" + round);
            List<String> command = new ArrayList<>(List.of("tar", "-C", source.toString(), "-cf", tar.toString()));
            if (options.contains("posix")) {
                command.addAll(List.of("--xattrs", "--xattrs-include=*"));
            }
            command.addAll(List.of(options.split(" ")));
            command.add(".");
            run(command.toArray(String[]::new));
            Path theirs = fresh("theirs" + round);
            run("tar", "-C", theirs.toString(), "--xattrs", "--xattrs-include=*", "-xpf", tar.toString());
            Path ours = fresh("ours" + round);
            unpack(tar, ours);
            assertSame(theirs, ours, seed);
            if (options.contains("sparse")) {
                try (Fd fd = FILES.open(LibC.AT_FDCWD, ours.toString(), LibC.O_RDONLY | LibC.O_DIRECTORY, 0, 0)) {
                    Trees.Size size = new Trees(FILES).measure(fd.number());
                    assertTrue(size.allocatedBytes() < size.regularFileBytes(), "holes stay holes");
                }
            }
        }
    }

    @Test
    void whatIsPackedHereIsUnpackedByGnuTarAndHereAlike() throws Exception {
        long seed = Long.getLong("stowbook.seed", System.nanoTime());
        System.out.println("pack seed " + seed);
        Path source = fresh("source");
        grow(source, new Random(seed), 300);
        Path tar = scratch.resolve("tar");
        try (Fd fd = FILES.open(LibC.AT_FDCWD, source.toString(), LibC.O_RDONLY | LibC.O_DIRECTORY, 0, 0);
                OutputStream out = new BufferedOutputStream(Files.newOutputStream(tar))) {
            LayerWriter writer = new LayerWriter(FILES, out);
            writer.addDirectory(fd.number());
            writer.finish();
        }
        Path theirs = fresh("theirs");
        run("tar", "-C", theirs.toString(), "--xattrs", "--xattrs-include=*", "-xpf", tar.toString());
        Path ours = fresh("ours");
        unpack(tar, ours);
        assertSame(source, ours, seed);
        assertSame(source, theirs, seed);
    }

    @Test
    void bytesFlippedAnywhereNeverLeadOutOfTheLayerOrToAnythingButASentence() throws Exception {
        long seed = Long.getLong("stowbook.seed", System.nanoTime());
        System.out.println("fuzz seed " + seed);
        Random random = new Random(seed);
        Path source = fresh("source");
        Files.createSymbolicLink(source.resolve("up"), Path.of(".."));
        Files.createSymbolicLink(source.resolve("abs"), scratch);
        Files.createDirectories(source.resolve("d/e"));
        Files.writeString(source.resolve("d/e/f"), "f".repeat(3000));
        Files.createLink(source.resolve("d/g"), source.resolve("d/e/f"));
        Path tar = scratch.resolve("tar");
        run("tar", "-C", source.toString(), "--format=posix", "-cf", tar.toString(), ".");
        byte[] good = Files.readAllBytes(tar);
        Path into = fresh("into");
        List<String> before = TreeListing.of(source);
        int refused = 0;
        for (int round = 0; round < (ALL ? 20000 : 1500); round++) {
            byte[] bad = good.clone();
            int block = random.nextInt(good.length / 512) * 512;
            for (int i = 1 + random.nextInt(4); i > 0; i--) {
                bad[block + random.nextInt(512)] = (byte) (random.nextBoolean() ? random.nextInt(256) : "./0127\0 L".charAt(random.nextInt(9)));
            }
            repairChecksum(bad, block);
            Path layer = Files.createDirectory(into.resolve("" + round));
            try (LayerApplier applier = LayerApplier.inPlace(FILES, layer.toString())) {
                applier.apply(new ByteArrayInputStream(bad));
            } catch (LayerException e) {
                refused++;
                assertTrue(e.getMessage().contains("the tar"), e.getMessage());
            }
        }
        assertTrue(refused > 0);
        assertEquals(before, TreeListing.of(source), "seed " + seed);
        try (var names = Files.list(scratch)) {
            assertEquals(3, names.count(), "seed " + seed);
        }
    }

    /** So that the reader looks beyond the checksum. */
    private static void repairChecksum(byte[] tar, int block) {
        int sum = 0;
        for (int i = 0; i < 512; i++) {
            sum += i >= 148 && i < 156 ? ' ' : tar[block + i] & 0xff;
        }
        byte[] digits = String.format("%06o\0 ", sum).getBytes();
        System.arraycopy(digits, 0, tar, block + 148, 8);
    }
}
