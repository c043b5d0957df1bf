package dev.stowbook.supervisor.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What the programs of Debian compress is told apart by its first bytes and undone; what is not compressed passes. */
class CompressionTest {
    private static final List<List<String>> PROGRAMS = List.of(
            List.of("gzip", "-n"), List.of("gzip", "-1"), List.of("zstd", "-q"), List.of("bzip2"), List.of("bzip2", "-1"), List.of("xz"), List.of("xz", "-0"),
            List.of("xz", "-9"), List.of("xz", "-T2", "--block-size=65536"), List.of("xz", "--check=none"), List.of("xz", "--x86", "--lzma2"));

    private static byte[] undone(byte[] compressed) throws IOException {
        try (InputStream plain = Compression.undo(new ByteArrayInputStream(compressed))) {
            return plain.readAllBytes();
        }
    }

    /** Neither all the same nor all chance. */
    private static byte[] text(int bytes) {
        Random random = new Random(bytes);
        StringBuilder text = new StringBuilder();
        while (text.length() < bytes) {
            text.append(Long.toHexString(random.nextInt(5000))).append(' ');
        }
        return Arrays.copyOf(text.toString().getBytes(StandardCharsets.US_ASCII), bytes);
    }

    private static byte[] joined(byte[] first, byte[] second) {
        ByteArrayOutputStream both = new ByteArrayOutputStream();
        both.writeBytes(first);
        both.writeBytes(second);
        return both.toByteArray();
    }

    @Test
    void whatTheProgramsCompressIsUndone() throws Exception {
        for (List<String> program : PROGRAMS) {
            for (int bytes : List.of(0, 1, 300_000)) {
                byte[] plain = text(bytes);
                byte[] compressed = Compressed.by(program, plain);
                assertEquals(program.getFirst().toUpperCase(), Compression.of(Arrays.copyOf(compressed, 10)).name());
                assertArrayEquals(plain, undone(compressed), program + " of " + bytes);
                assertArrayEquals(joined(plain, plain), undone(joined(compressed, compressed)), program + " twice, one after the other");
            }
        }
    }

    @Test
    void whatOnlyBeginsLikeItPasses() throws Exception {
        for (String text : List.of("", "B", "BZh", "BZhistory of compression", "BZh9", "\u00fd7zXX and more of it", "7zXZ", "(\u00b5/")) {
            byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
            assertEquals(Compression.NONE, Compression.of(bytes), text);
            assertArrayEquals(bytes, undone(bytes), text);
        }
    }

    @Test
    void whatIsCutOffIsNoShorterFile() throws Exception {
        byte[] plain = text(300_000);
        for (List<String> program : PROGRAMS) {
            byte[] compressed = Compressed.by(program, plain);
            for (int length : List.of(20, compressed.length / 2, compressed.length - 1)) {
                assertThrows(IOException.class, () -> undone(Arrays.copyOf(compressed, length)), program + " cut off after " + length);
            }
        }
    }

    @Test
    void whatIsDamagedIsAFailureOfTheStreamAndNoneOfOurs() throws Exception {
        byte[] plain = text(40_000);
        for (List<String> program : List.of(List.of("bzip2", "-1"), List.of("xz", "-0"), List.of("xz", "-0", "--check=none"))) {
            byte[] compressed = Compressed.by(program, plain);
            int told = 0;
            for (int i = 0; i < 2000; i++) {
                Random random = new Random(i);
                byte[] damaged = compressed.clone();
                for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
                    damaged[10 + random.nextInt(damaged.length - 10)] ^= (byte) (1 + random.nextInt(255));
                }
                try {
                    undone(damaged); // without a checksum it may well be another text
                } catch (IOException e) {
                    told++;
                } catch (RuntimeException e) {
                    throw new AssertionError(program + ", seed " + i, e);
                }
            }
            assertTrue(told > 1000, program + " noticed " + told);
        }
    }

    @Test
    void whoWantsMoreMemoryThanThereIsIsToldWhatToDo() throws Exception {
        byte[] large = Compressed.by(List.of("xz", "--lzma2=preset=0,dict=128MiB"), text(1000));
        String told = assertThrows(UnpackingException.class, () -> undone(large)).getMessage();
        assertTrue(told.contains("needs 128 MiB of memory") && told.contains("more than the 66 MiB") && told.contains("'xz -9' or less"), told);
    }

    @Test
    void allThatAreReadAtOneTimeShareTheMemoryAndGiveItBack() throws Exception {
        byte[] plain = text(100_000);
        byte[] strong = Compressed.by(List.of("xz", "-9"), plain);
        for (int round = 0; round < 3; round++) {
            try (InputStream first = Compression.undo(new ByteArrayInputStream(strong))) {
                first.readNBytes(10);
                String told = assertThrows(UnpackingException.class, () -> undone(strong)).getMessage();
                assertTrue(told.contains("try again"), told);
                assertArrayEquals(plain, undone(Compressed.by(List.of("xz", "-0"), plain)));
            }
            assertArrayEquals(plain, undone(strong));
            assertThrows(IOException.class, () -> undone(Arrays.copyOf(strong, strong.length / 2)));
        }
    }
}
