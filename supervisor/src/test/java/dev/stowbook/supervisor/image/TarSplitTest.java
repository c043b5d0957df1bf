package dev.stowbook.supervisor.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.supervisor.model.StoredLayer;
import dev.stowbook.testkit.graph.TarBytes;
import dev.stowbook.testkit.graph.Views;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every tar comes out of the store bit for bit as it went in, whoever made it. */
class TarSplitTest {
    @TempDir
    Path scratch;

    private StoreFixture fixture;

    @BeforeEach
    void open() throws Exception {
        fixture = StoreFixture.open(scratch.resolve("root"));
    }

    @AfterEach
    void close() throws Exception {
        fixture.close();
    }

    private StoredLayer assertComesOutAsItWentIn(String what, byte[] tar) throws Exception {
        StoredLayer layer = fixture.keep(tar, Optional.empty());
        byte[] out = fixture.tarOf(layer);
        assertEquals(tar.length, out.length, what);
        assertArrayEquals(tar, out, what);
        return layer;
    }

    private String split(StoredLayer layer) throws IOException {
        try (var in = new GZIPInputStream(Files.newInputStream(fixture.layerDb(layer).resolve("tar-split.json.gz")))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private byte[] run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).directory(scratch.resolve("tree").toFile()).redirectError(scratch.resolve("err").toFile()).start();
        byte[] out = process.getInputStream().readAllBytes();
        assertEquals(0, process.waitFor(), () -> String.join(" ", command) + ": " + readError());
        return out;
    }

    private String readError() {
        try {
            return Files.readString(scratch.resolve("err"));
        } catch (IOException e) {
            return e.getMessage();
        }
    }

    private Path makeTree() throws Exception {
        Path tree = Files.createDirectories(scratch.resolve("tree/deep/er")).getParent().getParent();
        Files.writeString(tree.resolve("empty"), "");
        Files.writeString(tree.resolve("one"), "1");
        Files.write(tree.resolve("block"), new byte[512]);
        Files.writeString(tree.resolve("deep/er/" + "n".repeat(200)), "long name");
        Files.writeString(tree.resolve("deep/\u00e4\u4e16"), "umlaut");
        byte[] big = new byte[300_000];
        new Random(3).nextBytes(big);
        Files.write(tree.resolve("big"), big);
        Files.createLink(tree.resolve("hard"), tree.resolve("one"));
        Files.createSymbolicLink(tree.resolve("soft"), Path.of("deep/er/" + "t".repeat(180)));
        try (var sparse = new java.io.RandomAccessFile(tree.resolve("sparse").toFile(), "rw")) {
            for (int i = 0; i < 40; i++) {
                sparse.seek(i * 100_000L);
                sparse.write("data".getBytes());
            }
            sparse.setLength(5_000_000);
        }
        run("mknod", "pipe", "p");
        return tree;
    }

    @Test
    void i10_whatGnuTarWritesInEachFormatComesOutBitForBit() throws Exception {
        makeTree();
        for (String format : List.of("gnu", "oldgnu", "pax", "posix", "ustar", "v7")) {
            boolean old = format.equals("v7") || format.equals("ustar");
            List<String> command = new ArrayList<>(List.of("tar", "--format=" + format, "-cf", "-"));
            if (old) {
                command.addAll(List.of("--exclude=soft", "--exclude=pipe", "--exclude=" + "n".repeat(200)));
            }
            command.add(".");
            assertComesOutAsItWentIn(format, run(command.toArray(new String[0])));
        }
        for (String sparse : List.of("0.0", "0.1", "1.0")) {
            assertComesOutAsItWentIn("pax sparse " + sparse, run("tar", "--format=pax", "-S", "--sparse-version=" + sparse, "-cf", "-", "."));
        }
        assertComesOutAsItWentIn("gnu sparse", run("tar", "--format=gnu", "-S", "-cf", "-", "."));
        assertComesOutAsItWentIn("large blocks", run("tar", "-b", "1000", "-cf", "-", "."));
        assertComesOutAsItWentIn("global headers", run("tar", "--format=pax", "--pax-option=globexthdr.name=g,comment=hello", "-cf", "-", "."));
    }

    @Test
    void i10_whatPythonAndBusyboxWriteComesOutBitForBit() throws Exception {
        makeTree();
        for (String format : List.of("PAX_FORMAT", "GNU_FORMAT")) {
            assertComesOutAsItWentIn(format, run("python3", "-c",
                    "import sys,tarfile; t=tarfile.open(mode='w|',fileobj=sys.stdout.buffer,format=tarfile." + format + "); t.add('.'); t.close()"));
        }
        assertComesOutAsItWentIn("busybox", run("busybox", "tar", "cf", "-", "."));
    }

    @Test
    void i10_contentsAreTakenFromTheLayersFilesAndAllElseIsKept() throws Exception {
        byte[] tar = new TarBytes().directory("bin/", 0755).file("bin/sh", 0755, "#!sh").bytes();
        StoredLayer layer = assertComesOutAsItWentIn("small", tar);
        String split = split(layer);
        assertTrue(split.contains("{\"type\":1,\"name\":\"bin/sh\",\"size\":4,"), split);
        assertFalse(split.contains(java.util.Base64.getEncoder().encodeToString("#!sh".getBytes())), split);
    }

    @Test
    void i10_entriesThatReplaceOrDeleteEarlierOnesAreKeptInTheSplit() throws Exception {
        TarBytes replaced = new TarBytes().file("a", 0644, "first").file("b", 0644, "b").file("a", 0600, "again");
        assertComesOutAsItWentIn("a file twice, of one size", replaced.bytes());
        assertComesOutAsItWentIn("a file twice", new TarBytes().file("a", 0644, "1").file("./a", 0600, "other").bytes());
        assertComesOutAsItWentIn("a file, then a link", new TarBytes().file("a", 0644, "1").file("b", 0644, "2").hardLink("a", "b").bytes());
        assertComesOutAsItWentIn("a file behind a link", new TarBytes().directory("usr/lib", 0755).symlink("lib", "usr/lib")
                .file("lib/x", 0644, "one").file("usr/lib/x", 0644, "two").bytes());
        assertComesOutAsItWentIn("a file that is deleted", new TarBytes().directory("d", 0755).file("d/x", 0644, "one").whiteout("d/x").bytes());
        assertComesOutAsItWentIn("a directory instead", new TarBytes().file("d", 0644, "file").directory("d", 0755).file("d/x", 0644, "x").bytes());
    }

    @Test
    void i10_namesWithoutAnEncodingAndOddEndsComeOutAsTheyWere() throws Exception {
        assertComesOutAsItWentIn("latin 1", new TarBytes().file("caf\u00e9", 0644, "x").bytes());
        byte[] plain = new TarBytes().file("x", 0644, "xy").bytes();
        assertComesOutAsItWentIn("no end mark", Arrays.copyOf(plain, 1024));
        assertComesOutAsItWentIn("no padding", Arrays.copyOf(plain, 514));
        byte[] behind = Arrays.copyOf(plain, plain.length + 70_001);
        Arrays.fill(behind, plain.length, behind.length, (byte) 7);
        assertComesOutAsItWentIn("bytes behind the end", behind);
        assertComesOutAsItWentIn("zeros behind the end", Arrays.copyOf(plain, plain.length + (3 << 20)));
        assertComesOutAsItWentIn("nothing", new byte[1024]);
    }

    @Test
    void i10_randomTarsComeOutBitForBit() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 60; round++) {
            TarBytes tar = new TarBytes();
            int members = random.nextInt(12);
            for (int i = 0; i < members; i++) {
                String name = "n" + random.nextInt(6);
                byte[] content = new byte[random.nextInt(4) == 0 ? random.nextInt(200_000) : random.nextInt(3) * 512];
                random.nextBytes(content);
                switch (random.nextInt(5)) {
                    case 0 -> tar.directory("d" + random.nextInt(3) + "/" + name, 0755);
                    case 1 -> tar.symlink("s" + random.nextInt(3), "d" + random.nextInt(3));
                    case 2 -> tar.file("d" + random.nextInt(3) + "/f" + name, 0644, content);
                    default -> tar.file("f" + name, 0644, content);
                }
            }
            byte[] bytes = tar.bytes();
            bytes = Arrays.copyOf(bytes, bytes.length + random.nextInt(3) * random.nextInt(2000));
            assertComesOutAsItWentIn("seed " + seed + " round " + round, bytes);
        }
    }

    @Test
    void i15_aFlippedByteInALayersFileIsNoticedAndNamed() throws Exception {
        byte[] tar = new TarBytes().file("a", 0644, "content").file("b", 0644, "other").bytes();
        StoredLayer layer = assertComesOutAsItWentIn("whole", tar);
        Path file = fixture.root.resolve("graph").resolve(layer.cacheId()).resolve("diff/a");
        try (Views view = Views.open(fixture.driver, layer.cacheId())) {
            assertEquals("content", Files.readString(view.path("a")));
        }
        Files.writeString(file, "c0ntent");
        ImageException e = assertThrows(ImageException.class, () -> fixture.store.tar(layer, new ByteArrayOutputStream()));
        assertTrue(e.getMessage().contains("\"a\""), e.getMessage());
    }

    @Test
    void i9_aLayersRecordHasItsFiveFiles() throws Exception {
        byte[] tar = new TarBytes().file("a", 0644, "content").bytes();
        StoredLayer base = assertComesOutAsItWentIn("base", tar);
        StoredLayer top = fixture.keep(new TarBytes().file("b", 0644, "four").bytes(), Optional.of(base));
        assertEquals(List.of("cache-id", "diff", "size", "tar-split.json.gz"), names(base));
        assertEquals(List.of("cache-id", "diff", "parent", "size", "tar-split.json.gz"), names(top));
        assertEquals(base.chainId(), Files.readString(fixture.layerDb(top).resolve("parent")));
        assertEquals("7", Files.readString(fixture.layerDb(base).resolve("size")));
        assertEquals(Digest.of(tar).toString(), Files.readString(fixture.layerDb(base).resolve("diff")));
    }

    private List<String> names(StoredLayer layer) throws IOException {
        try (var files = Files.list(fixture.layerDb(layer))) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
