package dev.stowbook.supervisor.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.Zstd;
import dev.stowbook.linux.Fd;
import dev.stowbook.linux.LibC;
import dev.stowbook.linux.file.FileCalls;
import dev.stowbook.linux.file.Trees;
import dev.stowbook.spi.graph.ApplyDiffRequest;
import dev.stowbook.spi.graph.GraphDriver;
import dev.stowbook.spi.graph.LayerEntry;
import dev.stowbook.spi.graph.LayerTarget;
import dev.stowbook.spi.graph.PrepareRequest;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.StoredImage;
import dev.stowbook.supervisor.model.StoredLayer;
import dev.stowbook.testkit.graph.HostileTars;
import dev.stowbook.testkit.graph.TarBytes;
import dev.stowbook.testkit.graph.Views;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContentStoreTest {
    private static final Instant NOON = Instant.parse("2026-01-02T12:00:00Z");
    private static final byte[] BASE = new TarBytes().directory("bin/", 0755).file("bin/sh", 0755, "#!sh").bytes();
    private static final byte[] TOP = new TarBytes().file("app", 0755, "app").whiteout("bin/sh").bytes();
    private static final byte[] OTHER = new TarBytes().file("other", 0755, "other").bytes();

    @TempDir
    Path scratch;

    private Path root;
    private GraphDriver driver;
    private ContentStore store;
    private final Random random = new Random(42);

    @BeforeEach
    void openStore() throws Exception {
        root = Files.createDirectory(scratch.resolve("root"));
        driver = BuiltDrivers.open("overlay", root.resolve("graph"));
        store = open("overlay", driver);
    }

    private ContentStore open(String name, GraphDriver graph) throws IOException {
        return ContentStore.open(root, name, LayerDriver.of(graph), Platform.ofHost(), LayerLimits.defaults(), this::cacheId);
    }

    private String cacheId() {
        byte[] bytes = new byte[32];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    @AfterEach
    void removeLayers() throws Exception {
        driver.close();
        FileCalls files = FileCalls.linux();
        try (Fd parent = files.open(LibC.AT_FDCWD, scratch.toString(), LibC.O_RDONLY | LibC.O_DIRECTORY, 0, 0)) {
            new Trees(files).remove(parent.number(), "root");
        }
    }

    private static InputStream stream(byte[] bytes) {
        return new ByteArrayInputStream(bytes);
    }

    private StoredImage load(Archives archive) throws ImageException {
        try (Arrivals arrivals = store.load(archive.stream(), LayerProgress.none())) {
            assertEquals(1, arrivals.images().size());
            arrivals.registered();
            return arrivals.images().getFirst().image();
        }
    }

    private StoredImage importTar(byte[] tar, String name) throws ImageException {
        ImportOptions options = ImportOptions.named(ImageReference.parse(name), NOON);
        try (Arrivals arrivals = store.importRootfs(stream(tar), options, LayerProgress.none())) {
            arrivals.registered();
            return arrivals.images().getFirst().image();
        }
    }

    private static String sha256sum(Path file) throws Exception {
        Process process = new ProcessBuilder("sha256sum", file.toString()).start();
        return new String(process.getInputStream().readAllBytes()).substring(0, 64);
    }

    private Path layerDb(StoredLayer layer) {
        return root.resolve("image/overlay/layerdb/sha256").resolve(layer.chainId().substring(7));
    }

    private void assertNothingStored() throws Exception {
        assertEquals(List.of(), driver.list());
        for (String directory : List.of("layerdb/sha256", "layerdb/tmp", "imagedb/content/sha256")) {
            try (var files = Files.list(root.resolve("image/overlay").resolve(directory))) {
                assertEquals(List.of(), files.toList(), directory);
            }
        }
        try (var files = Files.list(root.resolve("tmp"))) {
            assertEquals(List.of(), files.toList());
        }
    }

    // ---- identity

    @Test
    void i3_diffIdsAreTheDigestsOfTheUncompressedTars() throws Exception {
        StoredImage image = load(Archives.oci(BASE, TOP));
        Path plain = Files.write(scratch.resolve("base.tar"), BASE);
        assertEquals("sha256:" + sha256sum(plain), image.layers().getFirst().diffId());
        for (StoredLayer layer : image.layers()) {
            assertEquals(layer.diffId(), Files.readString(layerDb(layer).resolve("diff")));
        }
        StoredImage imported = importTar(Archives.gzip(BASE), "base");
        assertEquals(image.layers().getFirst().diffId(), imported.layers().getFirst().diffId());
    }

    @Test
    void i4_layersAreRecordedUnderTheirChains() throws Exception {
        StoredImage image = load(Archives.oci(BASE, TOP));
        StoredLayer base = image.layers().get(0);
        StoredLayer top = image.layers().get(1);
        assertEquals(base.diffId(), base.chainId());
        assertFalse(Files.exists(layerDb(base).resolve("parent")));
        assertEquals(base.chainId(), Files.readString(layerDb(top).resolve("parent")));
        assertEquals(top.cacheId(), Files.readString(layerDb(top).resolve("cache-id")));
        assertEquals("3", Files.readString(layerDb(top).resolve("size")));
        assertEquals(7, image.sizeBytes());
    }

    @Test
    void i5_theImagesIdIsTheDigestOfItsConfigurationAsItCame() throws Exception {
        StoredImage image = load(Archives.oci(BASE, TOP));
        byte[] came = Archives.config(Platform.ofHost().architecture(), List.of(BASE, TOP));
        Path file = root.resolve("image/overlay/imagedb/content/sha256").resolve(image.id().substring(7));
        assertArrayEquals(came, Files.readAllBytes(file));
        assertEquals(image.id(), "sha256:" + sha256sum(file));
        assertArrayEquals(came, store.configuration(Digest.parse(image.id())).orElseThrow());
        StoredImage imported = importTar(OTHER, "other");
        assertEquals(
                imported.id().substring(7),
                sha256sum(root.resolve("image/overlay/imagedb/content/sha256").resolve(imported.id().substring(7))));
    }

    @Test
    void i6_anotherDriverGivesOtherCacheIdsAndTheSameChains() throws Exception {
        StoredImage overlay = load(Archives.oci(BASE, TOP));
        try (GraphDriver vfs = BuiltDrivers.open("vfs", root.resolve("graph-vfs"));
                Arrivals arrivals = open("vfs", vfs).load(Archives.oci(BASE, TOP).stream(), LayerProgress.none())) {
            StoredImage copied = arrivals.images().getFirst().image();
            assertEquals(overlay.id(), copied.id());
            for (int i = 0; i < 2; i++) {
                assertEquals(overlay.layers().get(i).chainId(), copied.layers().get(i).chainId());
                assertNotEquals(overlay.layers().get(i).cacheId(), copied.layers().get(i).cacheId());
                assertTrue(copied.layers().get(i).cacheId().matches("[0-9a-f]{64}"));
            }
        }
    }

    @Test
    void i1_imagesWithACommonBaseStoreItOnce() throws Exception {
        StoredImage one = load(Archives.oci(BASE, TOP));
        List<String> seen = new ArrayList<>();
        try (Arrivals arrivals = store.load(
                Archives.docker("two:1", BASE, OTHER).stream(), (diffId, state, bytes) -> seen.add(state + " " + diffId))) {
            arrivals.registered();
            StoredImage two = arrivals.images().getFirst().image();
            assertEquals(one.layers().getFirst(), two.layers().getFirst());
            assertNotEquals(one.layers().getLast(), two.layers().getLast());
        }
        assertEquals(3, driver.list().size());
        assertEquals("EXISTS " + Digest.of(BASE), seen.getFirst());
        assertTrue(seen.contains("DONE " + Digest.of(OTHER)), seen::toString);
    }

    @Test
    void theSameImageAgainChangesNothing() throws Exception {
        assertEquals(load(Archives.oci(BASE, TOP)), load(Archives.oci(BASE, TOP)));
        assertEquals(importTar(BASE, "a"), importTar(BASE, "b"));
        assertEquals(2, driver.list().size());
    }

    @Test
    void whatWasStoredIsFoundByANewInstanceAndMountable() throws Exception {
        StoredImage image = load(Archives.oci(BASE, TOP));
        driver.close();
        driver = BuiltDrivers.open("overlay", root.resolve("graph"));
        store = open("overlay", driver);
        assertEquals(Optional.of(image), store.find(Digest.parse(image.id())));
        String layer = cacheId();
        driver.prepare(new PrepareRequest(layer, Optional.of(image.layers().getLast().cacheId()), OptionalLong.empty(), "1"));
        try (Views view = Views.open(driver, layer)) {
            assertEquals("app", Files.readString(view.path("app")));
            assertFalse(Files.exists(view.path("bin/sh")));
        }
    }

    @Test
    void theConfigurationIsUnderstood() throws Exception {
        StoredImage image = load(Archives.oci(BASE));
        assertEquals(List.of("PATH=/bin", "A=b"), image.run().env());
        assertEquals(List.of("/bin/init", "--"), image.run().entrypoint());
        assertEquals(List.of("sh"), image.run().cmd());
        assertEquals(Optional.of("/w"), image.run().workingDir());
        assertEquals(Optional.of("7:8"), image.run().user());
        assertEquals(Optional.of("SIGUSR1"), image.run().stopSignal());
        assertEquals(List.of("53/udp", "80/tcp"), image.run().exposedPorts());
        assertEquals(List.of("/data"), image.run().volumes());
        assertEquals(new TreeMap<>(Map.of("a", "1", "b", "2")), image.run().labels());
        assertEquals(Instant.parse("2024-05-06T05:08:09.123456789Z"), image.created());
        assertEquals("linux", image.os());
    }

    // ---- kinds of archives

    @Test
    void everyCompressionIsUndone() throws Exception {
        String expected = importTar(BASE, "a").id();
        assertEquals(expected, importTar(Archives.gzip(BASE), "a").id());
        assertEquals(expected, importTar(Zstd.compress(BASE), "a").id());
        byte[] head = Archives.gzip(Arrays.copyOf(BASE, 700));
        byte[] tail = Archives.gzip(Arrays.copyOfRange(BASE, 700, BASE.length));
        byte[] members = Arrays.copyOf(head, head.length + tail.length);
        System.arraycopy(tail, 0, members, head.length, tail.length);
        assertEquals(expected, importTar(members, "a").id());
        Archives zstd = new Archives();
        String manifest = zstd.manifest(Platform.ofHost().architecture(), List.of(BASE), List.of(Zstd.compress(BASE)));
        assertEquals(Digest.of(BASE).toString(), load(zstd.index(manifest + "}")).layers().getFirst().chainId());
    }

    @Test
    void aDirectoryIsImportedAsItIs() throws Exception {
        Path rootfs = Files.createDirectories(scratch.resolve("rootfs/etc"));
        Files.writeString(rootfs.resolve("hostname"), "box");
        Files.createSymbolicLink(rootfs.resolve("link"), Path.of("/etc/hostname"));
        try (Arrivals arrivals = store.importDirectory(
                scratch.resolve("rootfs"), ImportOptions.named(ImageReference.parse("dir"), NOON), LayerProgress.none())) {
            StoredLayer layer = arrivals.images().getFirst().image().layers().getFirst();
            try (Views view = Views.open(driver, layer.cacheId())) {
                assertEquals("box", Files.readString(view.path("etc/hostname")));
                assertEquals("/etc/hostname", Files.readSymbolicLink(view.path("etc/link")).toString());
            }
        }
    }

    @Test
    void aDirectoryLayoutAndItsTarAreTheSameImage() throws Exception {
        Archives archive = Archives.oci(BASE, TOP);
        Path layout = scratch.resolve("layout");
        for (var file : archive.files.entrySet()) {
            Files.createDirectories(layout.resolve(file.getKey()).getParent());
            Files.write(layout.resolve(file.getKey()), file.getValue());
        }
        StoredImage image = load(archive);
        for (Path source : List.of(layout, Files.write(scratch.resolve("layout.tar.gz"), Archives.gzip(archive.tar())))) {
            try (Arrivals arrivals = store.load(source, LayerProgress.none())) {
                assertEquals(image, arrivals.images().getFirst().image());
                assertEquals(List.of(ImageReference.parse("app:1")), arrivals.images().getFirst().references());
            }
        }
    }

    @Test
    void namesInAnArchiveLeadNowhereElse() throws Exception {
        Files.writeString(scratch.resolve("secret"), "{}");
        Path layout = Files.createDirectories(scratch.resolve("layout"));
        Files.writeString(layout.resolve("manifest.json"), "[{\"Config\":\"../secret\",\"RepoTags\":[],\"Layers\":[]}]");
        ImageException e = assertThrows(ImageException.class, () -> store.load(layout, LayerProgress.none()));
        assertTrue(e.getMessage().contains("no file ../secret"), e.getMessage());
        Files.createSymbolicLink(layout.resolve("config"), scratch.resolve("secret"));
        Files.writeString(layout.resolve("manifest.json"), "[{\"Config\":\"config\",\"RepoTags\":[],\"Layers\":[]}]");
        assertThrows(ImageException.class, () -> store.load(layout, LayerProgress.none()));
        assertNothingStored();
    }

    @Test
    void oldDockerArchivesShareLayersByLinks() throws Exception {
        Archives archive = Archives.docker("linked:1", BASE, BASE);
        TarBytes tar = new TarBytes();
        archive.files.forEach((name, bytes) -> {
            if (name.equals("layer1/layer.tar")) {
                tar.symlink(name, "../layer0/layer.tar");
            } else {
                tar.file(name, 0644, bytes);
            }
        });
        try (Arrivals arrivals = store.load(stream(tar.bytes()), LayerProgress.none())) {
            assertEquals(2, arrivals.images().getFirst().image().layers().size());
            assertEquals("linked:1", arrivals.images().getFirst().references().getFirst().toString());
        }
    }

    @Test
    void ofAnImageForSeveralPlatformsTheHostsIsTaken() throws Exception {
        String host = Platform.ofHost().architecture();
        String foreign = host.equals("amd64") ? "arm64" : "amd64";
        Archives archive = new Archives();
        String mine = archive.manifest(host, List.of(BASE), List.of(Archives.gzip(BASE)))
                + ",\"platform\":{\"os\":\"linux\",\"architecture\":\"" + host + "\"}}";
        String theirs = archive.manifest(foreign, List.of(OTHER), List.of(Archives.gzip(OTHER)))
                + ",\"platform\":{\"os\":\"linux\",\"architecture\":\"" + foreign + "\"}}";
        String attestation = archive.manifest("unknown", List.of(TOP), List.of(Archives.gzip(TOP)))
                + ",\"platform\":{\"os\":\"unknown\",\"architecture\":\"unknown\"},"
                + "\"annotations\":{\"vnd.docker.reference.type\":\"attestation-manifest\"}}";
        String index = "{\"manifests\":[" + theirs + "," + attestation + "," + mine + "]}";
        String nested = "{\"mediaType\":\"application/vnd.oci.image.index.v1+json\"," + archive.blob(index.getBytes())
                + ",\"annotations\":{\"io.containerd.image.name\":\"docker.io/library/multi:1\"}}";
        for (Archives each : List.of(archive.index(nested), archive.index(theirs, mine))) {
            StoredImage image = load(each);
            assertEquals(host, image.architecture());
            assertEquals(Digest.of(BASE).toString(), image.layers().getFirst().diffId());
        }
        ImageException e = assertThrows(ImageException.class, () -> load(archive.index(theirs, theirs)));
        assertTrue(e.getMessage().contains("no manifest for linux/" + host), e.getMessage());
    }

    // ---- damage

    @Test
    void whateverIsDamagedEndsInASentenceAndLeavesNothing() throws Exception {
        List<Case> cases = new ArrayList<>();
        byte[] whole = Archives.oci(BASE, TOP).tar();
        cases.add(new Case("cut short", stream(Arrays.copyOf(whole, whole.length / 2)), "truncated"));
        cases.add(new Case("cut gzip", stream(Arrays.copyOf(Archives.gzip(whole), 900)), ""));
        cases.add(new Case("no archive", stream(BASE), "neither manifest.json nor index.json"));
        cases.add(new Case("garbage", stream("hello, I am no image".repeat(100).getBytes()), "tar"));
        cases.add(new Case("nothing", stream(new byte[0]), "neither"));
        for (String name : Archives.oci(BASE, TOP).files.keySet()) {
            Archives missing = Archives.oci(BASE, TOP);
            missing.files.remove(name);
            cases.add(new Case("without " + name, missing.stream(), name.equals("index.json") ? "index.json" : name));
            Archives flipped = Archives.oci(BASE, TOP);
            byte[] bytes = flipped.files.get(name).clone();
            bytes[bytes.length / 2] ^= 1;
            flipped.files.put(name, bytes);
            cases.add(new Case("a flipped bit in " + name, flipped.stream(), ""));
            Archives cut = Archives.oci(BASE, TOP);
            cut.files.put(name, Arrays.copyOf(cut.files.get(name), cut.files.get(name).length - 7));
            cases.add(new Case("cut " + name, cut.stream(), ""));
        }
        Archives lying = new Archives();
        lying.index(lying.manifest("amd64", List.of(BASE, OTHER), List.of(Archives.gzip(BASE), Archives.gzip(TOP))) + "}");
        cases.add(new Case("a DiffID that does not fit", lying.stream(), Digest.of(OTHER).toString()));
        Archives fewer = new Archives();
        fewer.index(fewer.manifest("amd64", List.of(BASE, TOP), List.of(Archives.gzip(BASE))) + "}");
        cases.add(new Case("fewer layers than DiffIDs", fewer.stream(), "2 layers"));
        Archives dockerLies = Archives.docker("x", BASE, TOP);
        dockerLies.files.put("layer1/layer.tar", OTHER);
        cases.add(new Case("a docker layer swapped", dockerLies.stream(), Digest.of(OTHER).toString()));
        for (Case one : cases) {
            ImageException e = assertThrows(
                    ImageException.class, () -> store.load(one.archive(), LayerProgress.none()).close(), one.name());
            assertTrue(e.getMessage().contains(one.mentions()), one.name() + ": " + e.getMessage());
            assertEquals(ErrorCode.INVALID, e.code(), one.name() + ": " + e.getMessage());
            assertNothingStored();
        }
    }

    private record Case(String name, InputStream archive, String mentions) {}

    @Test
    void aHostileLayerIsRefusedAndTheOnesBelowItAreTakenBack() throws Exception {
        Path outside = Files.createDirectory(scratch.resolve("outside"));
        Files.writeString(outside.resolve("canary"), "alive");
        byte[] base = new TarBytes().directory("etc/", 0755).file("etc/passwd", 0644, "root").bytes();
        for (HostileTars.Case hostile : HostileTars.refused(outside)) {
            ImageException e = assertThrows(ImageException.class, () -> load(Archives.oci(base, hostile.tar())), hostile.name());
            assertEquals(ErrorCode.INVALID, e.code(), hostile.name() + ": " + e.getMessage());
            assertNothingStored();
            assertEquals("alive", Files.readString(outside.resolve("canary")));
        }
    }

    @Test
    void whatWasThereBeforeAFailureStays() throws Exception {
        StoredImage image = load(Archives.oci(BASE, TOP));
        Archives bad = Archives.docker("bad", BASE, OTHER);
        bad.files.put("layer1/layer.tar", TOP);
        assertThrows(ImageException.class, () -> load(bad));
        assertEquals(Optional.of(image), store.find(Digest.parse(image.id())));
        assertEquals(2, driver.list().size());
    }

    @Test
    void i15_aFlippedByteOfAStoredConfigurationIsNoticedAndLoadingAgainRepairsIt() throws Exception {
        StoredImage image = load(Archives.oci(BASE));
        Path file = root.resolve("image/overlay/imagedb/content/sha256").resolve(image.id().substring(7));
        byte[] bytes = Files.readAllBytes(file);
        bytes[20] ^= 1;
        Files.write(file, bytes);
        ImageException e = assertThrows(ImageException.class, () -> store.find(Digest.parse(image.id())));
        assertTrue(e.getMessage().contains(file.toString()), e.getMessage());
        assertEquals(image, load(Archives.oci(BASE)));
        assertEquals(Optional.of(image), store.find(Digest.parse(image.id())));
    }

    @Test
    void aLayerThatTheDriverLostIsMadeAgain() throws Exception {
        StoredImage before = load(Archives.oci(BASE));
        driver.remove(new LayerTarget(before.layers().getFirst().cacheId(), "test"));
        StoredImage after = load(Archives.oci(BASE));
        assertEquals(before.layers().getFirst().chainId(), after.layers().getFirst().chainId());
        assertNotEquals(before.layers().getFirst().cacheId(), after.layers().getFirst().cacheId());
    }

    // ---- garbage, removal, projection

    @Test
    void whatNoEventKnowsIsGarbageOnceItsArrivalIsOver() throws Exception {
        StoredImage known = load(Archives.oci(BASE, TOP));
        Arrivals open = store.load(Archives.docker("two:1", BASE, OTHER).stream(), LayerProgress.none());
        Known inBook = new Known(Set.of(known.id()), Set.of(known.layers().get(0).chainId(), known.layers().get(1).chainId()), Set.of());
        assertTrue(store.garbage(() -> inBook).isEmpty());
        open.registered();
        open.close();
        open.close();
        Garbage garbage = store.garbage(() -> inBook);
        assertEquals(1, garbage.images().size());
        assertEquals(List.of(Digest.of(OTHER).toString()), garbage.layers().stream().map(StoredLayer::diffId).toList());
        store.collect(garbage, any -> false);
        assertTrue(store.garbage(() -> inBook).isEmpty());
        assertEquals(Optional.of(known), store.find(Digest.parse(known.id())));
        store.collect(store.garbage(() -> new Known(Set.of(), Set.of(), Set.of())), any -> false);
        assertNothingStored();
    }

    @Test
    void layersOfTheDriverThatNothingRecordsAreGarbageButNeverThoseOfContainers() throws Exception {
        StoredImage image = load(Archives.oci(BASE));
        String orphan = cacheId();
        driver.applyDiff(new ApplyDiffRequest(orphan, Optional.empty(), stream(OTHER), "1"));
        String container = cacheId();
        driver.prepare(new PrepareRequest(container, Optional.of(image.layers().getFirst().cacheId()), OptionalLong.empty(), "1"));
        Garbage garbage = store.garbage(() -> new Known(Set.of(image.id()), Set.of(image.layers().getFirst().chainId()), Set.of(container)));
        assertEquals(List.of(orphan), garbage.cacheIds());
        store.collect(garbage, any -> false);
        assertEquals(2, driver.list().size());
        store.collect(store.garbage(() -> new Known(Set.of(), Set.of(), Set.of(container))), any -> false);
        assertEquals(2, driver.list().size(), "a layer under a container stays");
    }

    @Test
    void removalKeepsWhatOthersUseAndWhatIsArriving() throws Exception {
        StoredImage one = load(Archives.oci(BASE, TOP));
        StoredImage two = load(Archives.docker("two:1", BASE, OTHER));
        store.remove(two.id(), List.of(two.layers().getLast()), any -> false);
        store.remove(two.id(), List.of(two.layers().getLast()), any -> false);
        assertEquals(Optional.empty(), store.find(Digest.parse(two.id())));
        assertEquals(Optional.of(one), store.find(Digest.parse(one.id())));
        try (Arrivals arriving = store.load(Archives.oci(BASE, TOP).stream(), LayerProgress.none())) {
            store.remove(one.id(), one.layers().reversed(), any -> false);
            assertEquals(Optional.of(one), store.find(Digest.parse(one.id())));
            assertEquals(one, arriving.images().getFirst().image());
            arriving.registered();
        }
        store.remove(one.id(), one.layers().reversed(), any -> false);
        assertNothingStored();
    }

    @Test
    void twoImportsAtOnceOfOneTarShareTheLayer() throws Exception {
        List<Thread> threads = new ArrayList<>();
        List<String> cacheIds = Collections.synchronizedList(new ArrayList<>());
        for (int i = 0; i < 4; i++) {
            String name = "parallel" + i;
            threads.add(Thread.ofPlatform().start(() -> {
                try {
                    cacheIds.add(importTar(BASE, name).layers().getFirst().cacheId());
                } catch (ImageException e) {
                    cacheIds.add(e.getMessage());
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(4, cacheIds.size());
        assertEquals(1, Set.copyOf(cacheIds).size(), cacheIds::toString);
        assertEquals(List.of(false), driver.list().stream().map(LayerEntry::writable).toList());
    }
}
