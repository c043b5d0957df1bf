package dev.stowbook.supervisor.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.spi.graph.ApplyDiffRequest;
import dev.stowbook.spi.graph.LayerEntry;
import dev.stowbook.spi.graph.PrepareRequest;
import dev.stowbook.supervisor.event.ImageEvent;
import dev.stowbook.supervisor.event.Recorded;
import dev.stowbook.supervisor.model.InitLayer;
import dev.stowbook.supervisor.model.StoredImage;
import dev.stowbook.supervisor.model.StoredLayer;
import dev.stowbook.supervisor.state.Evolve;
import dev.stowbook.supervisor.state.State;
import dev.stowbook.testkit.graph.TarBytes;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What counts as garbage, and what is left although it did when it was looked for. */
class GarbageTest {
    private static final Instant NOON = Instant.parse("2026-01-02T12:00:00Z");

    private static final byte[] BASE = new TarBytes().file("bin", 0755, "#!sh").bytes();
    private static final Known NOTHING = new Known(Set.of(), Set.of(), Set.of());

    @TempDir
    Path scratch;

    private StoreFixture fixture;
    private StoredImage image;
    private StoredLayer layer;

    @BeforeEach
    void open() throws Exception {
        fixture = StoreFixture.open(scratch.resolve("root"));
        try (Arrivals arrivals = fixture.store.load(Archives.oci(BASE).stream(), LayerProgress.none())) {
            image = arrivals.images().getFirst().image();
            arrivals.registered();
        }
        layer = image.layers().getFirst();
    }

    @AfterEach
    void close() throws Exception {
        fixture.close();
    }

    private List<String> layers() throws Exception {
        return fixture.driver.list().stream().map(LayerEntry::layerId).sorted().toList();
    }

    @Test
    void aLayerThatIsWrittenToIsNeverGarbage() throws Exception {
        String container = fixture.cacheId();
        fixture.driver.prepare(new PrepareRequest(container, Optional.of(layer.cacheId()), OptionalLong.empty(), "1"));
        Garbage garbage = fixture.store.garbage(() -> new Known(Set.of(image.id()), Set.of(layer.chainId()), Set.of()));
        assertEquals(List.of(), garbage.cacheIds(), "a container whose start the book has not heard of yet");
        fixture.store.collect(fixture.store.garbage(() -> NOTHING), any -> false);
        assertEquals(List.of(container, layer.cacheId()).stream().sorted().toList(), layers());
    }

    @Test
    void anInitLayerIsNoGarbageAsLongAsTheLayerBelowItIsRecordedAndGoesWithIt() throws Exception {
        String init = InitLayer.on(layer.cacheId());
        byte[] stubs = new TarBytes().directory("proc/", 0755).bytes();
        fixture.driver.applyDiff(new ApplyDiffRequest(init, Optional.of(layer.cacheId()), new ByteArrayInputStream(stubs), "1"));
        Known known = new Known(Set.of(image.id()), Set.of(layer.chainId()), Set.of());
        assertEquals(List.of(), fixture.store.garbage(() -> known).cacheIds());
        fixture.store.collect(fixture.store.garbage(() -> known), any -> false);
        assertEquals(List.of(init, layer.cacheId()).stream().sorted().toList(), layers());
        fixture.store.collect(fixture.store.garbage(() -> NOTHING), any -> false);
        assertEquals(List.of(), layers());
    }

    @Test
    void aLayerThatSomebodyMayBeMakingIsGarbageOnlyBeforeAnybodyWorks() throws Exception {
        String half = fixture.cacheId();
        Files.createDirectory(fixture.root.resolve("graph").resolve(".new-" + half));
        Known known = new Known(Set.of(image.id()), Set.of(layer.chainId()), Set.of());
        assertTrue(fixture.store.garbage(() -> known).isEmpty());
        assertEquals(List.of(half), fixture.store.leftovers(known).cacheIds());
        fixture.store.collect(fixture.store.leftovers(known), known::uses);
        assertEquals(List.of(layer.cacheId()), layers());
    }

    @Test
    void whatIsOnItsWayOutIsItsOwnRemovalsBusiness() throws Exception {
        State state = State.empty();
        state = Evolve.apply(state, new Recorded(1, NOON, new ImageEvent.ImageRegistered(image, "load")));
        Known going = Known.of(Evolve.apply(state, new Recorded(2, NOON, new ImageEvent.ImageRemoving(image.id(), List.of(layer), List.of()))));
        assertTrue(fixture.store.garbage(() -> going).isEmpty());
    }

    /** The steps of a build go side by side. */
    @Test
    void aLayerWhoseTurnComesBeforeThatOfTheOnesOnItGoesWithTheLast() throws Exception {
        StoredLayer middle = fixture.keep(new TarBytes().file("middle", 0644, "m").bytes(), Optional.of(layer));
        StoredLayer top = fixture.keep(new TarBytes().file("top", 0644, "t").bytes(), Optional.of(middle));
        fixture.store.remove(image.id(), List.of(layer), any -> false);
        fixture.store.remove(image.id(), List.of(middle), any -> false);
        assertEquals(3, layers().size());
        fixture.store.remove(image.id(), List.of(top), any -> false);
        assertEquals(List.of(), layers());
    }

    /** Between the search and the removal the book may have got to know it. */
    @Test
    void whatTheBookKnowsByTheTimeItWouldGoStays() throws Exception {
        Garbage garbage = fixture.store.garbage(() -> NOTHING);
        assertEquals(List.of(Digest.parse(image.id())), garbage.images());
        assertEquals(List.of(layer), garbage.layers());
        fixture.store.collect(garbage, image.id()::equals);
        assertEquals(Optional.empty(), fixture.store.find(Digest.parse(image.id())), "its layer was nobody's");
        assertEquals(List.of(), layers());
        assertEquals(List.of(Digest.parse(image.id())), fixture.store.garbage(() -> NOTHING).images(), "its configuration is left");

        try (Arrivals arrivals = fixture.store.load(Archives.oci(BASE).stream(), LayerProgress.none())) {
            arrivals.registered();
        }
        fixture.store.collect(fixture.store.garbage(() -> NOTHING), name -> !name.equals(image.id()));
        assertEquals(1, layers().size(), "the layer is left");
        assertEquals(List.of(), fixture.store.garbage(() -> NOTHING).images(), "and the configuration went");
    }
}
