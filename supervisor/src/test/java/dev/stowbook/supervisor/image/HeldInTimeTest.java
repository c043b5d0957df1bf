package dev.stowbook.supervisor.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.linux.Fd;
import dev.stowbook.spi.DriverException;
import dev.stowbook.spi.Inspection;
import dev.stowbook.spi.Presence;
import dev.stowbook.spi.graph.AppliedDiff;
import dev.stowbook.spi.graph.ApplyDiffRequest;
import dev.stowbook.spi.graph.CommitRequest;
import dev.stowbook.spi.graph.DiffRequest;
import dev.stowbook.spi.graph.GraphDriver;
import dev.stowbook.spi.graph.LayerEntry;
import dev.stowbook.spi.graph.LayerTarget;
import dev.stowbook.spi.graph.PrepareRequest;
import dev.stowbook.supervisor.model.StoredLayer;
import dev.stowbook.testkit.graph.TarBytes;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What somebody else does at the worst moment, between two steps of one deed, takes no layer away that is wanted. The moments are the calls of
 * the driver: before one of them the other deed is done, whole, on the same thread.
 */
class HeldInTimeTest {
    private static final byte[] BASE = new TarBytes().directory("bin/", 0755).file("bin/sh", 0755, "#!sh").bytes();
    private static final byte[] TOP = new TarBytes().file("app", 0755, "app").bytes();
    private static final Known NOTHING = new Known(Set.of(), Set.of(), Set.of());

    @TempDir
    Path scratch;

    private StoreFixture fixture;
    private ContentStore store;
    private final Map<String, Deed> before = new HashMap<>();

    private interface Deed {
        void run() throws Exception;
    }

    @BeforeEach
    void open() throws Exception {
        fixture = StoreFixture.open(scratch.resolve("root"));
        Random random = new Random(7);
        store = ContentStore.open(fixture.root, "overlay", new Meddled(fixture.driver), Platform.ofHost(), LayerLimits.defaults(), () -> {
            byte[] id = new byte[32];
            random.nextBytes(id);
            return HexFormat.of().formatHex(id);
        });
    }

    @AfterEach
    void close() throws Exception {
        fixture.close();
    }

    /** The real driver, before whose calls something else happens once. */
    private final class Meddled implements LayerDriver {
        private final LayerDriver driver;

        Meddled(GraphDriver driver) {
            this.driver = LayerDriver.of(driver);
        }

        private void first(String call) {
            Deed deed = before.remove(call);
            try {
                if (deed != null) {
                    deed.run();
                }
            } catch (Exception e) {
                throw new AssertionError("what happens before " + call, e);
            }
        }

        @Override
        public AppliedDiff applyDiff(ApplyDiffRequest request) throws DriverException {
            first("applyDiff");
            return driver.applyDiff(request);
        }

        @Override
        public AppliedDiff commit(CommitRequest request) throws DriverException {
            return driver.commit(request);
        }

        @Override
        public void diff(DiffRequest request) throws DriverException {
            driver.diff(request);
        }

        @Override
        public Fd view(LayerTarget target) throws DriverException {
            first("view");
            return driver.view(target);
        }

        @Override
        public Inspection inspect(LayerTarget target) throws DriverException {
            first("inspect");
            return driver.inspect(target);
        }

        @Override
        public List<LayerEntry> list() throws DriverException {
            first("list");
            return driver.list();
        }

        @Override
        public void remove(LayerTarget target) throws DriverException {
            driver.remove(target);
        }
    }

    private StoredLayer kept(byte[] tar, Optional<StoredLayer> below) throws ImageException {
        try (Arrivals arrivals = store.begin()) {
            StoredLayer layer = arrivals.make(StoreFixture.blob(tar), below, LayerProgress.none());
            arrivals.registered();
            return layer;
        }
    }

    private void assertThere(StoredLayer layer) throws Exception {
        assertEquals(Presence.PRESENT, fixture.driver.inspect(new LayerTarget(layer.cacheId(), "test")).presence());
        try (Arrivals arrivals = store.begin()) {
            assertEquals(Optional.of(layer), arrivals.find(Layers.chain(layer)));
            arrivals.registered();
        }
    }

    @Test
    void aLayerIsHeldBeforeItIsLookedForSoNobodyRemovesItInBetween() throws Exception {
        for (boolean taken : List.of(false, true)) {
            StoredLayer layer = kept(BASE, Optional.empty());
            before.put("inspect", () -> store.remove(Digest.of(TOP).toString(), List.of(layer), any -> false));
            try (Arrivals arrivals = store.begin()) {
                StoredLayer found = taken
                        ? arrivals.take(StoreFixture.blob(BASE), Digest.of(BASE), Optional.empty(), LayerProgress.none())
                        : arrivals.find(Layers.chain(layer)).orElseThrow();
                assertEquals(layer, found);
                assertEquals(Map.of(), before, "the removal came in between");
                arrivals.registered();
                assertThere(layer);
            }
        }
    }

    @Test
    void whatWasGarbageAndIsWantedMeanwhileIsNotCollected() throws Exception {
        StoredLayer layer = kept(BASE, Optional.empty());
        Garbage garbage = store.garbage(() -> NOTHING);
        assertEquals(List.of(layer), garbage.layers());
        try (Arrivals arrivals = store.begin()) {
            assertEquals(Optional.of(layer), arrivals.find(Layers.chain(layer)));
            store.collect(garbage, any -> false);
            assertEquals(Optional.of(layer), arrivals.find(Layers.chain(layer)));
            arrivals.registered();
        }
        assertThere(layer);
    }

    /** A layer that is recorded while garbage is looked for must not count as one that nothing records. */
    @Test
    void aLayerThatIsFinishedWhileGarbageIsLookedForIsNone() throws Exception {
        try (Arrivals arrivals = store.begin()) {
            before.put("list", () -> arrivals.make(StoreFixture.blob(BASE), Optional.empty(), LayerProgress.none()));
            Garbage garbage = store.garbage(() -> NOTHING);
            assertEquals(List.of(), garbage.cacheIds(), "the driver's layer of one that has just come");
            store.collect(garbage, any -> false);
            arrivals.registered();
        }
        assertThere(kept(BASE, Optional.empty()));
    }

    @Test
    void theCopyThatAContainerIsExportedFromIsNoGarbage() throws Exception {
        StoredLayer base = kept(BASE, Optional.empty());
        String container = fixture.cacheId();
        fixture.driver.prepare(new PrepareRequest(container, Optional.of(base.cacheId()), OptionalLong.empty(), "1"));
        before.put("view", () -> store.collect(store.garbage(() -> NOTHING), any -> false));
        ByteArrayOutputStream tar = new ByteArrayOutputStream();
        store.exportFrozen(container, tar);
        assertEquals(Map.of(), before, "a collection came in between");
        assertTrue(tar.toString(StandardCharsets.ISO_8859_1).contains("#!sh"), "it has the files");
        assertEquals(2, fixture.driver.list().size(), "the copy is gone, and nothing else");
    }

    @Test
    void whatIsBeingMadeIsLeftByACollectionAtAnyOfItsSteps() throws Exception {
        StoredLayer base = kept(BASE, Optional.empty());
        for (String step : List.of("applyDiff", "view", "inspect")) {
            try (Arrivals arrivals = store.begin()) {
                assertEquals(Optional.of(base), arrivals.find(Layers.chain(base)));
                before.put(step, () -> store.collect(store.garbage(() -> NOTHING), any -> false));
                StoredLayer top = arrivals.take(StoreFixture.blob(TOP), Digest.of(TOP), Optional.of(base), LayerProgress.none());
                assertEquals(Optional.of(top), arrivals.find(Layers.chain(top)));
                assertEquals(Map.of(), before, step + " was called");
            }
            assertThere(base);
            assertEquals(1, fixture.driver.list().size(), "nobody registered the other");
        }
    }
}
