package dev.stowbook.supervisor.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.spi.graph.PrepareRequest;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.StoredImage;
import dev.stowbook.supervisor.model.StoredLayer;
import dev.stowbook.testkit.graph.TarBytes;
import dev.stowbook.testkit.graph.Views;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Layers that come in side by side, and what holds them. */
@Timeout(300)
class ArrivalsTest {
    private static final byte[] BASE = new TarBytes().directory("bin/", 0755).file("bin/sh", 0755, "#!sh").bytes();
    private static final byte[] TOP = new TarBytes().file("app", 0755, "app").bytes();

    @TempDir
    Path scratch;

    private StoreFixture fixture;
    private ContentStore store;
    private final ExecutorService threads = Executors.newCachedThreadPool();

    @BeforeEach
    void open() throws Exception {
        fixture = StoreFixture.open(scratch.resolve("root"));
        store = fixture.store;
    }

    @AfterEach
    void close() throws Exception {
        threads.shutdownNow();
        fixture.close();
    }

    private void assertNothingStored() throws Exception {
        assertEquals(List.of(), fixture.driver.list());
        for (String directory : List.of("layerdb/sha256", "layerdb/tmp", "imagedb/content/sha256")) {
            try (var files = Files.list(fixture.root.resolve("image/overlay").resolve(directory))) {
                assertEquals(List.of(), files.toList(), directory);
            }
        }
    }

    /** Gives its first bytes, and the rest when the gate opens. */
    private static LayerBlob gated(byte[] bytes, CountDownLatch gate, AtomicInteger opened) {
        return new LayerBlob("gated", Optional.empty(), Optional.empty(), () -> {
            opened.incrementAndGet();
            return new FilterInputStream(new ByteArrayInputStream(bytes)) {
                private boolean begun;

                @Override
                public int read(byte[] buffer, int offset, int length) throws IOException {
                    try {
                        if (begun) {
                            gate.await();
                        }
                    } catch (InterruptedException e) {
                        throw new IOException(e);
                    }
                    begun = true;
                    return super.read(buffer, offset, Math.min(length, 512));
                }

                @Override
                public int available() {
                    return 0;
                }
            };
        });
    }

    @Test
    void howeverManyAskForALayerOneWorks() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        AtomicInteger opened = new AtomicInteger();
        List<Arrivals> all = new ArrayList<>();
        List<Future<StoredLayer>> layers = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            Arrivals arrivals = store.begin();
            all.add(arrivals);
            layers.add(threads.submit(() -> arrivals.take(gated(BASE, gate, opened), Digest.of(BASE), Optional.empty(), LayerProgress.none())));
        }
        gate.countDown();
        for (Future<StoredLayer> layer : layers) {
            assertEquals(layers.getFirst().get(), layer.get());
        }
        assertEquals(1, opened.get());
        all.getFirst().close();
        assertEquals(Optional.of(layers.getLast().get()), all.getLast().find(Layers.chain(layers.getLast().get())), "the others still hold it");
        all.forEach(Arrivals::close);
        assertNothingStored();
    }

    @Test
    void whoWaitedForAnotherTriesByItselfIfThatFails() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        AtomicInteger opened = new AtomicInteger();
        byte[] cut = Arrays.copyOf(BASE, 700);
        try (Arrivals one = store.begin();
                Arrivals two = store.begin()) {
            Future<StoredLayer> bad = threads.submit(() -> one.take(gated(cut, gate, opened), Digest.of(BASE), Optional.empty(), LayerProgress.none()));
            while (opened.get() == 0) {
                Thread.sleep(1);
            }
            Future<StoredLayer> good = threads.submit(() -> two.take(gated(BASE, gate, opened), Digest.of(BASE), Optional.empty(), LayerProgress.none()));
            Thread.sleep(20);
            assertEquals(1, opened.get(), "the second waits");
            gate.countDown();
            assertThrows(ExecutionException.class, bad::get);
            assertEquals(Digest.of(BASE).toString(), good.get().diffId());
            two.registered();
        }
        assertEquals(1, fixture.driver.list().size());
    }

    @Test
    void whoIsInterruptedDoesNotWaitForAnother() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        AtomicInteger opened = new AtomicInteger();
        try (Arrivals one = store.begin();
                Arrivals two = store.begin()) {
            Future<StoredLayer> slow = threads.submit(() -> one.take(gated(BASE, gate, opened), Digest.of(BASE), Optional.empty(), LayerProgress.none()));
            while (opened.get() == 0) {
                Thread.sleep(1);
            }
            Future<ImageException> given = threads.submit(() -> {
                Thread.currentThread().interrupt();
                ImageException end = assertThrows(ImageException.class, () -> two.take(gated(BASE, gate, opened), Digest.of(BASE), Optional.empty(), LayerProgress.none()));
                assertTrue(Thread.interrupted(), "who asked for it still knows");
                return end;
            });
            assertEquals(ErrorCode.UNAVAILABLE, given.get(60, TimeUnit.SECONDS).code());
            assertEquals(1, opened.get());
            gate.countDown();
            assertEquals(Digest.of(BASE).toString(), slow.get().diffId());
        }
    }

    @Test
    void differentChainsComeInSideBySide() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        AtomicInteger opened = new AtomicInteger();
        try (Arrivals arrivals = store.begin()) {
            Future<StoredLayer> slow = threads.submit(() -> arrivals.take(gated(BASE, gate, opened), Digest.of(BASE), Optional.empty(), LayerProgress.none()));
            Future<StoredLayer> fast = threads.submit(() -> arrivals.take(StoreFixture.blob(TOP), Digest.of(TOP), Optional.empty(), LayerProgress.none()));
            assertEquals(Digest.of(TOP).toString(), fast.get(30, TimeUnit.SECONDS).diffId());
            assertFalse(slow.isDone());
            gate.countDown();
            slow.get();
        }
        assertNothingStored();
    }

    @Test
    void whatAnotherRegisteredStaysWhenTheOneWhoMadeItFails() throws Exception {
        StoredLayer layer;
        try (Arrivals fails = store.begin()) {
            layer = fails.take(StoreFixture.blob(BASE), Digest.of(BASE), Optional.empty(), LayerProgress.none());
            try (Arrivals other = store.begin()) {
                assertEquals(Optional.of(layer), other.find(Layers.chain(layer)));
                other.add(Archives.config("amd64", List.of(BASE)), List.of());
                other.registered();
            }
        }
        StoredImage image = store.find(Digest.of(Archives.config("amd64", List.of(BASE)))).orElseThrow();
        assertEquals(List.of(layer), image.layers());
    }

    @Test
    void whatIsRemovedFromTheBookWhileItIsHeldGoesWhenItIsLetGo() throws Exception {
        StoredLayer layer = fixture.keep(BASE, Optional.empty());
        try (Arrivals holder = store.begin()) {
            assertEquals(Optional.of(layer), holder.find(Layers.chain(layer)));
            store.remove(Digest.of(BASE).toString(), List.of(layer), any -> false);
            assertEquals(Optional.of(layer), holder.find(Layers.chain(layer)));
        }
        assertNothingStored();
    }

    @Test
    void aLayerThatTheBookNamesAgainIsNotRemoved() throws Exception {
        StoredLayer layer = fixture.keep(BASE, Optional.empty());
        store.remove("sha256:" + "0".repeat(64), List.of(layer), name -> name.equals(layer.chainId()));
        assertEquals(1, fixture.driver.list().size());
    }

    @Test
    void whatIsOnItsWayIsNoGarbage() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        AtomicInteger opened = new AtomicInteger();
        try (Arrivals arrivals = store.begin()) {
            Future<StoredLayer> slow = threads.submit(() -> arrivals.take(gated(BASE, gate, opened), Digest.of(BASE), Optional.empty(), LayerProgress.none()));
            while (fixture.driver.list().isEmpty()) {
                Thread.sleep(1); // the driver has begun
            }
            assertTrue(store.garbage(() -> new Known(Set.of(), Set.of(), Set.of())).isEmpty());
            gate.countDown();
            slow.get();
            assertTrue(store.garbage(() -> new Known(Set.of(), Set.of(), Set.of())).isEmpty());
        }
    }

    @Test
    void aSourceThatSaysWhatIsWrongIsHeard() throws Exception {
        ImageException said = new ImageException(ErrorCode.UNAVAILABLE, "the registry went away: try again");
        LayerBlob blob = new LayerBlob("x", Optional.of(Digest.of(BASE)), Optional.of((long) BASE.length), () -> new InputStream() {
            private int at;

            @Override
            public int read() throws IOException {
                if (at == 600) {
                    throw new IOException(said.getMessage(), said);
                }
                return BASE[at++] & 0xff;
            }
        });
        try (Arrivals arrivals = store.begin()) {
            ImageException e = assertThrows(
                    ImageException.class, () -> arrivals.take(blob, Digest.of(BASE), Optional.empty(), LayerProgress.none()));
            assertEquals(said.getMessage(), e.getMessage());
            assertEquals(ErrorCode.UNAVAILABLE, e.code());
        }
        assertNothingStored();
    }

    @Test
    void whatAContainerWroteBecomesALayer() throws Exception {
        StoredLayer base = fixture.keep(BASE, Optional.empty());
        String container = fixture.cacheId();
        fixture.driver.prepare(new PrepareRequest(container, Optional.of(base.cacheId()), OptionalLong.empty(), "1"));
        try (Views view = Views.open(fixture.driver, container)) {
            Files.writeString(view.path("new"), "new");
            Files.delete(view.path("bin/sh"));
        }
        try (Arrivals arrivals = store.begin()) {
            StoredLayer frozen = arrivals.freeze(container, Optional.of(base));
            try (Views view = Views.open(fixture.driver, frozen.cacheId())) {
                assertEquals("new", Files.readString(view.path("new")));
                assertFalse(Files.exists(view.path("bin/sh")));
            }
            assertEquals(frozen.diffId(), Digest.of(fixture.tarOf(frozen)).toString());
        }
        assertEquals(2, fixture.driver.list().size(), "the base and the container stay");
    }

    @Test
    void anImageWithoutItsLayersIsNotAdded() throws Exception {
        try (Arrivals arrivals = store.begin()) {
            ImageException e = assertThrows(ImageException.class, () -> arrivals.add(Archives.config("amd64", List.of(BASE)), List.of()));
            assertTrue(e.getMessage().contains("without its layer " + Digest.of(BASE)), e.getMessage());
        }
        assertNothingStored();
    }
}
