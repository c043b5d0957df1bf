package dev.stowbook.supervisor.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.spi.graph.LayerTarget;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.StoredImage;
import dev.stowbook.testkit.graph.HostileTars;
import dev.stowbook.testkit.graph.TarBytes;
import dev.stowbook.testkit.graph.TreeListing;
import dev.stowbook.testkit.graph.Views;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Images made to do harm, brought into the store whole, as load does: each is refused with a sentence and leaves nothing, or lies in its layer and
 * nowhere else.
 */
@Timeout(300)
class HostileImageTest {
    private static final byte[] BASE = new TarBytes().directory("etc/", 0755).file("etc/passwd", 0644, "root").directory("d/", 0755).bytes();

    @TempDir
    Path scratch;

    private Path outside;
    private StoreFixture fixture;

    @BeforeEach
    void open() throws Exception {
        outside = Files.createDirectory(scratch.resolve("outside"));
        Files.writeString(outside.resolve("canary"), "alive");
        fixture = StoreFixture.open(scratch.resolve("root"));
    }

    @AfterEach
    void close() throws Exception {
        assertEquals("alive", Files.readString(outside.resolve("canary")));
        try (var files = Files.list(outside)) {
            assertEquals(1, files.count());
        }
        fixture.close();
    }

    private StoredImage load(InputStream archive) throws ImageException {
        try (Arrivals arrivals = fixture.store.load(archive, LayerProgress.none())) {
            arrivals.registered();
            return arrivals.images().getFirst().image();
        }
    }

    private void assertRefused(String mentions, InputStream archive) throws Exception {
        ImageException e = assertThrows(ImageException.class, () -> load(archive), mentions);
        assertEquals(ErrorCode.INVALID, e.code(), e.getMessage());
        assertTrue(e.getMessage().contains(mentions), mentions + " is not in: " + e.getMessage());
        assertTrue(e.getMessage().length() < 1000, "no sentence: " + e.getMessage());
        assertEquals(List.of(), fixture.driver.list());
        for (String directory : List.of("image/overlay/layerdb/sha256", "image/overlay/layerdb/tmp", "image/overlay/imagedb/content/sha256", "tmp")) {
            try (var files = Files.list(fixture.root.resolve(directory))) {
                assertEquals(List.of(), files.toList(), directory);
            }
        }
    }

    private void assertLayerRefused(String mentions, byte[] tar) throws Exception {
        assertRefused(mentions, Archives.oci(BASE, tar).stream());
    }

    /** Those of the kit whose name begins so. */
    private void assertRefusedAll(String... names) throws Exception {
        for (String name : names) {
            List<HostileTars.Case> cases = HostileTars.refused(outside).stream().filter(each -> each.name().startsWith(name)).toList();
            assertFalse(cases.isEmpty(), name);
            for (HostileTars.Case each : cases) {
                assertLayerRefused(each.mentions(), each.tar());
            }
        }
    }

    private List<String> tree(StoredImage image) throws Exception {
        try (Views view = Views.open(fixture.driver, image.layers().getLast().cacheId())) {
            return TreeListing.of(view.path("."));
        }
    }

    /** The one line about a path, as {@link TreeListing} writes it. */
    private String line(StoredImage image, String path) throws Exception {
        return tree(image).stream().filter(line -> line.startsWith(path + " ")).findFirst().orElse("");
    }

    private StoredImage loadLayer(byte[] tar) throws Exception {
        StoredImage image = load(Archives.oci(BASE, tar).stream());
        assertArrayEquals(tar, fixture.tarOf(image.layers().getLast()), "the tar comes back bit for bit");
        return image;
    }

    // ---- paths and links

    @Test
    void pathsThatLeaveTheLayerAreRefused() throws Exception {
        assertRefusedAll("dot-dot", "entry through", "links in a circle", "a NUL in a path", "a root that is a file");
    }

    @Test
    void absoluteAndDanglingLinksAreKeptAsTheyAreAndLeadNowhere() throws Exception {
        StoredImage image = loadLayer(new TarBytes()
                .symlink("abs", outside + "/canary").symlink("up", "../".repeat(30) + "etc/shadow").symlink("dangling", "/nowhere/at/all")
                .symlink("door", outside.toString()).file("door/evil", 0644, "x").bytes());
        assertTrue(line(image, "/abs").endsWith("-> " + outside + "/canary"), tree(image).toString());
        assertTrue(line(image, "/dangling").endsWith("-> /nowhere/at/all"));
        assertTrue(line(image, outside + "/evil").contains(" of 1"), "what goes through a link goes below the layer's root");
    }

    @Test
    void hardLinksOutOfTheLayerAreRefused() throws Exception {
        assertRefusedAll("hard link", "absolute hard link");
    }

    @Test
    void deepNestingIsRefused() throws Exception {
        assertRefusedAll("a path too long");
        assertLayerRefused("images.layerDepth", new TarBytes().file("d/".repeat(300) + "f", 0644, "x").bytes());
        StoredImage image = loadLayer(new TarBytes().file("d/".repeat(256) + "f", 0644, "x").bytes());
        assertEquals(1, tree(image).stream().filter(line -> line.contains("/f 100644")).count());
    }

    @Test
    void namesHave255BytesAtMostAndNeedNotBeText() throws Exception {
        assertRefusedAll("a name too long");
        assertLayerRefused("255", new TarBytes().file("n".repeat(256), 0644, "x").bytes());
        byte[] odd = {'o', 'd', 'd', (byte) 0xff, (byte) 0xc0, '\n', 0x1b, '[', 'A'};
        StoredImage image = loadLayer(new TarBytes()
                .file("n".repeat(255), 0644, "x").pax("path", odd).file("placeholder", 0644, "y").bytes());
        assertFalse(line(image, "/" + "n".repeat(255)).isEmpty());
        assertFalse(line(image, "/odd\\xff\\xc0\\x0a\\x1b[A").isEmpty(), tree(image).toString());
    }

    @Test
    void refusalsDoNotRepeatWhatATerminalWouldObey() throws Exception {
        ImageException e = assertThrows(ImageException.class, () -> load(Archives.oci(BASE, new TarBytes()
                .pax("path", "\u001b]0;owned\u0007/../../x".getBytes(StandardCharsets.UTF_8)).file("x", 0644, "x").bytes()).stream()));
        assertTrue(e.getMessage().chars().noneMatch(c -> c < ' ' || c == 127), e.getMessage());
    }

    // ---- entries

    @Test
    void devicesAreMadeAsNodesButNeverTheOneThatMeansDeleted() throws Exception {
        assertRefusedAll("a device that means deleted");
        StoredImage image = loadLayer(new TarBytes().blockDevice("disk", 8, 0).characterDevice("mem", 1, 1).fifo("pipe").bytes());
        assertTrue(line(image, "/disk").contains("dev 8:0") && line(image, "/mem").contains("dev 1:1"), tree(image).toString());
    }

    @Test
    void ofDuplicateEntriesTheLastIsThere() throws Exception {
        StoredImage image = loadLayer(new TarBytes()
                .file("twice", 0644, "first").file("twice", 0600, "the second")
                .file("changes", 0644, "file").directory("changes", 0755).file("changes/in", 0644, "x").symlink("changes", "twice")
                .hardLink("again", "twice").file("again", 0644, "own").bytes());
        assertTrue(line(image, "/twice").contains("100600") && line(image, "/twice").contains(" of 10"), tree(image).toString());
        assertTrue(line(image, "/changes").endsWith("-> twice"));
        assertTrue(line(image, "/changes/in").isEmpty());
        assertTrue(line(image, "/again").contains(" of 3"));
    }

    @Test
    void whiteoutsOfParentsAreRefusedAndOfAufsOwnFilesIgnored() throws Exception {
        assertRefusedAll("whiteout");
        StoredImage image = loadLayer(new TarBytes().file(".wh..wh.plnk", 0, "").file(".wh..wh.aufs", 0, "").file("d/.wh..wh..opq", 0, "").bytes());
        assertFalse(line(image, "/etc/passwd").isEmpty());
        assertTrue(tree(image).stream().noneMatch(line -> line.contains(".wh.")), tree(image).toString());
    }

    @Test
    void hugeHeadersAndAttributesAreRefused() throws Exception {
        assertRefusedAll("headers without end", "empty headers without end", "a header of a gigabyte", "attributes that no file system keeps",
                "global headers", "overlay's own attribute");
    }

    @Test
    void headersWithoutEndCostNoTime() throws Exception {
        TarBytes tar = new TarBytes();
        byte[] empty = Arrays.copyOf(new TarBytes().member('x', "p", 0, "", new byte[0], 0, 0).bytes(), 512);
        for (int i = 0; i < 200_000; i++) {
            tar.raw(empty);
        }
        byte[] bytes = tar.file("n", 0644, "x").bytes();
        long begun = System.nanoTime();
        assertLayerRefused("headers for one entry", bytes);
        assertTrue(System.nanoTime() - begun < 120_000_000_000L);
    }

    @Test
    void noTrickWithHeadersTurnsTheLimitsOff() throws Exception {
        fixture.close();
        fixture = StoreFixture.open(scratch.resolve("root"), "overlay", new LayerLimits(1 << 30, 250, 50, 100, 1000));
        TarBytes large = new TarBytes().pax("comment", "c".repeat((1 << 20) - 100)).file("first", 0644, "x");
        TarBytes globals = new TarBytes();
        for (int i = 0; i < 80; i++) {
            globals.member('g', "g", 0, "", "13 comment=a\n".getBytes(), 0, 0).file("f" + i, 0644, "x");
        }
        for (int i = 0; i < 60; i++) {
            large.file("f" + i, 0644, "x");
        }
        assertLayerRefused("images.layerEntries", large.bytes());
        assertLayerRefused("images.layerEntries", globals.bytes());
    }

    @Test
    void negativeSizesAreRefused() throws Exception {
        assertRefusedAll("a negative size", "a size beyond the stream");
        byte[] header = Arrays.copyOf(new TarBytes().file("n", 0644, "").bytes(), 512);
        Arrays.fill(header, 124, 136, (byte) 0xff); // -1 to base 256
        assertLayerRefused("size", checked(header));
    }

    static byte[] checked(byte[] header) {
        Arrays.fill(header, 148, 156, (byte) ' ');
        int sum = 0;
        for (byte b : header) {
            sum += b & 0xff;
        }
        System.arraycopy(String.format("%06o\0 ", sum).getBytes(), 0, header, 148, 8);
        return Arrays.copyOf(header, 2048);
    }

    // ---- bombs

    /** A gzip file of several members (RFC 1952, 2.2): the same zeros need to be compressed but once. */
    private static byte[] gzippedZeros(byte[] first, int mebibytes) throws Exception {
        byte[] part = Archives.gzip(new byte[32 << 20]);
        ByteArrayOutputStream small = new ByteArrayOutputStream();
        small.writeBytes(Archives.gzip(first));
        for (int i = 0; i < mebibytes / 32; i++) {
            small.writeBytes(part);
        }
        assertTrue(small.size() < 2 << 20, "it is small: " + small.size());
        return small.toByteArray();
    }

    @Test
    void aGigabyteOfZerosInASmallLayerIsRefusedBeforeItIsUnpacked() throws Exception {
        byte[] header = Arrays.copyOf(new TarBytes().file("zeros", 0644, "").bytes(), 512);
        System.arraycopy("10000000000\0".getBytes(), 0, header, 124, 12);
        byte[] bomb = gzippedZeros(Arrays.copyOf(checked(header), 512), 1024);
        Archives archive = new Archives();
        String manifest = archive.manifest(Platform.ofHost().architecture(), List.of(BASE), List.of(bomb));
        archive.index(manifest + "}");
        assertRefused("images.layerRatio", archive.stream());
    }

    @Test
    void aGigabyteOfZerosInASmallArchiveIsRefusedBeforeItIsUnpacked() throws Exception {
        byte[] bomb = gzippedZeros(Archives.oci(BASE).tar(), 1024);
        assertRefused("images.layerRatio", new ByteArrayInputStream(bomb));
    }

    @Test
    void filesThatAreAllHolesCountAsWhatTheySayTheyAre() throws Exception {
        assertRefusedAll("a sparse map without end", "sparse runs");
        for (String size : List.of("1000000000000", "999999999999999999")) {
            assertLayerRefused("holes included", new TarBytes()
                    .pax("GNU.sparse.major", "0").pax("GNU.sparse.minor", "1").pax("GNU.sparse.size", size).pax("GNU.sparse.map", "0,1")
                    .file("holes", 0644, "x").bytes());
        }
        TarBytes many = new TarBytes();
        for (int i = 0; i < 70; i++) {
            many.pax("GNU.sparse.size", "1000000000").pax("GNU.sparse.map", "0,1").file("holes" + i, 0644, "x");
        }
        assertLayerRefused("holes included", many.bytes());
        StoredImage image = loadLayer(new TarBytes().pax("GNU.sparse.size", "1000000000").pax("GNU.sparse.map", "0,1").file("holes", 0644, "x").bytes());
        assertTrue(fixture.driver.usage(new LayerTarget(image.layers().getLast().cacheId(), "test")).bytes() < 1 << 20, "holes take no room");
    }

    // ---- lies and sizes of documents

    @Test
    void digestsAndSizesThatLieAreRefused() throws Exception {
        byte[] blob = Archives.gzip(BASE);
        String digest = Digest.of(blob).toString();
        for (String lie : List.of("\"size\":1", "\"size\":-1", "\"size\":0", "\"size\":" + (blob.length + 1), "\"size\":9223372036854775807", "\"size\":\"x\"", "\"size\":null")) {
            Archives archive = new Archives();
            archive.files.put("blobs/sha256/" + digest.substring(7), blob);
            assertRefused("", lying(archive, "\"digest\":\"" + digest + "\"," + lie).stream());
        }
        Archives swapped = new Archives();
        byte[] other = Archives.gzip(new TarBytes().file("other", 0644, "x").bytes());
        swapped.files.put("blobs/sha256/" + digest.substring(7), other);
        assertRefused("has the digest " + Digest.of(other), lying(swapped, "\"digest\":\"" + digest + "\",\"size\":" + other.length).stream());
        for (String name : List.of("sha256:../../../etc/passwd", "sha512:" + "a".repeat(128), "", "sha256:" + "A".repeat(64))) {
            assertRefused("digest", lying(new Archives(), "\"digest\":\"" + name + "\",\"size\":1").stream());
        }
    }

    /** An image whose one layer is described so. */
    private static Archives lying(Archives archive, String layer) {
        String config = "{\"mediaType\":\"application/vnd.oci.image.config.v1+json\","
                + archive.blob(Archives.config(Platform.ofHost().architecture(), List.of(BASE))) + "}";
        String manifest = "{\"schemaVersion\":2,\"config\":" + config + ",\"layers\":[{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar+gzip\"," + layer + "}]}";
        return archive.index("{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\"," + archive.blob(manifest.getBytes()) + "}");
    }

    @Test
    void oversizeDocumentsAreRefused() throws Exception {
        byte[] nine = new byte[9 << 20];
        Arrays.fill(nine, (byte) ' ');
        Archives archive = Archives.oci(BASE);
        archive.files.put("index.json", nine);
        assertRefused("larger than", archive.stream());
        Archives manifest = new Archives();
        manifest.index("{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\"," + manifest.blob(nine) + "}");
        assertRefused("larger than", manifest.stream());
        Archives deep = new Archives();
        deep.index("{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\"," + deep.blob("{\"a\":".repeat(500_000).getBytes()) + "}");
        assertRefused("no JSON", deep.stream());
        Archives many = new Archives();
        many.index(Collections.nCopies(20_000, "{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"digest\":\"sha256:" + "a".repeat(64)
                + "\",\"size\":1,\"platform\":{\"os\":\"plan9\",\"architecture\":\"mips\"}}").toArray(String[]::new));
        assertRefused("no manifest for", many.stream());
    }

    @Test
    void aHundredThousandLayersAreRefused() throws Exception {
        byte[] empty = new byte[1024];
        Archives archive = new Archives();
        String blob = archive.blob(empty);
        String diffId = "\"" + Digest.of(empty) + "\"";
        byte[] config = ("{\"architecture\":\"" + Platform.ofHost().architecture() + "\",\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":["
                + String.join(",", Collections.nCopies(100_000, diffId)) + "]}}").getBytes();
        String layer = "{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar\"," + blob + "}";
        byte[] manifest = ("{\"schemaVersion\":2,\"config\":{\"mediaType\":\"application/vnd.oci.image.config.v1+json\"," + archive.blob(config) + "},\"layers\":["
                + String.join(",", Collections.nCopies(50_000, layer)) + "]}").getBytes();
        archive.index("{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\"," + archive.blob(manifest) + "}");
        assertRefused("", archive.stream());
        Archives docker = new Archives();
        docker.files.put("c.json", config);
        docker.files.put("l.tar", empty);
        docker.files.put("manifest.json", ("[{\"Config\":\"c.json\",\"RepoTags\":[],\"Layers\":["
                + String.join(",", Collections.nCopies(100_000, "\"l.tar\"")) + "]}]").getBytes());
        assertRefused("100000 layers, more than the 500", docker.stream());
    }
}
