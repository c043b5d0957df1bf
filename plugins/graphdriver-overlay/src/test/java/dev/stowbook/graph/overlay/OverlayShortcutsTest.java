package dev.stowbook.graph.overlay;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.stowbook.linux.LibC;
import dev.stowbook.linux.file.FileStatus;
import dev.stowbook.linux.mount.MountCalls;
import dev.stowbook.spi.graph.CommitRequest;
import dev.stowbook.spi.graph.RootfsMount;
import dev.stowbook.testkit.RequiresRoot;
import dev.stowbook.testkit.graph.TarBytes;
import dev.stowbook.testkit.graph.Views;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of which only the attributes were copied up, and renamed directories: overlay leaves both half told, the driver tells them whole. */
@RequiresRoot("an overlay is mounted, and its marks are set, by root alone")
class OverlayShortcutsTest {
    private static final String BASE = "ba5e";
    private static final String MIDDLE = "c0";
    private static final String RW = "ab";

    @TempDir
    Path scratch;

    private Layers layers;
    private RootfsMount.Overlay mount;

    @BeforeEach
    void prepare() throws Exception {
        layers = new Layers(scratch, MountCalls.linux());
        byte[] data = new byte[1 << 20];
        new Random(4).nextBytes(data);
        layers.apply(BASE, Optional.empty(), new TarBytes()
                .directory("d/", 0750).file("d/one", 0644, "one").file("d/two", 0644, "two")
                .directory("d/deep/", 0711).file("d/deep/er", 0600, "er").symlink("d/deep/link", "../one").hardLink("d/deep/er-too", "d/deep/er")
                .directory("e/", 0755).file("e/old", 0644, "old")
                .file("big", 0644, data).hardLink("big-too", "big").file("small", 0644, "s"));
        layers.apply(MIDDLE, Optional.of(BASE), new TarBytes()
                .whiteout("d/two").file("d/three", 0644, "three").file("d/deep/middle", 0644, "m"));
        mount = layers.prepare(RW, MIDDLE);
    }

    @AfterEach
    void remove() throws Exception {
        layers.close();
    }

    private Optional<byte[]> mark(String path, String name) throws Exception {
        return Layers.FILES.xattr(LibC.AT_FDCWD, mount.upper().resolve(path).toString(), "trusted.overlay." + name);
    }

    /** Exported and applied, and committed, the layer shows what it showed. */
    private void assertToldWhole() throws Exception {
        List<String> merged = layers.listing(RW);
        layers.apply("1", Optional.of(MIDDLE), layers.diff(RW));
        assertEquals(merged, layers.listing("1"));
        layers.driver.commit(new CommitRequest(RW, "2", "1"));
        assertEquals(merged, layers.listing("2"));
        assertEquals(layers.changes(RW), layers.changes("2"));
        assertArrayEquals(layers.diff(RW), layers.diff("2"));
        assertTrue(layers.diff(RW).length > 0);
    }

    @Test
    void aChangedOwnerCopiesNoDataUpAndIsExportedWithTheData() throws Exception {
        try (Views view = Views.open(layers.driver, RW)) {
            Files.setAttribute(view.path("big"), "unix:uid", 77);
        }
        assertTrue(mark("big", "metacopy").isPresent());
        FileStatus up = Layers.FILES.status(LibC.AT_FDCWD, mount.upper().resolve("big").toString());
        assertEquals(0, up.blocks(), "no data was copied up");
        assertEquals(List.of("M /big"), layers.changes(RW));
        assertTrue(layers.diff(RW).length > 1 << 20);
        assertToldWhole();
        FileStatus committed = Layers.FILES.status(LibC.AT_FDCWD, layers.home.resolve("2/diff/big").toString());
        assertEquals(1 << 20, committed.blocks() * 512);
        assertEquals(77, committed.uid());
        assertTrue(Layers.FILES.xattrNames(LibC.AT_FDCWD, layers.home.resolve("2/diff/big").toString()).isEmpty());
    }

    @Test
    void aFileWithAttributesOfItsOwnMayBeRenamedAndStillHasItsData() throws Exception {
        try (Views view = Views.open(layers.driver, RW)) {
            Files.setAttribute(view.path("big"), "unix:mode", 0100600);
            Files.move(view.path("big"), view.path("e/moved"));
            Files.createLink(view.path("e/again"), view.path("e/moved"));
        }
        assertTrue(mark("e/moved", "metacopy").isPresent());
        assertTrue(mark("e/moved", "redirect").isPresent());
        assertEquals(List.of("D /big", "M /e", "A /e/again", "A /e/moved"), layers.changes(RW));
        assertToldWhole();
    }

    @Test
    void aRenamedDirectoryTakesAllThatLiesBelowAlong() throws Exception {
        try (Views view = Views.open(layers.driver, RW)) {
            Files.move(view.path("d"), view.path("new"));
            Files.writeString(view.path("new/own"), "own");
            Files.delete(view.path("new/one"));
        }
        assertTrue(mark("new", "redirect").isPresent());
        assertFalse(Files.exists(mount.upper().resolve("new/three")));
        assertEquals(
                List.of("D /d", "A /new", "A /new/deep", "A /new/deep/er", "A /new/deep/er-too", "A /new/deep/link", "A /new/deep/middle",
                        "A /new/own", "A /new/three"),
                layers.changes(RW));
        assertToldWhole();
    }

    @Test
    void directoriesMayTradeTheirPlaces() throws Exception {
        try (Views view = Views.open(layers.driver, RW)) {
            Files.move(view.path("e"), view.path("t"));
            Files.move(view.path("d"), view.path("e"));
            Files.move(view.path("t"), view.path("d"));
            Files.move(view.path("e/deep"), view.path("d/deep"));
            Files.createDirectory(view.path("e/deep"));
            Files.writeString(view.path("d/deep/er"), "written");
        }
        List<String> changes = layers.changes(RW);
        assertTrue(changes.containsAll(List.of("M /d", "D /d/one", "A /d/old", "M /d/deep/er", "M /e", "D /e/old", "A /e/one", "A /e/deep")),
                changes::toString);
        assertToldWhole();
    }

    @Test
    void aDirectoryRenamedInsideARenamedOneIsFollowedTwice() throws Exception {
        try (Views view = Views.open(layers.driver, RW)) {
            Files.move(view.path("d/deep"), view.path("d/deeper"));
            Files.move(view.path("d"), view.path("e/d"));
            Files.move(view.path("e/d/deeper/er"), view.path("small"), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        }
        assertTrue(layers.changes(RW).contains("A /e/d/deeper/middle"), () -> String.join("\n", changes()));
        assertFalse(layers.changes(RW).contains("A /e/d/deeper/er"));
        assertToldWhole();
    }

    private List<String> changes() {
        try {
            return layers.changes(RW);
        } catch (dev.stowbook.spi.DriverException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aNameThatMeansADeletionIsRefusedRatherThanExported() throws Exception {
        try (Views view = Views.open(layers.driver, RW)) {
            Files.writeString(view.path("d/.wh.one"), "");
        }
        var e = org.junit.jupiter.api.Assertions.assertThrows(dev.stowbook.spi.DriverException.class, () -> layers.diff(RW));
        assertTrue(e.getMessage().contains("\"d/.wh.one\" has a name that means a deletion"), e.getMessage());
    }
}
