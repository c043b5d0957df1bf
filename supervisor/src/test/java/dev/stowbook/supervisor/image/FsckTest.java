package dev.stowbook.supervisor.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.spi.graph.LayerTarget;
import dev.stowbook.supervisor.event.BuildEvent;
import dev.stowbook.supervisor.event.Event;
import dev.stowbook.supervisor.event.ImageEvent;
import dev.stowbook.supervisor.event.Recorded;
import dev.stowbook.supervisor.model.BuildId;
import dev.stowbook.supervisor.model.KnownBlob;
import dev.stowbook.supervisor.model.StoredImage;
import dev.stowbook.supervisor.model.StoredLayer;
import dev.stowbook.supervisor.state.Evolve;
import dev.stowbook.supervisor.state.State;
import dev.stowbook.testkit.graph.TarBytes;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever is wrong with a store is found, and repaired where that can be. */
class FsckTest {
    private static final Instant NOON = Instant.parse("2026-01-02T12:00:00Z");
    private static final byte[] BASE = new TarBytes().mtime(7).file("bin", 0755, "#!sh").bytes();
    private static final byte[] TOP = new TarBytes().file("app", 0755, "app").bytes();

    @TempDir
    Path scratch;

    private StoreFixture fixture;
    private StoredImage image;
    private State state = State.empty();

    @BeforeEach
    void open() throws Exception {
        fixture = StoreFixture.open(scratch.resolve("root"));
        try (Arrivals arrivals = fixture.store.load(Archives.oci(BASE, TOP).stream(), LayerProgress.none())) {
            image = arrivals.images().getFirst().image();
            arrivals.registered();
        }
        happened(new ImageEvent.ImageRegistered(image, "load"));
        fixture.store.projection().restore(state);
        assertEquals(List.of(), check(false), "a sound store has no findings");
    }

    @AfterEach
    void close() throws Exception {
        fixture.close();
    }

    private void happened(Event event) {
        state = Evolve.apply(state, new Recorded(state.sequence() + 1, NOON, event));
    }

    private void wasPulled() {
        happened(new ImageEvent.BlobsKnown(List.of(
                new KnownBlob(Digest.of(BASE).toString(), Digest.of(BASE).toString(), BASE.length, "tar", "example.org/a"),
                new KnownBlob(Digest.of(TOP).toString(), Digest.of(TOP).toString(), TOP.length, "tar", "example.org/a"))));
    }

    private List<Finding> check(boolean repair) throws ImageException {
        return check(repair, Refetch.none());
    }

    private List<Finding> check(boolean repair, Refetch refetch) throws ImageException {
        return fixture.store.fsck(() -> state, refetch, repair, (layer, layers, bytes, total) -> {});
    }

    /** A registry that has the image. */
    private Refetch registry() {
        return new Refetch() {
            @Override
            public InputStream layer(KnownBlob blob) {
                return new ByteArrayInputStream(blob.digest().equals(Digest.of(BASE).toString()) ? BASE : TOP);
            }

            @Override
            public byte[] configuration(String repository, Digest id) {
                return Archives.config(Platform.ofHost().architecture(), List.of(BASE, TOP));
            }
        };
    }

    private Path configuration() {
        return fixture.root.resolve("image/overlay/imagedb/content/sha256").resolve(image.id().substring(7));
    }

    private Path files(StoredLayer layer) {
        return fixture.root.resolve("graph").resolve(layer.cacheId()).resolve("diff");
    }

    private static String told(List<Finding> findings) {
        return String.join("; ", findings.stream().map(f -> f.kind() + " " + f.what() + (f.repaired() ? " repaired" : "")).toList());
    }

    @Test
    void i8_aLostConfigurationIsFoundAndPulledAgainOrSaidToBeLost() throws Exception {
        Files.delete(configuration());
        assertEquals("MISSING configuration", told(check(false)));
        List<Finding> lost = check(true);
        assertEquals("MISSING configuration", told(lost));
        assertTrue(lost.getFirst().remedy().startsWith("it is lost (no registry is known to have the image): load or pull the image again"), lost::toString);
        wasPulled();
        fixture.store.projection().restore(state);
        assertEquals("MISSING configuration repaired", told(check(true, registry())));
        assertEquals(image.id(), Digest.of(Files.readAllBytes(configuration())).toString());
        assertEquals(List.of(), check(false));
    }

    @Test
    void i15_aFlippedByteAnywhereIsFound() throws Exception {
        List<Path> places = List.of(configuration(), files(image.layers().getFirst()).resolve("bin"),
                fixture.layerDb(image.layers().getFirst()).resolve("diff"), fixture.layerDb(image.layers().getLast()).resolve("cache-id"),
                fixture.layerDb(image.layers().getLast()).resolve("parent"), fixture.layerDb(image.layers().getLast()).resolve("size"),
                fixture.root.resolve("image/overlay/imagedb/metadata/sha256").resolve(image.id().substring(7)).resolve("origin"));
        for (Path file : places) {
            byte[] right = Files.readAllBytes(file);
            for (int at = 0; at < right.length; at += Math.max(1, right.length / 5)) {
                byte[] wrong = right.clone();
                wrong[at] ^= 1;
                Files.write(file, wrong);
                assertFalse(check(false).isEmpty(), file + " at " + at);
            }
            Files.write(file, right);
            assertEquals(List.of(), check(false), file.toString());
        }
        Path split = fixture.layerDb(image.layers().getFirst()).resolve("tar-split.json.gz");
        byte[] right = Files.readAllBytes(split);
        for (int at = 12; at < right.length; at += 7) {
            byte[] wrong = right.clone();
            wrong[at] ^= 0x10;
            Files.write(split, wrong);
            assertTrue(!check(false).isEmpty() || saysTheSame(wrong, right), "tar-split at " + at);
        }
        Files.write(split, right);
    }

    /** A deflated stream ends with bits that mean nothing. */
    private static boolean saysTheSame(byte[] one, byte[] other) throws IOException {
        return Arrays.equals(
                new GZIPInputStream(new ByteArrayInputStream(one)).readAllBytes(), new GZIPInputStream(new ByteArrayInputStream(other)).readAllBytes());
    }

    @Test
    void i9_aLostRecordIsMadeAgainFromTheBookAndTheFiles() throws Exception {
        StoredLayer top = image.layers().getLast();
        for (String name : List.of("cache-id", "diff", "parent", "size")) {
            Path file = fixture.layerDb(top).resolve(name);
            String right = Files.readString(file);
            Files.delete(file);
            List<Finding> findings = check(true);
            assertEquals("record repaired", told(findings).replaceFirst("[A-Z]+ ", ""), name + ": " + findings);
            assertEquals(right, Files.readString(file));
            assertEquals(List.of(), check(false), name);
        }
    }

    @Test
    void aLayerThatIsLostOrDamagedIsPulledAgainUnderItsName() throws Exception {
        wasPulled();
        fixture.store.projection().restore(state);
        StoredLayer top = image.layers().getLast();
        Files.writeString(files(top).resolve("app"), "bad");
        List<Finding> damaged = check(true, registry());
        assertEquals("DAMAGED layer repaired", told(damaged));
        assertEquals("pulled again from example.org/a", damaged.getFirst().remedy());
        assertEquals("app", Files.readString(files(top).resolve("app")));
        assertEquals(List.of(), check(false));
        fixture.driver.remove(new LayerTarget(top.cacheId(), "test"));
        assertEquals("MISSING layer", told(check(false)));
        assertEquals("MISSING layer repaired", told(check(true, registry())));
        assertEquals(List.of(), check(false));
    }

    @Test
    void aDamagedLayerThatOthersStandOnIsSaidToBeLost() throws Exception {
        wasPulled();
        fixture.store.projection().restore(state);
        Files.writeString(files(image.layers().getFirst()).resolve("bin"), "evil");
        List<Finding> findings = check(true, registry());
        assertEquals("DAMAGED layer", told(findings));
        assertTrue(findings.getFirst().remedy().contains("other layers stand on them"), findings::toString);
    }

    @Test
    void aRegistryThatGivesSomethingElseRepairsNothing() throws Exception {
        wasPulled();
        fixture.store.projection().restore(state);
        fixture.driver.remove(new LayerTarget(image.layers().getLast().cacheId(), "test"));
        Files.delete(configuration());
        Refetch liar = new Refetch() {
            @Override
            public InputStream layer(KnownBlob blob) {
                return new ByteArrayInputStream(BASE);
            }

            @Override
            public byte[] configuration(String repository, Digest id) {
                return "{}".getBytes();
            }
        };
        assertEquals("MISSING configuration; MISSING layer", told(check(true, liar)));
        assertFalse(Files.exists(configuration()));
    }

    @Test
    void whatTheBookDoesNotKnowIsFoundAndRemoved() throws Exception {
        StoredLayer foreign = fixture.keep(new TarBytes().file("x", 0644, "x").bytes(), Optional.empty());
        byte[] config = "{}".getBytes();
        Files.write(configuration().resolveSibling(Digest.of(config).hex()), config);
        assertEquals("FOREIGN configuration; FOREIGN layer", told(check(false)));
        assertEquals("FOREIGN configuration repaired; FOREIGN layer repaired", told(check(true)));
        assertEquals(2, fixture.driver.list().size());
        assertFalse(Files.exists(fixture.layerDb(foreign)));
        assertEquals(List.of(), check(false));
    }

    @Test
    void unneededImagesGoNamelessAndOldOnesFirstAndCountWhatTheyFree() throws Exception {
        Map<String, byte[]> tars = new TreeMap<>(Map.of("a", new byte[] {1}, "b", new byte[] {2, 2}));
        StoredImage shares;
        try (Arrivals arrivals = fixture.store.load(Archives.docker("two:1", BASE, new TarBytes().file("t", 0644, tars.get("b")).bytes()).stream(), LayerProgress.none())) {
            shares = arrivals.images().getFirst().image();
            arrivals.registered();
        }
        happened(new ImageEvent.ImageTagged("app:1", image.id()));
        happened(new ImageEvent.ImageRegistered(shares, "load"));
        assertEquals(List.of(shares.id()), Unneeded.of(state, false, Long.MAX_VALUE).stream().map(Unneeded::image).toList());
        List<Unneeded> all = Unneeded.of(state, true, Long.MAX_VALUE);
        assertEquals(List.of(shares.id(), image.id()), all.stream().map(Unneeded::image).toList());
        assertEquals(List.of(2L, 7L), all.stream().map(Unneeded::freesBytes).toList(), "the shared layer goes with the last");
        assertTrue(all.getFirst().why().startsWith("it has no name, and no container, running or stopped, is made of it; it came 2026"), all::toString);
        assertEquals(1, Unneeded.of(state, true, 1).size(), "enough is enough");
        assertEquals(0, Unneeded.of(state, true, 0).size());
    }

    @Test
    void stepsOfABuildGoWithTheImageTheyLedToAndDockersFilesNameThem() throws Exception {
        StoredLayer layer = image.layers().getFirst();
        StoredImage step = new StoredImage("sha256:" + "5".repeat(64), List.of(layer), image.run(), "amd64", "linux", NOON);
        StoredLayer own = new StoredLayer("sha256:" + "7".repeat(64), "sha256:" + "8".repeat(64), "9".repeat(64), 100);
        StoredImage built = new StoredImage("sha256:" + "6".repeat(64), List.of(layer, own), image.run(), "amd64", "linux", NOON);
        happened(new ImageEvent.ImageTagged("base:1", image.id()));
        happened(new ImageEvent.ImageRegistered(step, "build"));
        happened(made("one", step.id(), image.id()));
        happened(new ImageEvent.ImageRegistered(built, "build"));
        happened(made("two", built.id(), step.id()));
        List<Unneeded> nameless = Unneeded.of(state, false, Long.MAX_VALUE);
        assertEquals(List.of(built.id()), nameless.stream().map(Unneeded::image).toList(), "its step is no image of its own");
        assertEquals(100, nameless.getFirst().freesBytes());
        ProjectedFiles projected = fixture.store.projection();
        projected.follow(state);
        Path metadata = fixture.root.resolve("image/overlay/imagedb/metadata/sha256");
        assertEquals(step.id(), Files.readString(metadata.resolve("6".repeat(64)).resolve("parent")));
        assertEquals(image.id(), Files.readString(metadata.resolve("5".repeat(64)).resolve("parent")));
        assertEquals(List.of(), projected.wrong(state));
        happened(new ImageEvent.ImageRemoving(built.id(), List.of(), List.of()));
        projected.follow(state);
        assertEquals(List.of(), projected.wrong(state));
        assertEquals(List.of(step.id()), Unneeded.of(state, false, Long.MAX_VALUE).stream().map(Unneeded::image).toList());
    }

    /** The book is read when the check begins, and once more before anything is told of. */
    @Test
    void whatIsRemovedWhileItIsCheckedIsNotMissing() throws Exception {
        happened(new ImageEvent.TreeDigested(image.id(), fixture.store.tree(image).toString()));
        Files.delete(fixture.root.resolve("image/overlay/imagedb/content/sha256").resolve(image.id().substring(7)));
        fixture.driver.remove(new LayerTarget(image.layers().getLast().cacheId(), "test"));
        assertEquals(2, check(false).stream().filter(finding -> finding.kind() == Finding.Kind.MISSING).count());
        State before = state;
        happened(new ImageEvent.ImageRemoving(image.id(), image.layers().reversed(), List.of()));
        AtomicInteger asked = new AtomicInteger();
        List<Finding> found = fixture.store.fsck(
                () -> asked.getAndIncrement() == 0 ? before : state, Refetch.none(), false, (layer, layers, bytes, total) -> {});
        assertEquals(List.of(), found);
    }

    @Test
    void aCheckSaysHowFarItIs() throws Exception {
        List<String> told = new ArrayList<>();
        fixture.store.fsck(() -> state, Refetch.none(), false, (layer, layers, bytes, total) -> told.add(layer + "/" + layers + " " + (bytes > 0) + " " + total));
        long total = image.layers().stream().mapToLong(StoredLayer::sizeBytes).sum();
        assertEquals(List.of("1/2 false " + total, "2/2 true " + total), told);
    }

    private static BuildEvent.BuildStepDone made(String key, String image, String parent) {
        return new BuildEvent.BuildStepDone(new BuildId("b".repeat(64)), 1, "RUN x", image, Optional.of(parent), Optional.empty(), key, false, 1);
    }
}
