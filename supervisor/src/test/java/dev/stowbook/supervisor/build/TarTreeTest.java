package dev.stowbook.supervisor.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.supervisor.image.Compressed;
import dev.stowbook.supervisor.image.LayerLimits;
import dev.stowbook.supervisor.image.UnpackingException;
import dev.stowbook.testkit.graph.TarBytes;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Contexts and archives, compressed in any way, up to the limits that layers have. */
class TarTreeTest {
    private static final byte[] TAR = new TarBytes().file("d/f", 0644, "text").bytes();

    @TempDir
    Path scratch;

    private TarTree read(byte[] bytes, LayerLimits limits) throws Exception {
        return TarTree.read(new ByteArrayInputStream(bytes), limits, scratch, "the context");
    }

    private String refused(byte[] bytes, LayerLimits limits) {
        return assertThrows(BuildException.class, () -> read(bytes, limits)).getMessage();
    }

    @Test
    void archivesAreReadHoweverTheyAreCompressed() throws Exception {
        for (String program : Compressed.PROGRAMS) {
            byte[] compressed = Compressed.by(program, TAR);
            assertEquals(ArchiveKind.COMPRESSED, ArchiveKind.of(Arrays.copyOf(compressed, 512)), program);
            assertTrue(ArchiveKind.holdsTar(new ByteArrayInputStream(compressed)), program);
            try (TarTree tree = read(compressed, LayerLimits.defaults())) {
                assertEquals("text", new String(tree.open("d/f").readAllBytes(), StandardCharsets.US_ASCII), program);
            }
        }
    }

    @Test
    void whatHoldsNoTarIsNoArchive() throws Exception {
        for (String program : Compressed.PROGRAMS) {
            byte[] compressed = Compressed.by(program, "no tar at all".getBytes(StandardCharsets.US_ASCII));
            assertFalse(ArchiveKind.holdsTar(new ByteArrayInputStream(compressed)), program);
            byte[] damaged = Arrays.copyOf(compressed, 12);
            assertFalse(ArchiveKind.holdsTar(new ByteArrayInputStream(damaged)), program);
        }
        assertEquals(ArchiveKind.NONE, ArchiveKind.of("BZh is how this text begins".getBytes(StandardCharsets.US_ASCII)));
    }

    @Test
    void aSmallFileThatBecomesALargeOneIsRefused() throws Exception {
        byte[] header = Arrays.copyOf(new TarBytes().file("zeros", 0644, "").bytes(), 512);
        System.arraycopy("10000000000\0".getBytes(StandardCharsets.US_ASCII), 0, header, 124, 12);
        Arrays.fill(header, 148, 156, (byte) ' ');
        int sum = 0;
        for (byte b : header) {
            sum += b & 0xff;
        }
        System.arraycopy(String.format("%06o\0 ", sum).getBytes(StandardCharsets.US_ASCII), 0, header, 148, 8);
        for (String program : Compressed.PROGRAMS) {
            byte[] part = Compressed.by(program, new byte[32 << 20]);
            ByteArrayOutputStream bomb = new ByteArrayOutputStream();
            bomb.writeBytes(Compressed.by(program, header));
            for (int i = 0; i < 32; i++) {
                bomb.writeBytes(part);
            }
            String told = refused(bomb.toByteArray(), LayerLimits.defaults());
            assertTrue(told.contains("the context unpacks to more than 100 times its size (images.layerRatio)"), program + ": " + told);
        }
    }

    @Test
    void holesCountAsWhatTheySayTheyAre() throws Exception {
        LayerLimits limits = new LayerLimits(1 << 20, 100, 10, 10, 1000);
        for (String size : List.of("1048577", "999999999999999999")) {
            byte[] holes = new TarBytes().pax("GNU.sparse.major", "0").pax("GNU.sparse.minor", "1").pax("GNU.sparse.size", size)
                    .pax("GNU.sparse.map", "0,1").file("holes", 0644, "x").bytes();
            String told = refused(holes, limits);
            assertTrue(told.contains("more than 1048576 bytes, holes included (images.layerBytes)"), told);
        }
        byte[] few = new TarBytes().pax("GNU.sparse.size", "500000").pax("GNU.sparse.map", "0,1").file("a", 0644, "x").bytes();
        read(few, limits).close();
    }

    @Test
    void whatIsCutOffIsNamed() throws Exception {
        for (String program : Compressed.PROGRAMS) {
            byte[] compressed = Compressed.by(program, TAR);
            String told = refused(Arrays.copyOf(compressed, compressed.length / 2), LayerLimits.defaults());
            assertTrue(told.startsWith("the context ends early or is damaged (") && !told.contains("null"), program + ": " + told);
        }
    }

    @Test
    void whatNeedsTooMuchMemoryIsRefusedAndNotTakenForAFile() throws Exception {
        byte[] large = Compressed.large(TAR);
        assertTrue(refused(large, LayerLimits.defaults()).startsWith("the context needs 256 MiB of memory to be unpacked"));
        assertThrows(UnpackingException.class, () -> ArchiveKind.holdsTar(new ByteArrayInputStream(large)));
    }
}
