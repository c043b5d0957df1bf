package dev.stowbook.graph.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.stowbook.linux.LibC;
import dev.stowbook.linux.file.FileStatus;
import dev.stowbook.linux.layer.LowerLayers;
import dev.stowbook.linux.mount.MountCalls;
import dev.stowbook.spi.graph.LayerTarget;
import dev.stowbook.testkit.RequiresRoot;
import dev.stowbook.testkit.graph.TarBytes;
import dev.stowbook.testkit.graph.Views;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Marks stand only where they hide something: in a directory that overlay does not merge, the container would see them (ADR 0031). */
@RequiresRoot("an overlay is mounted, and its marks are set, by root alone")
class OverlayMarksTest {
    private static final String BASE = "ba5e";
    private static final String TOP = "70b0";

    @TempDir
    Path scratch;

    private Layers layers;

    @BeforeEach
    void openDriver() throws Exception {
        layers = new Layers(scratch, MountCalls.linux());
        layers.apply(BASE, Optional.empty(), new TarBytes()
                .directory("a/", 0755).directory("a/b/", 0755).directory("a/b/c/", 0755).file("a/b/c/file", 0644, "below").file("a/b/near", 0644, "below")
                .file("a/x", 0644, "below").file("y", 0644, "below"));
    }

    @AfterEach
    void removeLayers() throws Exception {
        layers.close();
    }

    /** What a layer says on the disk, beside its plain files: {@code whiteout PATH} and {@code opaque PATH}. */
    private List<String> marks() throws Exception {
        Path diff = layers.home.resolve(TOP).resolve("diff");
        List<String> found = new ArrayList<>();
        try (Stream<Path> all = Files.walk(diff)) {
            for (Path path : all.sorted().toList()) {
                FileStatus status = Layers.FILES.status(LibC.AT_FDCWD, path.toString());
                if (status.isWhiteout()) {
                    found.add("whiteout " + diff.relativize(path));
                } else if (status.isDirectory() && LowerLayers.isOpaque(Layers.FILES, LibC.AT_FDCWD, path.toString())) {
                    found.add("opaque " + diff.relativize(path));
                }
            }
        }
        return found;
    }

    private void assertGone(String... paths) throws Exception {
        try (Views view = Views.open(layers.driver, TOP)) {
            for (String path : paths) {
                assertFalse(Files.exists(view.path(path), LinkOption.NOFOLLOW_LINKS), path);
                try (Stream<Path> names = Files.list(view.path(path).getParent())) {
                    assertFalse(names.anyMatch(name -> name.getFileName().toString().equals(Path.of(path).getFileName().toString())), path + " is listed");
                }
            }
        }
    }

    @Test
    void nothingBelowAnOpaqueDirectoryIsMarkedHoweverDeepAndInWhicheverOrder() throws Exception {
        TarBytes opaqueFirst = new TarBytes().directory("a/", 0755).opaque("a").directory("a/b/", 0755).directory("a/b/c/", 0755)
                .whiteout("a/b/c/file").whiteout("a/b/near").whiteout("a/x");
        TarBytes opaqueLast = new TarBytes().directory("a/", 0755).directory("a/b/", 0755).directory("a/b/c/", 0755)
                .whiteout("a/b/c/file").whiteout("a/b/near").whiteout("a/x").opaque("a");
        for (TarBytes tar : List.of(opaqueFirst, opaqueLast)) {
            layers.apply(TOP, Optional.of(BASE), tar);
            assertEquals(List.of("opaque a"), marks());
            assertGone("a/b/c/file", "a/b/near", "a/x");
            layers.driver.remove(new LayerTarget(TOP, "1"));
        }
    }

    @Test
    void underAnOpaqueRootNothingIsMarked() throws Exception {
        layers.apply(TOP, Optional.of(BASE), new TarBytes().opaque("").directory("a/", 0755).directory("a/b/", 0755).whiteout("a/b/near").whiteout("y"));
        assertEquals(List.of("opaque "), marks());
        assertGone("a/b/near", "y", "a/x");
    }

    @Test
    void whereSomethingLiesBelowEachNameIsMarkedOnce() throws Exception {
        layers.apply(TOP, Optional.of(BASE), new TarBytes().whiteout("a/b/c/file").whiteout("a/b/c/none").whiteout("y").directory("a/b/", 0755).opaque("a/b/c"));
        assertEquals(List.of("opaque a/b/c", "whiteout y"), marks());
        assertGone("a/b/c/file", "y");
        try (Views view = Views.open(layers.driver, TOP)) {
            assertEquals("below", Files.readString(view.path("a/b/near")));
        }
    }
}
