package dev.stowbook.supervisor.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.StoredImage;
import dev.stowbook.testkit.graph.TarBytes;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Archives and layers come compressed in any of the ways there are, and none of these makes a small file a large one unnoticed. */
@Timeout(300)
class CompressedArchivesTest {
    private static final byte[] LAYER = new TarBytes().file("a", 0644, "the same".repeat(5000)).bytes();

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

    private StoredImage loaded(byte[] archive) throws Exception {
        try (Arrivals arrivals = fixture.store.load(new ByteArrayInputStream(archive), LayerProgress.none())) {
            return arrivals.images().getFirst().image();
        }
    }

    @Test
    void theSameImageComesOfAnArchiveHoweverItIsCompressed() throws Exception {
        for (byte[] archive : List.of(Archives.oci(LAYER).tar(), Archives.docker("app:1", LAYER).tar())) {
            String id = loaded(archive).id();
            for (String program : Compressed.PROGRAMS) {
                assertEquals(id, loaded(Compressed.by(program, archive)).id(), program);
            }
        }
    }

    @Test
    void layersInAnArchiveMayBeCompressedInAnyWay() throws Exception {
        for (String program : Compressed.PROGRAMS) {
            Archives archive = new Archives();
            archive.index(archive.manifest(Platform.ofHost().architecture(), List.of(LAYER), List.of(Compressed.by(program, LAYER))) + "}");
            assertEquals(Digest.of(LAYER).toString(), loaded(archive.tar()).layers().getFirst().diffId(), program);
        }
    }

    @Test
    void theSameFileSystemIsImportedHoweverItsTarIsCompressed() throws Exception {
        Set<String> layers = new HashSet<>();
        ImportOptions options = ImportOptions.named(ImageReference.parse("app:1"), Instant.EPOCH);
        for (String program : Compressed.PROGRAMS) {
            try (Arrivals arrivals = fixture.store.importRootfs(new ByteArrayInputStream(Compressed.by(program, LAYER)), options, LayerProgress.none())) {
                layers.add(arrivals.images().getFirst().image().layers().getFirst().diffId());
            }
        }
        assertEquals(Set.of(Digest.of(LAYER).toString()), layers);
    }

    /** A gibibyte of zeros behind something, as streams one after the other: the same zeros need to be compressed but once. */
    private static byte[] bomb(String program, byte[] first) throws Exception {
        byte[] part = Compressed.by(program, new byte[32 << 20]);
        ByteArrayOutputStream small = new ByteArrayOutputStream();
        small.writeBytes(Compressed.by(program, first));
        for (int i = 0; i < 32; i++) {
            small.writeBytes(part);
        }
        assertTrue(small.size() < 2 << 20, program + " makes it small: " + small.size());
        return small.toByteArray();
    }

    private void assertRefused(String program, byte[] archive) throws Exception {
        ImageException e = assertThrows(ImageException.class, () -> loaded(archive), program);
        assertTrue(e.getMessage().contains("more than 100 times its size (images.layerRatio)"), e.getMessage());
        assertEquals(ErrorCode.INVALID, e.code());
        assertEquals(List.of(), fixture.driver.list());
    }

    @Test
    void aGigabyteOfZerosInASmallArchiveIsRefusedHoweverItIsCompressed() throws Exception {
        for (String program : Compressed.PROGRAMS) {
            assertRefused(program, bomb(program, Archives.oci(LAYER).tar()));
        }
    }

    @Test
    void aGigabyteOfZerosInASmallLayerIsRefusedHoweverItIsCompressed() throws Exception {
        byte[] header = Arrays.copyOf(new TarBytes().file("zeros", 0644, "").bytes(), 512);
        System.arraycopy("10000000000\0".getBytes(), 0, header, 124, 12);
        for (String program : Compressed.PROGRAMS) {
            Archives archive = new Archives();
            byte[] layer = bomb(program, Arrays.copyOf(HostileImageTest.checked(header), 512));
            archive.index(archive.manifest(Platform.ofHost().architecture(), List.of(LAYER), List.of(layer)) + "}");
            assertRefused(program, archive.tar());
        }
    }

    @Test
    void whatIsCutOffIsCalledThat() throws Exception {
        byte[] whole = Archives.oci(LAYER).tar();
        for (String program : Compressed.PROGRAMS) {
            byte[] archive = Compressed.by(program, whole);
            for (int length : List.of(10, archive.length / 2, archive.length - 3)) {
                String told = assertThrows(ImageException.class, () -> loaded(Arrays.copyOf(archive, length))).getMessage();
                assertTrue(told.startsWith("what was sent ends early or is damaged (") && !told.contains("null"), program + " " + length + ": " + told);
            }
            byte[] layer = Compressed.by(program, LAYER);
            byte[] half = Arrays.copyOf(layer, layer.length / 2);
            Archives cut = new Archives();
            cut.index(cut.manifest(Platform.ofHost().architecture(), List.of(LAYER), List.of(half)) + "}");
            String ofLayer = assertThrows(ImageException.class, () -> loaded(cut.tar())).getMessage();
            assertTrue(ofLayer.contains(" cannot be unpacked: ") && !ofLayer.contains("null"), program + ": " + ofLayer);
        }
    }

    @Test
    void anArchiveThatNeedsTooMuchMemoryIsNotCalledDamaged() throws Exception {
        byte[] large = Compressed.large(Archives.oci(LAYER).tar());
        String told = assertThrows(ImageException.class, () -> loaded(large)).getMessage();
        assertTrue(told.startsWith("what was sent needs 256 MiB of memory to be unpacked"), told);
        byte[] layer = Compressed.large(LAYER);
        Archives archive = new Archives();
        archive.index(archive.manifest(Platform.ofHost().architecture(), List.of(LAYER), List.of(layer)) + "}");
        String ofLayer = assertThrows(ImageException.class, () -> loaded(archive.tar())).getMessage();
        assertTrue(ofLayer.matches("the layer sha256:[0-9a-f]{64} needs 256 MiB of memory to be unpacked.*"), ofLayer);
    }
}
