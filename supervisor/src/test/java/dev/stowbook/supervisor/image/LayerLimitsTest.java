package dev.stowbook.supervisor.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.ZstdOutputStream;
import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.testkit.graph.TarBytes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Each limit is kept while a layer streams in, and named. */
@Timeout(300)
class LayerLimitsTest {
    @TempDir
    Path scratch;

    private void assertRefused(LayerLimits limits, LayerBlob blob, String limit) throws Exception {
        try (StoreFixture fixture = StoreFixture.open(scratch.resolve("root"), "overlay", limits);
                Arrivals arrivals = fixture.store.begin()) {
            ImageException e = assertThrows(ImageException.class, () -> arrivals.make(blob, Optional.empty(), LayerProgress.none()));
            assertTrue(e.getMessage().contains("(" + limit + ")"), e.getMessage());
            assertEquals(ErrorCode.INVALID, e.code());
            assertEquals(List.of(), fixture.driver.list());
        }
    }

    private static LayerLimits limits(long bytes, long ratio, long entries, int depth, int pathBytes) {
        return new LayerLimits(bytes, ratio, entries, depth, pathBytes);
    }

    private static byte[] files(int count) {
        TarBytes tar = new TarBytes();
        for (int i = 0; i < count; i++) {
            tar.file("f" + i, 0644, "x");
        }
        return tar.bytes();
    }

    @Test
    void aLayerMayNotUnpackToMoreThanSoManyBytes() throws Exception {
        byte[] tar = new TarBytes().file("big", 0644, new byte[100_000]).bytes();
        assertRefused(limits(65536, 250, 10, 9, 99), StoreFixture.blob(tar), "images.layerBytes");
    }

    @Test
    void aLayerMayNotHaveMoreThanSoManyEntries() throws Exception {
        assertRefused(limits(1 << 20, 250, 99, 9, 99), StoreFixture.blob(files(100)), "images.layerEntries");
    }

    @Test
    void entriesMayNotLieTooDeepOrHaveLongPaths() throws Exception {
        byte[] deep = new TarBytes().file("a/".repeat(10) + "x", 0644, "x").bytes();
        assertRefused(limits(1 << 20, 250, 99, 9, 99), StoreFixture.blob(deep), "images.layerDepth");
        byte[] wide = new TarBytes().file("n".repeat(100), 0644, "x").bytes();
        assertRefused(limits(1 << 20, 250, 99, 9, 99), StoreFixture.blob(wide), "images.pathBytes");
    }

    private interface Packing {
        OutputStream around(OutputStream to) throws IOException;
    }

    /** The fastest gzip makes the largest file of zeros. */
    private static final List<Packing> PACKINGS = List.of(
            GZIPOutputStream::new,
            to -> new GZIPOutputStream(to) {
                {
                    def.setLevel(Deflater.BEST_SPEED);
                }
            },
            ZstdOutputStream::new);

    @Test
    void aGigabyteOfZerosInASmallFileIsRefusedHoweverItIsCompressed() throws Exception {
        for (Packing packing : PACKINGS) {
            ByteArrayOutputStream small = new ByteArrayOutputStream();
            byte[] header = new TarBytes().file("zeros", 0644, new byte[0]).bytes();
            // a header for 1 GiB: the size field and its checksum
            byte[] block = Arrays.copyOf(header, 512);
            byte[] size = "10000000000\0".getBytes();
            System.arraycopy(size, 0, block, 124, 12);
            Arrays.fill(block, 148, 156, (byte) ' ');
            int sum = 0;
            for (byte b : block) {
                sum += b & 0xff;
            }
            System.arraycopy(String.format("%06o\0 ", sum).getBytes(), 0, block, 148, 8);
            try (OutputStream out = packing.around(small)) {
                out.write(block);
                byte[] zeros = new byte[1 << 20];
                for (int i = 0; i < 1024; i++) {
                    out.write(zeros);
                }
            }
            assertTrue(small.size() < 5 << 20, "it is small: " + small.size());
            assertRefused(LayerLimits.defaults(), StoreFixture.blob(small.toByteArray()), "images.layerRatio");
        }
    }
}
