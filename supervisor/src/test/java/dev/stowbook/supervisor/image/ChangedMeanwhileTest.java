package dev.stowbook.supervisor.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.supervisor.model.ErrorCode;
import dev.stowbook.supervisor.model.StoredLayer;
import dev.stowbook.testkit.graph.TarBytes;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sources and records that say something else the second time than they did the first. */
class ChangedMeanwhileTest {
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

    /** A tar that has a file twice is read twice: the first of the two is in no file of the layer. */
    @Test
    void aSourceThatIsAnotherTarWhenItIsReadAgainIsRefused() throws Exception {
        byte[] first = new TarBytes().file("twice", 0644, "one").file("twice", 0644, "two").bytes();
        byte[] second = new TarBytes().file("twice", 0644, "uno").file("twice", 0644, "two").bytes();
        AtomicInteger opened = new AtomicInteger();
        LayerBlob blob = new LayerBlob("of two minds", Optional.empty(), Optional.empty(),
                () -> new ByteArrayInputStream(opened.getAndIncrement() == 0 ? first : second));
        try (Arrivals arrivals = fixture.store.begin()) {
            ImageException e = assertThrows(ImageException.class, () -> arrivals.make(blob, Optional.empty(), LayerProgress.none()));
            assertTrue(e.getMessage().contains("was another one when it was read a second time"), e.getMessage());
            assertEquals(ErrorCode.INVALID, e.code());
        }
        assertEquals(2, opened.get());
        assertEquals(List.of(), fixture.driver.list(), "nothing of it is left");
        StoredLayer layer = fixture.keep(first, Optional.empty());
        assertArrayEquals(first, fixture.tarOf(layer));
    }

    /** What is beside the files in a layer's tar has no check of its own but the digest of the whole. */
    @Test
    void aTarWhoseHeadersWereChangedOnTheDiskIsNotGivenOutAsTheLayer() throws Exception {
        StoredLayer layer = fixture.keep(new TarBytes().mtime(7).file("bin", 0755, "#!sh").bytes(), Optional.empty());
        Path split = fixture.layerDb(layer).resolve("tar-split.json.gz");
        String text;
        try (GZIPInputStream in = new GZIPInputStream(Files.newInputStream(split))) {
            text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        String payload = text.replaceFirst("(?s).*?\"payload\":\"([^\"]*)\".*", "$1");
        byte[] header = Base64.getDecoder().decode(payload);
        header[100] ^= 1; // its mode
        String changed = text.replace(payload, Base64.getEncoder().encodeToString(header));
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(split))) {
            out.write(changed.getBytes(StandardCharsets.UTF_8));
        }
        ImageException e = assertThrows(ImageException.class, () -> fixture.store.tar(layer, new ByteArrayOutputStream()));
        assertTrue(e.getMessage().contains("is damaged on the disk") && e.getMessage().contains("stowbook fsck"), e.getMessage());
    }
}
